"""A stand-in for GitHub: real git repositories behind the REST calls and webhooks that Slipway uses.

Reads as: `server` (start it), `control` (drive it), `site` (what one stand-in consists of), `people` (what people do on
GitHub), `api` (what Apps ask of GitHub), `shapes` (GitHub's JSON), and what those stand on: `model`, `store`, `git`,
`hooks`, `access`, `faults`, `limits`. `docs/github-stand-in.md` says what is true to GitHub and what is not.
"""
