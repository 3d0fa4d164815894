"""Get charts from repositories with `helm pull`, each version once.

What may be fetched is up to the caller; what is reached for it is up to `slipway.tools.egress`. There are never any
credentials.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from slipway.errors import InputError, LimitError
from slipway.fleet.charts import ChartRequest, FetchedChart
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.helm_chart import MAX_ARCHIVE_BYTES
from slipway.tools import process
from slipway.tools.egress import gate, public_address
from slipway.tools.helm import environment, message

TIMEOUT_SECONDS = 90
"""One `helm pull`; Flux's own timeout for a repository is 60 s for the index and again for the chart."""
MAX_OUTPUT_BYTES = 64 * 1024
"""What helm says about a chart that it fetched."""
MAX_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
"""What `helm pull` may allocate: an index of 30 MiB takes 800 MiB."""
FRESH_SECONDS = 600.0
"""For how long an answer counts that may change: the newest version of a range, a tag, that a repository is down."""


class ChartStore(Protocol):
    """Keeps charts: on a disk, in a bucket."""

    def get(self, key: str) -> bytes | None:
        """What is kept by a key, None if nothing is."""
        ...

    def put(self, key: str, content: bytes) -> None:
        """Keep something."""
        ...


@dataclass(frozen=True)
class Network:
    """What may be fetched from where."""

    allow: Callable[[str], str]
    """Given a repository's URL, `""`, or the reason for not fetching from it."""
    plain_http: bool = False
    """True if a source may ask for a connection without TLS."""
    private: bool = False
    """True if repositories may be at addresses that are not public; then nothing is held back at all."""
    offline: bool = False
    """True if nothing is fetched; what is kept is there all the same."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Settings that helm shall see besides: `HTTPS_PROXY` of a machine that has no other way out, `SSL_CERT_FILE`."""


class HelmCharts:
    """Gets charts. Safe for threads; equal requests at the same time are one.

    Args:
        helm: the program.
        store: keeps charts by repository, name and version, and by their hashes.
        network: what may be fetched.
        clock: seconds that never go back.
    """

    def __init__(
        self, helm: Path, store: ChartStore, network: Network, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._helm = helm
        self._store = store
        self._network = network
        self._clock = clock
        self._lock = threading.Lock()
        self._locks: dict[ChartRequest, threading.Lock] = {}
        self._answers: dict[ChartRequest, tuple[float, FetchedChart | InputError]] = {}
        self._hosts: dict[tuple[str, int], tuple[float, str]] = {}
        """Why they cannot be reached, or `""`; and until when that counts."""

    def get(self, request: ChartRequest) -> FetchedChart:
        """See `slipway.fleet.charts.Charts`."""
        if reason := self._refusal(request):
            raise NotFetched(f"its chart is not fetched: {reason}")
        with self._lock:
            lock = self._locks.setdefault(request, threading.Lock())
        with lock:
            answer = self._fresh(request) or self._kept(request) or self._pulled(request)
        if isinstance(answer, InputError):
            raise answer
        return answer

    def _refusal(self, request: ChartRequest) -> str:
        parts = urlsplit(request.url)
        if parts.scheme not in ("https", "oci", "http") or not parts.hostname:
            return "its URL is none of https://, oci://, http://"
        if parts.username or parts.password:
            return "its URL holds credentials"
        if (request.insecure or parts.scheme == "http") and not self._network.plain_http:
            return "the source asks for a connection without TLS"
        if request.name and not _NAME.fullmatch(request.name):
            return "its name is none that a chart can have"
        if request.tag and not _VERSION.fullmatch(request.tag):
            return "its tag is no version, and helm finds charts by versions only"
        return self._network.allow(request.url)

    def _fresh(self, request: ChartRequest) -> FetchedChart | InputError | None:
        until, answer = self._answers.get(request, (0.0, None))
        return answer if self._clock() < until else None

    def _kept(self, request: ChartRequest) -> FetchedChart | None:
        if not _is_exact(request) or (record := self._store.get(_record_key(request))) is None:
            return None
        try:
            fields = json.loads(record)
            archive = self._store.get(f"{fields['sha256']}.tgz")
            if archive is None or hashlib.sha256(archive).hexdigest() != fields["sha256"]:
                return None
            return FetchedChart(archive, str(fields["digest"]))
        except (ValueError, TypeError, KeyError):
            return None  # damaged; it is fetched again

    def _pulled(self, request: ChartRequest) -> FetchedChart | InputError:
        if self._network.offline:
            return NotFetched("its chart is not fetched: that is switched off, and no earlier run has kept it")
        answer: FetchedChart | InputError
        try:
            self._check_address(urlsplit(request.url))
            answer = self._pull(request)
        except (BuildError, LimitError) as err:
            answer = err
        except NotFetched as err:
            needs = f"; it needs {request.needs}, which Slipway never has" if request.needs else ""
            answer = NotFetched(f"its chart is not fetched: {err.message}{needs}")
        if isinstance(answer, FetchedChart) and _is_exact(request):
            sha256 = hashlib.sha256(answer.archive).hexdigest()
            self._store.put(f"{sha256}.tgz", answer.archive)
            record = {"sha256": sha256, "digest": answer.digest, "chart": str(request)}
            self._store.put(_record_key(request), json.dumps(record).encode())
        else:
            self._answers[request] = (self._clock() + FRESH_SECONDS, answer)
        return answer

    def _check_address(self, url: SplitResult) -> None:
        """Say early and plainly what the proxy would only let helm stumble over; once for each host."""
        if self._unguarded:
            return
        host, port = url.hostname or "", url.port or 443
        until, reason = self._hosts.get((host, port), (0.0, ""))
        if self._clock() >= until:
            try:
                reason = ""
                public_address(host, port)
            except NotFetched as err:
                reason = err.message
            self._hosts[host, port] = (self._clock() + FRESH_SECONDS, reason)
        if reason:
            raise NotFetched(reason)

    @property
    def _unguarded(self) -> bool:
        return self._network.private or "HTTPS_PROXY" in self._network.environment

    def _pull(self, request: ChartRequest) -> FetchedChart:
        with tempfile.TemporaryDirectory(prefix="slipway-chart-") as scratch:
            root = Path(scratch).resolve()
            (root / "pulled").mkdir()
            if self._unguarded:
                result = self._run(request, root, {})
            else:
                with gate() as url:
                    result = self._run(request, root, {"HTTPS_PROXY": url, "HTTP_PROXY": url})
            said = message(result.errors, root)
            if result.code != 0:
                if _ABSENT.search(said):
                    raise BuildError(f"helm says: {said}")
                raise NotFetched(f"helm says of {request}: {said}")
            [archive] = (root / "pulled").glob("*.tgz")
            if archive.stat().st_size > MAX_ARCHIVE_BYTES:
                raise LimitError(f"{request} is over {MAX_ARCHIVE_BYTES:,} bytes (MAX_ARCHIVE_BYTES)")
            digest = _DIGEST.search(result.output + result.errors)
            return FetchedChart(archive.read_bytes(), digest[1] if digest else "")

    def _run(self, request: ChartRequest, root: Path, proxies: Mapping[str, str]) -> process.Result:
        try:
            return process.run(
                "helm pull",
                [self._helm, *_arguments(request)],
                cwd=root,
                environment={**environment(root), **self._network.environment, **proxies},
                limits=process.Limits(TIMEOUT_SECONDS, MAX_OUTPUT_BYTES, MAX_MEMORY_BYTES),
            )
        except LimitError as err:
            raise NotFetched(err.message) from None


_ABSENT = re.compile(r"chart \".*\" (?:version \".*\" |matching .* )?not found in |could not locate a version matching")
"""Helm's words for a repository that answers, but has no such chart."""
_DIGEST = re.compile(r"^Digest: (sha256:[0-9a-f]{64})$", re.MULTILINE)


def _arguments(request: ChartRequest) -> list[str]:
    arguments = ["pull", "--destination=pulled"]
    if request.insecure:
        arguments.append("--plain-http")
    if request.version:
        arguments.append(f"--version={request.version}")
    if not request.url.startswith("oci://"):
        return [*arguments, f"--repo={request.url}", "--", request.name]
    reference = "/".join(part for part in (request.url.rstrip("/"), request.name) if part)
    if request.digest:
        reference += f"@{request.digest}"
    elif request.tag:
        reference += f":{request.tag}"
    return [*arguments, "--", reference]


_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9][\w./-]*", re.ASCII)
_VERSION = re.compile(r"v?\d+(?:\.\d+){0,2}(?:-[0-9A-Za-z.-]+)?(?:[+_][0-9A-Za-z.-]+)?")


def _is_exact(request: ChartRequest) -> bool:
    """True if a repository should never have anything else for the request: a digest, or a version in full."""
    version = request.tag or request.version
    return bool(request.digest) or (_VERSION.fullmatch(version) is not None and version.count(".") > 1)


def _record_key(request: ChartRequest) -> str:
    parts = (request.url, request.name, request.version, request.tag, request.digest)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest() + ".json"
