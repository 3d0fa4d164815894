"""Where schemas of custom kinds come from: files in a directory or a repository, or a server.

A server is asked as repositories of charts are: over TLS, at public addresses, and only what the caller allows; see
`slipway.tools.egress`. What it said is kept for a day.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from slipway.checks.schema.catalogue import KindVersion, SchemaSource
from slipway.errors import InputError
from slipway.fleet.errors import NotFetched
from slipway.fleet.tree import Tree
from slipway.tools.charts import ChartStore, Network
from slipway.tools.egress import gate

MAX_SCHEMA_BYTES = 4 * 1024 * 1024
"""One schema; the largest of known catalogues has 1.5 MiB."""
MAX_FETCHED = 500
"""Schemas that one run asks a server for."""
MAX_SECONDS = 60.0
"""That one run waits for a server, all in all."""
TIMEOUT_SECONDS = 10.0
"""For one answer to begin, or go on."""
FRESH_SECONDS = 24 * 3600.0
"""For how long an answer counts: catalogues change with the releases of what they describe."""

_PLACE = re.compile(r"\{\{\s*\.(\w+)\s*\}\}")
_LAYOUT = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
"""What is meant where nothing is said: that of github.com/datreeio/CRDs-catalog."""
_FIELDS: dict[str, Callable[[KindVersion], str]] = {
    "Group": lambda kind: kind.group,
    "ResourceKind": lambda kind: kind.kind.lower(),
    "ResourceAPIVersion": lambda kind: kind.version,
}


class Layout:
    """Where in a catalogue a schema is: a directory or URL, or a template of it as kubeconform has them.

    Raises:
        InputError: it names what is not known here.
    """

    def __init__(self, text: str) -> None:
        unknown = [name for name in _PLACE.findall(text) if name not in _FIELDS]
        if unknown:
            known = ", ".join(f"{{{{.{name}}}}}" for name in _FIELDS)
            raise InputError(f"schemas: {text} names {{{{.{unknown[0]}}}}}; it may name {known}")
        self._template = text if _PLACE.search(text) else f"{text.rstrip('/')}/{_LAYOUT}"

    def place(self, kind: KindVersion) -> str:
        """Of one schema."""
        return _PLACE.sub(lambda match: _FIELDS[match[1]](kind), self._template)


class DirectorySchemas:
    """Schemas in a directory of this machine."""

    def __init__(self, directory: str) -> None:
        self._layout = Layout(directory)

    def get(self, kind: KindVersion) -> bytes | None:
        """See `SchemaSource`."""
        path = Path(self._layout.place(kind))
        try:
            if path.stat().st_size > MAX_SCHEMA_BYTES:
                raise NotFetched(f"{path.name} is over {MAX_SCHEMA_BYTES:,} bytes (MAX_SCHEMA_BYTES)")
            return path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as err:
            raise NotFetched(f"{path} cannot be read: {err.strerror or err}") from None


class TreeSchemas:
    """Schemas in the repository that is looked at."""

    def __init__(self, tree: Tree, directory: str) -> None:
        self._tree = tree
        self._layout = Layout(directory.removeprefix("./"))

    def get(self, kind: KindVersion) -> bytes | None:
        """See `SchemaSource`."""
        path = self._layout.place(kind).lstrip("/")
        return self._tree.read(path) if path in self._tree else None


class ServerSchemas:
    """Schemas on a server.

    Args:
        url: of the catalogue.
        store: keeps what the server said.
        network: what may be fetched.
        clock: seconds since some time in the past; the same for all processes that share the store.
    """

    def __init__(self, url: str, store: ChartStore, network: Network, clock: Callable[[], float] = time.time) -> None:
        self._layout = Layout(url)
        self._url = url
        self._store = store
        self._network = network
        self._clock = clock
        self._fetched = 0
        self._seconds = 0.0
        self._down = ""
        """Why it is not asked any more."""

    def get(self, kind: KindVersion) -> bytes | None:
        """See `SchemaSource`."""
        url = self._layout.place(kind)
        kept = self._kept(_key(url))
        if kept is not None and self._clock() - kept[0] < FRESH_SECONDS:
            return kept[1]
        try:
            answer = self._fetch(url)
        except NotFetched:
            if kept is None:
                raise
            return kept[1]  # old, and better than nothing
        self.keep(kind, answer)
        return answer

    def keep(self, kind: KindVersion, answer: bytes | None) -> None:
        """Have an answer count as just given."""
        head = json.dumps({"at": self._clock(), "found": answer is not None}).encode()
        self._store.put(_key(self._layout.place(kind)), head + b"\n" + (answer or b""))

    def _kept(self, key: str) -> tuple[float, bytes | None] | None:
        record = self._store.get(key)
        if record is None:
            return None
        head, _, content = record.partition(b"\n")
        try:
            fields = json.loads(head)
            return float(fields["at"]), content if fields["found"] else None
        except (ValueError, TypeError, KeyError):
            return None  # damaged; it is fetched again

    def _fetch(self, url: str) -> bytes | None:
        if why := self._down or self._refusal(url):
            raise NotFetched(why)
        self._fetched += 1
        before = time.monotonic()
        try:
            return self._asked(url)
        except NotFetched as err:
            self._down = err.message
            raise
        finally:
            self._seconds += time.monotonic() - before

    def _refusal(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname:
            return f"{self._url} is neither https:// nor http://"
        if parts.username or parts.password:
            return "the catalogue's URL holds credentials"
        if parts.scheme == "http" and not self._network.plain_http:
            return f"{self._url} asks for a connection without TLS"
        if self._network.offline:
            return "that is switched off, and no earlier run has kept it"
        if self._fetched >= MAX_FETCHED:
            return f"{self._url} was asked for {MAX_FETCHED:,} schemas already (MAX_FETCHED)"
        if self._seconds > MAX_SECONDS:
            return f"{self._url} takes longer than {MAX_SECONDS:.0f} seconds (MAX_SECONDS)"
        return self._network.allow(self._url)

    def _asked(self, url: str) -> bytes | None:
        request = urllib.request.Request(url, headers={"User-Agent": "slipway", "Accept": "application/json"})  # noqa: S310 - the scheme was looked at
        try:
            with self._opener() as opener, opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                content: bytes = response.read(MAX_SCHEMA_BYTES + 1)
        except urllib.error.HTTPError as err:
            with err:
                if err.code in (404, 410):
                    return None
                raise NotFetched(f"{self._url} answers {err.code} {err.reason}") from None
        except (OSError, http.client.HTTPException, ValueError) as err:
            reason = getattr(err, "reason", None) or err
            raise NotFetched(f"{self._url} cannot be reached: {getattr(reason, 'strerror', None) or reason}") from None
        if len(content) > MAX_SCHEMA_BYTES:
            raise NotFetched(f"{url} is over {MAX_SCHEMA_BYTES:,} bytes (MAX_SCHEMA_BYTES)")
        return content

    @contextlib.contextmanager
    def _opener(self) -> Iterator[urllib.request.OpenerDirector]:
        """What opens URLs, by way of the gate that lets nothing private be reached."""
        proxy = self._network.environment.get("HTTPS_PROXY")
        if self._network.private or proxy:
            yield _opener({"https": proxy} if proxy else {}, plain_http=self._network.plain_http)
            return
        with gate() as url:
            yield _opener({"https": url, "http": url}, plain_http=False)


def _key(url: str) -> str:
    return f"{hashlib.sha256(url.encode()).hexdigest()}.schema"


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = 3

    def __init__(self, *, plain_http: bool) -> None:
        self._plain_http = plain_http

    def redirect_request(  # type: ignore[no-untyped-def]
        self,
        req,
        fp,
        code,
        msg,
        headers,
        newurl,
    ):
        scheme = urlsplit(newurl).scheme
        if scheme not in ("https", *(["http"] if self._plain_http else [])):
            raise NotFetched(f"{req.full_url} sends on to {scheme}, which is not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(proxies: dict[str, str], *, plain_http: bool) -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler(proxies), _Redirects(plain_http=plain_http))


def is_url(text: str) -> bool:
    """True if a catalogue is on a server."""
    return re.match(r"[a-z]+://", text) is not None


def named_sources(names: tuple[str, ...], tree: Tree, store: ChartStore, network: Network) -> list[SchemaSource]:
    """The catalogues that a `slipway.yaml` names: URLs, and directories of the repository."""
    return [ServerSchemas(name, store, network) if is_url(name) else TreeSchemas(tree, name) for name in names]
