"""SLW624 and SLW625: ConfigMaps, Secrets and keys that workloads need."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, config_map, findings, helm_release, helm_repository
from tests.unit.test_checks_secrets_external import cluster_store, external
from tests.unit.test_checks_secrets_plain import secret
from tests.unit.test_checks_secrets_sealed import sealed, sealed_value

FILE = "clusters/staging/a.yaml"


def cluster(*objects: str) -> list[Finding]:
    return [item for item in findings({FILE: "---\n".join(objects)}) if item.rule.id in ("SLW624", "SLW625")]


def told(found: list[Finding]) -> list[tuple[str, str]]:
    return [(item.rule.id, item.rule.severity) for item in found]


def pod(spec: Mapping[str, object] | None = None, **container: object) -> str:
    containers = [{"name": "web", "image": "web:1", **container}]
    metadata = {"name": "web", "namespace": "default"}
    return dump(
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers, **(spec or {})}}
    )


def variable(field: str = "configMapKeyRef", **reference: object) -> str:
    return pod(env=[{"name": "PASSWORD", "valueFrom": {field: {"name": "web", "key": "password", **reference}}}])


def ingress(**annotations: str) -> str:
    return dump(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "web", "namespace": "default", "annotations": annotations},
            "spec": {"tls": [{"hosts": ["example.org"], "secretName": "web-tlss"}]},
        }
    )


USES = {
    "a variable": variable(),
    "all variables": pod(envFrom=[{"configMapRef": {"name": "web"}}]),
    "a volume": pod({"volumes": [{"name": "web", "configMap": {"name": "web"}}]}),
    "a projected volume": pod(
        {"volumes": [{"name": "web", "projected": {"sources": [{"configMap": {"name": "web"}}]}}]}
    ),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_what_is_there_is_found(use: str) -> None:
    assert cluster(use, config_map("web", password="a", user="b")) == []


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_what_is_of_the_other_kind_is_an_error(use: str) -> None:
    [finding] = cluster(use, secret())

    assert told([finding]) == [("SLW624", "error")]
    assert finding.message == "it needs ConfigMap default/web, which nothing in Git makes"
    assert finding.hint.endswith("there is Secret default/web")


def test_a_letter_too_many_is_an_error_on_its_line() -> None:
    [finding] = cluster(variable(name="webs"), config_map("web", password="a"))

    assert told([finding]) == [("SLW624", "error")]
    assert finding.where == at(FILE, 14)
    assert finding.hint == "its containers do not start; there is ConfigMap default/web"


@pytest.mark.parametrize("maker", [external("other", "default", target={"name": "web"}), sealed(a=sealed_value())])
def test_a_letter_too_many_is_an_error_where_a_controller_makes_the_secret(maker: str) -> None:
    [finding] = cluster(variable("secretKeyRef", name="webs"), maker, cluster_store())

    assert told([finding]) == [("SLW624", "error")]
    assert finding.hint.endswith("there is Secret default/web")


@pytest.mark.parametrize("name", ["web", "webs"])
def test_the_hash_of_a_generator_is_no_part_of_the_name_that_is_meant(name: str) -> None:
    [finding] = cluster(variable(name=name), config_map("web-9g5bk2tm7c", password="a"))

    assert told([finding]) == [("SLW624", "error")]
    assert finding.hint.endswith("there is ConfigMap default/web-9g5bk2tm7c")


def test_what_a_generator_makes_is_not_meant_by_another_name() -> None:
    assert cluster(variable(name="wob-x"), config_map("web-9g5bk2tm7c", password="a")) == []


def test_where_a_chart_may_bring_it_it_is_a_warning() -> None:
    found = cluster(variable(name="webs"), config_map("web", password="a"), helm_release("x"), helm_repository())

    assert told(found) == [("SLW624", "warning")]


@pytest.mark.parametrize(
    "use",
    [
        variable(),
        variable("secretKeyRef"),
        pod({"imagePullSecrets": [{"name": "registry"}]}),
        pod({"volumes": [{"name": "web", "secret": {"secretName": "web"}}]}),
        ingress(),
    ],
)
def test_what_git_knows_nothing_of_is_no_finding(use: str) -> None:
    """Most Secrets are made by hand, or by controllers that do not say so."""
    assert cluster(use) == []


@pytest.mark.parametrize(
    "use",
    [
        variable(name="webs", optional=True),
        pod(envFrom=[{"configMapRef": {"name": "webs", "optional": True}}]),
        pod({"volumes": [{"name": "web", "configMap": {"name": "webs", "optional": True}}]}),
        variable(name="web-${SUFFIX}"),
    ],
)
def test_what_is_optional_or_a_variable_is_fine(use: str) -> None:
    assert cluster(use, config_map("web", password="a")) == []


def test_the_secret_of_an_ingress_is_made_by_cert_manager_if_it_is_asked_to() -> None:
    there = secret("web-tls")

    assert told(cluster(ingress(), there)) == [("SLW624", "error")]
    assert cluster(ingress(**{"cert-manager.io/cluster-issuer": "letsencrypt"}), there) == []


SECRET_USE = variable("secretKeyRef")


@pytest.mark.parametrize(
    ("use", "there"),
    [
        (variable(), config_map("web", passwort="a")),
        (SECRET_USE, secret(passwort="x")),
        (SECRET_USE, sealed(passwort=sealed_value())),
        (SECRET_USE, external(namespace="default", data=[{"secretKey": "passwort", "remoteRef": {"key": "a"}}])),
        (SECRET_USE, external(namespace="default", target={"template": {"data": {"passwort": "{{ .password }}"}}})),
        (
            pod(
                {
                    "volumes": [
                        {"name": "web", "configMap": {"name": "web", "items": [{"key": "password", "path": "p"}]}}
                    ]
                }
            ),
            config_map("web", passwort="a"),
        ),
    ],
    ids=["a ConfigMap", "a Secret", "a SealedSecret", "an ExternalSecret", "its template", "a file of a volume"],
)
def test_a_key_that_is_not_there_is_an_error(use: str, there: str) -> None:
    [finding] = cluster(use, there, cluster_store())

    assert told([finding]) == [("SLW625", "error")]
    assert finding.message.endswith(" default/web has no key `password`")
    assert finding.hint.endswith("; there is `passwort`")


@pytest.mark.parametrize(
    "there",
    [
        secret(password="x"),
        sealed(password=sealed_value()),
        external(namespace="default"),
        external(namespace="default", data=None, dataFrom=[{"extract": {"key": "web"}}]),
        external(namespace="default", target={"template": {"templateFrom": [{"literal": "password: a"}]}}),
        external(namespace="default", target={"template": {"mergePolicy": "Merge", "data": {"a": "b"}}}),
        secret().replace("stringData: {}", "type: kubernetes.io/service-account-token"),
        secret(other="x").replace(
            "namespace: default", "namespace: default\n  labels: {kustomize.toolkit.fluxcd.io/ssa: merge}"
        ),
    ],
    ids=range(8),
)
def test_a_key_that_is_there_or_may_be_is_fine(there: str) -> None:
    assert cluster(SECRET_USE, there, cluster_store()) == []


def test_two_that_make_one_secret_bring_the_keys_of_both() -> None:
    joining = external(
        "more",
        "default",
        data=[{"secretKey": "password", "remoteRef": {"key": "a"}}],
        target={"name": "web", "creationPolicy": "Merge"},
    )

    assert cluster(SECRET_USE, sealed(user=sealed_value()), joining, cluster_store()) == []


def test_what_another_object_names_may_be_filled_by_it() -> None:
    filler = dump(
        {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": {"name": "other", "namespace": "default"},
            "spec": {"secretName": "web"},
        }
    )

    assert cluster(SECRET_USE, secret(user="x"), filler) == []
