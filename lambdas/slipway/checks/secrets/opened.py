"""Rules about SealedSecrets that the fleet's key opens or not, as its holder says: SLW631 and SLW632."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from slipway.checks.finding import Finding, NotValidated
from slipway.checks.keyholder import SealedAnswer
from slipway.checks.said import Said, once_per_line
from slipway.checks.secrets.asking import Answers, Asked, about
from slipway.checks.secrets.rules import SEALED_CLOSED, SEALED_OLD
from slipway.checks.secrets.sealed import listed_keys
from slipway.checks.secrets.sealing import label_of
from slipway.checks.subject import Subject
from slipway.sealing.published import CERTIFICATE_FILE

if TYPE_CHECKING:  # cryptography, which a check without a key has no use for
    from slipway.sealing.certificates import Certificate
    from slipway.sealing.exchange import KeyState

_HOW = f"with gitops-system's certificate: slipway seal --cert {CERTIFICATE_FILE}"


def opened_findings(
    subject: Subject, answers: Answers, told: Mapping[int, str], published: Certificate | None
) -> Iterator[Finding | NotValidated | SealedAnswer]:
    """What clusters with the fleet's key cannot open, and what they can.

    Args:
        subject: what is checked.
        answers: what was answered.
        told: what names and earlier values tell of SealedSecrets that are not opened, by their identity.
        published: the certificate that everybody seals with; None if there is none.
    """
    yield from answers.not_validated
    if answers.state is None:
        return
    said = []
    for asked in answers.asked:
        said += list(_closed(asked, answers, told.get(id(asked.landed.obj), "")))
        said += list(_old(asked, answers.state, published))
        yield from _not_known(asked, answers, answers.state)
        yield _answer(asked, answers.state)
    yield from once_per_line(said, subject.lines)


def _closed(asked: Asked, answers: Answers, told: str) -> Iterator[Said]:
    """Values that do not open, by the reason."""
    reasons: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for failure in asked.told.failed:
        if clusters := answers.certain(failure, asked.clusters):
            reasons.setdefault((failure.why, clusters), []).append(failure.key)
    label = label_of(asked.landed.obj)
    anew = f"seal it anew{f' for {label}' if label else ''} {_HOW}"
    for (why, clusters), keys in reasons.items():
        reason = why.removesuffix("; seal it anew")
        message = f"{listed_keys(keys)} does not open with the fleet's sealing key: it {reason}"
        field = keys[0] if keys[0].startswith("spec.") else f"spec.encryptedData.{keys[0]}"
        hint = f"{told}; {anew}" if told else anew
        yield Said(SEALED_CLOSED, asked.landed, tuple(field.split(".", 2)), message, hint, clusters)


def _old(asked: Asked, state: KeyState, published: Certificate | None) -> Iterator[Said]:
    """What is sealed with the key that goes, once everybody can have the other one."""
    can_have = published is not None and published.fingerprint == state.newest.fingerprint
    if state.is_rotating and can_have and state.current.fingerprint in asked.told.by:
        message = f"it is sealed for {state.current.fingerprint}, which a rotation is about to retire"
        hint = f"seal it {_HOW}; else the rotation waits until it is sealed anew"
        yield Said(SEALED_OLD, asked.landed, ("spec", "encryptedData"), message, hint, asked.clusters)


def _not_known(asked: Asked, answers: Answers, state: KeyState) -> Iterator[NotValidated]:
    """What the answer does not tell of a cluster."""
    for why in sorted({failure.why for failure in asked.told.failed if failure.reason == "unknown"}):
        yield NotValidated(about(asked.landed, asked.clusters), f"it {why}", 1)
    reasons: dict[str, list[str]] = {}
    is_foreign = any(failure.reason == "no key" for failure in asked.told.failed)
    is_new = state.is_rotating and state.newest.fingerprint in asked.told.by
    for name in asked.clusters:
        key = answers.keys[name]
        if is_foreign and key.others:
            why = f"the fleet's sealing key does not open it, and the cluster may have another one: {key.others}"
            reasons.setdefault(why, []).append(name)
        if is_new and key.second:
            why = f"it is sealed for the key that a rotation goes to, and the cluster may not have that: {key.second}"
            reasons.setdefault(why, []).append(name)
    yield from (NotValidated(about(asked.landed, names), why, 1) for why, names in reasons.items())


def _answer(asked: Asked, state: KeyState) -> SealedAnswer:
    ends = {each.fingerprint: each.not_after.date() for each in (state.current, state.newest)}
    told = asked.told
    until = min((ends[one] for one in told.by if one in ends), default=None)
    return SealedAnswer(
        str(asked.landed.obj.key), tuple(sorted(asked.clusters)), told.values, len(told.failed), told.by, until
    )
