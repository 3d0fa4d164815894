"""`make demo`: bring the local cloud up, ask for a cluster, open two pull requests, and merge the cluster's."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from local import cloud
from local.aws import ROOT
from local.demo import asking, show
from local.demo.asking import Asked
from local.demo.fleet import BAD, GOOD, PERSON, REQUEST, SYSTEM, Story, create_repositories
from local.demo.watch import Json, follow
from slipway.errors import SlipwayError

PAGES = ROOT / "build" / "demo"


def main() -> int:
    """Run the demo; returns the exit code."""
    parser = argparse.ArgumentParser(description="From a request to a new cluster's merge, on a local AWS.")
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
        create_repositories(running)
        asked = _ask(running)
        print("\n2. Meanwhile somebody opens two pull requests")
        verdicts = [_tell(running, story) for story in (GOOD, BAD)]
        verdicts.append(_merge(running, asked))
        print(f"\nThe whole took {time.monotonic() - start:.0f} s.")
        _where_to_look(running, stays=keep or kept)
    finally:
        if not (keep or kept):
            cloud.down()
    return 0 if verdicts == ["success", "failure", "success"] else 1


def _ask(running: cloud.Cloud) -> Asked:
    print(f"\n1. Somebody asks for a cluster, by an issue form in {SYSTEM}\n")
    asked = asking.ask(running.github, REQUEST)
    print(show.asked(asked))
    return asked


def _merge(running: cloud.Cloud, asked: Asked) -> str:
    number = asked.pull["number"]
    print(f"\n3. The new cluster's pull request, {SYSTEM}#{number}")
    run = asking.verdict(running.github, asked)
    print(show.check_run(run))
    _keep(run, "new-cluster")
    conclusion: str = run["conclusion"]
    if conclusion == "success":
        answer = asking.merge(running.github, asked)
        print(f"  {PERSON} merges it, and {asked.reference} is closed:\n")
        print(show.remark(answer))
    return conclusion


def _keep(run: Json, name: str) -> None:
    PAGES.mkdir(parents=True, exist_ok=True)
    (PAGES / f"{name}.md").write_text(show.page(run), encoding="utf-8")


def _tell(running: cloud.Cloud, story: Story) -> str:
    print(f"\n  “{story.title}”")
    journey = follow(running.github, story)
    print(show.journey(journey))
    print()
    print(show.check_run(journey.check_run))
    _keep(journey.check_run, story.branch)
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
