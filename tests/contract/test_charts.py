"""Charts from repositories, fetched by the real helm."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from slipway.errors import InputError
from slipway.fleet.charts import ChartRequest, FetchedChart
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.helm_chart import Chart
from slipway.tools import charts as charts_module
from slipway.tools import egress
from slipway.tools.charts import FRESH_SECONDS, HelmCharts, Network
from slipway.tools.layer import find_tool
from slipway.tools.store import DiskStore
from tests.contract.chart_repositories import Served, package, serving


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("charts")
    return {version: package(directory, "app", version) for version in ("1.0.0", "1.1.0", "2.0.0-rc.1")}


@pytest.fixture
def served(archives: dict[str, Path]) -> Iterator[Served]:
    with serving() as server:
        server.add_index(*archives.values())
        for version, archive in archives.items():
            server.push("charts/app", version, archive)
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def charts(tmp_path: Path, clock: Clock) -> HelmCharts:
    return _charts(tmp_path, clock)


def _charts(directory: Path, clock: Clock | None = None, **network: object) -> HelmCharts:
    settings = {"allow": lambda url: "", "plain_http": True, "private": True, **network}
    return HelmCharts(find_tool("helm"), DiskStore(directory), Network(**settings), clock or Clock())  # type: ignore[arg-type]


def _request(served: Served, kind: str, version: str, **fields: str) -> ChartRequest:
    if kind == "index":
        return ChartRequest(f"http://{served.address}/repo", "app", version, **fields)  # type: ignore[arg-type]
    return ChartRequest(f"oci://{served.address}/charts", "app", version, insecure=True, **fields)  # type: ignore[arg-type]


def _version(fetched: FetchedChart) -> object:
    return Chart(fetched.archive).metadata["version"]


@pytest.mark.parametrize("kind", ["index", "registry"])
@pytest.mark.parametrize(
    ("asked", "version"),
    [
        ("1.0.0", "1.0.0"),
        ("", "1.1.0"),
        ("~1.0", "1.0.0"),
        ("1.x", "1.1.0"),
        (">=1.0.0-0", "2.0.0-rc.1"),
        ("2.0.0-rc.1", "2.0.0-rc.1"),
    ],
)
def test_versions_and_ranges_are_those_of_helm(
    served: Served, charts: HelmCharts, kind: str, asked: str, version: str
) -> None:
    fetched = charts.get(_request(served, kind, asked))
    assert _version(fetched) == version
    assert fetched.digest.startswith("sha256:") == (kind == "registry")


def test_a_registry_s_chart_has_its_manifest_s_digest(
    served: Served, charts: HelmCharts, archives: dict[str, Path]
) -> None:
    digest = served.push("charts/other", "1.0.0", archives["1.0.0"])
    url = f"oci://{served.address}/charts/other"
    by_tag = charts.get(ChartRequest(url, "", tag="1.0.0", insecure=True))
    by_digest = charts.get(ChartRequest(url, "", digest=digest, insecure=True))
    assert by_tag.digest == by_digest.digest == digest
    assert by_tag.archive == by_digest.archive == archives["1.0.0"].read_bytes()


@pytest.mark.parametrize("kind", ["index", "registry"])
def test_a_version_is_fetched_once_even_by_another_process(served: Served, tmp_path: Path, kind: str) -> None:
    first = _charts(tmp_path).get(_request(served, kind, "1.0.0"))
    asked = sum(served.asked.values())
    assert _charts(tmp_path).get(_request(served, kind, "1.0.0")) == first
    assert sum(served.asked.values()) == asked


def test_equal_requests_at_the_same_time_are_one(served: Served, charts: HelmCharts) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(charts.get, [_request(served, "index", "1.x")] * 4))
    assert len(set(found)) == 1
    assert served.asked["/repo/index.yaml"] == 1


def test_a_range_is_resolved_anew_after_a_while(
    served: Served, charts: HelmCharts, clock: Clock, archives: dict[str, Path], tmp_path: Path
) -> None:
    request = _request(served, "index", "1.x")
    assert _version(charts.get(request)) == "1.1.0"
    served.add_index(*archives.values(), package(tmp_path, "app", "1.2.0"))
    assert _version(charts.get(request)) == "1.1.0"
    clock.now = FRESH_SECONDS
    assert _version(charts.get(request)) == "1.2.0"


def test_a_damaged_chart_on_the_disk_is_fetched_again(served: Served, tmp_path: Path) -> None:
    first = _charts(tmp_path).get(_request(served, "index", "1.0.0"))
    for file in tmp_path.glob("*.tgz"):
        file.write_bytes(b"damaged")
    assert _charts(tmp_path).get(_request(served, "index", "1.0.0")) == first


@pytest.mark.parametrize("request_of", ["index 9.0.0", "index >=3", "registry >=9"])
def test_a_version_that_the_repository_does_not_have_is_an_error(
    served: Served, charts: HelmCharts, request_of: str
) -> None:
    kind, version = request_of.split()
    with pytest.raises(BuildError, match=r"not found in|could not locate"):
        charts.get(_request(served, kind, version))


@pytest.mark.parametrize("kind", ["index", "registry"])
def test_a_private_repository_is_named_with_what_it_needs(served: Served, charts: HelmCharts, kind: str) -> None:
    served.status = 401
    with pytest.raises(NotFetched, match=r"401 Unauthorized|status code 401.*") as caught:
        charts.get(_request(served, kind, "1.0.0", needs="Secret flux-system/pull"))
    assert caught.value.message.endswith("; it needs Secret flux-system/pull, which Slipway never has")


def test_an_answer_that_there_is_none_counts_for_a_while(served: Served, charts: HelmCharts, clock: Clock) -> None:
    served.status = 503
    for _ in range(2):
        with pytest.raises(NotFetched):
            charts.get(_request(served, "index", "1.0.0"))
    assert served.asked["/repo/index.yaml"] == 1
    served.status = 200
    clock.now = FRESH_SECONDS
    assert _version(charts.get(_request(served, "index", "1.0.0"))) == "1.0.0"


@pytest.mark.parametrize(
    ("request_", "network", "reason"),
    [
        (
            ChartRequest("https://charts.example.com", "app"),
            {"allow": lambda url: f"{url}?"},
            "https://charts.example.com?",
        ),
        (ChartRequest("http://charts.example.com", "app"), {"plain_http": False}, "asks for a connection without TLS"),
        (ChartRequest("oci://r.example.com", "app", insecure=True), {"plain_http": False}, "without TLS"),
        (ChartRequest("file:///etc", "app"), {}, "none of https://, oci://, http://"),
        (ChartRequest("ftp://example.com", "app"), {}, "none of https://, oci://, http://"),
        (ChartRequest("https://me:secret@example.com", "app"), {}, "its URL holds credentials"),
        (ChartRequest("oci://r.example.com/app", "", tag="latest"), {}, "its tag is no version"),
        (ChartRequest("http://127.0.0.1:1", "app"), {"private": False}, "127.0.0.1, which is no public address"),
        (ChartRequest("https://169.254.169.254", "app"), {"private": False}, "which is no public address"),
        (ChartRequest("oci://10.1.2.3:5000/x", "app"), {"private": False}, "which is no public address"),
        (ChartRequest("https://[::ffff:10.0.0.1]", "app"), {"private": False}, "which is no public address"),
        (ChartRequest("https://nowhere.invalid", "app"), {"private": False}, "nowhere.invalid cannot be resolved"),
    ],
)
def test_what_may_not_be_fetched_is_not(
    tmp_path: Path, request_: ChartRequest, network: dict[str, object], reason: str
) -> None:
    with pytest.raises(NotFetched) as caught:
        _charts(tmp_path, **network).get(request_)
    assert caught.value.message.startswith("its chart is not fetched: ")
    assert reason in caught.value.message
    assert "secret" not in caught.value.message


def test_names_cannot_be_options_of_helm(served: Served, charts: HelmCharts, tmp_path: Path) -> None:
    for name in ("--untar", f"--destination={tmp_path}", "../app", "http://127.0.0.1:1/app-1.0.0.tgz"):
        with pytest.raises(InputError):
            charts.get(ChartRequest(f"http://{served.address}/repo", name, "1.0.0"))


class TestGate:
    """What helm reaches goes through a proxy that judges addresses."""

    @pytest.mark.parametrize("target", ["169.254.169.254:80", "10.0.0.1:443", "127.0.0.1:9001", "[fd00:ec2::254]:80"])
    def test_no_tunnel_leads_to_a_private_address(self, target: str) -> None:
        with egress.gate() as url, socket.create_connection(_address(url), 5) as connection:
            connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            answer = connection.recv(1_000)
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert b"no public address" in answer

    def test_no_request_goes_to_a_private_address(self, served: Served) -> None:
        with egress.gate() as url:
            connection = http.client.HTTPConnection(*_address(url), timeout=5)
            connection.request("GET", f"http://{served.address}/repo/index.yaml")
            assert connection.getresponse().status == 403
            connection.close()
        assert not served.asked

    @pytest.mark.parametrize(
        "sent", ["GET / HTTP/1.1\r\n\r\n", "CONNECT http://a/ HTTP/1.1\r\n\r\n", "CONNECT :1 x\r\n\r\n"]
    )
    def test_what_is_no_request_to_a_proxy_is_refused(self, sent: str) -> None:
        with egress.gate() as url, socket.create_connection(_address(url), 5) as connection:
            connection.sendall(sent.encode())
            assert connection.recv(1_000).startswith(b"HTTP/1.1 403 malformed request")

    def test_helm_fetches_through_it(
        self, served: Served, archives: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        resolved = _resolve_to(served, monkeypatch)
        served.add_index(archives["1.0.0"], chart_urls="http://files.example.com/repo")
        charts = _charts(tmp_path, private=False)
        assert _version(charts.get(ChartRequest("http://charts.example.com/repo", "app", "1.0.0"))) == "1.0.0"
        assert resolved == ["charts.example.com", "charts.example.com", "files.example.com"]

    def test_an_index_cannot_send_helm_to_a_private_address(
        self, served: Served, archives: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        _resolve_to(served, monkeypatch)
        served.add_index(archives["1.0.0"], chart_urls="http://169.254.169.254/repo")
        with pytest.raises(NotFetched, match=r"http://169\.254\.169\.254/repo/app-1\.0\.0\.tgz : 403"):
            _charts(tmp_path, private=False).get(ChartRequest("http://charts.example.com/repo", "app", "1.0.0"))
        assert "/repo/app-1.0.0.tgz" not in served.asked


def _resolve_to(served: Served, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let names below example.com resolve to the server, as if it were public; the names that were asked for."""
    resolved = []
    real = egress.public_address

    def fake(host: str, port: int) -> tuple[str, int]:
        if not host.endswith(".example.com"):
            return real(host, port)
        resolved.append(host)
        return "127.0.0.1", served.port

    monkeypatch.setattr(egress, "public_address", fake)
    monkeypatch.setattr(charts_module, "public_address", fake)
    return resolved


def _address(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)
