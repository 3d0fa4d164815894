"""Rule about the certificate that everybody seals with: SLW633.

Source: bitnami/sealed-secrets v0.40.0, `pkg/kubeseal/kubeseal.go` (`ParseKey`: a certificate that has expired is
refused).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from slipway.checks.finding import Finding
from slipway.checks.secrets.asking import Answers, changes_certificate
from slipway.checks.secrets.rules import CERTIFICATE
from slipway.checks.subject import Subject
from slipway.errors import InputError
from slipway.sealing.published import CERTIFICATE_FILE

if TYPE_CHECKING:  # cryptography, which a repository without a certificate has no use for
    from slipway.sealing.certificates import Certificate

SOON = timedelta(days=30)
"""How long before its end a certificate is told of: a rotation takes a week or two."""


def published(subject: Subject) -> Certificate | None:
    """The certificate; None if there is none, or if it cannot be read.

    In a repository that is not gitops-system there is none.
    """
    try:
        return _read(subject)
    except InputError:
        return None


def published_findings(subject: Subject, answers: Answers) -> Iterator[Finding]:
    """What is wrong with the certificate, and what a change makes wrong with it."""
    try:
        certificate = _read(subject)
    except InputError as err:
        hint = "nobody can seal with it; the next run of the rotation publishes it again"
        yield Finding(CERTIFICATE, err.message, subject.root.at(CERTIFICATE_FILE, err.line or 1), hint=hint)
        return
    if certificate is None:
        return
    where = subject.root.at(CERTIFICATE_FILE, 1)
    state, end = answers.state, certificate.not_after.date()
    rotate = "rotate the sealing key (docs/sealing.md)"
    if end < subject.today:
        yield Finding(
            CERTIFICATE, f"it has expired on {end}", where, hint=f"kubeseal and slipway seal refuse it; {rotate}"
        )
    elif end - subject.today < SOON:
        yield Finding(
            CERTIFICATE.at("warning"),
            f"it expires on {end}",
            where,
            hint=f"kubeseal and slipway seal refuse it then; {rotate}",
        )
    # Of a certificate that was there before, the rotation sees by itself that it is another one.
    if state is None or not changes_certificate(subject):
        return
    if certificate.fingerprint not in (state.current.fingerprint, state.newest.fingerprint):
        message = f"it is of {certificate.fingerprint}, which is not the fleet's sealing key"
        hint = (
            f"no cluster opens what is sealed with it, and somebody else may; the fleet's is {state.newest.fingerprint}"
        )
        yield Finding(CERTIFICATE, message, where, hint=hint)


def _read(subject: Subject) -> Certificate | None:
    if CERTIFICATE_FILE not in subject.root:
        return None
    from slipway.sealing.certificates import read_certificate

    return read_certificate(subject.root.read(CERTIFICATE_FILE))
