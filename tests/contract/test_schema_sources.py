"""Catalogues of schemas: in a directory, in the repository, and on a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway.checks.schema import Catalogue, CataloguedKind
from slipway.checks.schema.catalogue import KindVersion, SchemaSource
from slipway.errors import InputError
from slipway.fleet.errors import NotFetched
from slipway.fleet.tree import Tree
from slipway.tools import schema_sources
from slipway.tools.charts import Network
from slipway.tools.schema_sources import DirectorySchemas, ServerSchemas, TreeSchemas
from slipway.tools.store import DiskStore
from tests.contract.chart_repositories import Served, serving

CACHE = KindVersion("acme.io", "Cache", "v1")
SCHEMA = b'{"type": "object", "properties": {"spec": {"type": "object"}}}'
ANY = Network(lambda _: "", plain_http=True, private=True)


def url(server: Served) -> str:
    return f"http://{server.address}/schemas"


@pytest.fixture
def server() -> Iterator[Served]:
    with serving() as running:
        running.files["/schemas/acme.io/cache_v1.json"] = ("application/json", SCHEMA)
        yield running


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / "kept")


@pytest.fixture(params=["directory", "tree", "server"])
def source(request: pytest.FixtureRequest, tmp_path: Path, server: Served, store: DiskStore) -> SchemaSource:
    if request.param == "directory":
        (tmp_path / "schemas" / "acme.io").mkdir(parents=True)
        (tmp_path / "schemas" / "acme.io" / "cache_v1.json").write_bytes(SCHEMA)
        return DirectorySchemas(str(tmp_path / "schemas"))
    if request.param == "tree":
        return TreeSchemas(Tree({"docs/schemas/acme.io/cache_v1.json": SCHEMA}), "./docs/schemas/")
    return ServerSchemas(url(server), store, ANY)


def test_a_source_has_a_schema_or_has_none(source: SchemaSource) -> None:
    assert source.get(CACHE) == SCHEMA
    assert source.get(KindVersion("acme.io", "Cache", "v2")) is None


def test_a_template_says_where_a_schema_is(tmp_path: Path) -> None:
    (tmp_path / "cache-acme.io-v1.json").write_bytes(SCHEMA)
    template = f"{tmp_path}/{{{{ .ResourceKind }}}}-{{{{.Group}}}}-{{{{.ResourceAPIVersion}}}}.json"
    assert DirectorySchemas(template).get(CACHE) == SCHEMA


def test_a_template_with_an_unknown_place_is_refused() -> None:
    with pytest.raises(InputError, match=r"names \{\{\.Strict\}\}; it may name \{\{\.Group\}\}"):
        DirectorySchemas("schemas/{{.Strict}}.json")


def test_an_answer_is_kept_for_a_day(server: Served, store: DiskStore) -> None:
    now = 0.0
    for _ in range(3):
        assert ServerSchemas(url(server), store, ANY, lambda: now).get(CACHE) == SCHEMA
        assert ServerSchemas(url(server), store, ANY, lambda: now).get(KindVersion("b.io", "B", "v1")) is None
    assert set(server.asked.values()) == {1}
    now = schema_sources.FRESH_SECONDS + 1
    assert ServerSchemas(url(server), store, ANY, lambda: now).get(CACHE) == SCHEMA
    assert server.asked["/schemas/acme.io/cache_v1.json"] == 2


def test_what_is_kept_too_long_is_better_than_nothing(server: Served, store: DiskStore) -> None:
    ServerSchemas(url(server), store, ANY, lambda: 0.0).get(CACHE)
    server.status = 500
    later = schema_sources.FRESH_SECONDS + 1
    assert ServerSchemas(url(server), store, ANY, lambda: later).get(CACHE) == SCHEMA


def test_a_server_that_fails_is_asked_once(server: Served, store: DiskStore) -> None:
    server.status = 503
    source = ServerSchemas(url(server), store, ANY)
    for kind in (CACHE, KindVersion("b.io", "B", "v1")):
        with pytest.raises(NotFetched, match=r"schemas answers 503"):
            source.get(kind)
    assert server.asked.total() == 1


def test_a_server_that_is_not_there_is_named(store: DiskStore) -> None:
    with serving() as gone:
        pass
    with pytest.raises(NotFetched, match=r"cannot be reached: Connection refused"):
        ServerSchemas(url(gone), store, ANY).get(CACHE)


@pytest.mark.parametrize(
    ("address", "network", "why"),
    [
        ("http://example.com", Network(lambda _: ""), "asks for a connection without TLS"),
        ("https://u:p@example.com", Network(lambda _: ""), "holds credentials"),
        ("ftp://example.com", Network(lambda _: ""), "is neither https:// nor http://"),
        ("https://example.com", Network(lambda _: "not this one"), "not this one"),
        ("https://example.com", Network(lambda _: "", offline=True), "switched off, and no earlier run has kept it"),
        ("https://127.0.0.1:1", Network(lambda _: ""), "cannot be reached"),
    ],
)
def test_what_may_not_be_asked_is_not(address: str, network: Network, why: str, store: DiskStore) -> None:
    with pytest.raises(NotFetched) as refused:
        ServerSchemas(address, store, network).get(CACHE)
    assert why in refused.value.message


def test_a_redirect_leads_nowhere_but_to_other_servers(server: Served, store: DiskStore) -> None:
    server.status, server.location = 302, "ftp://127.0.0.1:1/x"
    with pytest.raises(NotFetched, match="sends on to ftp, which is not followed"):
        ServerSchemas(url(server), store, ANY).get(CACHE)


@pytest.mark.parametrize(("limit", "value"), [("MAX_FETCHED", 0), ("MAX_SECONDS", -1.0), ("MAX_SCHEMA_BYTES", 5)])
def test_limits_are_named(
    limit: str, value: float, server: Served, store: DiskStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema_sources, limit, value)
    with pytest.raises(NotFetched, match=rf"\({limit}\)"):
        ServerSchemas(url(server), store, ANY).get(CACHE)


def test_a_damaged_answer_is_fetched_again(server: Served, store: DiskStore, tmp_path: Path) -> None:
    ServerSchemas(url(server), store, ANY).get(CACHE)
    for file in (tmp_path / "kept").iterdir():
        file.write_bytes(b"\x00")
    assert ServerSchemas(url(server), store, ANY).get(CACHE) == SCHEMA


def said(schema: object, **spec: object) -> list[str]:
    """What a catalogue with one schema says about an object."""

    class One:
        def get(self, kind: KindVersion) -> bytes | None:
            return json.dumps(schema).encode() if kind == CACHE else None

    found = Catalogue([One()]).of("acme.io/v1", "Cache")
    assert isinstance(found, CataloguedKind)
    errors, why = found.check({"apiVersion": "acme.io/v1", "kind": "Cache", "metadata": {"name": "x"}, "spec": spec})
    return [*map(str, errors), *([why] if why else [])]


INT_OR_STRING = {"oneOf": [{"type": "string"}, {"type": "integer"}]}


@pytest.mark.parametrize(
    ("fields", "spec", "expected"),
    [
        ({"a": {"type": "integer"}}, {"a": "x"}, ['spec.a: expected integer, got string "x"']),
        ({"a": {"type": "integer"}}, {"b": 1}, ["spec.b: unknown field"]),
        ({"a": INT_OR_STRING}, {"a": "5%"}, []),
        ({"a": INT_OR_STRING}, {"a": 5}, []),
        ({"a": {"type": ["string", "null"]}}, {"a": None}, []),
        (
            {
                "a": {
                    "type": "object",
                    "properties": {},
                    "additionalProperties": False,
                    "x-kubernetes-preserve-unknown-fields": True,
                }
            },
            {"a": {"z": 1}},
            [],
        ),
    ],
)
def test_a_schema_is_read_as_its_crd_had_it(
    fields: dict[str, object], spec: dict[str, object], expected: list[str]
) -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "apiVersion": {"type": "string"},
            "kind": {"type": "string"},
            "metadata": {"type": "object"},
            "spec": {"type": "object", "properties": fields, "additionalProperties": False},
        },
    }
    assert said(schema, **spec) == expected


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"$ref": "#/definitions/x"}, "its schema in the catalogue refers to others, which is not supported"),
        ({"type": "nonsense"}, "its schema in the catalogue cannot be used: "),
        ([], "its schema in the catalogue cannot be used: "),
    ],
)
def test_a_schema_that_cannot_be_used_says_why(schema: object, why: str) -> None:
    [found] = said(schema)
    assert found.startswith(why)


def test_names_that_are_none_are_not_asked_for() -> None:
    class Never:
        def get(self, kind: KindVersion) -> bytes | None:
            raise AssertionError(kind)

    catalogue = Catalogue([Never()])
    for api_version, kind in (("../../etc/v1", "Passwd"), ("acme.io/v1", "../x"), ("acme.io/..", "Cache"), ("v1", "X")):
        assert catalogue.of(api_version, kind) == "no schema for this kind is at hand"


def test_the_next_source_is_asked_where_one_cannot_be(server: Served, store: DiskStore) -> None:
    down = ServerSchemas("https://127.0.0.1:1", store, Network(lambda _: "is down"))
    catalogue = Catalogue([down, ServerSchemas(url(server), store, ANY)])
    assert isinstance(catalogue.of("acme.io/v1", "Cache"), CataloguedKind)
    assert catalogue.of("b.io/v1", "B") == "no schema for this kind is at hand: is down"
