"""SLW611 to SLW615: SealedSecrets that their controller will not open."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, findings, kustomization

CLUSTER_WIDE = "sealedsecrets.bitnami.com/cluster-wide"
NAMESPACE_WIDE = "sealedsecrets.bitnami.com/namespace-wide"
APPS = "apps/web/sealed.yaml"


def sealed_value(seed: int = 1, rsa: int = 512, rest: int = 40) -> str:
    """What kubeseal writes for a value, by its form."""
    return base64.b64encode(rsa.to_bytes(2, "big") + random.Random(seed).randbytes(rsa + rest)).decode()


def sealed(
    name: str = "web",
    namespace: str = "default",
    *,
    template: bool = True,
    annotations: Mapping[str, str] | None = None,
    template_annotations: Mapping[str, str] | None = None,
    **values: str,
) -> str:
    metadata: dict[str, object] = {"name": name, "namespace": namespace}
    spec: dict[str, object] = {"encryptedData": values or {"password": sealed_value()}}
    if template:
        spec["template"] = {"metadata": {**metadata, "annotations": dict(template_annotations or annotations or {})}}
    if annotations:
        metadata["annotations"] = dict(annotations)
    return dump({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": metadata, "spec": spec})


def cluster(files: Mapping[str, str], base: Mapping[str, str] | None = None) -> list[Finding]:
    def whole(some: Mapping[str, str]) -> dict[str, str | bytes]:
        return {"clusters/staging/apps.yaml": kustomization("web"), **some}

    return findings(whole(files), "SLW61", base=None if base is None else whole(base))


def told(found: list[Finding]) -> list[tuple[str, str]]:
    return [(item.rule.id, item.rule.severity) for item in found]


@pytest.mark.parametrize(
    "text",
    [
        sealed(),
        sealed(template=False),
        sealed(password=sealed_value(rsa=256)),
        sealed(password=sealed_value(rsa=384)),
        sealed(password=sealed_value(rest=16)),
        sealed(password="${PASSWORD}"),
        sealed(annotations={CLUSTER_WIDE: "true"}),
        sealed(annotations={NAMESPACE_WIDE: "true"}),
        sealed(annotations={NAMESPACE_WIDE: "false"}),
    ],
    ids=range(9),
)
def test_what_kubeseal_writes_is_fine(text: str) -> None:
    assert cluster({APPS: text}) == []


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("hunter2!", "is not base64"),
        (base64.b64encode(b"hunter2").decode(), "is not in the format of kubeseal"),
        (sealed_value()[:400], "is cut off"),
        (sealed_value() + "=", "is not base64"),
        (sealed_value().replace("=", ""), "is not base64"),
    ],
)
def test_what_no_key_opens_is_an_error_on_its_line(value: str, problem: str) -> None:
    [finding] = cluster({APPS: sealed(good=sealed_value(2), password=value)})

    assert told([finding]) == [("SLW611", "error")]
    assert finding.message == f"`password` {problem}"
    assert finding.where == at(APPS, 9)


def test_a_sealed_secret_with_nothing_in_it_is_a_warning() -> None:
    text = (
        sealed()
        .replace(dump({"password": sealed_value()}).strip(), "{}")
        .replace("encryptedData:\n    {}", "encryptedData: {}")
    )

    assert told(cluster({APPS: text})) == [("SLW611", "warning")]


@pytest.mark.parametrize(
    ("kustomization_file", "where"),
    [
        ("resources: [sealed.yaml]\nnamespace: web\n", 2),
        ("resources: [sealed.yaml]\nnamePrefix: my-\n", 2),
        ("resources: [sealed.yaml]\nnameSuffix: -1\n", 2),
    ],
)
def test_what_kustomize_renames_cannot_be_opened(kustomization_file: str, where: int) -> None:
    [finding] = cluster({APPS: sealed(), "apps/web/kustomization.yaml": kustomization_file})

    assert told([finding]) == [("SLW612", "error")]
    assert finding.where == at("apps/web/kustomization.yaml", where)
    assert "the controller cannot open it; seal it anew for the name" in finding.hint


def test_so_is_what_the_flux_kustomization_moves() -> None:
    files = {APPS: sealed(), "clusters/staging/apps.yaml": kustomization("web", targetNamespace="web")}
    [finding] = cluster(files)

    assert finding.message == "it is written with the namespace default and applied with the namespace web"
    assert finding.where.path == "clusters/staging/apps.yaml"


def test_without_a_template_it_may_have_been_sealed_for_what_it_becomes() -> None:
    files = {APPS: sealed(template=False), "apps/web/kustomization.yaml": "resources: [sealed.yaml]\nnamespace: web\n"}

    assert told(cluster(files)) == [("SLW612", "warning")]


@pytest.mark.parametrize(
    ("annotation", "kustomization_file", "rules"),
    [
        (NAMESPACE_WIDE, "resources: [sealed.yaml]\nnamePrefix: my-\n", []),
        (NAMESPACE_WIDE, "resources: [sealed.yaml]\nnamespace: web\n", [("SLW612", "error")]),
        (CLUSTER_WIDE, "resources: [sealed.yaml]\nnamespace: web\nnamePrefix: my-\n", []),
    ],
)
def test_a_wider_scope_takes_another_name(
    annotation: str, kustomization_file: str, rules: list[tuple[str, str]]
) -> None:
    files = {APPS: sealed(annotations={annotation: "true"}), "apps/web/kustomization.yaml": kustomization_file}

    assert told(cluster(files)) == rules


def test_a_patch_may_bring_what_was_sealed_for_the_new_name() -> None:
    patch = sealed(template=False, password=sealed_value(7))
    files = {
        "apps/base/sealed.yaml": sealed(),
        "apps/base/kustomization.yaml": "resources: [sealed.yaml]\n",
        "apps/web/patch.yaml": patch,
        "apps/web/kustomization.yaml": "resources: [../base]\nnamespace: web\npatches: [{path: patch.yaml}]\n",
    }

    assert cluster(files) == []


def test_a_name_that_its_template_does_not_know_is_a_warning() -> None:
    text = sealed().replace("name: web", "name: api", 1)

    assert told(cluster({APPS: text})) == [("SLW612", "warning")]


@pytest.mark.parametrize(
    ("after", "step"),
    [
        (sealed("api"), "the name api in namespace default"),
        (sealed(namespace="web"), "the name web in namespace web"),
        (sealed(annotations={NAMESPACE_WIDE: "true"}), "namespace default"),
    ],
)
def test_a_change_that_needs_sealing_anew_is_an_error(after: str, step: str) -> None:
    [finding] = cluster({APPS: after}, base={APPS: sealed()})

    assert told([finding]) == [("SLW613", "error")]
    assert finding.message == f"`password` was sealed for the name web in namespace default, and it is now for {step}"


def test_a_change_that_seals_anew_is_fine() -> None:
    assert cluster({APPS: sealed("api", password=sealed_value(2))}, base={APPS: sealed()}) == []


def test_what_stays_as_it_was_is_fine() -> None:
    assert cluster({APPS: sealed()}, base={APPS: sealed()}) == []


def test_one_value_in_two_places_is_an_error() -> None:
    files = {APPS: sealed(), "apps/web/copy.yaml": sealed("api")}
    [finding] = cluster(files)

    assert told([finding]) == [("SLW614", "error")]
    assert finding.message.startswith("`password` is the same as in SealedSecret.bitnami.com default/")


def test_one_value_under_one_name_in_two_clusters_is_fine() -> None:
    files = {APPS: sealed(), "clusters/staging/again.yaml": kustomization("again", path="./apps/web")}

    assert [item for item in cluster(files) if item.rule.id == "SLW614"] == []


def test_a_scope_in_the_template_only_is_a_warning() -> None:
    [finding] = cluster({APPS: sealed(template_annotations={CLUSTER_WIDE: "true"})})

    assert told([finding]) == [("SLW615", "warning")]
    assert finding.hint == "put the annotation into metadata.annotations, too"


def test_a_scope_that_is_not_true_is_a_warning() -> None:
    assert told(cluster({APPS: sealed(annotations={CLUSTER_WIDE: "yes"})})) == [("SLW615", "warning")]
