"""Rules about CODEOWNERS: SLW526 to SLW528.

Who may merge what is GitHub's to enforce, by branch protection; this is about what the file does not say.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, NotValidated, Rule
from slipway.checks.subject import Subject
from slipway.checks.tenancy.codeowners import MAX_LINES, CodeOwners, code_owners
from slipway.fleet.tree import Tree

UNREAD = Rule("SLW526", "A line of CODEOWNERS that GitHub passes over", "warning")
NOTHING_OWNED = Rule("SLW527", "An owner of what is not there", "warning")
NO_OWNER = Rule("SLW528", "Files with no owner", "info")

RULES = (UNREAD, NOTHING_OWNED, NO_OWNER)

MAX_COMPARED = 500_000
"""How often a path is compared with a pattern."""
MAX_NAMED = 3
"""Directories without owner that are named; the others are counted."""


def owned_findings(subject: Subject) -> Iterator[Finding | NotValidated]:
    """What the CODEOWNERS of the repository does not do for what clusters read of it."""
    root = subject.root
    owners = code_owners(root)
    if owners is None:
        return
    for unread in owners.unread:
        yield Finding(UNREAD, unread.why, root.at(owners.path, unread.number), hint="nobody is asked because of it")
    read = sorted({landed.obj.origin.path for landed in subject.distinct if landed.obj.origin.source == root.name})
    literal = [line for line in owners.lines if line.is_literal]
    if not owners.is_whole or len(owners.lines) * len(read) + len(literal) * len(root) > MAX_COMPARED:
        why = f"over {MAX_LINES:,} lines or {MAX_COMPARED:,} comparisons (MAX_LINES, MAX_COMPARED)"
        yield NotValidated(owners.path, why, 1)
        return
    yield from _nothing_owned(root, owners)
    yield from _without_owner([path for path in read if path in root], root, owners)


def _nothing_owned(root: Tree, owners: CodeOwners) -> Iterator[Finding]:
    paths = [*root, *(dropped.path for dropped in root.dropped)]
    for line in owners.lines:
        if line.is_literal and not any(map(line.matches, paths)):
            message = f"{line.pattern} is neither a file nor a directory of the repository"
            yield Finding(NOTHING_OWNED, message, root.at(owners.path, line.number), hint="was it moved?")


def _without_owner(read: list[str], root: Tree, owners: CodeOwners) -> Iterator[Finding]:
    without = [path for path in read if owners.line(path) is None]
    if not without:
        return
    directories = list(dict.fromkeys(f"{path.rpartition('/')[0] or '.'}/" for path in without))
    named = ", ".join(directories[:MAX_NAMED])
    more = f" and {len(directories) - MAX_NAMED} more" if len(directories) > MAX_NAMED else ""
    hint = f"nobody in particular is asked about a change of {named}{more}"
    yield Finding(NO_OWNER, "files that clusters read have no owner", root.at(owners.path, 1), hint=hint)
