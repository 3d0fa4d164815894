"""Makes installation tokens: the only function that reads the App's private key for them.

Other capabilities invoke it and never see the key; each has one of its own, whose permissions the infrastructure fixes.

Request: `{"installation": 1, "repositories": ["owner/name", ...]}`, optionally `"renew": true` if GitHub refused the
token that was handed out before.

Answer: `{"token": "…", "expiresAt": "2026-01-31T12:00:00Z", "appId": 12345}`, or
`{"error": {"type": "RetryLater", "message": "…", "after": 60.0}}` with seconds to wait, or
`{"error": {"type": "InputError", "message": "…"}}` where asking again would not help.
"""
