"""The files of a commit: its archive, proved complete by git's own list of them."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from slipway.fleet.tree import Tree
from slipway.github.archive import tree_from_tarball
from slipway.github.calls import API_VERSION, USER_AGENT, Answer, Calls, Failed, refusal
from slipway.github.entries import entries_of
from slipway.github.failures import Wish, explained, is_transient
from slipway.github.gunzip import DamagedArchive
from slipway.github.limits import ArchiveLimits
from slipway.github.listing import REGULAR, Blob, absent, completed, object_id
from slipway.github.tokens import TokenSource

DOWNLOAD_SECONDS = 60.0
"""For a whole archive."""

MAX_REDIRECTS = 3
"""GitHub needs one, to the host that keeps archives."""


class Trees:
    """Reads trees as one installation."""

    def __init__(self, calls: Calls, api_url: str, tokens: TokenSource, limits: ArchiveLimits, timeout: int) -> None:
        """Remember how to reach GitHub.

        Args:
            calls: as the installation.
            api_url: of the REST API.
            tokens: the installation's token, for the archive, which PyGithub would read whole into memory.
            limits: what an archive may hold.
            timeout: seconds to connect and for each piece of an answer.
        """
        self._calls = calls
        self._api_url = api_url.rstrip("/")
        self._tokens = tokens
        self._limits = limits
        self._timeout = timeout

    def fetch(self, repository: str, sha: str) -> Tree:
        """All files of a commit, each as it was committed.

        Args:
            repository: `owner/name`.
            sha: full id of the commit.

        Raises:
            InputError: GitHub has no such commit, or its archive is not one that we accept.
            LimitError: it is larger than a limit allows.
            RetryLater: GitHub is down or asks us to wait.
        """
        wish = Wish(f"files of {repository} at {sha[:12]}", "contents: read")
        tree = self._calls.repeat(lambda: self._archive(repository, sha, wish), wish)
        wanted, unwanted = absent(tree, self._listing(repository, sha, wish), self._limits)
        found = {blob.path: self._content(repository, blob) for blob in wanted}
        return completed(tree, found, unwanted, self._limits) if found or unwanted else tree

    def _archive(self, repository: str, sha: str, wish: Wish) -> Tree:
        with requests.Session() as session:
            # Otherwise a .netrc might overrule the header, or add one for the host that we are sent to.
            session.auth = _unchanged
            try:
                answer = self._opened(session, repository, sha)
                if answer.status_code != 200:
                    raise _refused(answer, wish)
                body = _Body(answer, time.monotonic() + DOWNLOAD_SECONDS)
                return tree_from_tarball(body, self._limits, repository, sha)
            except DamagedArchive as err:
                raise Failed(str(err), final=err) from err
            except (requests.RequestException, HTTPError) as err:
                # Forget the error: its text holds the archive's URL, and that a token.
                raise Failed(type(err).__name__) from None

    def _opened(self, session: requests.Session, repository: str, sha: str) -> requests.Response:
        """The answer at the end of the redirects. No token goes with those: their URLs have one of their own."""
        url = f"{self._api_url}/repos/{repository}/tarball/{sha}"
        answer = self._get(session, url, self._authorization())
        if answer.status_code == 401:
            self._tokens.renew()
            answer = self._get(session, url, self._authorization())
        for _ in range(MAX_REDIRECTS):
            if not answer.is_redirect:
                break
            answer.close()
            url = redirected(url, answer.headers["location"])
            answer = self._get(session, url, {})
        return answer

    def _authorization(self) -> dict[str, str]:
        token = self._tokens.current().token
        return {"Authorization": f"token {token}", "X-GitHub-Api-Version": API_VERSION}

    def _get(self, session: requests.Session, url: str, headers: Mapping[str, str]) -> requests.Response:
        return session.get(
            url,
            headers={"User-Agent": USER_AGENT, **headers},
            timeout=self._timeout,
            stream=True,
            allow_redirects=False,
        )

    def _listing(self, repository: str, sha: str, wish: Wish) -> list[Blob]:
        entries = entries_of(self._calls, repository, sha, wish)
        return [Blob(each.path, each.sha, each.size) for each in entries if each.mode in REGULAR]

    def _content(self, repository: str, blob: Blob) -> bytes:
        def parse(answer: Answer) -> bytes:
            content = base64.b64decode(answer.json["content"])
            if object_id(content, like=blob.sha) != blob.sha:
                raise ValueError("not the content that was committed")
            return content

        wish = Wish(f"file {blob.path} of {repository}", "contents: read")
        return self._calls.get(f"/repos/{repository}/git/blobs/{blob.sha}", parse, wish)


def redirected(url: str, location: str) -> str:
    """Where a `Location` header sends whoever asked for `url`.

    Raises:
        Failed: away from HTTPS.
    """
    target = urljoin(url, location)
    if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
        raise Failed("a redirect away from HTTPS")
    return target


class _Body:
    """The body of an answer, as a `Stream` with a deadline."""

    def __init__(self, answer: requests.Response, deadline: float) -> None:
        self._raw = answer.raw
        self._deadline = deadline

    def read(self, size: int, /) -> bytes:
        if time.monotonic() > self._deadline:
            raise Failed(f"the archive took longer than {DOWNLOAD_SECONDS:.0f} s")
        part: bytes = self._raw.read(size, decode_content=False)
        return part


def _refused(answer: requests.Response, wish: Wish) -> Exception:
    found = refusal(answer.status_code, answer.headers, answer.text)
    if is_transient(found) or answer.status_code < 400:
        return Failed(f"{found.status} {found.message}")
    return explained(found, wish, time.time())


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
