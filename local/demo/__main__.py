"""`make demo`: bring the local cloud up, open two pull requests, and print what their checks say."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from local import cloud
from local.aws import ROOT
from local.demo import show
from local.demo.fleet import BAD, GOOD, SYSTEM, Story, create_repositories
from local.demo.watch import follow
from slipway.errors import SlipwayError

PAGES = ROOT / "build" / "demo"


def main() -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(description="A pull request, from push to verdict, on a local AWS.")
    parser.add_argument("--keep", action="store_true", help="leave the local cloud running")
    options = parser.parse_args()
    try:
        return _demo(keep=options.keep)
    except SlipwayError as err:
        print(f"demo: {err}", file=sys.stderr)
        return 1


def _demo(*, keep: bool) -> int:
    start = time.monotonic()
    kept = bool(cloud.status().aws)
    print("Bringing up a local cloud: an AWS emulator and a GitHub stand-in, no account and no network needed.")
    running = cloud.up(
        context={"systemRepository": SYSTEM, "githubHost": "github.com"}, progress=lambda line: print(f"  {line}")
    )
    try:
        create_repositories(running.github)
        verdicts = [_tell(running, story) for story in (GOOD, BAD)]
        print(f"The whole took {time.monotonic() - start:.0f} s.")
        _where_to_look(running, stays=keep or kept)
    finally:
        if not (keep or kept):
            cloud.down()
    return 0 if verdicts == ["success", "failure"] else 1


def _tell(running: cloud.Cloud, story: Story) -> str:
    print(f"\nPull request “{story.title}” in {SYSTEM}")
    journey = follow(running.github, story)
    print(show.journey(journey))
    print()
    print(show.check_run(journey.check_run))
    PAGES.mkdir(parents=True, exist_ok=True)
    (PAGES / f"{story.branch}.md").write_text(show.page(journey.check_run), encoding="utf-8")
    conclusion: str = journey.check_run["conclusion"]
    return conclusion


def _where_to_look(running: cloud.Cloud, *, stays: bool) -> None:
    print("\nWhere to look")
    print(f"  the checks, whole:  {_relative(PAGES)}/*.md")
    if stays:
        print(f"  GitHub stand-in:    {running.github.url}")
        print(f"  AWS:                AWS_ENDPOINT_URL={running.aws.endpoint}")
        print("  stop it with:       .venv/bin/slipway local down")
    else:
        print("  keep it running:    make demo KEEP=1")
    print("  check your own fleet: .venv/bin/slipway check DIRECTORY")


def _relative(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
