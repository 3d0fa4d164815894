"""SLW1xx: how Flux's objects refer to each other."""

from __future__ import annotations

import time

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit import small_fleets
from tests.unit.small_fleets import (
    FLUX,
    SOURCE,
    at,
    checked,
    config_map,
    findings,
    helm_release,
    helm_repository,
    sync,
    tree_of,
)

WEB = {"apps/web/a.yaml": config_map("web")}
RESOURCE_SET = dump(
    {
        "apiVersion": "fluxcd.controlplane.io/v1",
        "kind": "ResourceSet",
        "metadata": {"name": "tenants", "namespace": "flux-system"},
        "spec": {
            "inputsFrom": [{"kind": "ResourceSetInputProvider", "name": "pull-requests"}],
            "resourcesTemplate": "<< inputs.object >>",
        },
    }
)


def kustomization(name: str, *, namespace: str = "flux-system", **spec: object) -> str:
    """One that deletes nothing: several build the same directory here."""
    return small_fleets.kustomization(name, namespace=namespace, **{"prune": False, **spec})


def apps(*objects: str) -> dict[str, str]:
    """A cluster's file with these objects, and something for `web` to build."""
    return {**WEB, "clusters/staging/apps.yaml": "---\n".join(objects)}


def on(name: str, **more: str) -> dict[str, object]:
    return {"dependsOn": [{"name": name, **more}], "path": "./apps/web"}


def kinds(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.rule.id, finding.rule.severity) for finding in found]


class TestSources:
    """SLW101."""

    def test_a_source_that_nothing_applies_is_an_error(self) -> None:
        [finding] = findings(apps(kustomization("web", sourceRef={"kind": "GitRepository", "name": "other"})))

        assert kinds([finding]) == [("SLW101", "error")]
        assert finding.object == "Kustomization flux-system/web"
        assert finding.text == "its source is GitRepository flux-system/other, which nothing in Git applies; it fails"
        assert finding.where == at("clusters/staging/apps.yaml", 12)

    @pytest.mark.parametrize(
        "reference",
        [
            {"kind": "GitRepository", "name": "flux-system"},
            {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"},
        ],
        ids=["in its namespace", "in the namespace that it names"],
    )
    def test_a_source_that_bootstrap_made_is_there(self, reference: dict[str, str]) -> None:
        assert findings(apps(kustomization("web", sourceRef=reference))) == []

    def test_a_namesake_in_another_namespace_is_surely_meant(self) -> None:
        """So it is an error, whatever else is not rendered."""
        [finding] = findings(apps(kustomization("web", namespace="web"), RESOURCE_SET), "SLW101")

        assert kinds([finding]) == [("SLW101", "error")]
        assert finding.hint == "it fails; there is GitRepository flux-system/flux-system"

    def test_a_release_is_surely_in_the_kustomization_of_its_name(self) -> None:
        """People name both alike; nothing else is suspected while that one is not rendered."""
        broken = kustomization("other", path="./nowhere")
        objects = [RESOURCE_SET, helm_release("web", **on("other")), helm_repository(), broken]
        [finding] = findings(apps(*objects), "SLW102")

        assert kinds([finding]) == [("SLW102", "warning")]
        doubt = "unless something that is not rendered applies it (Kustomization flux-system/other)"
        assert finding.hint == f"it waits forever {doubt}"

    def test_what_is_written_where_a_build_fails_is_not_missing(self) -> None:
        """That it is not rendered is told of the Kustomization."""
        remote = "resources: ['https://acme.example/crd.yaml', release.yaml]\n"
        files = {"apps/operator/kustomization.yaml": remote, "apps/operator/release.yaml": helm_release("operator")}
        objects = [helm_release("web", **on("operator")), helm_repository(), kustomization("operator")]

        assert findings({**apps(*objects), **files}) == []
        files["apps/operator/release.yaml"] = helm_release("another")
        assert kinds(findings({**apps(*objects), **files})) == [("SLW102", "warning")]

    def test_a_similar_name_is_suggested(self) -> None:
        [finding] = findings(apps(kustomization("web", sourceRef={"kind": "GitRepository", "name": "flux-sytem"})))

        assert finding.hint == "it fails; there is GitRepository flux-system/flux-system"

    @pytest.mark.parametrize(
        ("release", "line"),
        [
            (helm_release("web"), 13),
            (helm_release("web", chart=None, chartRef={"kind": "OCIRepository", "name": "web"}), 11),
        ],
        ids=["of a chart in a repository", "of a chart by reference"],
    )
    def test_the_source_of_a_chart_is_looked_for_too(self, release: str, line: int) -> None:
        [finding] = findings(apps(release), "SLW101")

        assert (finding.object, finding.where.line) == ("HelmRelease flux-system/web", line)

    def test_the_source_of_a_chart_is_found(self) -> None:
        assert findings(apps(helm_release("web"), helm_repository())) == []

    def test_an_external_artifact_is_made_on_the_cluster(self) -> None:
        source = {"kind": "ExternalArtifact", "name": "web"}

        assert findings(apps(kustomization("web", sourceRef=source))) == []

    def test_what_somebody_has_applied_by_hand_may_bring_them_all(self) -> None:
        """It is one finding, about what nothing applies."""
        by_hand = kustomization("cluster", path="./flux")
        files = {
            **apps(helm_release("web"), helm_release("api")),
            "flux/config/cluster.yaml": by_hand,
            "flux/repositories/charts.yaml": helm_repository(),
        }
        [finding] = findings(files, "SLW101")

        assert kinds([finding]) == [("SLW101", "info")]
        assert (finding.object, finding.where) == (
            "Kustomization flux-system/cluster",
            at("flux/config/cluster.yaml", 1),
        )
        assert finding.message.startswith("nothing in Git applies it, and only it would bring what others need: Helm")

    def test_what_does_not_apply_its_own_file_is_left_out_on_purpose(self) -> None:
        files = {
            **apps(helm_release("web")),
            "flux/cluster.yaml": kustomization("cluster", path="./flux/repositories"),
            "flux/repositories/charts.yaml": helm_repository(),
        }

        assert kinds(findings(files, "SLW101")) == [("SLW101", "error")]

    def test_what_waits_for_the_same_source_does_not_apply_it(self) -> None:
        """Both stay in the dark, but neither can hold what both of them need: it is certain."""
        missing = {"kind": "GitRepository", "name": "other"}
        found = findings(apps(kustomization("a", sourceRef=missing), kustomization("b", sourceRef=missing)))

        assert kinds(found) == [("SLW101", "error"), ("SLW101", "error")]


class TestDependencies:
    """SLW102."""

    def test_a_dependency_that_nothing_applies_is_an_error(self) -> None:
        [finding] = findings(apps(kustomization("web", **on("database"))))

        assert kinds([finding]) == [("SLW102", "error")]
        assert finding.text == (
            "it depends on Kustomization flux-system/database, which nothing in Git applies; it waits forever"
        )
        assert finding.where == at("clusters/staging/apps.yaml", 14)

    @pytest.mark.parametrize(
        ("waiting", "other"),
        [
            (kustomization("web", **on("other")), kustomization("other", path="./apps/web")),
            (
                kustomization("web", **on("other", namespace="tools")),
                kustomization(
                    "other",
                    namespace="tools",
                    path="./apps/web",
                    sourceRef={"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"},
                ),
            ),
            (helm_release("web", **on("other")), helm_release("other") + "---\n" + helm_repository()),
            (
                helm_release("web", **on("other", namespace="tools")),
                "---\n".join(
                    [helm_release("other", namespace="tools"), helm_repository(), helm_repository(namespace="tools")]
                ),
            ),
        ],
        ids=[
            "Kustomization",
            "Kustomization in another namespace",
            "HelmRelease in the same check",
            "HelmRelease in another namespace",
        ],
    )
    def test_a_dependency_is_found(self, waiting: str, other: str) -> None:
        assert findings(apps(waiting, other)) == []

    @pytest.mark.parametrize(
        ("objects", "hint"),
        [
            (
                [kustomization("web", **on("other")), helm_release("other"), helm_repository()],
                "there is HelmRelease flux-system/other",
            ),
            (
                [helm_release("web", **on("other")), kustomization("other", path="./apps/web"), helm_repository()],
                "there is Kustomization flux-system/other",
            ),
            (
                [
                    helm_release("web", namespace="web", **on("other")),
                    helm_release("other"),
                    helm_repository(),
                    helm_repository(namespace="web"),
                ],
                "there is HelmRelease flux-system/other",
            ),
        ],
        ids=["a HelmRelease", "a Kustomization", "one in another namespace"],
    )
    def test_a_namesake_is_surely_meant(self, objects: list[str], hint: str) -> None:
        """Although Helm charts are not rendered, which makes other missing names uncertain."""
        [finding] = findings(apps(*objects))

        assert kinds([finding]) == [("SLW102", "error")]
        assert finding.hint == (
            f"it waits forever; {hint}; dependsOn waits for the same kind, in the namespace that it names"
        )

    def test_what_is_written_where_no_cluster_reads_is_named(self) -> None:
        forgotten = {"apps/kustomization.yaml": "resources: []\n", "apps/ks.yaml": kustomization("database")}
        [finding] = findings({**apps(kustomization("web", **on("database"))), **forgotten}, "SLW102")

        assert finding.hint == "it waits forever; it is written in apps/ks.yaml, which no cluster reads"

    def test_a_similar_name_is_suggested(self) -> None:
        [finding] = findings(
            apps(kustomization("web", **on("certmanager")), kustomization("cert-manager", path="./apps/web"))
        )

        assert finding.hint == "it waits forever; there is Kustomization flux-system/cert-manager"

    @pytest.mark.parametrize(
        ("dark", "doubt"),
        [
            ([RESOURCE_SET], "ResourceSet flux-system/tenants"),
            ([helm_release("umbrella"), helm_repository()], "HelmRelease flux-system/umbrella"),
            ([kustomization("broken", path="./nowhere")], "Kustomization flux-system/broken"),
            (
                [kustomization("broken", path="./nowhere"), RESOURCE_SET],
                "Kustomization flux-system/broken and 1 more",
            ),
        ],
        ids=["a ResourceSet", "a chart", "a Kustomization that fails", "several"],
    )
    def test_what_may_be_in_something_that_is_not_rendered_is_a_warning(self, dark: list[str], doubt: str) -> None:
        [finding] = findings(apps(kustomization("web", **on("database")), *dark), "SLW102")

        assert kinds([finding]) == [("SLW102", "warning")]
        assert finding.hint == f"it waits forever unless something that is not rendered applies it ({doubt})"

    def test_what_waits_does_not_apply_what_it_waits_for(self) -> None:
        """The chart is not rendered, but is not installed before its dependency is there either."""
        [finding] = findings(apps(helm_release("web", **on("database")), helm_repository()))

        assert kinds([finding]) == [("SLW102", "error")]

    def test_what_is_not_rendered_on_another_cluster_does_not_matter(self) -> None:
        files = {
            **sync("staging"),
            **sync("production"),
            **apps(kustomization("web", **on("database"))),
            "clusters/production/tenants.yaml": RESOURCE_SET,
        }

        assert kinds(list(checked(tree_of(files)).findings)) == [("SLW102", "error")]

    def test_what_another_cluster_applies_here_matters(self) -> None:
        """A hub's Kustomization that fails may be what would apply it."""
        spoke = kustomization("spoke", path="./nowhere", kubeConfig={"secretRef": {"name": "staging"}})
        files = {
            **sync("staging"),
            **sync("hub"),
            **apps(kustomization("web", **on("database"))),
            "clusters/hub/spoke.yaml": spoke,
        }

        for only in ((), ("staging",)):
            [finding] = [item for item in checked(tree_of(files), only=only).findings if item.rule.id == "SLW102"]
            assert finding.rule.severity == "warning"

    def test_what_lands_on_another_cluster_does_not_matter_here(self) -> None:
        """A hub's Kustomization that is not at hand applies nothing to the hub itself."""
        elsewhere = {
            "kubeConfig": {"secretRef": {"name": "staging"}},
            "sourceRef": {"kind": "ExternalArtifact", "name": "x"},
        }
        files = {
            **WEB,
            **sync("staging"),
            **sync("hub"),
            "clusters/hub/spoke.yaml": kustomization("spoke", **elsewhere),
            "clusters/hub/web.yaml": kustomization("web", **on("database")),
        }

        assert kinds(list(checked(tree_of(files)).findings)) == [("SLW102", "error")]

    def test_one_mistake_on_many_clusters_is_one_finding(self) -> None:
        files = {**sync("a"), **sync("b"), **WEB, "shared/web.yaml": kustomization("web", **on("database"))}
        for cluster in "ab":
            files[f"clusters/{cluster}/kustomization.yaml"] = "resources: [flux-system/gotk-sync.yaml, ../../shared]\n"
        files["shared/kustomization.yaml"] = "resources: [web.yaml]\n"

        [finding] = checked(tree_of(files)).findings

        assert (finding.clusters, finding.where) == (("a", "b"), at("shared/web.yaml", 14))

    def test_hundreds_of_missing_names_among_thousands_take_no_time(self) -> None:
        present = [kustomization(f"app-{number:04}", path="./apps/web") for number in range(400)]
        waiting = dump(
            {
                "apiVersion": FLUX,
                "kind": "Kustomization",
                "metadata": {"name": "web", "namespace": "flux-system"},
                "spec": {
                    "path": "./apps/web",
                    "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
                    "dependsOn": [{"name": f"app-x{number:04}"} for number in range(200)],
                },
            }
        )
        start = time.process_time()

        found = findings(apps(waiting, *present))

        assert len(found) == 200
        assert time.process_time() - start < 20  # 2 s here; comparing all names takes ten times as long


class TestCircles:
    """SLW103."""

    @pytest.mark.parametrize(
        ("edges", "ways"),
        [
            ({"a": "a"}, ["a → a"]),
            ({"a": "b", "b": "a"}, ["a → b → a"]),
            ({"a": "b", "b": "c", "c": "a"}, ["a → b → c → a"]),
            ({"a": "bc", "b": "a", "c": "a"}, ["a → b → a", "a → c → a"]),
            ({"a": "b", "b": "c", "c": ""}, []),
        ],
        ids=["of one", "of two", "of three", "two that share one", "none"],
    )
    @pytest.mark.parametrize("make", [kustomization, helm_release])
    def test_names_the_whole_way(self, make: object, edges: dict[str, str], ways: list[str]) -> None:
        objects = [
            make(name, dependsOn=[{"name": to} for to in targets], path="./apps/web")  # type: ignore[operator]
            for name, targets in edges.items()
        ]

        found = findings(apps(*objects, helm_repository()))

        assert kinds(found) == [("SLW103", "error")] * len(ways)
        assert [finding.message for finding in found] == [
            "dependsOn goes in a circle: " + " → ".join(f"flux-system/{name}" for name in way.split(" → "))
            for way in ways
        ]

    def test_points_at_the_entry_of_dependson(self) -> None:
        first = kustomization("a", path="./apps/web", dependsOn=[{"name": "c"}, {"name": "b"}])
        second = kustomization("b", path="./apps/web", dependsOn=[{"name": "a"}])

        [finding] = findings(apps(first, second, kustomization("c", path="./apps/web")))

        assert finding.where == at("clusters/staging/apps.yaml", 15)
        assert first.splitlines()[14] == "  - name: b"

    def test_crosses_namespaces(self) -> None:
        here = kustomization("a", path="./apps/web", dependsOn=[{"name": "a", "namespace": "tools"}])
        source = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
        there = kustomization(
            "a",
            namespace="tools",
            path="./apps/web",
            sourceRef=source,
            dependsOn=[{"name": "a", "namespace": "flux-system"}],
        )

        [finding] = findings(apps(here, there))

        assert finding.message.endswith(": flux-system/a → tools/a → flux-system/a")

    def test_a_long_way_is_shortened(self) -> None:
        names = [f"app-{number:02}" for number in range(40)]
        objects = [
            kustomization(name, path="./apps/web", dependsOn=[{"name": after}])
            for name, after in zip(names, [*names[1:], names[0]], strict=True)
        ]

        [finding] = findings(apps(*objects))

        assert finding.message.endswith("flux-system/app-10 → 29 more → flux-system/app-00")


def test_nonsense_where_a_reference_belongs_is_no_crash() -> None:
    """The schema of Flux's kinds says what is wrong; here it must only not get in the way."""
    objects = [
        kustomization("a", path="./apps/web", dependsOn="b"),
        kustomization("b", path="./apps/web", dependsOn=[None, "c", {"name": ["d"]}, {"name": "a", "namespace": 7}]),
        kustomization("c", path="./apps/web", sourceRef=["x"]),
        helm_release("d", chart=[], chartRef="e"),
    ]

    assert {finding.rule.id for finding in findings(apps(*objects))} <= {"SLW002", "SLW007", "SLW102"}


def test_sources_have_their_own_kind() -> None:
    """A HelmRepository is no GitRepository, whatever its name."""
    objects = apps(kustomization("web", sourceRef={"kind": "GitRepository", "name": "charts"}), helm_repository())

    [finding] = findings(objects)

    assert finding.hint == "it fails"
    assert SOURCE in objects["clusters/staging/apps.yaml"]
