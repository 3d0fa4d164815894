"""Which chart a HelmRelease installs."""

from __future__ import annotations

from typing import Any

import pytest

from slipway.errors import InputError
from slipway.fleet.charts import ChartRequest, Charts, FetchedChart
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.helm_chart import Chart, pack
from slipway.fleet.helm_release import HelmRelease
from slipway.fleet.helm_source import Home
from slipway.fleet.helm_source import chart_of as chart_of_with_memo
from slipway.fleet.manifests import load_document
from slipway.fleet.objects import KubeObject
from slipway.fleet.tree import Dropped, Tree
from tests.unit.helm_world import GIT_CHART, MemoryCharts, chart_files, fetched, home, release, source, tree_with

FILES = chart_files({"config.yaml": "kind: ConfigMap"})
REPOSITORY = source("HelmRepository", "stable", url="https://charts.example.com/stable")
REGISTRY = source("HelmRepository", "oci", type="oci", url="oci://registry.example.com/charts", insecure=True)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
DIGEST = "sha256:" + "ab" * 32


def chart_of(of: HelmRelease, at: Home, charts: Charts) -> Chart:
    return chart_of_with_memo(of, at, charts, {})


def _from(kind: str, name: str, **chart: Any) -> dict[str, Any]:
    return {"chart": "app", "sourceRef": {"kind": kind, "name": name}, **chart}


def _version(chart: Chart) -> object:
    return chart.metadata["version"]


class TestRepository:
    def test_an_index_s_chart_is_taken_as_it_is(self) -> None:
        charts = MemoryCharts({("https://charts.example.com/stable", "app", ">=1.0"): fetched(FILES)})
        chart = chart_of(release(chart=_from("HelmRepository", "stable", version=">=1.0")), home(REPOSITORY), charts)
        assert chart.archive == fetched(FILES).archive

    @pytest.mark.parametrize("version", ["*", "", None])
    def test_no_version_is_the_newest(self, version: str | None) -> None:
        charts = MemoryCharts({("oci://registry.example.com/charts", "app", ""): fetched(FILES)})
        chart_of(release(chart=_from("HelmRepository", "oci", version=version)), home(REGISTRY), charts)
        assert charts.asked == [ChartRequest("oci://registry.example.com/charts", "app", insecure=True)]

    @pytest.mark.parametrize(
        ("spec", "needs"),
        [
            ({"secretRef": {"name": "pull"}}, "Secret apps/pull"),
            ({"certSecretRef": {"name": "ca"}}, "Secret apps/ca"),
            ({"provider": "aws"}, "the cluster's identity at aws"),
            ({"provider": "generic"}, ""),
        ],
    )
    def test_credentials_that_it_names_are_told(self, spec: dict[str, Any], needs: str) -> None:
        repository = source("HelmRepository", "stable", url="https://charts.example.com", **spec)
        charts = MemoryCharts({("https://charts.example.com", "app", ""): fetched(FILES)})
        chart_of(release(chart=_from("HelmRepository", "stable")), home(repository), charts)
        assert charts.asked[0].needs == needs

    def test_values_files_come_out_of_the_chart_and_change_its_version(self) -> None:
        files = chart_files({}, values_yaml="a: 1\n", prod_yaml="b: 2\n")
        charts = MemoryCharts({("https://charts.example.com/stable", "app", ""): fetched(files)})
        wanted = _from("HelmRepository", "stable", valuesFiles=["values.yaml", "./prod.yaml"])
        chart = chart_of(release(chart=wanted), home(REPOSITORY), charts)
        assert load_document(chart.files["values.yaml"]) == {"a": 1, "b": 2}
        assert _version(chart) == "1.2.3+1"

    @pytest.mark.parametrize("path", ["templates/config.yaml", "Chart.yaml", "../secret.yaml"])
    def test_what_is_no_file_of_the_chart_is_no_values_file(self, path: str) -> None:
        charts = MemoryCharts({("https://charts.example.com/stable", "app", ""): fetched(FILES)})
        with pytest.raises(BuildError, match="does not exist"):
            chart_of(release(chart=_from("HelmRepository", "stable", valuesFiles=[path])), home(REPOSITORY), charts)

    @pytest.mark.parametrize(
        ("repository", "chart", "message"),
        [
            ({"url": "oci://r.example.com"}, "app", "type default does not fit an oci:// URL"),
            ({"url": "https://r.example.com", "type": "oci"}, "app", "type oci needs an oci:// URL"),
            ({"url": "https://r.example.com"}, "App", "'App' is no name of a chart"),
            ({"url": "https://r.example.com"}, "--untar", None),
            ({"url": "https://r.example.com"}, "a..b", "is no name of a chart"),
            ({"url": "https://r.example.com"}, "a" * 50 + "!", "is no name of a chart"),
        ],
    )
    def test_what_source_controller_refuses_is_an_error(
        self, repository: dict[str, Any], chart: str, message: str | None
    ) -> None:
        of = release(chart={**_from("HelmRepository", "r"), "chart": chart})
        with pytest.raises(InputError, match=message or "offline"):
            chart_of(of, home(source("HelmRepository", "r", **repository)), MemoryCharts())

    def test_a_repository_that_git_does_not_hold_is_said(self) -> None:
        with pytest.raises(NotFetched, match=r"HelmRepository apps/gone is not in Git"):
            chart_of(release(chart=_from("HelmRepository", "gone")), home(), MemoryCharts())

    def test_a_variable_that_only_the_cluster_knows_is_said(self) -> None:
        with pytest.raises(NotFetched, match=r"\$\{VERSION\} holds a variable"):
            chart_of(
                release(chart=_from("HelmRepository", "stable", version="${VERSION}")), home(REPOSITORY), MemoryCharts()
            )


class TestTree:
    def test_a_directory_is_packaged_without_ignored_files(self) -> None:
        tree = tree_with({**FILES, ".helmignore": b"*.md\n", "README.md": b"", "logo.png": b"\xff"})
        chart = chart_of(release(), home(tree=tree), MemoryCharts())
        assert set(chart.files) == {*FILES, ".helmignore", "logo.png"}
        assert _version(chart) == "1.2.3"

    def test_an_archive_in_a_tree_is_taken_as_it_is(self) -> None:
        archive = pack(FILES).archive
        of = release(chart={**GIT_CHART, "chart": "dist/app-1.2.3.tgz"})
        assert chart_of(of, home(tree=Tree({"dist/app-1.2.3.tgz": archive})), MemoryCharts()).archive == archive

    @pytest.mark.parametrize("path", ["charts/app", "./charts/app/", "/charts/app", "../../charts/app"])
    def test_a_path_cannot_leave_the_tree(self, path: str) -> None:
        chart = chart_of(release(chart={**GIT_CHART, "chart": path}), home(tree=tree_with(FILES)), MemoryCharts())
        assert set(chart.files) == set(FILES)

    @pytest.mark.parametrize(
        ("spec", "revision", "version"),
        [
            ({}, COMMIT, "1.2.3"),
            ({"reconcileStrategy": "Revision"}, COMMIT, "1.2.3+0123456789ab"),
            ({"reconcileStrategy": "Revision"}, "", "1.2.3"),
            ({"valuesFiles": ["prod.yaml"]}, COMMIT, "1.2.3+1"),
            ({"valuesFiles": ["prod.yaml"], "reconcileStrategy": "Revision"}, COMMIT, "1.2.3+0123456789ab.1"),
            ({"valuesFiles": ["values.yaml"]}, COMMIT, "1.2.3"),
        ],
    )
    def test_the_version_is_the_one_on_the_cluster(self, spec: dict[str, Any], revision: str, version: str) -> None:
        tree = Tree(
            {**{f"charts/app/{path}": content for path, content in FILES.items()}, "prod.yaml": b"a: 1\n"},
            revision=revision,
        )
        chart = chart_of(release(chart={**GIT_CHART, **spec}), home(tree=tree), MemoryCharts())
        assert _version(chart) == version

    def test_values_files_are_found_from_the_tree_s_root(self) -> None:
        tree = Tree({**{f"charts/app/{p}": c for p, c in FILES.items()}, "envs/prod.yaml": b"a: 1\n"})
        of = release(chart={**GIT_CHART, "valuesFiles": ["envs/prod.yaml"]})
        assert load_document(chart_of(of, home(tree=tree), MemoryCharts()).files["values.yaml"]) == {"a": 1}

    def test_a_directory_without_a_chart_is_an_error(self) -> None:
        with pytest.raises(BuildError, match=r"no chart at charts/app: it has no Chart\.yaml"):
            chart_of(release(), home(tree=Tree({"charts/app/values.yaml": b""})), MemoryCharts())

    def test_a_file_that_the_tree_lacks_is_said_and_a_link_is_not(self) -> None:
        files = {f"charts/app/{path}": content for path, content in FILES.items()}
        link = Dropped("charts/app/link", "a symbolic link; Flux leaves links out of what it applies")
        large = Dropped("charts/app/large.json", "larger than 1,048,576 bytes")
        chart_of(release(), home(tree=Tree(files, dropped=[link])), MemoryCharts())
        with pytest.raises(NotFetched, match=r"lacks charts/app/large\.json: larger"):
            chart_of(release(), home(tree=Tree(files, dropped=[link, large])), MemoryCharts())

    def test_a_source_that_is_not_at_hand_is_said(self) -> None:
        with pytest.raises(NotFetched, match=r"GitRepository apps/fleet is not at hand"):
            chart_of(release(), home(), MemoryCharts())


class TestDependencies:
    INNER = chart_files({}, Chart_yaml="name: inner\nversion: 0.1.0\n")

    def _chart(self, *dependencies: str, lock: str = "", **files: bytes) -> dict[str, bytes]:
        entries = "".join(f"- {entry}\n" for entry in dependencies)
        found = chart_files({}, Chart_yaml=f"name: app\nversion: 1.2.3\ndependencies:\n{entries}")
        return {**found, **({"Chart.lock": lock.encode()} if lock else {}), **files}

    def _built(self, tree: Tree, charts: MemoryCharts | None = None) -> set[str]:
        return set(chart_of(release(), home(tree=tree), charts or MemoryCharts()).files)

    def test_a_vendored_one_is_not_fetched(self) -> None:
        files = self._chart("{name: inner, version: 0.1.0, repository: 'https://charts.example.com'}")
        files["charts/inner-0.1.0.tgz"] = pack(self.INNER).archive
        assert self._built(tree_with(files)) == set(files)

    def test_a_vendored_directory_is_not_fetched(self) -> None:
        files = self._chart("{name: inner, version: 0.1.0, repository: 'https://charts.example.com'}")
        files |= {f"charts/inner/{path}": content for path, content in self.INNER.items()}
        assert self._built(tree_with(files)) == set(files)

    def test_a_missing_one_is_fetched_by_its_name_and_version(self) -> None:
        files = self._chart("{name: inner, alias: cache, version: ^0.1, repository: 'oci://r.example.com/charts'}")
        charts = MemoryCharts({("oci://r.example.com/charts", "inner", "^0.1"): fetched(self.INNER)})
        assert self._built(tree_with(files), charts) == {*files, "charts/cache.tgz"}

    def test_the_lock_s_version_counts(self) -> None:
        lock = "dependencies:\n- {name: inner, version: 0.1.7, repository: 'https://charts.example.com'}\n"
        files = self._chart("{name: inner, version: '*', repository: 'https://charts.example.com'}", lock=lock)
        charts = MemoryCharts({("https://charts.example.com", "inner", "0.1.7"): fetched(self.INNER)})
        self._built(tree_with(files), charts)
        assert [request.version for request in charts.asked] == ["0.1.7"]

    def test_one_beside_it_in_the_tree_is_put_in(self) -> None:
        files = {f"charts/app/{p}": c for p, c in self._chart("{name: inner, repository: 'file://../inner'}").items()}
        files |= {f"charts/inner/{path}": content for path, content in self.INNER.items()}
        built = self._built(Tree(files))
        assert {path for path in built if path.startswith("charts/")} == {f"charts/inner/{path}" for path in self.INNER}

    @pytest.mark.parametrize(
        ("dependency", "error", "message"),
        [
            ("{name: x, repository: 'file://../../../x'}", BuildError, "no chart found at x "),
            ("{name: x}", BuildError, "no chart found at charts/app/charts/x "),
            ("{name: x, repository: '@stable'}", BuildError, "Flux takes no dependencies from @stable"),
            (
                "{name: x, repository: 'https://charts.example.com'}",
                NotFetched,
                "x: its chart is not fetched",
            ),
        ],
    )
    def test_one_that_cannot_be_had_is_named(self, dependency: str, error: type[InputError], message: str) -> None:
        with pytest.raises(error, match=message) as caught:
            self._built(tree_with(self._chart(dependency)))
        assert caught.value.file == "charts/app/Chart.yaml"


class TestChartRef:
    def _oci(self, **spec: Any) -> KubeObject:
        return source("OCIRepository", "app", url="oci://registry.example.com/charts/app", **spec)

    def _chart(self, *objects: KubeObject, charts: MemoryCharts, kind: str = "OCIRepository") -> Chart:
        return chart_of(release(chartRef={"kind": kind, "name": "app"}), home(*objects), charts)

    @pytest.mark.parametrize(
        ("ref", "asked"),
        [
            ({"tag": "1.2.3"}, {"tag": "1.2.3"}),
            ({"semver": "1.x"}, {"version": "1.x"}),
            ({"digest": DIGEST}, {"digest": DIGEST}),
            ({"digest": DIGEST, "semver": "1.x", "tag": "1.2.3"}, {"digest": DIGEST}),
            ({"semver": "1.x", "tag": "1.2.3"}, {"version": "1.x"}),
            (None, {"tag": "latest"}),
        ],
    )
    def test_an_oci_repository_names_tag_range_or_digest(self, ref: Any, asked: dict[str, str]) -> None:
        url = "oci://registry.example.com/charts/app"
        charts = MemoryCharts({(url, "", next(iter(asked.values()))): fetched(FILES, DIGEST)})
        chart = self._chart(self._oci(ref=ref), charts=charts)
        assert charts.asked == [ChartRequest(url, "", **asked)]
        assert _version(chart) == "1.2.3+abababababab"

    @pytest.mark.parametrize("tag", ["1.2.3", "v1.2.3", "1.2.3_build", "main"])
    def test_a_tag_that_is_a_version_is_the_chart_s(self, tag: str) -> None:
        charts = MemoryCharts({("oci://registry.example.com/charts/app", "", tag): fetched(FILES, DIGEST)})
        assert _version(self._chart(self._oci(ref={"tag": tag}), charts=charts)) == "1.2.3+abababababab"

    def test_a_tag_of_another_version_is_an_error(self) -> None:
        charts = MemoryCharts({("oci://registry.example.com/charts/app", "", "2.0.0"): fetched(FILES, DIGEST)})
        with pytest.raises(BuildError, match=r"the tag 2\.0\.0 does not match the chart's version 1\.2\.3"):
            self._chart(self._oci(ref={"tag": "2.0.0"}), charts=charts)

    def test_a_filter_of_tags_is_said(self) -> None:
        with pytest.raises(NotFetched, match="semverFilter"):
            self._chart(self._oci(ref={"semver": "*", "semverFilter": ".*-rc"}), charts=MemoryCharts())

    def test_files_that_are_given_take_the_registry_s_place(self) -> None:
        of = release(chartRef={"kind": "OCIRepository", "name": "app"})
        for tree in (Tree(FILES), tree_with(FILES, "app")):
            assert set(chart_of(of, home(tree=tree), MemoryCharts()).files) == set(FILES)

    def test_a_helm_chart_says_the_same_as_a_release_s_own(self) -> None:
        of = release(chartRef={"kind": "HelmChart", "name": "app"})
        chart = chart_of(of, home(source("HelmChart", "app", **GIT_CHART), tree=tree_with(FILES)), MemoryCharts())
        assert set(chart.files) == set(FILES)

    @pytest.mark.parametrize(
        ("kind", "error", "message"),
        [
            ("OCIRepository", NotFetched, "OCIRepository apps/app is not in Git"),
            ("HelmChart", NotFetched, "HelmChart apps/app is not in Git"),
            ("ExternalArtifact", NotFetched, "ExternalArtifact apps/app is not at hand"),
            ("GitRepository", BuildError, "'GitRepository' is none of"),
        ],
    )
    def test_one_that_leads_nowhere_is_said(self, kind: str, error: type[InputError], message: str) -> None:
        with pytest.raises(error, match=message):
            self._chart(charts=MemoryCharts(), kind=kind)


def test_a_source_is_looked_up_where_it_says() -> None:
    asked = []

    def find(key: Any) -> None:
        asked.append(str(key))

    at = Home(find, lambda key: Tree({}))
    ref = {"kind": "HelmRepository", "name": "r", "namespace": "flux-system"}
    with pytest.raises(NotFetched):
        chart_of(release(chart={"chart": "app", "sourceRef": ref}), at, MemoryCharts())
    assert asked == ["HelmRepository flux-system/r"]


def test_a_fetched_chart_that_is_none_is_refused() -> None:
    charts = MemoryCharts({("https://charts.example.com/stable", "app", ""): FetchedChart(b"<html>")})
    with pytest.raises(BuildError, match="no archive of a chart"):
        _ = chart_of(release(chart=_from("HelmRepository", "stable")), home(REPOSITORY), charts).files
