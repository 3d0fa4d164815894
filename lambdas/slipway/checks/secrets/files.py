"""Rule about credentials in the files of the repository, whether a cluster reads them or not: SLW602.

Of a change, the files that it changes: what was there before is not its doing, and is found when nothing is compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from slipway.checks.finding import Finding, NotValidated
from slipway.checks.secrets.credentials import Credential, credentials
from slipway.checks.secrets.rules import CREDENTIAL
from slipway.checks.subject import Subject

MAX_FILE_BYTES = 4 * 1024 * 1024
"""Of a file that is looked at; larger ones are counted."""
MAX_BYTES = 512 * 1024 * 1024
"""Of all files that are looked at, some twenty seconds of work; what is beyond is counted."""
MAX_FINDINGS = 500
"""Findings of one run; a repository with more has them to look at first."""

_BINARY = 8000
"""Bytes in which a binary file has a zero, as Git tells it."""
_TRIAL = re.compile(
    r"(?:^|/)(?:[^/]*[_-])?(?:tests?|testdata|fixtures?|examples?|samples?|mocks?|molecule)(?:[_-][^/]*)?/"
)
"""Directories whose credentials most often open nothing."""

_CURE = "take it out, and change it where it is used: Git's history keeps it"


def file_findings(subject: Subject) -> Iterator[tuple[Finding, str] | NotValidated]:
    """Credentials in files, each with its fingerprint."""
    room, found, beyond = MAX_BYTES, 0, 0
    tree = subject.root
    before = subject.against.root if subject.against else None
    for path in sorted(tree):
        data = tree.read(path)
        if before is not None and path in before and before.read(path) == data:
            continue
        if b"\0" in data[:_BINARY]:
            continue
        if len(data) > min(MAX_FILE_BYTES, room) or found >= MAX_FINDINGS:
            beyond += 1
            continue
        room -= len(data)
        for credential in tree.derived("credentials", path, partial(credentials, data)):
            found += 1
            yield _finding(subject, path, data, credential), credential.fingerprint(path)
    if beyond:
        why = f"over {MAX_FILE_BYTES:,} bytes, over {MAX_BYTES:,} in all, or after {MAX_FINDINGS} findings"
        yield NotValidated("files in which credentials are looked for", why, beyond)


def _finding(subject: Subject, path: str, data: bytes, credential: Credential) -> Finding:
    line = data.count(b"\n", 0, credential.start) + 1
    fingerprint = credential.fingerprint(path)
    rule, trial = CREDENTIAL, ""
    if match := _TRIAL.search(path):
        rule, trial = CREDENTIAL.at("info"), f"as it is below {match[0].strip('/')}/, it may open nothing; "
    hint = f"{trial}{_CURE}; if it opens nothing, allow it in slipway.yaml by its fingerprint {fingerprint}"
    message = f"{credential.what} (fingerprint {fingerprint})"
    return Finding(rule, message, subject.root.at(path, line), hint=hint)
