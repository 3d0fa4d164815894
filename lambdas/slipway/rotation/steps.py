"""The steps of a rotation, each of which may be asked for any number of times."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from slipway.aws.protocol import Executions, SealingKeys
from slipway.checks.secrets.fleet_key import is_same_secret
from slipway.checks.secrets.trust import ClusterTrust, cluster_trusts
from slipway.errors import InputError
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.kustomize import Builder
from slipway.fleet.settings import Settings, load_settings
from slipway.fleet.tree import Tree
from slipway.github.proposals import Proposals
from slipway.github.protocol import GitHub
from slipway.repositories import Repository, read_repositories, read_repository
from slipway.rotation import words
from slipway.rotation.elsewhere import sealed_elsewhere
from slipway.rotation.proposing import LABEL, Change, Proposing
from slipway.rotation.resealing import MAX_NAMED, Left, is_old, problems, resealed
from slipway.rotation.run import Input, Run, again, done
from slipway.rotation.view import MAX_TARGETS, Landed, Target, View
from slipway.sealing.certificates import Certificate, read_certificate
from slipway.sealing.exchange import KeyState, SealedText, trimmed
from slipway.sealing.identities import CERTIFICATE_FILE

DAY = 24 * 3600
CERTIFICATE, RESEAL = "sealing-certificate", "reseal"
"""What the branches are called after."""


@dataclass(frozen=True)
class Surroundings:
    """What a rotation works with, made once per execution environment."""

    github: Callable[[str], GitHub]
    """To read, by repository."""
    proposals: Callable[[str], Proposals]
    """To write, likewise."""
    keys: SealingKeys
    executions: Executions
    builder: Builder
    helm: HelmRenderer | None
    sealing_secret: str
    """Name or ARN of the secret with the pairs."""
    github_host: str
    system_repository: str
    poll_seconds: int
    now: Callable[[], datetime]


def step(event: Mapping[str, Any], around: Surroundings) -> Any:
    """Do one step; what it cannot do is said on the issue, and it is to be asked for again.

    Raises:
        InputError: there is no such step, or what the state machine was started with is wrong.
        RetryLater: GitHub or AWS is down.
    """
    steps = _Steps(around)
    if event.get("step") == "begin":
        return steps.begin(Input.from_event(event["input"]), event["execution"], event["started"]).to_payload()
    run = Run.from_payload(event["run"])
    if event["step"] == "reseal":
        return steps.reseal(run, Target(**event["target"])).to_payload()
    doing = _ON_THE_WHOLE.get(event["step"])
    if doing is None:
        raise InputError(f"a rotation has no step {event['step']!r}")
    try:
        return doing(steps, run, event)
    except InputError as err:
        steps.say(run, words.failed(str(err)))
        return again(steps.pause(run))


class _Steps:
    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._system = around.system_repository
        self._view: View | None = None

    def begin(self, asked: Input, execution: str, started: str) -> Run:
        """Make the new pair, if it is time; resume what is under way."""
        if any(other.is_before(execution, started) for other in self._around.executions.running()):
            return Run(rotating=False, busy=True, reason=asked.reason)
        state = self._state
        if not state.is_rotating and (asked.reason != "due" or self._is_time(state)):
            state = self._around.keys.prepare(self._until_seen())
        run = Run(
            rotating=state.is_rotating,
            reason=asked.reason,
            assume_trust=asked.assume_trust,
            assume_rendered=asked.assume_rendered,
            to=state.newest.fingerprint,
            old=state.current.fingerprint,
            started=started,
        )
        return replace(run, issue=self._issue(run)) if run.rotating else run

    def _is_time(self, state: KeyState) -> bool:
        """True if the pair is as old as the fleet lets it get."""
        days = self._settings.sealing.rotate_after_days
        return bool(days) and self._around.now() - state.newest.not_before >= timedelta(days=days)

    def _issue(self, run: Run) -> int:
        sealed = self.view().sealed() if run.reason == "leaked" else []
        return self._around.proposals(self._system).open_issue(
            self._system,
            words.issue_title(run),
            words.shortened(words.issue_body(run, sealed, self._settings.sealing)),
            [LABEL],
            f"<!-- slipway:rotation {run.to} {'leaked' if run.reason == 'leaked' else ''} -->",
        )

    def trust(self, run: Run) -> dict[str, Any]:
        """Whether all clusters will have the new key, and how long that takes."""
        if run.assume_trust or all(each.trusts for each in self._trusts):
            # Since the pair is there, whatever run has made it.
            since = (self._around.now() - self._state.newest.not_before).total_seconds()
            return done(wait=max(round(self._until_seen() - since), 0))
        self.say(run, words.not_trusted(self._trusts))
        return again(self.pause(run))

    @cached_property
    def _trusts(self) -> list[ClusterTrust]:
        """Of every cluster that has SealedSecrets; one that takes its keys from elsewhere does not get the new one."""
        secret = self._around.sealing_secret
        return [
            replace(each, trusts=False, why=f"it takes its keys from {each.secret}, and not from {secret}", seconds=0)
            if each.trusts and not is_same_secret(each.secret, secret)
            else each
            for each in cluster_trusts(self.view().fleet)
        ]

    def _until_seen(self) -> int:
        """Seconds until clusters have seen a change of the secret: what they take, and some for their queues."""
        return max((each.seconds for each in self._trusts), default=0) + self._around.poll_seconds

    def publish(self, run: Run) -> dict[str, Any]:
        """Propose the certificate; done when `gitops-system` has it."""
        certificate, system = self._certificate(run), self._home
        target = Target(system.name, system.branch)
        proposing = self._proposing(run)
        if _published(system.tree) == run.to:
            proposing.withdraw(target, CERTIFICATE)
            return done()
        change = Change(
            target,
            system.sha,
            system.tree,
            {CERTIFICATE_FILE: certificate.pem.encode()},
            words.certificate_title(),
            words.certificate_body(certificate),
        )
        proposing.propose(change, CERTIFICATE)
        return again(self.pause(run))

    @cached_property
    def _state(self) -> KeyState:
        """Of the keys, as this step finds it."""
        return self._around.keys.state()

    def _certificate(self, run: Run) -> Certificate:
        """What is to be sealed with."""
        found = self._state.newest
        if found.fingerprint != run.to:
            raise InputError(f"the newest sealing key is {found.fingerprint} by now, and not {run.to}")
        return found

    def reseal(self, run: Run, target: Target) -> Left:
        """Propose to seal a branch's files anew; what cannot be done is told, and stops nothing else."""
        try:
            return self._left(run, target, propose=True)
        except InputError as err:
            return Left(target.repository, target.branch, error=str(err))

    def targets(self) -> dict[str, Any]:
        """The branches whose files are sealed anew."""
        return done(targets=[asdict(target) for target in self.view().targets])

    def settled(self, run: Run, left: Sequence[Left]) -> dict[str, Any]:
        """Whether nothing is sealed with the old key any more; then the grace time begins."""
        if self._is_waiting(run, left):
            return again(self.pause(run))
        seconds = 0 if run.reason == "leaked" else self._settings.sealing.grace_days * DAY
        self.say(run, words.grace(seconds, left))
        return done(wait=seconds)

    def retire(self, run: Run) -> dict[str, Any]:
        """Let clusters trust the new pair alone, if nothing is sealed with the old one, now."""
        view = self.view()
        left = [self._left(run, target, propose=False) for target in view.targets]
        if self._is_waiting(run, left):
            return again(self.pause(run))
        for target in view.targets:
            self._proposing(run).withdraw(target, RESEAL)
        self.say(run, words.retired(run, left, view.unseen()))
        if run.issue:
            self._around.proposals(self._system).close_issue(self._system, run.issue, completed=True)
        # At last: a run that is stopped before this goes on from here, and one after it finds no rotation.
        self._around.keys.retire(run.to)
        return done()

    def _is_waiting(self, run: Run, left: Sequence[Left]) -> bool:
        """True if the old key is still needed, or may be: that is said on the issue."""
        is_done = all(each.is_done for each in left)
        landed = self._landed_old(run) if is_done else []
        unseen = [] if run.assume_rendered else self.view().unseen()
        if is_done and not landed and not unseen:
            return False
        self.say(run, words.waiting(left, landed, unseen))
        return True

    def _left(self, run: Run, target: Target, *, propose: bool) -> Left:
        github = self._around.github(target.repository)
        sha = github.commit(target.repository, f"refs/heads/{target.branch}").sha
        tree = github.tree(target.repository, sha)
        certificate, current = self._certificate(run), self._state.current
        files = resealed(tree, self._around.keys, certificate)
        old = sum(is_old(told, run.to) for file in files for told in file.sealed)
        bits = {each.key.key_size for each in (certificate, current)}
        found = [*problems(files, run.to), *sealed_elsewhere(tree, files, bits)]
        changed = {file.path: file.content.encode() for file in files if file.content}
        pull = None
        if propose and changed:
            change = Change(
                target,
                sha,
                tree,
                changed,
                words.reseal_title(old),
                words.reseal_body(run, f"{self._system}#{run.issue}", found[:MAX_NAMED]),
            )
            pull = self._proposing(run).propose(change, RESEAL)
        return Left(
            target.repository,
            target.branch,
            old,
            sum(len(file.sealed) for file in files),
            pull.number if pull else 0,
            tuple(found[:MAX_NAMED]),
            max(len(found) - MAX_NAMED, 0),
        )

    def _landed_old(self, run: Run) -> list[Landed]:
        """What clusters get that is sealed with the old key, or of which that is not known."""
        sealed = self.view().sealed()
        # YAML does not read JSON's pairs of escapes for one character.
        texts = [SealedText(str(each.obj.key), json.dumps(trimmed(each.value), ensure_ascii=False)) for each in sealed]
        files = self._around.keys.reseal(run.to, texts)
        return [
            landed
            for landed, file in zip(sealed, files, strict=True)
            if file.error or any(is_old(told, run.to) for told in file.sealed)
        ]

    def say(self, run: Run, text: str) -> None:
        """Say how far it is, in the one comment on the issue."""
        if run.issue:
            marker = f"<!-- slipway:rotation {run.to} -->"
            self._around.proposals(self._system).put_comment(self._system, run.issue, marker, words.shortened(text))

    def pause(self, run: Run) -> int:
        """Seconds until it is worth another look."""
        return run.pause(self._around.now(), self._around.poll_seconds)

    @cached_property
    def _home(self) -> Repository:
        """`gitops-system` as it is now; most steps of a day on which nothing is due need no other repository."""
        return read_repository(self._system, self._around.github, self._default_branch)

    @cached_property
    def _settings(self) -> Settings:
        return load_settings(self._home.tree)

    def _default_branch(self, name: str) -> str:
        return self._around.proposals(name).default_branch(name)

    def view(self) -> View:
        """The fleet as it is now."""
        if self._view is None:
            around = self._around
            repositories = read_repositories(
                self._system,
                around.github,
                self._default_branch,
                all_up_to=MAX_TARGETS,
            )
            self._view = View(repositories, around.github, around.github_host, around.builder, around.helm)
        return self._view

    def _proposing(self, run: Run) -> Proposing:
        return Proposing(self._around.proposals, self._around.github, self._settings, run.to)


def _published(tree: Tree) -> str:
    """Fingerprint of the certificate that people seal with; empty if there is none, or if it cannot be read."""
    if CERTIFICATE_FILE not in tree:
        return ""
    try:
        return read_certificate(tree.read(CERTIFICATE_FILE)).fingerprint
    except InputError:
        return ""


_ON_THE_WHOLE: Mapping[str, Callable[[_Steps, Run, Mapping[str, Any]], dict[str, Any]]] = {
    "trust": lambda steps, run, _: steps.trust(run),
    "publish": lambda steps, run, _: steps.publish(run),
    "targets": lambda steps, _, __: steps.targets(),
    "settled": lambda steps, run, event: steps.settled(run, [Left.from_payload(each) for each in event["left"]]),
    "retire": lambda steps, run, _: steps.retire(run),
}
