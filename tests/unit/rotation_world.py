"""A fleet with sealed secrets on an in-memory GitHub, its keys, and the state machine of a rotation over them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.rotation import definition
from slipway.aws.memory import MemoryExecutions
from slipway.errors import InputError, RetryLater
from slipway.fleet.manifests import load_documents
from slipway.fleet.tree import Tree
from slipway.github.proposals import Proposal
from slipway.github.proposing.memory import MemoryProposals
from slipway.keys.pairs import read_pairs
from slipway.rotation.steps import Surroundings, step
from slipway.sealing.opening import open_values
from slipway.sealing.unseal import sealed_in
from tests.unit.key_slots import SLOTS, release
from tests.unit.keys_world import KeysWorld
from tests.unit.sealing_world import pair, sealed_text
from tests.unit.small_fleets import builder, helm, helm_repository, sync

SYSTEM, WORKLOADS, WEB = "acme/gitops-system", "acme/gitops-workloads", "acme/web"
CLUSTERS = ("hub", "staging")
POLL = 60


class Killed(Exception):
    """The run was stopped."""


class RotationWorld:
    """What rotations work on.

    Attributes:
        states: every state that was entered.
        kill_at: names of states in which the run is stopped, each once.
        people: what people do while a run waits.
    """

    def __init__(self, changes: Mapping[str, Mapping[str, str | None]] | None = None) -> None:
        self.proposals = MemoryProposals()
        self.github = self.proposals.github
        self.keys = KeysWorld(pair().to_json())
        self.keys.now = datetime.now(UTC)
        self.states: list[str] = []
        self.kill_at: list[str] = []
        self.people: Callable[[], object] = self.merge_all
        self.executions = MemoryExecutions()
        self._number = 0
        for repository, files in fleet_files(changes or {}).items():
            self.commit(repository, files)
            self.proposals.set_default_branch(repository, "main")
        self.around = Surroundings(
            github=lambda _: self.github,
            proposals=lambda _: self.proposals,
            keys=self.keys.keys(),
            executions=self.executions,
            builder=builder(),
            helm=helm(),
            sealing_secret="arn:aws:secretsmanager:eu-west-1:111122223333:secret:fleet/shared/sealing-key-AbCdEf",
            github_host="github.com",
            system_repository=SYSTEM,
            poll_seconds=POLL,
            now=lambda: self.keys.now,
        )

    # What people do

    def commit(self, repository: str, files: Mapping[str, str], *, branch: str = "main", tag: str = "") -> None:
        """Put files on a branch, whole."""
        content = {path: text.encode() for path, text in files.items()}
        sha = hashlib.sha1(repr((branch, sorted(content.items()))).encode(), usedforsecurity=False).hexdigest()
        refs = [branch, "HEAD"] if branch == "main" else [branch]
        self.github.add_commit(repository, sha, content, refs=refs, tags=[tag] if tag else [])

    def edit(self, repository: str, files: Mapping[str, str]) -> None:
        """Change files on the main branch."""
        tree = self.tree(repository)
        self.commit(repository, {**{path: tree.read(path).decode() for path in tree}, **files})

    def merge_all(self) -> None:
        """Somebody merges what is open."""
        for (repository, number), pull in list(self.proposals.proposals.items()):
            if pull.state == "open":
                self.proposals.merge(repository, number, pull.head_sha)

    # Runs

    def run(self, reason: str = "asked", **more: Any) -> str:
        """Run the state machine to its end, or until it is killed; returns the last state."""
        self._number += 1
        context = {"Execution": {"Name": f"run-{self._number}", "StartTime": self.keys.now.isoformat()}}
        machine = definition("rotation", POLL)
        return self._states(machine, {"reason": reason, **more}, context)

    def _states(self, machine: Mapping[str, Any], data: Any, context: Mapping[str, Any]) -> str:
        name = machine["StartAt"]
        for _ in range(500):
            state = machine["States"][name]
            self.states.append(name)
            if name in self.kill_at and state["Type"] != "Task":
                self._die(name)
            match state["Type"]:
                case "Succeed":
                    return str(name)
                case "Task":
                    data, name = self._task(name, state, data, context)
                    continue
                case "Map":
                    data = _put(
                        data, state["ResultPath"], [self._one(state, data, it) for it in data["targets"]["targets"]]
                    )
                case "Choice":
                    name = next(
                        (it["Next"] for it in state["Choices"] if _get(data, it["Variable"]) is it["BooleanEquals"]),
                        state["Default"],
                    )
                    continue
                case "Wait":
                    seconds = state["Seconds"] if "Seconds" in state else _get(data, state["SecondsPath"])
                    self.keys.now += timedelta(seconds=seconds)
                    self.people()
            name = state["Next"]
        raise AssertionError(f"no end after {self.states[-20:]}")

    def _task(self, name: str, state: Mapping[str, Any], data: Any, context: Mapping[str, Any]) -> tuple[Any, str]:
        answer = None
        for attempt in range(state["Retry"][0]["MaxAttempts"] + 1):
            try:
                answer = self._ask(_filled(state["Parameters"], data, context))
                break
            except (InputError, RetryLater):
                self.keys.now += timedelta(seconds=min(30 * 2**attempt, 900))
        if answer is None and "Catch" not in state:
            raise InputError(f"{name} failed")
        if name in self.kill_at:
            self._die(name)  # what it did is done, and nobody knows
        if answer is None:
            return data, state["Catch"][0]["Next"]
        return _put(data, state["ResultPath"], answer), state["Next"]

    def _one(self, state: Mapping[str, Any], data: Any, item: Any) -> Any:
        inner = state["ItemProcessor"]["States"]
        found = _filled(state["ItemSelector"], data, {"Map": {"Item": {"Value": item}}})
        try:
            answer = self._ask(_filled(inner["Reseal one"]["Parameters"], found, {}))
        except RetryLater:
            answer = _filled(inner["Not looked at"]["Parameters"], found, {})
        if "Reseal one" in self.kill_at:
            self._die("Reseal one")
        return answer

    def _ask(self, parameters: Any) -> Any:
        return json.loads(json.dumps(step(json.loads(json.dumps(parameters)), self.around)))

    def _die(self, name: str) -> None:
        self.kill_at.remove(name)
        raise Killed(name)

    def run_until_killed(self, reason: str) -> None:
        """Run it, whatever stops it."""
        with suppress(Killed):
            self.run(reason)

    # What there is

    @property
    def state(self) -> Any:
        """Of the keys."""
        return self.around.keys.state()

    def tree(self, repository: str, branch: str = "main") -> Tree:
        """What a branch has."""
        sha = self.github.tip(repository, branch)
        assert sha
        return self.github.tree(repository, sha)

    def opened(self) -> dict[str, tuple[str, set[str]]]:
        """The value of every sealed secret on the main branches, and which keys open it."""
        ring = read_pairs(self.keys.secret.text or "", self.keys.now)[0].keyring()
        found = {}
        for repository in (SYSTEM, WORKLOADS, WEB):
            for path, sealed in sealed_objects(self.tree(repository)):
                contents = open_values(sealed, ring)
                for name, value in contents.opened.items():
                    text = value.plaintext.decode()
                    found[f"{repository}/{path}/{name}"] = (
                        text,
                        {each.fingerprint for each in contents.opened.values()},
                    )
        return found

    def pulls(self) -> dict[str, list[Proposal]]:
        """All pull requests there were, by repository."""
        found: dict[str, list[Proposal]] = {}
        for (repository, _), pull in self.proposals.proposals.items():
            found.setdefault(repository, []).append(pull)
        return found

    def said(self) -> str:
        """The one comment on the one issue."""
        [comment] = [each.body for each in self.proposals.comments.values() if each.by_app]
        return comment.partition("-->\n")[2]


def sealed_objects(tree: Tree) -> Iterator[tuple[str, Any]]:
    """The SealedSecrets of a tree, with their paths."""
    for path in tree:
        if path.endswith(".yaml"):
            for document in load_documents(tree.read(path)):
                for _, sealed in sealed_in(document.value):
                    yield path, sealed


def fleet_files(changes: Mapping[str, Mapping[str, str | None]]) -> dict[str, dict[str, str]]:
    """The files of the three repositories."""
    system = {"slipway.yaml": f"repositories: [{WORKLOADS}]\nsealing: {{graceDays: 7}}\n"}
    for cluster in CLUSTERS:
        system |= sync(cluster)
        system[f"clusters/{cluster}/keys.yaml"] = "---\n".join((helm_repository(), release(), *SLOTS))
        system[f"clusters/{cluster}/secret.yaml"] = sealed_text(name=f"{cluster}-db")
        system[f"clusters/{cluster}/web.yaml"] = _source("web", "web") + "---\n" + _built("web")
    found = {
        SYSTEM: system,
        WORKLOADS: {"staging/secret.yaml": f"# by hand\n{sealed_text(name='quota')}", "README.md": "# Workloads\n"},
        WEB: {"deploy/secret.yaml": sealed_text(name="web"), "docs/SealedSecret.md": "A SealedSecret\n"},
    }
    for repository, files in changes.items():
        found[repository] = {path: text for path, text in {**found[repository], **files}.items() if text is not None}
    return found


def _source(name: str, repository: str, ref: str = "branch: main") -> str:
    return (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\n"
        f"spec: {{interval: 1m, url: 'https://github.com/acme/{repository}', ref: {{{ref}}}}}\n"
    )


def _built(name: str) -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: flux-system}}\n"
        f"spec: {{interval: 1m, path: ./deploy, prune: true, sourceRef: {{kind: GitRepository, name: {name}}}}}\n"
    )


def at_tag(tag: str) -> str:
    """The application's source and Kustomization, at a tag."""
    return _source("web", "web", f"tag: {tag}") + "---\n" + _built("web")


def _filled(parameters: Mapping[str, Any], data: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a state, with what their paths name."""
    return {
        name.removesuffix(".$"): (_get(context, value[1:]) if value.startswith("$$.") else _get(data, value))
        if name.endswith(".$")
        else value
        for name, value in parameters.items()
    }


def _get(data: Any, path: str) -> Any:
    for part in path.split(".")[1:]:
        data = data[part]
    return data


def _put(data: Any, path: str, value: Any) -> Any:
    return {**data, path.removeprefix("$."): value}
