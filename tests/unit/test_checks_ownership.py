"""SLW104: two owners of one object."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import (
    at,
    checked,
    config_map,
    findings,
    helm_release,
    kustomization,
    sync,
    tree_of,
)

MARKS = "kustomize.toolkit.fluxcd.io"


def two(one: str, other: str, first: str = "", second: str = "") -> list[Finding]:
    """What is found where Kustomization `a` brings one object and Kustomization `b` another one."""
    return findings(
        {
            "clusters/staging/apps.yaml": "---\n".join((first or kustomization("a"), second or kustomization("b"))),
            "apps/a/object.yaml": one,
            "apps/b/object.yaml": other,
        },
        "SLW104",
    )


def marked(name: str, value: str, **data: str) -> str:
    metadata = {"name": "web", "namespace": "default", "annotations": {name: value}}
    return dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def severities(found: list[Finding]) -> list[str]:
    return [finding.rule.severity for finding in found]


def test_an_object_that_two_kustomizations_bring_otherwise_is_an_error() -> None:
    [finding] = two(config_map("web", size="1"), config_map("web", size="2"))

    assert finding.rule.severity == "error"
    assert finding.object == "Kustomization flux-system/b"
    assert finding.message == "it brings what Kustomization flux-system/a brings, too"
    assert finding.hint == "ConfigMap default/web: each undoes what the other one applies"
    assert finding.where == at("apps/b/object.yaml", 4)


def test_objects_of_one_owner_each_are_no_finding() -> None:
    assert two(config_map("web"), config_map("api")) == []


def test_the_same_name_in_another_namespace_is_another_object() -> None:
    assert two(config_map("web", "a", x="1"), config_map("web", "b", x="2")) == []


def test_the_version_of_an_api_makes_no_other_object() -> None:
    budget = {"kind": "HorizontalPodAutoscaler", "metadata": {"name": "web", "namespace": "default"}}
    one, other = (dump({"apiVersion": f"autoscaling/{version}", **budget}) for version in ("v1", "v2"))

    assert severities(two(one, other)) == ["error"]


def test_a_few_objects_are_named_and_the_others_counted() -> None:
    one, other = ("---\n".join(config_map(f"web-{at}", size=size) for at in range(5)) for size in "12")

    [finding] = two(one, other)

    named = "ConfigMap default/web-0, ConfigMap default/web-1, ConfigMap default/web-2 and 2 more"
    assert finding.hint == f"{named}: each undoes what the other one applies"


def test_what_one_kustomization_leaves_out_it_takes_from_the_other() -> None:
    """All Kustomizations apply as one field manager: a field that the second one does not have goes."""
    assert severities(two(config_map("web", size="1"), config_map("web"))) == ["error"]


def test_equal_objects_are_a_warning_where_one_owner_may_delete_them() -> None:
    [finding] = two(config_map("web"), config_map("web"))

    assert finding.rule.severity == "warning"
    assert finding.hint.startswith("ConfigMap default/web: both are equal, but")


def test_labels_of_its_own_are_a_warning() -> None:
    """As `commonMetadata` makes them: they change hands with every reconciliation, and most often nobody cares."""
    labels = [kustomization(name, commonMetadata={"labels": {"app": name}}) for name in "ab"]

    [finding] = two(config_map("web"), config_map("web"), *labels)

    assert finding.rule.severity == "warning"
    assert finding.hint.endswith("each writes its own labels and annotations over the other one's")


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({}, []),
        ({"interval": "1h"}, []),
        ({"url": "https://other.example.com"}, ["error"]),
    ],
    ids=["equal", "fetched more often", "from elsewhere"],
)
def test_sources_that_fetch_the_same_are_no_finding(spec: dict[str, str], found: list[str]) -> None:
    """Nothing that was made of a source goes with it, and it is made anew as it was."""
    one, other = (
        dump(
            {
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": "HelmRepository",
                "metadata": {"name": "charts", "namespace": "default"},
                "spec": {"url": "https://charts.example.com", "interval": "10m", **change},
            }
        )
        for change in ({}, spec)
    )

    assert severities(two(one, other)) == found


def test_equal_objects_that_nothing_deletes_are_no_finding() -> None:
    kept = marked(f"{MARKS}/prune", "disabled")

    assert two(kept, kept) == []
    assert two(config_map("web"), config_map("web"), *(kustomization(name, prune=False) for name in "ab")) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (f"{MARKS}/ssa", "IfNotPresent"),
        (f"{MARKS}/ssa", "Merge"),
        (f"{MARKS}/ssa", "Ignore"),
        (f"{MARKS}/reconcile", "disabled"),
    ],
)
def test_an_owner_that_does_not_insist_does_not_fight(name: str, value: str) -> None:
    assert two(config_map("web", size="1"), marked(name, value, size="2")) == []


@pytest.mark.parametrize("suspended", ["a", "b"])
def test_a_suspended_owner_is_a_warning(suspended: str) -> None:
    first, second = (kustomization(name, suspend=name == suspended) for name in "ab")

    [finding] = two(config_map("web", size="1"), config_map("web", size="2"), first, second)

    assert finding.rule.severity == "warning"
    assert finding.hint.endswith("each undoes what the other one applies, once what is suspended is resumed")


def test_values_that_only_the_cluster_knows_are_a_warning() -> None:
    """What is encrypted anew is written otherwise."""
    one, other = (
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web", "namespace": "default"}, "data": {"a": code}}
        for code in ("ENC[1]", "ENC[2]")
    )
    sops = {"sops": {"mac": "ENC[3]"}}
    decrypting = [kustomization(name, decryption={"provider": "sops"}) for name in "ab"]

    assert severities(two(dump({**one, **sops}), dump({**other, **sops}), *decrypting)) == ["warning"]


def test_an_object_whose_name_only_the_cluster_knows_is_not_compared() -> None:
    variables = {"postBuild": {"substituteFrom": [{"kind": "ConfigMap", "name": "given"}]}}
    makers = [kustomization(name, **variables) for name in "ab"]

    assert two(config_map("web-${ZONE}", x="1"), config_map("web-${ZONE}", x="2"), *makers) == []


def test_the_root_brings_itself_and_its_source() -> None:
    assert findings({}, "SLW104") == []


def test_a_directory_below_the_root_is_built_twice() -> None:
    """Without a kustomization.yaml, the root takes all that is below it."""
    [finding] = findings(
        {
            "clusters/staging/web.yaml": kustomization("web", path="./clusters/staging/web"),
            "clusters/staging/web/object.yaml": config_map("web"),
        },
        "SLW104",
    )

    assert finding.message == "it brings what Kustomization flux-system/flux-system brings, too"


def test_what_another_cluster_applies_here_is_named_with_it() -> None:
    spoke = kustomization("b", kubeConfig={"secretRef": {"name": "staging"}})
    files = {
        **sync("staging"),
        **sync("hub"),
        "clusters/staging/a.yaml": kustomization("a"),
        "clusters/hub/b.yaml": spoke,
        "apps/a/object.yaml": config_map("web", size="1"),
        "apps/b/object.yaml": config_map("web", size="2"),
    }

    [finding] = [one for one in checked(tree_of(files)).findings if one.rule.id == "SLW104"]

    assert finding.clusters == ("staging",)
    assert finding.object == "Kustomization flux-system/a"
    assert finding.message == "it brings what Kustomization flux-system/b of hub brings, too"


def test_two_owners_on_many_clusters_are_one_finding() -> None:
    apps = "---\n".join((kustomization("a"), kustomization("b")))
    files = {**sync("one"), **sync("two"), "shared/apps.yaml": apps}
    for cluster in ("one", "two"):
        files[f"clusters/{cluster}/kustomization.yaml"] = "resources: [flux-system/gotk-sync.yaml, ../../shared]\n"
    files["shared/kustomization.yaml"] = "resources: [apps.yaml]\n"
    files["apps/a/object.yaml"], files["apps/b/object.yaml"] = (config_map("web", size=size) for size in "12")

    [finding] = checked(tree_of(files)).findings

    assert (finding.rule.id, finding.clusters) == ("SLW104", ("one", "two"))


CHART = {
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/templates/web.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {{ .Values.data | toYaml | nindent 2 }}\n"
    ),
}


def release(name: str, **data: str) -> str:
    git = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
    chart = {"spec": {"chart": "charts/web", "sourceRef": git}}
    return helm_release(name, namespace="default", chart=chart, values={"data": data})


def of_release(chart: dict[str, str], *objects: str) -> list[Finding]:
    return findings({**chart, "clusters/staging/apps.yaml": "---\n".join(objects)}, "SLW104")


def test_two_releases_that_bring_one_object_are_an_error() -> None:
    [finding] = of_release(CHART, release("a", size="1"), release("b", size="2"))

    assert (finding.rule.severity, finding.object) == ("error", "HelmRelease default/b")


@pytest.mark.parametrize(
    ("data", "found"), [({"size": "2"}, ["error"]), ({"zone": "a"}, ["warning"])], ids=["the same field", "another one"]
)
def test_owners_of_different_kinds_fight_over_the_fields_that_both_have(data: dict[str, str], found: list[str]) -> None:
    """Each has a field manager of its own, so that the other one's fields stay."""
    metadata = {"name": "web", "namespace": "default"}
    mine = dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"size": "1"}})

    assert severities(of_release(CHART, mine, release("a", **data))) == found


def test_the_definitions_of_a_chart_are_created_where_there_are_none() -> None:
    definition = dump(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "things.example.com"},
            "spec": {"group": "example.com"},
        }
    )
    other = definition.replace("group: example.com", "group: example.org")
    chart = {**CHART, "charts/web/crds/things.yaml": definition}

    assert of_release(chart, other, release("a", size="1")) == []
