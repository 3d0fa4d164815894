"""SLW111 and SLW112: what no cluster reads, though it lies beside what is read."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.checks.verdict import check_fleet
from slipway.fleet.manifests import dump
from slipway.fleet.render import render
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from tests.unit.small_fleets import (
    at,
    builder,
    config_map,
    findings,
    helm,
    kustomization,
    schemas,
    sync,
    tree_of,
)

APPS = kustomization("apps", path="./apps")


def listing(*resources: str, comment: str = "", **fields: object) -> str:
    return f"{comment}\n" + dump({"resources": list(resources), **fields})


def repository(files: dict[str, str], *, base: dict[str, str] | None = None) -> list[Finding]:
    before = None if base is None else {"clusters/staging/apps.yaml": APPS, **base}
    return findings({"clusters/staging/apps.yaml": APPS, **files}, "SLW11", base=before)


class TestFiles:
    """SLW111."""

    def test_a_manifest_that_comes_and_is_not_listed_beside_it_is_a_warning(self) -> None:
        sound = {"apps/kustomization.yaml": listing("a.yaml"), "apps/a.yaml": config_map("a")}
        [finding] = repository({**sound, "apps/b.yaml": "# ours\n" + config_map("b")}, base=sound)

        assert (finding.rule.id, finding.rule.severity) == ("SLW111", "warning")
        assert finding.object == "ConfigMap default/b"
        assert finding.where == at("apps/b.yaml", 2)
        assert finding.message == "it lies beside apps/kustomization.yaml, which does not list it: no cluster gets it"
        assert finding.hint.startswith("add “- b.yaml” to its resources")

    def test_one_that_was_there_before_is_an_info(self) -> None:
        left = {
            "apps/kustomization.yaml": listing("a.yaml"),
            "apps/a.yaml": config_map("a"),
            "apps/b.yaml": config_map("b"),
        }

        assert [finding.rule.severity for finding in (*repository(left), *repository(left, base=left))] == [
            "info",
            "info",
        ]

    @pytest.mark.parametrize(
        "kustomization_file",
        [
            listing("a.yaml", "b.yaml"),
            listing("a.yaml", patches=[{"path": "b.yaml"}]),
            listing("a.yaml", configMapGenerator=[{"name": "c", "namespace": "default", "files": ["b.yaml"]}]),
            listing("a.yaml", comment="# b.yaml: not before the move"),
            listing("a.yaml", comment="# without b for now"),
        ],
        ids=["a resource", "a patch", "data", "named in a comment", "named without its suffix"],
    )
    def test_what_it_names_in_any_way_is_not_forgotten(self, kustomization_file: str) -> None:
        there = {"apps/a.yaml": config_map("a"), "apps/b.yaml": config_map("a")}

        assert repository({"apps/kustomization.yaml": kustomization_file, **there}) == []

    def test_what_another_build_reads_is_read(self) -> None:
        shared = {"apps/web/kustomization.yaml": listing("../b.yaml"), "apps/b.yaml": config_map("b")}
        both = APPS + "---\n" + kustomization("web")

        assert (
            repository(
                {
                    **shared,
                    "apps/kustomization.yaml": listing("a.yaml", comment="# web"),
                    "apps/a.yaml": config_map("a"),
                    "clusters/staging/apps.yaml": both,
                }
            )
            == []
        )

    @pytest.mark.parametrize(
        ("path", "content"),
        [
            ("apps/values.yaml", "replicas: 2\n"),
            ("apps/names.yaml", "nameReference: []\n"),
            ("apps/b.example.yaml", config_map("b")),
            ("apps/b.txt", config_map("b")),
            ("apps/manual-b.yaml", config_map("b")),
            ("apps/b.yaml", "# kubectl apply -f apps/b.yaml\n" + config_map("b")),
            ("other/b.yaml", config_map("b")),
        ],
        ids=["values", "configuration", "an example", "no YAML", "by hand", "for kubectl", "where nothing is built"],
    )
    def test_what_is_no_manifest_of_that_place_is_none_of_its_business(self, path: str, content: str) -> None:
        sound = {"apps/kustomization.yaml": listing("a.yaml"), "apps/a.yaml": config_map("a")}

        assert repository({**sound, path: content}) == []

    def test_a_directory_without_a_kustomization_is_read_as_a_whole(self) -> None:
        assert repository({"apps/a.yaml": config_map("a"), "apps/b.yaml": config_map("b")}) == []

    def test_a_build_that_fails_may_read_anything(self) -> None:
        assert repository({"apps/kustomization.yaml": listing("missing.yaml"), "apps/b.yaml": config_map("b")}) == []

    def test_a_flux_kustomization_is_to_be_listed_elsewhere(self) -> None:
        [finding] = repository(
            {
                "apps/kustomization.yaml": listing("a.yaml"),
                "apps/a.yaml": config_map("a"),
                "apps/ks.yaml": kustomization("b", path="./apps"),
            }
        )

        assert finding.hint.startswith("list it where its like is listed")


NEIGHBOURS = {
    "apps/kustomization.yaml": listing("a", "b"),
    "apps/a/kustomization.yaml": listing("a.yaml"),
    "apps/a/a.yaml": config_map("a"),
    "apps/b/kustomization.yaml": listing("b.yaml"),
    "apps/b/b.yaml": config_map("b"),
}
THIRD = {"apps/c/kustomization.yaml": listing("c.yaml"), "apps/c/c.yaml": config_map("c")}


class TestDirectories:
    """SLW112."""

    def test_one_beside_two_that_are_listed_is_an_info(self) -> None:
        [finding] = repository({**NEIGHBOURS, **THIRD})
        [added] = repository({**NEIGHBOURS, **THIRD}, base=NEIGHBOURS)

        assert added.rule.severity == "warning"
        assert (finding.rule.id, finding.rule.severity) == ("SLW112", "info")
        assert finding.where == at("apps/c/kustomization.yaml")
        assert (
            finding.message == "apps/kustomization.yaml lists 2 directories beside it, but not it: no cluster gets it"
        )
        assert finding.hint.startswith("add “- c” to its resources")

    def test_one_that_is_listed_by_a_file_in_it_is_like_its_neighbours(self) -> None:
        files = {
            "apps/kustomization.yaml": listing("a/ks.yaml", "b/ks.yaml"),
            "apps/a/ks.yaml": config_map("a"),
            "apps/b/ks.yaml": config_map("b"),
            "apps/c/ks.yaml": config_map("c"),
            "apps/d/other.yaml": config_map("d"),
        }
        [finding] = repository(files)

        assert finding.object == "ConfigMap default/c"
        assert finding.hint.startswith("add “- c/ks.yaml” to its resources")

    def test_one_that_is_named_in_a_comment_is_left_out_on_purpose(self) -> None:
        commented = {"apps/kustomization.yaml": listing("a", "b", comment="# - c")}

        assert repository({**NEIGHBOURS, **THIRD, **commented}) == []

    def test_one_that_another_build_reads_is_read(self) -> None:
        both = APPS + "---\n" + kustomization("c")

        assert repository({**NEIGHBOURS, **THIRD, "clusters/staging/apps.yaml": both}) == []

    def test_one_neighbour_is_too_few(self) -> None:
        one = {"apps/kustomization.yaml": listing("a")}

        assert repository({**NEIGHBOURS, **one}) == []


class TestGoingOn:
    """What a change leaves out is found where its rendering goes on from its base's, as that of a pull request does."""

    def test_a_file_that_a_change_takes_off_the_list(self) -> None:
        before = {"apps/kustomization.yaml": listing("a.yaml", "b.yaml")}

        [finding] = changed(before, {"apps/kustomization.yaml": listing("a.yaml")})

        assert finding.where == at("apps/b.yaml")

    def test_a_file_that_a_change_adds_and_does_not_list(self) -> None:
        before = {"apps/kustomization.yaml": listing("a.yaml", "b.yaml")}

        [finding] = changed(before, {"apps/c.yaml": config_map("c")})

        assert finding.where == at("apps/c.yaml")


def changed(before: dict[str, str], change: dict[str, str]) -> list[Finding]:
    """The findings on changed files, rendered from where the rendering of the others ended."""
    both = {"apps/a.yaml": config_map("a"), "apps/b.yaml": config_map("b"), "clusters/staging/apps.yaml": APPS}
    base = tree_of({**sync("staging"), **both, **before})
    head = tree_of({**sync("staging"), **both, **before, **change})
    head.previous = base
    rendering = render(Sources(base), builder(), Settings(), helm=helm())
    fleet = render(Sources(head), builder(), Settings(), helm=helm(), before=rendering).fleet
    return list(check_fleet(fleet, [], schemas(), root=head, builder=builder()).findings)
