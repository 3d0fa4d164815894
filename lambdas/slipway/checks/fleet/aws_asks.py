"""Rule about fields of AWS's resources that do not go together: SLW713.

Sources: DynamoDB, `CreateTable` (every key needs its attribute, and an attribute that no key uses is refused); SQS,
`CreateQueue` (`FifoQueue`), and SNS, `CreateTopic` (`FifoTopic`): the names of FIFO ones, and of no others, end in
`.fifo`. Terraform's AWS provider refuses the same: `validateTableAttributes`, `resourceQueueCustomizeDiff`. The fields
are those of provider-upjet-aws and of ACK's controllers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.checks.cloud_names import cloud_name, is_only_looked_at
from slipway.checks.custom import EXTERNAL_NAME, external_name
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.subject import Subject
from slipway.fleet.manifests import Path
from slipway.fleet.objects import KubeObject, mapping, sequence, text

ASKED = Rule("SLW713", "Fields of an AWS resource that do not go together", "error")

_FIFO = ".fifo"


@dataclass(frozen=True)
class _Wrong:
    path: Path
    message: str
    hint: str


@dataclass(frozen=True)
class _Key:
    name: str
    path: Path


def aws_asks_findings(subject: Subject) -> Iterator[Said]:
    """Tables with keys that are no attributes, and FIFO queues and topics whose names are those of others."""
    for landed in subject.distinct:
        read = _READERS.get((landed.obj.group, landed.obj.kind))
        if read and not is_only_looked_at(landed.obj):
            for wrong in read(landed.obj):
                yield Said(ASKED, landed, wrong.path, wrong.message, wrong.hint)


def _table(obj: KubeObject) -> Iterator[_Wrong]:
    provider: Path = ("spec", "forProvider")
    fields = mapping(obj.spec.get("forProvider"))
    if obj.spec.get("initProvider") or any(name.startswith(("restore", "import")) for name in fields):
        return  # what is not said here may come from there
    keys = list(_keys(fields, provider, ("hashKey", "rangeKey")))
    if not any(key.path[-1] == "hashKey" for key in keys):
        return
    for name in ("globalSecondaryIndex", "localSecondaryIndex"):
        for index, item in enumerate(map(mapping, sequence(fields.get(name)))):
            way: Path = (*provider, name, index)
            keys += _keys(item, way, ("hashKey", "rangeKey"))
            for at, key in enumerate(map(mapping, sequence(item.get("keySchema")))):
                keys += _keys(key, (*way, "keySchema", at), ("attributeName",))
    yield from _compared(keys, _named(fields.get("attribute"), (*provider, "attribute"), "name"))


def _ack_table(obj: KubeObject) -> Iterator[_Wrong]:
    keys = _named(obj.spec.get("keySchema"), ("spec", "keySchema"), "attributeName")
    if not keys:
        return
    for name in ("globalSecondaryIndexes", "localSecondaryIndexes"):
        for index, item in enumerate(map(mapping, sequence(obj.spec.get(name)))):
            keys += _named(item.get("keySchema"), ("spec", name, index, "keySchema"), "attributeName")
    field = "attributeDefinitions"
    yield from _compared(keys, _named(obj.spec.get(field), ("spec", field), "attributeName"))


def _keys(fields: Mapping[str, Any], path: Path, names: tuple[str, ...]) -> Iterator[_Key]:
    return (_Key(text(fields.get(name)), (*path, name)) for name in names if text(fields.get(name)))


def _named(items: Any, path: Path, field: str) -> list[_Key]:
    found = enumerate(map(mapping, sequence(items)))
    return [_Key(text(item.get(field)), (*path, index, field)) for index, item in found]


def _compared(keys: list[_Key], attributes: list[_Key]) -> Iterator[_Wrong]:
    """Keys that are no attributes, else attributes that are no keys: the one mostly comes with the other."""
    names, used = {one.name for one in attributes}, {one.name for one in keys}
    if not names or any("$" in name or not name for name in names | used):
        return
    missing = [key for key in keys if key.name not in names]
    for key in missing:
        message = f"the key {key.name} is none of the table's attributes, which are {' and '.join(sorted(names))}"
        yield _Wrong(key.path, message, "AWS refuses the table: every key needs its attribute")
    for one in attributes if not missing else ():
        if one.name not in used:
            message = f"the attribute {one.name} is the key of neither the table nor one of its indexes"
            yield _Wrong(one.path, message, "AWS refuses the table: it takes attributes of keys only")


def _fifo(name: str, path: Path, mark: tuple[str, Any], what: str) -> Iterator[_Wrong]:
    """What is wrong between a name and the field that says whether something is FIFO."""
    field, value = mark
    if not name or ":" in name or "$" in f"{name}{value}":
        return
    if str(value).lower() == "true" and not name.endswith(_FIFO):
        message = f"the name {name} of a FIFO {what} has to end in {_FIFO}"
        yield _Wrong(path, message, f"AWS refuses it; the {what} is FIFO by {field}")
    elif value in (None, False, "false") and name.endswith(_FIFO):
        message = f"the name {name} is that of a FIFO {what}, which it is not without {field}"
        yield _Wrong(path, message, f"AWS refuses it: set {field}, or take {_FIFO} off")


def _queue(obj: KubeObject) -> Iterator[_Wrong]:
    fields = mapping(obj.spec.get("forProvider"))
    if not obj.spec.get("initProvider"):
        path: Path = ("spec", "forProvider", "name")
        yield from _fifo(text(fields.get("name")), path, ("fifoQueue", fields.get("fifoQueue")), "queue")


def _topic(obj: KubeObject) -> Iterator[_Wrong]:
    fields = mapping(obj.spec.get("forProvider"))
    path: Path = ("metadata", "annotations", EXTERNAL_NAME) if external_name(obj) else ("metadata", "name")
    if not obj.spec.get("initProvider"):
        yield from _fifo(cloud_name(obj), path, ("fifoTopic", fields.get("fifoTopic")), "topic")


def _ack_queue(obj: KubeObject) -> Iterator[_Wrong]:
    mark = ("fifoQueue", obj.spec.get("fifoQueue"))
    yield from _fifo(text(obj.spec.get("queueName")), ("spec", "queueName"), mark, "queue")


def _ack_topic(obj: KubeObject) -> Iterator[_Wrong]:
    mark = ("fifoTopic", obj.spec.get("fifoTopic"))
    yield from _fifo(text(obj.spec.get("name")), ("spec", "name"), mark, "topic")


_READERS: Mapping[tuple[str, str], Callable[[KubeObject], Iterator[_Wrong]]] = {
    **{(f"dynamodb.{provider}", "Table"): _table for provider in ("aws.upbound.io", "aws.m.upbound.io")},
    **{(f"sqs.{provider}", "Queue"): _queue for provider in ("aws.upbound.io", "aws.m.upbound.io")},
    **{(f"sns.{provider}", "Topic"): _topic for provider in ("aws.upbound.io", "aws.m.upbound.io")},
    ("dynamodb.services.k8s.aws", "Table"): _ack_table,
    ("sqs.services.k8s.aws", "Queue"): _ack_queue,
    ("sns.services.k8s.aws", "Topic"): _ack_topic,
}
