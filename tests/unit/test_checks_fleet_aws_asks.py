"""SLW713: what AWS asks of tables, queues and topics."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, findings

FILE = "clusters/staging/data.yaml"
PROVIDERS = pytest.mark.parametrize("provider", ["aws.upbound.io", "aws.m.upbound.io"])


def found(group: str, kind: str, spec: dict[str, Any], **metadata: Any) -> list[Finding]:
    obj = {"apiVersion": f"{group}/v1beta1", "kind": kind, "metadata": {"name": "orders", **metadata}, "spec": spec}
    return findings({FILE: dump(obj)}, "SLW713")


def said(*args: Any, **metadata: Any) -> list[str]:
    return [finding.message for finding in found(*args, **metadata)]


def attributes(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "type": "S"} for name in names]


def table(provider: str = "aws.m.upbound.io", /, **fields: Any) -> list[str]:
    return said(f"dynamodb.{provider}", "Table", {"forProvider": {"hashKey": "id", **fields}})


def index(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "projectionType": "ALL", **fields}


@PROVIDERS
def test_a_key_needs_its_attribute(provider: str) -> None:
    assert table(provider, rangeKey="date", attribute=attributes("id", "time")) == [
        "the key date is none of the table's attributes, which are id and time"
    ]


def test_so_does_the_key_of_an_index() -> None:
    by_date = index("by-date", hashKey="date")
    by_time = index("by-time", rangeKey="time")
    by_both = index("by-both", keySchema=[{"attributeName": "place", "keyType": "HASH"}])

    assert table(
        attribute=attributes("id"), globalSecondaryIndex=[by_date, by_both], localSecondaryIndex=[by_time]
    ) == [f"the key {name} is none of the table's attributes, which are id" for name in ("date", "place", "time")]


def test_an_attribute_needs_its_key() -> None:
    [finding] = found(
        "dynamodb.aws.m.upbound.io", "Table", {"forProvider": {"attribute": attributes("id", "time"), "hashKey": "id"}}
    )

    assert finding.rule.severity == "error"
    assert finding.message == "the attribute time is the key of neither the table nor one of its indexes"
    assert finding.where == at(FILE, 10)


@pytest.mark.parametrize(
    "fields",
    [
        {"attribute": attributes("id")},
        {"attribute": attributes("id", "time"), "rangeKey": "time"},
        {"attribute": attributes("id", "time"), "globalSecondaryIndex": [index("a", hashKey="time")]},
        {"attribute": attributes("id", "time"), "localSecondaryIndex": [index("a", rangeKey="time")]},
        {},
        {"attribute": attributes("id", "time"), "restoreSourceName": "old"},
        {"attribute": attributes("${key}")},
        {"hashKey": "${key}", "attribute": attributes("id")},
        {"hashKey": "", "attribute": attributes("id")},
    ],
)
def test_a_sound_table_and_one_that_is_not_all_said_are_fine(fields: dict[str, Any]) -> None:
    assert table(**fields) == []


@pytest.mark.parametrize(
    "spec", [{"managementPolicies": ["Observe"]}, {"initProvider": {"attribute": attributes("date")}}]
)
def test_of_what_is_only_looked_at_or_said_elsewhere_nothing_is_asked(spec: dict[str, Any]) -> None:
    fields = {"hashKey": "date", "attribute": attributes("id")}

    assert said("dynamodb.aws.m.upbound.io", "Table", {"forProvider": fields, **spec}) == []


@pytest.mark.parametrize(("key", "expected"), [("id", 0), ("date", 1)])
def test_the_tables_of_ack_say_it_in_other_fields(key: str, expected: int) -> None:
    spec = {
        "tableName": "orders",
        "keySchema": [{"attributeName": key, "keyType": "HASH"}],
        "attributeDefinitions": [{"attributeName": "id", "attributeType": "S"}],
    }

    assert len(said("dynamodb.services.k8s.aws", "Table", spec)) == expected


NAMED: tuple[tuple[str, str, Any], ...] = (
    ("sqs.aws.m.upbound.io", "Queue", lambda name, fifo: {"forProvider": {"name": name, "fifoQueue": fifo}}),
    ("sqs.services.k8s.aws", "Queue", lambda name, fifo: {"queueName": name, "fifoQueue": str(fifo).lower()}),
    ("sns.services.k8s.aws", "Topic", lambda name, fifo: {"name": name, "fifoTopic": str(fifo).lower()}),
)


@pytest.mark.parametrize(("group", "kind", "spec"), NAMED)
def test_the_name_of_what_is_fifo_ends_so_and_no_other_does(group: str, kind: str, spec: Any) -> None:
    [without] = said(group, kind, spec("orders", True))
    [with_it] = said(group, kind, spec("orders.fifo", False))

    assert without == f"the name orders of a FIFO {kind.lower()} has to end in .fifo"
    assert with_it.startswith(f"the name orders.fifo is that of a FIFO {kind.lower()}, which it is not without fifo")


@pytest.mark.parametrize(("group", "kind", "spec"), NAMED)
@pytest.mark.parametrize(("name", "fifo"), [("orders.fifo", True), ("orders", False), ("${name}", True)])
def test_sound_names_and_unknown_ones_are_fine(group: str, kind: str, spec: Any, name: str, fifo: bool) -> None:
    assert said(group, kind, spec(name, fifo)) == []


@pytest.mark.parametrize(
    ("name", "annotations", "expected"),
    [
        ("orders", {}, 1),
        ("orders.fifo", {}, 0),
        ("orders", {"crossplane.io/external-name": "orders.fifo"}, 0),
        ("orders.fifo", {"crossplane.io/external-name": "orders"}, 1),
        ("orders", {"crossplane.io/external-name": "arn:aws:sns:eu-west-1:210000000001:orders"}, 0),
    ],
)
def test_a_topic_has_the_name_of_its_object(name: str, annotations: dict[str, str], expected: int) -> None:
    topic = {"forProvider": {"fifoTopic": True}}

    assert len(said("sns.aws.m.upbound.io", "Topic", topic, name=name, annotations=annotations)) == expected


def test_a_queue_without_a_name_gets_one() -> None:
    assert said("sqs.aws.m.upbound.io", "Queue", {"forProvider": {"fifoQueue": True}}) == []
