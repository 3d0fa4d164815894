"""SLW0xx: what Flux must be able to read and build."""

from __future__ import annotations

import pytest

from slipway.checks.rendering import SETTER_WHY
from slipway.checks.verdict import check_fleet
from slipway.fleet.manifests import dump
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Dropped
from tests.unit.helm_world import MemoryCharts, chart_files, fetched, scripted
from tests.unit.small_fleets import (
    GIT,
    at,
    builder,
    checked,
    config_map,
    findings,
    helm_release,
    helm_repository,
    kustomization,
    schemas,
    sync,
    tree_of,
)

CHARTS = {"kind": "HelmRepository", "name": "charts"}
APPS = {"clusters/staging/apps.yaml": kustomization("web")}


@pytest.mark.parametrize(
    ("files", "rule", "where", "message"),
    [
        (
            {**APPS, "apps/web/a.yaml": "kind: [\n"},
            "SLW001",
            at("apps/web/a.yaml", 2),
            "not valid YAML: did not find expected node content",
        ),
        (
            {**APPS, "apps/web/a.yaml": b"kind: ConfigMap\nname: \xff\n"},
            "SLW001",
            at("apps/web/a.yaml", 2),
            "byte 0xff is not UTF-8; save the file as UTF-8",
        ),
        (
            {**APPS, "apps/web/kustomization.yaml": "resources:\n  - a.yaml\n  - b.yaml\n", "apps/web/a.yaml": ""},
            "SLW002",
            at("apps/web/kustomization.yaml", 3),
            "resources: apps/web/b.yaml does not exist",
        ),
        (
            APPS,
            "SLW002",
            at("clusters/staging/apps.yaml", 7),
            "path ./apps/web does not exist in the repository",
        ),
        (
            {"clusters/staging/apps.yaml": kustomization("web", path="../outside")},
            "SLW002",
            at("clusters/staging/apps.yaml", 7),
            "path ./outside does not exist in the repository",
        ),
        (
            {**APPS, "apps/web/a.yaml": "[" * 300 + "]" * 300},
            "SLW003",
            at("apps/web/a.yaml", 1),
            "nested deeper than 200 levels (MAX_DEPTH)",
        ),
        (
            {
                "clusters/staging/apps.yaml": kustomization("web", postBuild={"substitute": {"size": "1"}}),
                "apps/web/a.yaml": "# web\n" + config_map("web", size="${size"),
            },
            "SLW004",
            at("apps/web/a.yaml", 8),
            "the substitution of variables fails: ",
        ),
        (
            {"docs/example.yaml": "a: 1\nb: [\n"},
            "SLW005",
            at("docs/example.yaml", 3),
            "not valid YAML: did not find expected node content",
        ),
    ],
    ids=[
        "no YAML",
        "no UTF-8",
        "a missing resource",
        "a path that does not exist",
        "a path that would leave the repository",
        "deep nesting",
        "a malformed variable",
        "a file that no cluster reads",
    ],
)
def test_names_the_place_and_the_reason(files: dict[str, str | bytes], rule: str, where: object, message: str) -> None:
    [finding] = findings(files)

    assert (finding.rule.id, finding.where) == (rule, where)
    assert finding.message.startswith(message)


def test_a_variable_that_is_not_set_is_found_where_it_stands_not_in_a_comment_or_escaped() -> None:
    web = config_map("web", escaped="$${SIZE}") + "# ${SIZE} is set below\n  size: ${SIZE}\n"

    [finding] = findings(
        {
            "clusters/staging/apps.yaml": kustomization("web", postBuild={"substitute": {"OTHER": "1"}}),
            "apps/web/a.yaml": web,
        }
    )

    assert (finding.rule.id, finding.where.line) == ("SLW004", web.count("\n"))


@pytest.mark.parametrize(
    ("chart", "line"),
    [
        ({"spec": {"chart": "./none", "sourceRef": GIT}}, "chart: ./none"),
        ({"spec": {"chart": "none", "version": "1.0.0", "sourceRef": CHARTS}}, "version: 1.0.0"),
    ],
)
def test_a_chart_that_is_not_there_is_named_where_the_release_says_it(chart: dict[str, object], line: str) -> None:
    release = helm_release("web", chart=chart)
    root = tree_of({**sync("staging"), "clusters/staging/web.yaml": f"{helm_repository()}---\n{release}"})
    helm, _ = scripted(charts=MemoryCharts({("https://charts.example.com", "web", "1.0.0"): fetched(chart_files({}))}))
    fleet = render_fleet(Sources(root), builder(), Settings(), helm=helm)

    [finding] = check_fleet(fleet, [], schemas(), root=root, builder=builder()).findings

    assert finding.rule.id == "SLW007"
    assert line in root.read(finding.where.path).decode().split("\n")[finding.where.line - 1]


LIST = "resources: [settings.yaml]\n"
WRONG = "[{op: replace, path: /spec/colour/name, value: red}]"


@pytest.mark.parametrize(
    ("files", "where"),
    [
        (
            {
                "apps/web/kustomization.yaml": f"{LIST}patches: [{{path: p.yaml}}]\n",
                "apps/web/p.yaml": config_map("wep"),
            },
            at("apps/web/p.yaml", 4),
        ),
        (
            {
                "apps/web/kustomization.yaml": f"{LIST}patches: [{{path: p.yaml, target: {{kind: ConfigMap}}}}]\n",
                "apps/web/p.yaml": "- op: replace\n  path: /spec/colour/name\n  value: red\n",
            },
            at("apps/web/p.yaml", 2),
        ),
        (
            {
                "clusters/staging/apps.yaml": kustomization(
                    "web", patches=[{"patch": WRONG, "target": {"kind": "ConfigMap"}}]
                )
            },
            at("clusters/staging/apps.yaml", 7),
        ),
    ],
    ids=["of an object that is not there", "of a field that is not there", "on a line with other things"],
)
def test_a_patch_that_is_refused_is_named_where_it_can_be_told(files: dict[str, str], where: object) -> None:
    # The artifact that is built is not the repository: Flux leaves some files out.
    others = {"apps/web/settings.yaml": config_map("web"), ".github/CODEOWNERS": "* @acme/web\n"}
    [finding] = findings({**APPS, **others, **files}, "SLW0")

    assert (finding.rule.id, finding.where) == ("SLW002", where)


def test_a_sound_repository_has_no_findings() -> None:
    assert findings({**APPS, "apps/web/a.yaml": config_map("web")}) == []


def test_a_failing_build_names_the_kustomization_and_its_clusters() -> None:
    files = {**sync("a"), **sync("b"), "clusters/a/web.yaml": kustomization("web")}
    files["clusters/b/web.yaml"] = files["clusters/a/web.yaml"]
    files["apps/web/kustomization.yaml"] = "resources: [nowhere.yaml]\n"

    [finding] = checked(tree_of(files)).findings

    assert finding.object == "Kustomization flux-system/web"
    assert finding.clusters == ("a", "b")


@pytest.mark.parametrize(
    "path",
    ["chart/templates/app.yaml", "deep/chart/charts/sub/templates/app.yml", "chart/charts/sub/values.yaml"],
)
def test_templates_of_a_chart_are_not_yaml_yet(path: str) -> None:
    files = {"chart/Chart.yaml": "name: x\n", "deep/chart/Chart.yaml": "name: y\n", path: "{{ if .Values.x }}\na: [\n"}

    assert findings(files) == []


def test_the_templates_of_a_chart_at_the_root_are_not_yaml_yet() -> None:
    assert findings({"Chart.yaml": "name: x\n", "templates/app.yaml": "{{ range }}\n"}) == []


@pytest.mark.parametrize(
    "content",
    ["a: {{ .Values.a }}\n", "- - a: {{a}}\n", "{% if x %}\na: [\n", "a:\n- {{ env }}: 1\n", "a: [\n  {{ b }}\n"],
)
def test_what_a_tool_fills_in_first_is_not_yaml_yet(content: str) -> None:
    assert findings({"docs/example.yaml": content}) == []


@pytest.mark.parametrize("content", ["a: '{{ x }}'\nb: [\n", "# {{ x }}\na: [\n", "a: {b: {c: [\n"])
def test_expressions_in_quotes_and_comments_are_yaml(content: str) -> None:
    [finding] = findings({"docs/example.yaml": content})

    assert finding.rule.id == "SLW005"


def test_a_file_beside_the_templates_of_a_chart_is_yaml() -> None:
    [finding] = findings({"chart/Chart.yaml": "name: x\n", "chart/values.yaml": "a: [\n"})

    assert (finding.rule.id, finding.where.path) == ("SLW005", "chart/values.yaml")


WEBHOOK_RULE = {"apiGroups": ["kustomize.toolkit.fluxcd.io"], "resources": ["kustomizations"], "operations": ["*"]}
WEBHOOK = dump(
    {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "variables"},
        "webhooks": [{"name": "variables.acme.example", "rules": [WEBHOOK_RULE]}],
    }
)


@pytest.mark.parametrize(
    "setter",
    [
        pytest.param(WEBHOOK, id="a webhook"),
        pytest.param(helm_release("kustomize-mutating-webhook"), id="the chart of one"),
    ],
)
def test_what_something_on_the_cluster_may_set_is_a_note_and_counted(setter: str) -> None:
    web = kustomization("web", postBuild={"substitute": {"A": "a"}})
    files = {**sync("staging"), "apps/web/a.yaml": config_map("a", a="${B}"), "clusters/staging/web.yaml": web}
    before = checked(tree_of(files))
    after = checked(tree_of({**files, "clusters/staging/setter.yaml": setter}))

    assert [(one.rule.id, one.rule.severity) for one in before.findings] == [("SLW004", "error")]
    [found] = [one for one in after.findings if one.rule.id == "SLW004"]
    assert found.rule.severity == "info"
    assert found.hint.startswith("unless ")
    assert [one.what for one in after.not_validated if one.why == SETTER_WHY] == ["Kustomization flux-system/web"]


def test_what_flux_cannot_read_is_an_error_whatever_sets_variables() -> None:
    web = kustomization("web", postBuild={"substitute": {"A": "a"}})
    files = {"apps/web/a.yaml": config_map("a", a="${B"), "clusters/staging/a.yaml": f"{web}---\n{WEBHOOK}"}

    assert [one.rule.severity for one in findings(files, "SLW004")] == ["error"]


def test_what_was_left_out_of_the_tree_is_told() -> None:
    tree = tree_of(sync("staging"), dropped=(Dropped("clusters/staging/link.yaml", "a symbolic link"),))

    [finding] = checked(tree).findings

    assert (finding.rule.id, finding.rule.severity) == ("SLW006", "info")
    assert finding.where == at("clusters/staging/link.yaml", 0)
    assert finding.message == "a symbolic link"


@pytest.mark.parametrize("path", ["docker/compose.yaml", "clusters/staging/AGENTS.md", "CLAUDE.md"])
def test_a_link_that_is_not_for_a_cluster_is_not_told(path: str) -> None:
    assert checked(tree_of(sync("staging"), dropped=(Dropped(path, "a symbolic link"),))).findings == ()


def test_a_link_is_not_for_a_cluster_because_a_build_fails() -> None:
    broken = kustomization("web", path="./", sourceRef={"kind": "GitRepository", "name": "other"})
    files = {**sync("staging"), "clusters/staging/web.yaml": broken, "docker/a.yaml": "a: b\n"}
    verdict = checked(tree_of(files, dropped=(Dropped("docker/compose.yaml", "a symbolic link"),)))

    assert [finding.rule.id for finding in verdict.findings] == ["SLW101"]


def test_a_submodule_is_told_wherever_it_is() -> None:
    tree = tree_of(sync("staging"), dropped=(Dropped("apps/shared", "a submodule"),))

    assert [finding.rule.id for finding in checked(tree).findings] == ["SLW006"]


def test_a_broken_file_of_another_repository_is_found_there() -> None:
    source = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": "apps", "namespace": "flux-system"},
        "spec": {"url": "https://github.com/acme/apps", "interval": "1m"},
    }
    files = {
        **sync("staging"),
        "clusters/staging/source.yaml": str(source),
        "clusters/staging/web.yaml": kustomization("web", sourceRef={"kind": "GitRepository", "name": "apps"}),
    }

    verdict = checked(tree_of(files), {"apps": tree_of({"apps/web/a.yaml": "a: [\n"}, "apps")})

    assert [(item.rule.id, item.where) for item in verdict.findings] == [("SLW001", at("apps/web/a.yaml", 2, "apps"))]
