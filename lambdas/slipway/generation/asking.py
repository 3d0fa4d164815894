"""Who asks for what."""

from __future__ import annotations

import json
from dataclasses import dataclass

from slipway.aws.protocol import Bucket
from slipway.events import text_digest
from slipway.fleet.settings import Settings
from slipway.fleet.settings.requests import Askers
from slipway.generation.reference import Reference
from slipway.github.proposals import Issue, Proposals
from slipway.requests.command import Command, read_comment
from slipway.requests.form import form_kind, read_form
from slipway.requests.request import Request

WRITERS = ("admin", "maintain", "write")
"""Who may ask where `slipway.yaml` says nothing."""


@dataclass(frozen=True)
class Evidence:
    """What an event tells about who stands behind a text: its author, or whoever has changed it, or labelled it."""

    sender: str
    """Login."""
    text: str
    """`text_digest` of the text at the time."""


@dataclass(frozen=True)
class Asked:
    """What an issue or a comment says."""

    by: str
    """Login of whoever asks."""
    issue: Issue
    request: Request | None
    """None if it is a command about a request."""
    command: Command | None


def asked(reference: Reference, proposals: Proposals, bucket: Bucket, evidence: Evidence | None) -> Asked | None:
    """What is asked; None if it is nothing to Slipway, or if it is not known who stands behind the text as it is now.

    Whoever may write to a repository can edit other people's issues and comments. So it counts who has written what is
    there: it is put down, with the text's digest, when GitHub tells of it. A text of which this is not known waits for
    the event that tells.

    Raises:
        RequestError: it cannot be accepted as it is written.
    """
    issue = proposals.issue(reference.repository, reference.number)
    if reference.comment:
        comment = proposals.comment(reference.repository, reference.comment)
        command = None if comment.by_app else read_comment(comment.body)
        by = _who(reference, comment.body, bucket, evidence) if command else ""
        if command is None or not by:
            return None
        return Asked(by, issue, command.request() if command.verb == "request" else None, command)
    kind = None if issue.is_pull_request else form_kind(issue.labels, issue.title)
    if kind is None or not (by := _who(reference, issue.body, bucket, evidence)):
        return None
    # The bodies of issues that Slipway opened itself begin with lines of its own.
    lead, mark, form = issue.body.replace("\r\n", "\n").partition(END_OF_LEAD)
    return Asked(by, issue, read_form(kind, form if mark else lead), None)


END_OF_LEAD = "<!-- slipway:form -->\n"
"""Between the lead of an issue that Slipway opened and the form."""


def put_down(reference: Reference, body: str, by: str, bucket: Bucket) -> None:
    """Put down who stands behind a text."""
    record = json.dumps({"by": by, "text": text_digest(body)})
    bucket.put(_record_key(reference), record.encode(), content_type="application/json")


def _who(reference: Reference, body: str, bucket: Bucket, evidence: Evidence | None) -> str:
    digest = text_digest(body)
    record = bucket.get(_record_key(reference))
    known = json.loads(record) if record else {}
    if known.get("text") == digest:
        return str(known["by"])
    if evidence is None or evidence.text != digest or evidence.sender.endswith("[bot]"):
        return ""
    put_down(reference, body, evidence.sender, bucket)
    return evidence.sender


def _record_key(reference: Reference) -> str:
    return f"requests/{reference.repository}/{reference.number}-{reference.comment}.json"


def why_not(
    login: str, request: Request, clusters: tuple[str, ...], settings: Settings, system: str, proposals: Proposals
) -> str:
    """Why somebody may not ask for something, naming the rule; `""` if they may.

    Args:
        login: of whoever asks.
        request: what is asked.
        clusters: that it is about.
        settings: of the fleet, at the base branch.
        system: `owner/name` of `gitops-system`.
        proposals: GitHub, to ask who is in which team.
    """
    subjects = clusters or (request.subject,)
    askers = settings.requests.askers(request.kind.name, subjects)
    if (askers is None or askers.and_writers) and proposals.permission(system, login) not in WRITERS:
        return (
            f"@{login} may not ask for {request.kind.name}: slipway.yaml does not say who may (requests.who), so it "
            f"takes the right to write to {system}"
        )
    if askers is None or _is_one(login, askers, proposals):
        return ""
    by = ", ".join(_named(name) for name in askers.by) or "nobody for all of these at once"
    about = ", ".join(subjects)
    return (
        f"@{login} may not ask for {request.kind.name} of {about}: by slipway.yaml, line {askers.line}, it takes {by}"
    )


def _is_one(login: str, askers: Askers, proposals: Proposals) -> bool:
    for name in askers.by:
        if name.startswith("@"):
            organization, _, team = name[1:].partition("/")
            if proposals.is_member(organization, team, login):
                return True
        elif name.lower() == login.lower():
            return True
    return False


def _named(name: str) -> str:
    """Shown without telling everybody who is named."""
    return f"`{name}`"
