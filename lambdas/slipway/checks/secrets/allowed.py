"""What slipway.yaml allows to be in Git in clear text."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding
from slipway.checks.secrets.rules import ALLOWED_UNUSED
from slipway.checks.subject import Subject
from slipway.fleet.settings import FILE


class Allowed:
    """The entries of `secrets.allow`, and which of them were needed."""

    def __init__(self, subject: Subject) -> None:
        """Take the settings that hold."""
        self._subject = subject
        self._entries = subject.settings.secrets.allow
        self._used: set[int] = set()

    def has(self, finding: Finding, fingerprint: str = "") -> bool:
        """True if what was found is allowed.

        Args:
            finding: what was found.
            fingerprint: of the value; empty if it has none, as short values would be guessed by it.
        """
        if finding.where.source != self._subject.root.name:
            return False
        used = {
            index
            for index, entry in enumerate(self._entries)
            if entry.rule in ("", finding.rule.id)
            and entry.fingerprint in ("", fingerprint)
            and entry.matches(finding.where.path)
        }
        self._used |= used
        return bool(used)

    def unused(self) -> Iterator[Finding]:
        """Entries that nothing needs any more; of a change, those whose files are not there."""
        tree = self._subject.root
        for index, entry in enumerate(self._entries):
            if index in self._used:
                continue
            if self._subject.against is not None and any(map(entry.matches, tree)):
                continue  # only what the change touches was looked at
            message = f"nothing in {entry.path} needs to be allowed"
            hint = "take the entry away: it would allow what comes there next"
            yield Finding(ALLOWED_UNUSED, message, self._subject.policy_root.at(FILE, entry.line), hint=hint)
