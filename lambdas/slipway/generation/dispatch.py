"""From a message of the queue to what is done about it."""

from __future__ import annotations

from dataclasses import dataclass

from slipway.errors import InputError
from slipway.events import ProposalEvent, RequestEvent
from slipway.generation import words
from slipway.generation.asking import END_OF_LEAD, Evidence, put_down
from slipway.generation.reference import Reference
from slipway.generation.serve import LABEL, Surroundings, serve
from slipway.messages import Message
from slipway.requests.event import DETAIL_TYPES, read_event
from slipway.requests.form import LABEL as KIND_LABEL
from slipway.requests.form import write_form
from slipway.requests.request import RequestError


@dataclass(frozen=True)
class Done:
    """What came of a message."""

    what: str
    """One of `slipway.generation.serve.Outcome`, or `opened`."""
    reference: str = ""
    """Of the request."""
    reason: str = ""
    """Why it was refused, if nobody could be told."""


def dispatch(message: Message, around: Surroundings, owner: str) -> Done:
    """Do what a message asks for.

    Args:
        message: of the queue.
        around: what to work with.
        owner: different for every attempt.

    Raises:
        InputError: it is no event that generation knows.
        RetryLater: GitHub or AWS is down or asks us to wait, or another worker is at it.
    """
    evidence: Evidence | None
    if message.detail_type in DETAIL_TYPES:
        return _requested(message, around)
    if message.detail_type == ProposalEvent.DETAIL_TYPE:
        event = ProposalEvent.from_detail(message.detail)
        reference = Reference.of_branch(event.branch, event.delivery.repository.partition("/")[0])
        installation, evidence = event.delivery.installation, None
    elif message.detail_type == RequestEvent.DETAIL_TYPE:
        asked = RequestEvent.from_detail(message.detail)
        reference = Reference(asked.delivery.repository, asked.number, asked.comment)
        installation = asked.delivery.installation
        evidence = Evidence(asked.delivery.sender, asked.text)
    else:
        raise InputError(f"no event of type {message.detail_type!r} is known here")
    if reference is None:
        return Done("nothing")
    return Done(serve(reference, around, installation, owner, evidence), str(reference))


def _requested(message: Message, around: Surroundings) -> Done:
    """A request by event: an issue is opened for it, and from there it goes as any other."""
    try:
        event = read_event(message.detail_type, message.detail)
    except RequestError as err:
        return Done("refused", reason=str(err))  # there is nobody to tell but the log
    repository = around.system_repository
    kind = event.request.kind
    marker = f"<!-- slipway:event {event.id} -->"
    body = f"{words.lead(event.requester)}{marker}\n{END_OF_LEAD}{write_form(event.request)}"
    number = around.proposals(0, repository).open_issue(
        repository,
        event.request.title,
        body,
        [LABEL, f"{KIND_LABEL}{kind.name}"],
        marker,
    )
    reference = Reference(repository, number)
    put_down(reference, body, event.requester, around.bucket)
    return Done(serve(reference, around, 0, f"event {event.id}"), str(reference))
