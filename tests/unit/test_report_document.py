"""The verdict as JSON and as SARIF: what other programs read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from slipway.checks.families import RULES
from slipway.checks.finding import Finding, NotValidated
from slipway.checks.verdict import Verdict
from slipway.fleet.model import Fleet, NotRendered
from slipway.report.document import verdict_document
from slipway.report.sarif import verdict_sarif
from tests.unit.small_fleets import at, checked, config_map, empty_fleet, helm_release, helm_repository, sync, tree_of

FINDING = Finding(
    RULES["SLW102"], "it depends on a/b", at("a.yaml", 3), "Kustomization a/c", ("production", "staging"), "it waits"
)


class TestJson:
    """The document of the design; docs/cli.md describes it."""

    def test_has_all_that_is_known(self) -> None:
        files = {
            **sync("staging"),
            "clusters/staging/charts.yaml": "---\n".join([helm_release("a"), helm_repository()]),
            "clusters/staging/name.yaml": config_map("Web_1"),
        }
        document = verdict_document(checked(tree_of(files)))

        [finding] = document["findings"]
        assert document["schema"] == "slipway/v1"
        assert document["verdict"] == "fail"
        stands_otherwise = {"suspended": [], "leftAlone": [], "encrypted": [], "notDecrypted": []}
        assert document["clusters"] == [
            {"name": "staging", "objects": 5, "kustomizations": 1, "helmReleases": 1, **stands_otherwise}
        ]
        assert finding == {
            "id": finding["id"],
            "rule": "SLW203",
            "severity": "error",
            "message": finding["message"],
            "file": "clusters/staging/name.yaml",
            "line": 4,
            "object": "ConfigMap default/Web_1",
            "clusters": ["staging"],
        }
        assert document["notRendered"] == [
            {"what": "HelmRelease flux-system/a", "why": "its chart is not fetched: offline", "clusters": ["staging"]}
        ]
        assert {
            "what": "helm.toolkit.fluxcd.io/v2 HelmRelease",
            "why": "no schema for this kind is at hand",
            "count": 1,
        } in (document["notValidated"])
        assert document["waived"] == []

    def test_names_the_commit_if_there_is_one(self) -> None:
        finding = replace(FINDING, where=replace(FINDING.where, revision="5f0c1e7"))
        [found] = verdict_document(Verdict(empty_fleet("a"), (finding,), ()))["findings"]

        assert found["commit"] == "5f0c1e7"

    def test_a_message_has_its_hint(self) -> None:
        [finding] = verdict_document(Verdict(empty_fleet("a"), (FINDING,), ()))["findings"]

        assert finding["message"] == "it depends on a/b; it waits"

    def test_a_finding_that_is_less_certain_has_the_lower_severity(self) -> None:
        uncertain = replace(FINDING, rule=FINDING.rule.at("warning"))

        document = verdict_document(Verdict(empty_fleet("a"), (uncertain,), ()))

        assert (document["verdict"], document["findings"][0]["severity"]) == ("pass", "warning")

    def test_a_file_of_another_repository_names_it(self) -> None:
        elsewhere = replace(FINDING, where=at("a.yaml", 3, "gitops-workloads"))

        [finding] = verdict_document(Verdict(empty_fleet("a"), (elsewhere,), ()))["findings"]

        assert finding["file"] == "gitops-workloads:a.yaml"

    def test_one_thing_on_many_clusters_is_one_entry(self) -> None:
        items = [NotRendered("HelmRelease a/b", "no charts", name) for name in ("c", "a", "", "b", "a")]
        fleet = replace(empty_fleet("a"), not_rendered=tuple(items))

        assert verdict_document(Verdict(fleet, (), ()))["notRendered"] == [
            {"what": "HelmRelease a/b", "why": "no charts", "clusters": ["a", "b", "c"]}
        ]

    def test_no_cluster_is_no_pass(self) -> None:
        assert verdict_document(Verdict(Fleet({}, (), ()), (), ()))["verdict"] == "fail"


class TestSarif:
    """SARIF 2.1.0, as GitHub code scanning reads it."""

    def test_a_finding_is_a_result(self) -> None:
        run = sarif(FINDING)
        [result] = run["results"]

        assert result["level"] == "error"
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "SLW102"
        assert result["message"]["text"] == ("Kustomization a/c on production and staging: it depends on a/b; it waits")
        assert result["partialFingerprints"] == {"slipway/v1": FINDING.id}
        assert result["locations"] == [
            {"physicalLocation": {"artifactLocation": {"uri": "a.yaml"}, "region": {"startLine": 3}}}
        ]

    def test_every_rule_is_listed_once(self) -> None:
        rules = sarif()["tool"]["driver"]["rules"]

        assert [rule["id"] for rule in rules] == list(RULES)
        assert {rule["defaultConfiguration"]["level"] for rule in rules} == {"error", "warning", "note"}

    @pytest.mark.parametrize(
        ("path", "uri"),
        [
            ("a b.yaml", "a%20b.yaml"),
            ("ünï.yaml", "%C3%BCn%C3%AF.yaml"),
            ("a:b?c#d.yaml", "a%3Ab%3Fc%23d.yaml"),
            ("a\n\x1b.yaml", "a%0A%1B.yaml"),
            ("\udcff.yaml", "%FF.yaml"),
        ],
    )
    def test_a_path_is_a_uri(self, path: str, uri: str) -> None:
        assert artifact(sarif(replace(FINDING, where=at(path)))) == {"uri": uri}

    def test_a_file_of_another_repository_has_its_base(self) -> None:
        """`gitops-workloads:a.yaml` would be a URI with a scheme of its own."""
        run = sarif(replace(FINDING, where=at("a.yaml", 3, "gitops-workloads")), directory="fleet")

        assert artifact(run) == {"uri": "a.yaml", "uriBaseId": "gitops-workloads"}
        assert list(run["originalUriBaseIds"]) == ["gitops-workloads"]

    def test_files_are_named_from_the_directory_that_the_command_runs_in(self) -> None:
        assert artifact(sarif(FINDING, directory="fleet/system")) == {"uri": "fleet/system/a.yaml"}

    def test_a_finding_on_a_whole_file_has_a_line_all_the_same(self) -> None:
        [result] = sarif(replace(FINDING, where=at("a.yaml", 0)))["results"]

        assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}

    def test_what_was_not_looked_at_is_a_notification(self) -> None:
        fleet = replace(empty_fleet("a"), not_rendered=(NotRendered("HelmRelease a/b", "no charts", "a"),))
        document = verdict_sarif(Verdict(fleet, (), (NotValidated("v1 Widget", "no schema", 2),)), "1")

        notes = document["runs"][0]["invocations"][0]["toolExecutionNotifications"]

        assert [note["message"]["text"] for note in notes] == [
            "not rendered: HelmRelease a/b on a: no charts",
            "not validated: 2 of v1 Widget: no schema",
        ]

    def test_a_message_links_to_nothing(self) -> None:
        [result] = sarif(replace(FINDING, message="see [here](https://evil.example)"))["results"]

        assert "[here\\](https" in result["message"]["text"]


@pytest.mark.parametrize("write", [verdict_document, lambda verdict: verdict_sarif(verdict, "1")])
def test_the_document_is_json_whatever_the_names(write: Any) -> None:
    hostile = '"\\\x1b\n\u2028\udcff</script>'
    verdict = Verdict(empty_fleet(hostile), (replace(FINDING, message=hostile, where=at(hostile)),), ())

    text = json.dumps(write(verdict), ensure_ascii=False).encode(errors="backslashreplace")

    assert json.loads(text) == json.loads(json.dumps(write(verdict)))


def sarif(*found: Finding, directory: str = "") -> dict[str, Any]:
    run: dict[str, Any] = verdict_sarif(Verdict(empty_fleet("a"), found, ()), "1.2.3", directory)["runs"][0]
    return run


def artifact(run: dict[str, Any]) -> dict[str, str]:
    location: dict[str, str] = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    return location
