"""What a ResourceSet takes from other ConfigMaps and Secrets."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from slipway.fleet.errors import BuildError
from slipway.fleet.resource_copies import CHECKSUM, CHECKSUM_FROM, CONVERT_FROM, COPY_FROM, with_copies
from tests.unit.resource_world import config, known


def _with(value: dict[str, Any], **annotations: str) -> dict[str, Any]:
    names = {"copy": COPY_FROM, "convert": CONVERT_FROM, "checksum": CHECKSUM_FROM}
    found = {names[name]: content for name, content in annotations.items()}
    return {**value, "metadata": {**value["metadata"], "annotations": found}}


def _secret(name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "apps"}, **fields}


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


KUBE_CONFIG = f"clusters: [{{name: a, cluster: {{server: 'https://a', certificate-authority-data: {_b64('cert')}}}}}]"
ON_CLUSTER = {
    obj.key: obj
    for obj in map(
        known,
        (
            {**config("source", x="1"), "binaryData": {"bin": _b64("b")}},
            _secret(
                "plain", stringData={"x": "over"}, data={"x": _b64("under"), "y": _b64("2")}, type="kubernetes.io/tls"
            ),
            _secret("hidden", data={"x": "ENC[...]"}, sops={"mac": "x"}),
            _secret("kube", stringData={"value": KUBE_CONFIG, "empty": "clusters: []", "none": "["}),
        ),
    )
}


def _only(value: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[int, str, str]]]:
    [copied], unknown = with_copies([value], ON_CLUSTER.get)
    return copied, unknown


def test_the_data_of_a_config_map_are_copied() -> None:
    copied, unknown = _only(_with(config(own="gone"), copy="apps/source"))
    assert copied["data"] == {"x": "1"}
    assert copied["binaryData"] == {"bin": _b64("b")}
    assert unknown == []


@pytest.mark.parametrize(("own", "type_"), [({}, "kubernetes.io/tls"), ({"type": "Opaque"}, "Opaque")])
def test_the_data_of_a_secret_are_copied_as_text(own: dict[str, Any], type_: str) -> None:
    copied, unknown = _only(_with(_secret("a", **own), copy="apps/plain"))
    assert copied["stringData"] == {"x": "over", "y": "2"}
    assert copied["type"] == type_
    assert unknown == []


@pytest.mark.parametrize(
    ("value", "part", "why"),
    [
        (_with(config(), copy="apps/none"), "data", "ConfigMap apps/none is not in Git"),
        (_with(_secret("a"), copy="apps/hidden"), "data", "Secret apps/hidden is encrypted in Git"),
        (_with(config(), convert="apps/hidden:x"), "data", "Secret apps/hidden is encrypted in Git"),
        (
            _with(config(), checksum="Secret/apps/hidden"),
            f"annotation {CHECKSUM}",
            "Secret apps/hidden is encrypted in Git",
        ),
    ],
)
def test_what_git_does_not_hold_is_named(value: dict[str, Any], part: str, why: str) -> None:
    assert _only(value) == (value, [(0, part, why)])


def test_a_kubeconfig_becomes_an_address_and_a_certificate() -> None:
    copied, _ = _only(_with(config(address="own"), convert="apps/kube"))
    assert copied["data"] == {"address": "own", "ca.crt": "cert"}


def test_a_checksum_is_that_of_the_data_wherever_they_come_from() -> None:
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "apps"}}
    template = _with({"metadata": {}}, checksum="ConfigMap/apps/a, Secret/apps/plain")
    objects, unknown = with_copies([{**job, "spec": {"template": template}}, config(b="2", a="1")], ON_CLUSTER.get)
    content = b"ConfigMap/apps/a\0a\x001\0b\x002\0Secret/apps/plain\0x\0over\0y\x002\0"
    annotations = objects[0]["spec"]["template"]["metadata"]["annotations"]
    assert annotations[CHECKSUM] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert unknown == []


def test_there_is_no_checksum_of_what_is_copied_on_the_cluster() -> None:
    objects, unknown = with_copies(
        [_with(config("a"), copy="apps/none"), _with(config("b"), checksum="ConfigMap/apps/a")], ON_CLUSTER.get
    )
    assert CHECKSUM not in objects[1]["metadata"]["annotations"]
    assert [(index, part) for index, part, _ in unknown] == [(0, "data"), (1, f"annotation {CHECKSUM}")]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (_with(config(), copy="source"), "must be in the format 'namespace/name'"),
        (_with({**config(), "kind": "Service"}, copy="a/b/c"), "must be in the format 'namespace/name'"),
        (_with(config(), convert="kube"), "must be in the format 'namespace/name' or 'namespace/name:key'"),
        (_with(config(), convert="apps/kube:nope"), "Secret apps/kube has no 'nope'"),
        (_with(config(), convert="apps/kube:empty"), "names no cluster"),
        (_with(config(), convert="apps/kube:none"), "holds no kubeconfig"),
        (_with(config(), checksum="apps/source"), "it must be 'Kind/namespace/name'"),
        (_with(config(), checksum="Pod/apps/a"), "only ConfigMap and Secret"),
    ],
)
def test_what_the_operator_refuses_is_refused(value: dict[str, Any], message: str) -> None:
    with pytest.raises(BuildError) as caught:
        _only(value)
    assert message in caught.value.message


def test_other_kinds_and_versions_copy_nothing() -> None:
    for value in ({**config(), "kind": "Service"}, {**config(), "apiVersion": "v2"}):
        annotated = _with(value, copy="apps/source")
        assert _only(annotated) == (annotated, [])
