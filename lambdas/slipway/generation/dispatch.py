"""From a message of the queue to what is done about it."""

from __future__ import annotations

from dataclasses import dataclass

from slipway.errors import InputError
from slipway.events import BaseEvent, ProposalEvent, RequestEvent
from slipway.generation import words
from slipway.generation.asking import END_OF_LEAD, Evidence, put_down
from slipway.generation.propose import LABEL
from slipway.generation.reference import Reference
from slipway.generation.serve import serve
from slipway.generation.surroundings import Surroundings
from slipway.messages import Message, body_of
from slipway.requests.event import DETAIL_TYPES, read_event
from slipway.requests.form import LABEL as KIND_LABEL
from slipway.requests.form import write_form
from slipway.requests.request import RequestError

MOVED_SECONDS = 3.0
"""How long after a default branch has moved its pull requests are looked at: what moves it often moves it again, and
GitHub has to see what still fits."""


@dataclass(frozen=True)
class Done:
    """What came of a message."""

    what: str
    """One of `slipway.generation.serve.Outcome`, or `passed on`."""
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
    again = False
    if message.detail_type in DETAIL_TYPES:
        return _requested(message, around)
    if message.detail_type == BaseEvent.DETAIL_TYPE:
        return _moved(BaseEvent.from_detail(message.detail), around)
    if message.detail_type == ProposalEvent.DETAIL_TYPE:
        event = ProposalEvent.from_detail(message.detail)
        reference = Reference.of_branch(event.branch, event.delivery.repository.partition("/")[0])
        installation, evidence, again = event.delivery.installation, None, event.again
    elif message.detail_type == RequestEvent.DETAIL_TYPE:
        asked = RequestEvent.from_detail(message.detail)
        reference = Reference(asked.delivery.repository, asked.number, asked.comment)
        installation = asked.delivery.installation
        evidence = Evidence(asked.delivery.sender, asked.text)
    else:
        raise InputError(f"no event of type {message.detail_type!r} is known here")
    if reference is None:
        return Done("nothing")
    return Done(serve(reference, around, installation, owner, evidence, again=again), str(reference))


def _moved(event: BaseEvent, around: Surroundings) -> Done:
    """A default branch has moved: every request is served again that has a pull request into it, each by itself."""
    repository, owner = event.delivery.repository, event.delivery.repository.partition("/")[0]
    found = around.proposals(event.delivery.installation, repository).open_pulls(repository)
    pulls = sorted((pull for pull in found if pull.base == event.branch), key=lambda pull: -pull.number)
    branches = {Reference.of_branch(pull.branch, owner): pull.branch for pull in pulls}
    for reference, branch in branches.items():
        if reference is not None:
            proposal = ProposalEvent(event.delivery, branch, again=event.forced)
            around.queue.send(body_of(proposal.DETAIL_TYPE, proposal.to_detail()), delay=MOVED_SECONDS)
    return Done("passed on" if branches else "nothing")


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
