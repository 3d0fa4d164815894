"""Calls to GitHub's REST API by PyGithub, with our own idea of when to try again.

PyGithub's own retries sleep for as long as GitHub asks (up to an hour, which a Lambda pays for) and repeat a POST that
may have succeeded; they are off. Here reads are repeated a few times, writes never, and long waits are left to the
queue.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import requests
from github import Github
from github.Auth import Auth

from slipway.errors import RetryLater, SlipwayError
from slipway.github.failures import (
    DOWN_SECONDS,
    UNKNOWN_SECONDS,
    OutcomeUnknown,
    Refusal,
    Wish,
    explained,
    is_transient,
)

T = TypeVar("T")

API_VERSION = "2022-11-28"
MEDIA_TYPE = "application/vnd.github+json"
USER_AGENT = "slipway"

ATTEMPTS = 3
"""How often a read is tried before it is left to the queue."""

BACKOFF_SECONDS = 0.5
"""Before the second attempt about this long, twice as long before the next."""

TIMEOUT_SECONDS = 12
"""To connect, and for each piece of an answer: GitHub itself gives up after 10 s."""

# Both write whole answers (with tokens in them) and URLs (of archives, with tokens in them) to the log at DEBUG.
for _library in ("github", "urllib3"):
    logging.getLogger(_library).setLevel(logging.INFO)


class Credentials(Protocol):
    """Who calls."""

    @property
    def auth(self) -> Auth:
        """For PyGithub, which asks it for a token at every call."""
        ...

    def renew(self) -> None:
        """GitHub has not accepted the token: get another one, if there may be one."""
        ...

    def refused(self, message: str) -> SlipwayError:
        """The error to raise when GitHub does not accept the other one either."""
        ...


@dataclass(frozen=True)
class Answer:
    """A success."""

    json: Any
    headers: Mapping[str, str]
    """By lower-case name."""


class Failed(Exception):
    """One attempt came to nothing, for a reason that may pass; the text says which.

    Attributes:
        final: what to raise if no attempt comes to more; without it, `RetryLater`.
    """

    def __init__(self, message: str, *, final: SlipwayError | None = None) -> None:
        super().__init__(message)
        self.final = final


class Calls:
    """Calls as one App or installation. Not safe for threads."""

    def __init__(
        self,
        credentials: Credentials,
        api_url: str,
        *,
        timeout: int = TIMEOUT_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open no connection yet.

        Args:
            credentials: who calls.
            api_url: of the REST API, `https://api.github.com` or a GitHub Enterprise Server's `…/api/v3`.
            timeout: seconds for each piece of an answer.
            sleep: waits between attempts.
        """
        self._credentials = credentials
        self._sleep = sleep
        self._requester = Github(
            base_url=api_url,
            auth=credentials.auth,
            timeout=timeout,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            user_agent=USER_AGENT,
            api_version=API_VERSION,
        ).requester

    def get(
        self,
        path: str,
        parse: Callable[[Answer], T],
        wish: Wish,
        *,
        parameters: Mapping[str, Any] | None = None,
    ) -> T:
        """Read something, in several attempts.

        Args:
            path: below the API's URL, percent-encoded.
            parse: makes a value of the answer; a `KeyError`, `TypeError` or `ValueError` counts as a failed attempt.
            wish: for messages.
            parameters: the query.

        Raises:
            InputError: GitHub has no such thing, or refuses for good.
            RetryLater: GitHub is down or asks us to wait.
        """
        return self.repeat(lambda: _parsed(parse, self._call("GET", path, wish, parameters=parameters)), wish)

    def write(
        self, verb: str, path: str, body: Mapping[str, Any] | None, parse: Callable[[Answer], T], wish: Wish
    ) -> T:
        """Write something, in one attempt; without a body for what takes none.

        Raises:
            InputError: GitHub refuses for good.
            RetryLater: GitHub asks us to wait, and has done nothing.
            OutcomeUnknown: nobody knows whether it has been done.
        """
        try:
            return _parsed(parse, self._call(verb, path, wish, body=body))
        except Failed as err:
            raise OutcomeUnknown(f"{wish.what}: outcome unknown ({err})", after=UNKNOWN_SECONDS) from err

    def repeat(self, once: Callable[[], T], wish: Wish) -> T:
        """Try something that changes nothing until it does not raise `Failed`.

        Raises:
            RetryLater: it did, each time, or whatever the last `Failed` has as `final`.
        """
        for attempt in range(1, ATTEMPTS):
            try:
                return once()
            except Failed:
                self.pause(attempt)
        try:
            return once()
        except Failed as err:
            what = f"{wish.what}: GitHub failed {ATTEMPTS} times, at last: {err}"
            raise err.final or RetryLater(what, after=DOWN_SECONDS) from err

    def pause(self, attempt: int) -> None:
        """Wait after attempt number `attempt`, counted from 1, with jitter so that workers do not march in step."""
        self._sleep(BACKOFF_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))  # noqa: S311 (no secret)

    def _call(
        self,
        verb: str,
        path: str,
        wish: Wish,
        *,
        parameters: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        answer = self._once(verb, path, parameters, body)
        if isinstance(answer, Refusal) and answer.status == 401:
            self._credentials.renew()
            answer = self._once(verb, path, parameters, body)
            if isinstance(answer, Refusal) and answer.status == 401:
                raise self._credentials.refused(answer.message)
        if isinstance(answer, Refusal):
            if is_transient(answer):
                raise Failed(f"{answer.status} {answer.message}")
            raise explained(answer, wish, time.time())
        return answer

    def _once(
        self, verb: str, path: str, parameters: Mapping[str, Any] | None, body: Mapping[str, Any] | None
    ) -> Answer | Refusal:
        try:
            status, headers, text = self._requester.requestJson(
                verb,
                path,
                parameters=dict(parameters or {}),
                headers={"Accept": MEDIA_TYPE},
                input=None if body is None else dict(body),
            )
        except requests.RequestException as err:
            # And forget the error: its text holds URLs.
            raise Failed(type(err).__name__) from None
        if status >= 300:
            return refusal(status, headers, text)
        try:
            return Answer(json.loads(text or "null"), headers)
        except ValueError:
            raise Failed("an answer that is not JSON") from None


def refusal(status: int, headers: Mapping[str, str], text: str) -> Refusal:
    """A refusal of GitHub, with the details that it gives of invalid fields."""
    message = ""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict):
        message = str(document.get("message", ""))
        details = [
            str(each.get("message") or each) if isinstance(each, dict) else str(each)
            for each in document.get("errors") or ()
        ]
        message = "; ".join([message, *details])
    return Refusal(status, {name.lower(): value for name, value in headers.items()}, message[:1000])


def _parsed(parse: Callable[[Answer], T], answer: Answer) -> T:
    try:
        return parse(answer)
    except (KeyError, TypeError, ValueError) as err:
        raise Failed(f"an answer of another shape than GitHub documents ({err!r})") from err
