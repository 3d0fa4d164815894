"""SLW616 to SLW621: where ExternalSecrets take their values from, and what they make."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.made_credentials import of
from tests.unit.small_fleets import at, findings
from tests.unit.test_checks_secrets_plain import secret
from tests.unit.test_checks_secrets_sealed import sealed

FILE = "clusters/staging/a.yaml"
CLUSTER_STORE = {"kind": "ClusterSecretStore", "name": "aws"}


def cluster(*objects: str) -> list[Finding]:
    rules = ("SLW616", "SLW617", "SLW618", "SLW620", "SLW621")
    return [item for item in findings({FILE: "---\n".join(objects)}, "SLW6") if item.rule.id in rules]


def told(found: list[Finding]) -> list[tuple[str, str]]:
    return [(item.rule.id, item.rule.severity) for item in found]


def of_eso(kind: str, name: str, spec: object, namespace: str | None = "web", version: str = "v1") -> str:
    metadata = {"name": name} if namespace is None else {"name": name, "namespace": namespace}
    group = f"external-secrets.io/{version}"
    return dump({"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec})


def external(name: str = "web", namespace: str = "web", **spec: object) -> str:
    data = [{"secretKey": "password", "remoteRef": {"key": "web"}}]
    return of_eso("ExternalSecret", name, {"secretStoreRef": CLUSTER_STORE, "data": data, **spec}, namespace)


def cluster_store(name: str = "aws", **spec: object) -> str:
    provider = {"aws": {"service": "SecretsManager", "region": "eu-west-1"}}
    return of_eso("ClusterSecretStore", name, {"provider": provider, **spec}, None)


def store(name: str = "aws", namespace: str = "web", **spec: object) -> str:
    provider = {"aws": {"service": "SecretsManager", "region": "eu-west-1"}}
    return of_eso("SecretStore", name, {"provider": provider, **spec}, namespace)


def namespace(**labels: str) -> str:
    return dump({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web", "labels": labels}})


def test_a_store_that_is_there_is_found() -> None:
    assert cluster(external(), cluster_store()) == []
    assert cluster(external(secretStoreRef={"name": "aws"}), store()) == []


def test_a_cluster_wide_store_is_found_though_git_gives_it_a_namespace() -> None:
    """Kustomize's `namespace` does, where it does not know the kind."""
    placed = of_eso("ClusterSecretStore", "aws", {"provider": {"fake": {}}}, "external-secrets")

    assert cluster(external(), placed) == []


def test_a_store_that_git_knows_nothing_of_is_an_info_once() -> None:
    """Whatever makes the cluster may make it."""
    [finding] = cluster(external("api"), external())

    assert told([finding]) == [("SLW616", "info")]
    assert finding.where == at(FILE, 9)
    assert finding.object == "ClusterSecretStore.external-secrets.io aws"
    assert finding.hint == "the cluster must have it"


@pytest.mark.parametrize(
    ("reference", "there"),
    [
        ({"name": "aws"}, cluster_store()),
        ({"name": "aws", "kind": "ClusterSecretStore"}, store()),
        ({"name": "aws"}, store(namespace="other")),
    ],
    ids=["of the other kind", "in the namespace", "in another namespace"],
)
def test_what_is_surely_meant_is_an_error(reference: dict[str, str], there: str) -> None:
    [finding] = cluster(external(secretStoreRef=reference), there)

    assert told([finding]) == [("SLW616", "error")]
    assert "there is " in finding.hint


def test_what_may_be_meant_is_named() -> None:
    [finding] = cluster(external(secretStoreRef={"name": "aws-secrets"}), store("aws-secret"))

    assert told([finding]) == [("SLW616", "warning")]
    assert finding.hint.endswith("there is SecretStore.external-secrets.io web/aws-secret")


@pytest.mark.parametrize(
    "spec",
    [
        {"secretStoreRef": None, "dataFrom": [{"extract": {"key": "a"}, "sourceRef": {"storeRef": {"name": "other"}}}]},
        {
            "secretStoreRef": None,
            "dataFrom": [{"sourceRef": {"generatorRef": {"kind": "Password", "name": "other"}}}],
        },
    ],
    ids=["a store of one value", "a generator"],
)
def test_sources_of_single_values_are_looked_for(spec: dict[str, object]) -> None:
    assert told(cluster(external(**spec))) == [("SLW616", "info")]


def test_a_push_secret_gives_to_a_store() -> None:
    spec = {"secretStoreRefs": [{"name": "aws"}], "selector": {"secret": {"name": "web"}}}

    assert told(cluster(of_eso("PushSecret", "web", spec, version="v1alpha1"))) == [("SLW616", "info")]


def test_a_cluster_external_secret_takes_from_a_cluster_wide_store() -> None:
    def spec(reference: object) -> object:
        return {"namespaces": ["web"], "externalSecretSpec": {"secretStoreRef": reference}}

    assert told(cluster(of_eso("ClusterExternalSecret", "web", spec(CLUSTER_STORE), None))) == [("SLW616", "info")]
    assert cluster(of_eso("ClusterExternalSecret", "web", spec({"name": "aws"}), None)) == []


@pytest.mark.parametrize(
    "conditions",
    [
        [{"namespaces": ["web"]}],
        [{"namespaces": ["other"]}, {"namespaces": ["web"]}],
        [{"namespaceRegexes": ["^w.b$"]}],
        [{"namespaceRegexes": ["("]}],
        [{"namespaceSelector": {"matchLabels": {"team": "web"}}}],
        [{"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "In", "values": ["web"]}]}}],
        [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}],
        [{"namespaces": ["${NAMESPACE}"]}],
    ],
    ids=range(8),
)
def test_a_store_that_is_open_to_the_namespace_is_fine(conditions: list[object]) -> None:
    assert cluster(external(), cluster_store(conditions=conditions), namespace(team="web")) == []


@pytest.mark.parametrize(
    ("conditions", "severity"),
    [
        ([{"namespaces": ["other"]}], "error"),
        ([{"namespaceRegexes": ["^api-"]}, {"namespaces": ["other"]}], "error"),
        ([{"namespaceSelector": {"matchLabels": {"team": "api"}}}], "warning"),
        ([{"namespaceSelector": {"matchExpressions": [{"key": "secrets", "operator": "Exists"}]}}], "warning"),
    ],
)
def test_a_store_that_is_closed_to_it_is_not(conditions: list[object], severity: str) -> None:
    found = cluster(external(), cluster_store(conditions=conditions), namespace(team="web"))

    assert told(found) == [("SLW617", severity)]


def test_labels_of_a_namespace_that_is_not_in_git_are_not_known() -> None:
    conditions = [{"namespaceSelector": {"matchLabels": {"team": "api"}}}]

    assert cluster(external(), cluster_store(conditions=conditions)) == []


def of_web(**target: object) -> str:
    return external("other", target={"name": "web", **target})


@pytest.mark.parametrize(
    ("objects", "severity"),
    [
        ((external(), of_web()), "error"),
        ((external(), of_web(creationPolicy="Merge")), "error"),
        ((external(), sealed(namespace="web")), "error"),
        ((secret().replace("default", "web"), sealed(namespace="web")), "error"),
        ((secret().replace("default", "web"), external()), "warning"),
    ],
    ids=["two external ones", "one that merges", "a sealed one", "a sealed and a plain one", "a plain one"],
)
def test_two_makers_of_one_secret(objects: tuple[str, str], severity: str) -> None:
    assert told(cluster(*objects, cluster_store())) == [("SLW618", severity)]
    assert told(cluster(*reversed(objects), cluster_store())) == [("SLW618", severity)]


@pytest.mark.parametrize(
    "objects",
    [
        (external(), external("other")),
        (external(namespace="api"), external()),
        (sealed(namespace="web"), of_web(creationPolicy="Merge")),
        (secret().replace("default", "web"), of_web(creationPolicy="Merge")),
        (of_web(creationPolicy="Merge"), external("another", target={"name": "web", "creationPolicy": "Orphan"})),
        (external(), of_web(creationPolicy="None")),
        (external(), of_web(manifest={"apiVersion": "v1", "kind": "ConfigMap"})),
        (
            secret().replace(
                "namespace: default", "namespace: web\n  annotations: {sealedsecrets.bitnami.com/patch: 'true'}"
            ),
            sealed(namespace="web"),
        ),
    ],
    ids=range(8),
)
def test_what_makes_others_or_joins_is_fine(objects: tuple[str, str]) -> None:
    assert cluster(*objects, cluster_store()) == []


@pytest.mark.parametrize("interval", [0, "0", "0s", "0m"])
def test_one_that_is_never_fetched_again_is_an_info(interval: object) -> None:
    assert told(cluster(external(refreshInterval=interval), cluster_store())) == [("SLW620", "info")]
    assert cluster(external(refreshInterval=interval, refreshPolicy="CreatedOnce"), cluster_store()) == []


def test_one_that_is_fetched_again_is_fine() -> None:
    assert cluster(external(refreshInterval="1h"), cluster_store()) == []


def test_a_store_with_a_long_lived_key_is_an_info() -> None:
    key = {
        "accessKeyIDSecretRef": {"name": "aws", "key": "id"},
        "secretAccessKeySecretRef": {"name": "aws", "key": of(6)},
    }
    provider = {"aws": {"service": "SecretsManager", "region": "eu-west-1", "auth": {"secretRef": key}}}
    [finding] = cluster(store(provider=provider))

    assert told([finding]) == [("SLW621", "info")]
    assert finding.where == at(FILE, 12)
