"""What is suspended, left alone or encrypted is known as such, and so is what that means for a change."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from slipway.fleet.diff import diff_fleets
from slipway.fleet.manifests import dump
from slipway.fleet.model import Fleet
from slipway.fleet.standing import Standing, standing
from slipway.report.changes import diff_text
from slipway.report.document import verdict_document
from slipway.report.terminal import verdict_text
from tests.unit.small_fleets import (
    checked,
    config_map,
    helm_release,
    helm_repository,
    kustomization,
    rendered,
    sync,
    tree_of,
)

SOPS = {"mac": "ENC[AES256_GCM,data:x]", "version": "3.9.0"}
DECRYPTING: dict[str, Any] = {"decryption": {"provider": "sops"}}
MARK = "kustomize.toolkit.fluxcd.io"


def test_kustomizations_releases_and_sources_are_known_to_be_suspended() -> None:
    source = dump({**_object("source.toolkit.fluxcd.io/v1", "GitRepository", "apps"), "spec": {"suspend": True}})
    found = _standing({"clusters/staging/a.yaml": f"{helm_release('app', suspend=True)}---\n{source}"}, suspend=True)
    assert list(map(str, found.suspended)) == [
        "HelmRelease flux-system/app",
        "Kustomization flux-system/web",
        "GitRepository flux-system/apps",
    ]


@pytest.mark.parametrize(
    ("value", "encrypted"),
    [
        ({"data": {"a": "ENC[x]"}, "sops": SOPS}, True),
        ({"data": {"a.yaml": "a: ENC[x]\nsops:\n    mac: ENC[AES256_GCM,data:x]\n"}}, True),
        ({"data": {"a.json": '{"a": "ENC[x]", "sops": {"mac": "ENC[AES256_GCM,data:x]"}}'}}, True),
        ({"data": {".env": "A=ENC[x]\nsops_mac=ENC[AES256_GCM,data:x]\n"}}, True),
        ({"data": {"A": "ENC[x]", "sops_mac": "ENC[AES256_GCM,data:x]"}}, True),
        ({"stringData": {"a.ini": "[sops]\nmac = ENC[AES256_GCM,data:x]\n"}}, True),
        ({"data": {"a": "ENC[what looks like it]", "b": "stomac: ENC[x]"}}, False),
        ({"data": {"a": "plain"}}, False),
    ],
)
def test_what_sops_has_encrypted_is_known_whether_flux_decrypts_it(value: dict[str, Any], encrypted: bool) -> None:
    data = {key: base64.b64encode(text.encode()).decode() for key, text in value.get("data", {}).items()}
    secret = _object("v1", "Secret", "token", "web") | value | ({"data": data} if data else {})
    files = {"apps/web/a.yaml": dump(secret)}
    names = ("Secret web/token",) if encrypted else ()
    for spec, places in ((DECRYPTING, (names, ())), ({}, ((), names))):
        found = _standing(files, **spec)
        assert (tuple(map(str, found.encrypted)), tuple(map(str, found.not_decrypted))) == places


def test_what_a_generator_makes_of_an_encrypted_file_is_known() -> None:
    files = {
        "apps/web/kustomization.yaml": "secretGenerator: [{name: token, namespace: web, envs: [.env]}]\n",
        "apps/web/.env": "PASS=ENC[AES256_GCM,data:x]\nsops_mac=ENC[AES256_GCM,data:y]\n",
    }
    [key] = _standing(files, **DECRYPTING).encrypted
    assert str(key).startswith("Secret web/token-")


@pytest.mark.parametrize(
    ("spec", "marks", "said"),
    [
        ({"suspend": True}, {}, "does not reach the cluster before Kustomization flux-system/web is resumed"),
        ({}, {f"{MARK}/reconcile": "disabled"}, f"Flux does not apply it: {MARK}/reconcile: disabled"),
        ({}, {f"{MARK}/ssa": "IfNotPresent"}, "Flux applies it only where there is none"),
        ({}, {f"{MARK}/ssa": "Merge"}, ""),
    ],
)
def test_a_change_that_does_not_reach_the_cluster_says_why(
    spec: dict[str, Any], marks: dict[str, str], said: str
) -> None:
    base, head = (_fleet({"apps/web/a.yaml": _marked(marks, size)}, **spec) for size in ("1", "2"))
    [change] = [change for group in diff_fleets(base, head).groups for change in group.changes]
    assert change.why.startswith(said) and bool(change.why) == bool(said)
    assert change.why in diff_text(diff_fleets(base, head))


def test_nothing_below_a_suspended_kustomization_reaches_the_cluster() -> None:
    below = kustomization("deep")
    files = {"apps/web/deep.yaml": below, "apps/deep/a.yaml": config_map("a", size="1")}
    base = _fleet({**files, "apps/deep/b.yaml": config_map("b")}, suspend=True)
    head = _fleet({**files, "apps/deep/c.yaml": config_map("c")}, suspend=True)
    changes = [change for group in diff_fleets(base, head).groups for change in group.changes]
    assert {(change.kind, change.why) for change in changes} == {
        (kind, "does not reach the cluster before Kustomization flux-system/web is resumed")
        for kind in ("added", "removed")
    }


def test_resuming_is_a_change_that_reaches_the_cluster_with_all_that_it_brings() -> None:
    base = _fleet({"apps/web/a.yaml": config_map("a", size="1")}, suspend=True)
    head = _fleet({"apps/web/a.yaml": config_map("a", size="2")})
    assert {change.why for group in diff_fleets(base, head).groups for change in group.changes} == {""}


def test_a_check_says_all_of_it() -> None:
    secret = dump({**_object("v1", "Secret", "token", "web"), "sops": SOPS})
    web = kustomization("web", suspend=True, **DECRYPTING)
    verdict = checked(tree_of({**sync("staging"), "clusters/staging/web.yaml": web, "apps/web/a.yaml": secret}))
    text = " ".join(verdict_text(verdict).split())
    assert "Suspended, so that changes do not reach the cluster (1): Kustomization on staging: flux-system/web" in text
    assert "is not known (1): Secret on staging: web/token" in text
    [cluster] = verdict_document(verdict)["clusters"]
    assert (cluster["suspended"], cluster["encrypted"]) == (["Kustomization flux-system/web"], ["Secret web/token"])
    assert (cluster["leftAlone"], cluster["notDecrypted"]) == ([], [])


def _standing(files: dict[str, str], **spec: Any) -> Standing:
    return standing(_fleet({**files, "clusters/staging/charts.yaml": helm_repository()}, **spec).clusters["staging"])


def _fleet(files: dict[str, str], **spec: Any) -> Fleet:
    return rendered(tree_of({**sync("staging"), "clusters/staging/web.yaml": kustomization("web", **spec), **files}))


def _marked(marks: dict[str, str], size: str) -> str:
    value = _object("v1", "ConfigMap", "a", "web")
    return dump({**value, "metadata": {**value["metadata"], "annotations": marks}, "data": {"size": size}})


def _object(version: str, kind: str, name: str, namespace: str = "flux-system") -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}}
