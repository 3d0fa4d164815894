"""The fleet of the templates at the stand-in, where people ask for things, and see what comes of it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from local.cloud import Cloud
from slipway.fleet.change import FieldChange
from slipway.fleet.diff import diff_fleets
from slipway.fleet.render import Rendering
from slipway.generation.reference import Reference
from slipway.requests.command import read_words
from slipway.requests.form import LABEL, write_form
from slipway.sealing.identities import CERTIFICATE_FILE
from tests.cloud.fleet import OWNER, SYSTEM, WORKLOADS
from tests.cloud.follow import Json, eventually
from tests.cloud.placed import bring_back, content, place
from tests.unit.template_fleet import fleet_files
from tests.unit.template_world import rendered

ASKER, REVIEWER = "dora", "grace"
SECONDS = 120.0
"""A request is through within seconds; on a machine that is busy, and starts functions, that is a minute."""

_MERGES = "requests: {autoMerge: [{kinds: [update-application], subjects: ['*-staging'], approvals: 0}]}\n"

Change = tuple[str, str, str]
"""Cluster, what happened, and to which object."""


def repositories(certificate: str) -> dict[str, dict[str, str]]:
    """Files of the fleet's repositories, by `owner/name`, with a certificate to seal with and a rule for merges."""
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
    system[CERTIFICATE_FILE] = certificate
    return found


@dataclass(frozen=True)
class Asked:
    """A request, and what it changes."""

    request: Reference
    pulls: dict[str, Json]
    """Its pull requests when they were made, by repository."""


class Fleet:
    """Five clusters and three applications, of which the tests have their own idea."""

    def __init__(self, cloud: Cloud) -> None:
        """Put the fleet in the place of the tiny one, which `close` brings back."""
        self.cloud = cloud
        self.github = cloud.github
        wanted = repositories(cloud.invoke("keys-rotation", {"do": "state"})["newest"])
        self._names = tuple(wanted)
        place(self.github, wanted, "The fleet of the templates")
        for person in (ASKER, REVIEWER):
            self.github.set_role(SYSTEM, person, "write")
        self._rendering: Rendering | None = None

    def close(self) -> None:
        """Bring the tiny fleet back."""
        bring_back(self.github)

    # What people do

    def fill_in(self, *words: str) -> Reference:
        """Somebody fills in a form."""
        request = read_words(words)
        labels = (f"{LABEL}request", f"{LABEL}{request.kind.name}")
        body = write_form(request)
        return Reference(SYSTEM, self.github.open_issue(SYSTEM, request.title, body, labels=labels, user=ASKER))

    def say(self, *words: str) -> Reference:
        """Somebody asks in a comment on an issue that is about something else."""
        number = self.github.open_issue(SYSTEM, "Next week", "Let us talk about it.", user=ASKER)
        command = f"As we said:\n/slipway {shlex.join(words)}"
        return Reference(SYSTEM, number, self.github.comment(SYSTEM, number, command, user=ASKER))

    def both_ways(self, form: str, command: str, *repositories: str) -> tuple[Asked, Asked]:
        """Somebody fills in a form, and somebody says a command, at once; each is one of words with spaces between.

        Returns:
            both, as soon as each has a pull request in each of these repositories.
        """
        requests = self.fill_in(*form.split()), self.say(*command.split())
        first, second = (Asked(request, self.proposed(request, *repositories)) for request in requests)
        return first, second

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

    def red(self, pulls: Mapping[str, Json]) -> None:
        """Wait until Slipway's check has failed on each of them."""
        self._judged(pulls, "failure")

    def _judged(self, pulls: Mapping[str, Json], conclusion: str) -> None:
        for repository, pull in pulls.items():
            runs = partial(self._runs, repository, pull["number"])

            def is_judged(runs: Callable[[], list[Json]] = runs) -> bool:
                return any(run["conclusion"] == conclusion for run in runs())

            what = f"{repository}#{pull['number']} is not judged a {conclusion}"
            eventually(is_judged, what, partial(_shown, runs), seconds=SECONDS)

    def _runs(self, repository: str, number: int) -> list[Json]:
        """Of the head as it is now."""
        return self.github.check_runs(repository, self._pull(repository, number)["head"]["sha"])

    def rewritten(self, repository: str, pull: Json) -> None:
        """Wait until a pull request holds something else."""
        number, before = pull["number"], pull["head"]["sha"]

        def is_other() -> bool:
            return bool(self._pull(repository, number)["head"]["sha"] != before)

        eventually(is_other, f"{repository}#{number} stays as it is", seconds=SECONDS)

    def _pull(self, repository: str, number: int) -> Json:
        return next(each for each in self.github.pull_requests(repository) if each["number"] == number)

    def label(self, pull: Json, repository: str) -> None:
        """Somebody approves of what a pull request destroys."""
        self.github.label_pull_request(repository, pull["number"], "slipway/approve-destructive", user=REVIEWER)

    def merge(self, pulls: Mapping[str, Json]) -> None:
        """Somebody merges pull requests."""
        for repository, pull in pulls.items():
            self.github.merge_pull_request(repository, pull["number"], user=REVIEWER)

    def merge_in_order(self, pulls: Mapping[str, Json], first: str, second: str) -> None:
        """Each is checked with what the other repository has, and again when what it needs there is merged."""
        self.green({first: pulls[first]})
        self.red({second: pulls[second]})
        self.merge({first: pulls[first]})
        self.green({second: pulls[second]})
        self.merge({second: pulls[second]})

    def done(self, *asked: Asked) -> None:
        """Wait until requests are through: Slipway says so, and closes the issues that ask for nothing else."""
        for each in asked:
            self.answered(each.request, "**Done:**")
            if not each.request.comment:
                self.closed(each.request.number)
            assert len(self.said(each.request)) == 1
        assert {self._state(each.request.number) for each in asked if each.request.comment} <= {"open"}

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
            f"{repository.partition('/')[2]}/{path}": data.decode()
            for repository in self._names
            for path, data in content(self.github, repository).items()
        }


def _shown(runs: Callable[[], Sequence[Json]]) -> list[object]:
    return [(run["status"], run["conclusion"], run["output"]["title"], run["output"]["summary"]) for run in runs()]


__all__ = ["ASKER", "OWNER", "REVIEWER", "SYSTEM", "WORKLOADS", "Asked", "Change", "Fleet"]
