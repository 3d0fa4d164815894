"""The fleet of the templates at the stand-in, where people ask for things, and see what comes of it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from local.cloud import Cloud
from local.github.command import run
from slipway.fleet.change import FieldChange
from slipway.fleet.diff import diff_fleets
from slipway.fleet.render import Rendering
from slipway.generation.reference import Reference
from slipway.requests.command import read_words
from slipway.requests.form import LABEL, write_form
from slipway.sealing.certificates import make_key_pair
from slipway.sealing.identities import CERTIFICATE_FILE
from tests.cloud.fleet import FILES, OWNER, SYSTEM, WORKLOADS
from tests.cloud.follow import Json, eventually
from tests.unit.template_fleet import fleet_files
from tests.unit.template_world import rendered

ASKER, REVIEWER = "dora", "grace"
SECONDS = 240.0
"""A request reads, renders and checks the whole fleet twice; on a busy machine that is minutes."""

_MERGES = "requests: {autoMerge: [{kinds: [update-application], subjects: ['*-staging'], approvals: 0}]}\n"

Change = tuple[str, str, str]
"""Cluster, what happened, and to which object."""


def repositories() -> dict[str, dict[str, str]]:
    """Files of the fleet's repositories, by `owner/name`, with a key to seal with and a rule for merges."""
    found: dict[str, dict[str, str]] = {}
    for path, text in fleet_files().items():
        name, _, inside = path.partition("/")
        found.setdefault(f"{OWNER}/{name}", {})[inside] = text
    system = found[SYSTEM]
    # No network here: charts are named as not rendered at once.
    before, charts, rest = system["slipway.yaml"].partition("charts:\n")
    after = rest.partition("# A cluster or data")
    assert charts, "slipway.yaml of the templates names charts"
    system["slipway.yaml"] = f"{before}{''.join(after[1:])}{_MERGES}"
    system[CERTIFICATE_FILE] = make_key_pair(datetime.now(UTC), bits=2048).certificate.pem
    return found


class Fleet:
    """Six clusters and three applications, of which the tests have their own idea."""

    def __init__(self, cloud: Cloud) -> None:
        """Put the fleet in the place of the tiny one, which `close` brings back."""
        self.cloud = cloud
        self.github = cloud.github
        wanted = repositories()
        self._names = tuple(wanted)
        for repository, files in wanted.items():
            if repository in FILES:
                # What the other tests have left there is theirs: they get it back.
                gone = dict.fromkeys(self._tree(repository))
                self.github.commit(repository, "main", {**gone, **files}, message="The fleet of the templates")
            else:
                self.github.create_repository(repository, files)
        for person in (ASKER, REVIEWER):
            self.github.set_role(SYSTEM, person, "write")
        self._rendering: Rendering | None = None

    def close(self) -> None:
        """Bring the tiny fleet back."""
        for repository, files in FILES.items():
            if repository in self._names:
                gone = dict.fromkeys(self._tree(repository))
                self.github.commit(repository, "main", {**gone, **files}, message="The tiny fleet")

    # What people do

    def fill_in(self, *words: str) -> int:
        """Somebody fills in a form; returns the issue's number."""
        request = read_words(words)
        labels = (f"{LABEL}request", f"{LABEL}{request.kind.name}")
        return self.github.open_issue(SYSTEM, request.title, write_form(request), labels=labels, user=ASKER)

    def say(self, number: int, command: str) -> Reference:
        """Somebody asks in a comment."""
        return Reference(SYSTEM, number, self.github.comment(SYSTEM, number, command, user=ASKER))

    def open_issue(self, title: str) -> int:
        """Somebody opens an issue that asks for nothing."""
        return self.github.open_issue(SYSTEM, title, "Let us talk about it.", user=ASKER)

    # What comes of it

    def pulls(self, reference: Reference, step: int = 1) -> dict[str, Json]:
        """All pull requests of a step, by repository."""
        branch = reference.branch(step - 1)
        return {
            repository: pull
            for repository in self._names
            for pull in self.github.pull_requests(repository)
            if pull["head"]["ref"] == branch
        }

    def proposed(self, reference: Reference, *expected: str, step: int = 1) -> dict[str, Json]:
        """The pull requests of a step, as soon as there is one in each of these repositories."""
        look = partial(self._complete, reference, set(expected), step)
        return eventually(look, f"no pull requests of {reference}", partial(self.said, reference), seconds=SECONDS)

    def _complete(self, reference: Reference, expected: set[str], step: int) -> dict[str, Json] | None:
        found = self.pulls(reference, step)
        return found if set(found) == expected else None

    def green(self, pulls: Mapping[str, Json]) -> None:
        """Wait until Slipway's check has passed on each of them."""
        self._judged(pulls, "success")

    def red(self, pulls: Mapping[str, Json]) -> Json:
        """Wait until Slipway's check has failed on each of them; returns the first one."""
        return self._judged(pulls, "failure")[0]

    def _judged(self, pulls: Mapping[str, Json], conclusion: str) -> list[Json]:
        found = []
        for repository, pull in pulls.items():
            runs = partial(self.github.check_runs, repository, pull["head"]["sha"])

            def last(runs: Callable[[], list[Json]] = runs) -> Json | None:
                return next((it for it in reversed(runs()) if it["conclusion"] == conclusion), None)

            what = f"{repository}#{pull['number']} is not judged a {conclusion}"
            found.append(eventually(last, what, partial(_shown, runs), seconds=SECONDS))
        return found

    def label(self, pull: Json, repository: str) -> None:
        """Somebody approves of what a pull request destroys."""
        self.github.label_pull_request(repository, pull["number"], "slipway/approve-destructive", user=REVIEWER)

    def merge(self, pulls: Mapping[str, Json]) -> None:
        """Somebody merges pull requests."""
        for repository, pull in pulls.items():
            self.github.merge_pull_request(repository, pull["number"], user=REVIEWER)

    def closed(self, number: int) -> None:
        """Wait until an issue is closed."""
        look = partial(self._state, number)
        eventually(lambda: look() == "closed", f"#{number} stays open", partial(self.remarks, number), seconds=SECONDS)

    def answered(self, reference: Reference, beginning: str) -> str:
        """What Slipway says of a request, as soon as it begins so."""

        def look() -> str | None:
            return next((text for text in self.said(reference) if text.startswith(beginning)), None)

        what = f"nothing is said of {reference} that begins with {beginning!r}"
        return eventually(look, what, partial(self.said, reference), seconds=SECONDS)

    def said(self, reference: Reference) -> list[str]:
        """What Slipway says of a request, without the mark by which it finds it again."""
        start = f"{reference.marker}\n"
        return [text.removeprefix(start) for text in self.remarks(reference.number) if text.startswith(start)]

    def remarks(self, number: int) -> list[str]:
        """All that Slipway says on an issue."""
        comments = self.github.comments(SYSTEM, number)
        return [each["body"] for each in comments if each["user"]["type"] == "Bot"]

    def _state(self, number: int) -> str:
        return next(str(each["state"]) for each in self.github.issues(SYSTEM) if each["number"] == number)

    # What the clusters get

    def rendering(self) -> Rendering:
        """Of what the default branches have, with charts."""
        self._rendering = rendered(self.files(), self._rendering)
        return self._rendering

    def changes(self, before: Rendering) -> tuple[set[Change], list[FieldChange]]:
        """What has changed on the clusters since, and the fields of what was there and still is."""
        diff = diff_fleets(before.fleet, self.rendering().fleet)
        changes = {
            (cluster, change.kind, f"{change.key.kind} {change.key.namespace}/{change.key.name}".replace(" /", " "))
            for group in diff.groups
            for cluster in group.clusters
            for change in group.changes
        }
        return changes, [field for group in diff.groups for change in group.changes for field in change.fields]

    def files(self) -> dict[str, str]:
        """What the default branches have; the first part of a path is the repository."""
        return {
            f"{repository.partition('/')[2]}/{path}": text
            for repository in self._names
            for path, text in self._tree(repository).items()
        }

    def _tree(self, repository: str) -> dict[str, str]:
        directory = self.github.git_directory(repository)
        packed = run(["--git-dir", str(directory), "archive", "refs/heads/main"]).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            files = ((member.name, archive.extractfile(member)) for member in archive if member.isfile())
            return {name: file.read().decode() for name, file in files if file is not None}


def _shown(runs: Callable[[], Sequence[Json]]) -> list[object]:
    return [(run["status"], run["conclusion"], run["output"]["title"], run["output"]["summary"]) for run in runs()]


__all__ = ["ASKER", "OWNER", "REVIEWER", "SYSTEM", "WORKLOADS", "Change", "Fleet"]
