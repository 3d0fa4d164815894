"""SLW2xx: whether the API server takes the objects."""

from __future__ import annotations

import json

import pytest

from slipway.checks.validity import NO_SCHEMA_WHY, UNKNOWN_WHY, VARIABLE_WHY, VERSION_WHY
from tests.unit.small_fleets import at, checked, config_map, findings, helm_repository, kustomization, sync, tree_of

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: default}\nspec:\n"
CONTAINER = "  containers:\n    - {name: web, image: 'nginx:1.29'}\n"
GONE = "apiVersion: apps/v1beta1\nkind: Deployment\nmetadata: {name: web, namespace: default}\n"
APP = "clusters/staging/app.yaml"


@pytest.mark.parametrize(
    ("content", "rule", "line", "message"),
    [
        (POD + "  priority: high\n" + CONTAINER, "SLW201", 5, 'spec.priority: expected integer, got string "high"'),
        (POD + "  nodename: a\n" + CONTAINER, "SLW201", 5, "spec.nodename: unknown field"),
        (POD + "  nodeName: a\n", "SLW201", 4, "spec.containers: required"),
        (GONE, "SLW202", 1, "apiVersion: "),
        (config_map("Web_1"), "SLW203", 4, 'metadata.name: "Web_1" is not a DNS subdomain'),
        (config_map("web", namespace="a.b"), "SLW203", 5, 'metadata.namespace: "a.b" is not a DNS label'),
    ],
    ids=["a wrong type", "an unknown field", "a missing field", "an API that is gone", "a name", "a namespace"],
)
def test_what_the_api_server_refuses_is_an_error(content: str, rule: str, line: int, message: str) -> None:
    [finding] = findings({APP: content})

    assert (finding.rule.id, finding.rule.severity, finding.where) == (rule, "error", at(APP, line))
    assert finding.message.startswith(message)


def test_a_label_that_is_no_text_is_not_refused_but_lost() -> None:
    content = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: default, labels: {a: true, b: c}}\n"
    [finding] = findings({APP: content})

    assert (finding.rule.id, finding.rule.severity) == ("SLW201", "warning")
    assert finding.text == (
        "metadata.labels.a: expected string, got boolean true (put it in quotes); "
        "Flux applies the object without any of its labels"
    )


@pytest.mark.parametrize(
    "content",
    [POD + "  priority: 7\n" + CONTAINER, config_map("web"), config_map("web-1.example")],
    ids=["a Pod", "a ConfigMap", "a name with a dot"],
)
def test_a_sound_object_is_none(content: str) -> None:
    assert findings({APP: content}) == []


def unknown(files: dict[str, str]) -> dict[tuple[str, str], int]:
    """What is not validated, without the kinds of Flux that every fleet has."""
    verdict = checked(tree_of({**sync("staging"), **files}))
    assert verdict.passed
    items = [item for item in verdict.not_validated if ".toolkit.fluxcd.io/" not in item.what]
    return {(item.what, item.why): item.count for item in items}


def test_a_kind_without_a_schema_is_counted() -> None:
    widget = "apiVersion: acme.example/v1\nkind: Widget\nmetadata: {name: %s, namespace: default}\n"

    counts = unknown({APP: "---\n".join(widget % name for name in "abc")})

    assert counts == {("acme.example/v1 Widget", NO_SCHEMA_WHY): 3}


def test_the_name_of_an_object_without_a_schema_is_validated() -> None:
    repository = helm_repository().replace("name: charts", "name: Web_1")

    [finding] = findings({APP: repository})

    assert finding.rule.id == "SLW203"


DECRYPTING = {"clusters/staging/web.yaml": kustomization("web", decryption={"provider": "sops"})}


def test_an_encrypted_object_is_counted() -> None:
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: default}\ndata: {a: 'ENC[AES256_GCM,data:x]'}\n"
    )

    [(what, why)] = unknown({**DECRYPTING, "apps/web/app.yaml": f"{secret}sops: {{mac: 'ENC[x]', version: 3.9.0}}\n"})

    assert (what, why) == ("v1 Secret", "it is encrypted with SOPS")


@pytest.mark.parametrize(
    ("secret", "kind"),
    [
        ("apiVersion: ENC[a]\nkind: ENC[b]\nmetadata: {name: 'ENC[c]'}\n", "of a kind that is encrypted"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: 'ENC[c]', namespace: web}\n", "v1 Secret"),
    ],
    ids=["its kind too", "its name too"],
)
def test_an_object_that_is_encrypted_whole_is_counted(secret: str, kind: str) -> None:
    [(what, why)] = unknown({**DECRYPTING, "apps/web/app.yaml": f"{secret}sops: {{mac: 'ENC[x]', version: 3.9.0}}\n"})

    assert (what, why) == (kind, "it is encrypted with SOPS")


SUBSTITUTING = {
    "clusters/staging/web.yaml": kustomization(
        "web", postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": "cluster-info"}]}
    )
}


def test_a_value_that_only_the_cluster_knows_is_counted() -> None:
    counts = unknown({**SUBSTITUTING, "apps/web/app.yaml": POD + "  priority: ${priority}\n" + CONTAINER})

    assert counts == {("v1 Pod", VARIABLE_WHY): 1, ("variable priority", UNKNOWN_WHY): 1}


def test_a_mistake_beside_an_unknown_value_is_found() -> None:
    files = {**SUBSTITUTING, "apps/web/app.yaml": POD + "  priority: ${priority}\n  nodename: a\n" + CONTAINER}

    [finding] = findings(files, "SLW2")

    assert finding.message.startswith("spec.nodename: unknown field")


class TestTheVersionOfKubernetes:
    """An API may be gone on one cluster and not there yet on another."""

    POLICY = "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicy\nmetadata: {name: web}\n"

    def test_an_api_that_some_version_serves_is_counted_where_the_version_is_not_known(self) -> None:
        counts = unknown({APP: self.POLICY})

        assert counts == {("admissionregistration.k8s.io/v1 MutatingAdmissionPolicy", VERSION_WHY): 1}

    def test_an_api_that_the_known_version_does_not_serve_is_an_error(self) -> None:
        settings = 'clusters: {staging: {kubernetesVersion: "1.35"}}\n'

        [finding] = findings({APP: self.POLICY, "slipway.yaml": settings})

        assert (finding.rule.id, finding.where) == ("SLW202", at(APP, 1))

    def test_each_cluster_is_judged_by_its_own_version(self) -> None:
        files = {
            **sync("old"),
            **sync("new"),
            "slipway.yaml": 'clusters: {old: {kubernetesVersion: "1.33"}, new: {kubernetesVersion: "1.36"}}\n',
            "shared/policy.yaml": self.POLICY + "spec: {}\n",
        }
        for cluster in ("old", "new"):
            files[f"clusters/{cluster}/kustomization.yaml"] = "resources: [flux-system/gotk-sync.yaml, ../../shared]\n"
        files["shared/kustomization.yaml"] = "resources: [policy.yaml]\n"

        found = [item for item in checked(tree_of(files)).findings if item.rule.id == "SLW202"]

        assert [item.clusters for item in found] == [("old",)]


def test_an_object_that_many_clusters_share_is_one_finding() -> None:
    files = {**sync("a"), **sync("b"), "shared/web.yaml": config_map("Web_1")}
    for cluster in "ab":
        files[f"clusters/{cluster}/kustomization.yaml"] = (
            "resources: [flux-system/gotk-sync.yaml, ../../shared/web.yaml]\n"
        )

    [finding] = checked(tree_of(files)).findings

    assert (finding.clusters, finding.where.path) == (("a", "b"), "shared/web.yaml")


def test_only_what_lands_on_the_chosen_clusters_is_counted() -> None:
    widget = "apiVersion: acme.example/v1\nkind: Widget\nmetadata: {name: web, namespace: default}\n"
    files = {**sync("a"), **sync("b"), "clusters/a/app.yaml": widget, "clusters/b/app.yaml": widget}

    for only, expected in (((), 2), (("a",), 1)):
        counts = {item.what: item.count for item in checked(tree_of(files), only=only).not_validated}
        assert counts["acme.example/v1 Widget"] == expected


@pytest.mark.parametrize("password", ["hunter2", '"5"', "123456789"])
def test_a_value_of_a_secret_is_in_no_message(password: str) -> None:
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: vars, namespace: flux-system}\n"
        f"stringData: {{PASSWORD: {json.dumps(password)}}}\n"
    )
    web = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\n"
        "spec: {ports: [{port: 80, name: ${PASSWORD}, protocol: ${PASSWORD}}], clusterIPs: ${PASSWORD}}\n"
    )
    variables = {"substituteFrom": [{"kind": "Secret", "name": "vars"}]}
    found = findings({APP: f"{secret}---\n{kustomization('web', postBuild=variables)}", "apps/web/web.yaml": web})

    assert [finding.rule.id for finding in found] != []
    assert all(password.strip('"') not in finding.text for finding in found)


def test_a_number_that_a_variable_makes_of_a_text_is_found_where_the_quotes_belong() -> None:
    [finding] = findings(
        {
            "clusters/staging/apps.yaml": kustomization("web", postBuild={"substitute": {"ACCOUNT": "123456789012"}}),
            "apps/web/a.yaml": config_map("web").replace("data: {}", "data:\n  account: ${ACCOUNT}"),
        },
        "SLW2",
    )

    assert finding.where == at("apps/web/a.yaml", 7)
    assert finding.message == "data.account: expected string, got integer (put it in quotes)"
    assert finding.hint == "the value is set at clusters/staging/apps.yaml:15"
