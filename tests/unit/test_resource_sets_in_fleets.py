"""ResourceSets are part of the walk: what they make lands, and leads on."""

from __future__ import annotations

from collections.abc import Mapping

from slipway.fleet.manifests import dump
from slipway.fleet.model import Fleet
from slipway.fleet.render import Rendering, render
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from tests.unit.small_fleets import builder, config_map, findings, helm, kustomization, rendered, sync, tree_of

TEAMS = """\
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: teams, namespace: flux-system}
spec:
  inputs: [{team: web}, {team: shop}]
  resources:
    - apiVersion: v1
      kind: ConfigMap
      metadata: {name: << inputs.team >>, namespace: default}
    - apiVersion: kustomize.toolkit.fluxcd.io/v1
      kind: Kustomization
      metadata: {name: << inputs.team >>, namespace: flux-system}
      spec: {path: ./apps/<< inputs.team >>, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
FILES = {
    **sync("staging"),
    "clusters/staging/teams.yaml": TEAMS,
    "apps/web/a.yaml": config_map("in-web"),
    "apps/shop/a.yaml": config_map("in-shop"),
}


def _landed(fleet: Fleet) -> dict[str, str]:
    """Objects by name with what brings them."""
    return {str(obj.key): str(owner.key) for obj, owner in fleet.clusters["staging"].landed}


def _render(files: Mapping[str, str], before: Rendering | None = None, previous: Tree | None = None) -> Rendering:
    root = tree_of(files)
    root.previous = previous
    return render(Sources(root), builder(), Settings(), helm=helm(), before=before)


def test_what_a_resource_set_makes_lands_and_leads_on() -> None:
    landed = _landed(rendered(tree_of(FILES)))
    assert landed["ConfigMap default/web"] == "ResourceSet flux-system/teams"
    assert landed["Kustomization flux-system/shop"] == "ResourceSet flux-system/teams"
    assert landed["ConfigMap default/in-shop"] == "Kustomization flux-system/shop"


def test_its_objects_stand_on_the_lines_of_their_templates() -> None:
    fleet = rendered(tree_of(FILES))
    lines = {obj.name: obj.origin.line for obj in fleet.clusters["staging"].objects if obj.kind == "ConfigMap"}
    assert (lines["web"], lines["shop"]) == (7, 7)


def test_providers_may_come_from_elsewhere() -> None:
    provider = {
        "apiVersion": "fluxcd.controlplane.io/v1",
        "kind": "ResourceSetInputProvider",
        "metadata": {"name": "more", "namespace": "flux-system", "labels": {"teams": "yes"}},
        "spec": {"type": "Static", "defaultValues": {"team": "late"}},
    }
    for chosen in ("{name: more}", "{selector: {matchLabels: {teams: 'yes'}}}"):
        teams = TEAMS.replace(
            "  inputs:", f"  inputsFrom: [{{kind: ResourceSetInputProvider, {chosen[1:-1]}}}]\n  inputs:"
        )
        files = {
            **FILES,
            "clusters/staging/teams.yaml": teams,
            "clusters/staging/providers.yaml": kustomization("providers"),
            "apps/providers/p.yaml": dump(provider),
            "apps/late/a.yaml": config_map("in-late"),
        }
        fleet = rendered(tree_of(files))
        assert _landed(fleet)["ConfigMap default/in-late"] == "Kustomization flux-system/late"
        assert [item for item in fleet.not_rendered if "teams" in item.what and "id" not in item.what] == []


def test_one_that_needs_another_provider_is_named() -> None:
    teams = TEAMS.replace("  inputs:", "  inputsFrom: [{kind: ResourceSetInputProvider, name: pulls}]\n  inputs:")
    fleet = rendered(tree_of({**FILES, "clusters/staging/teams.yaml": teams}))
    assert [item.what for item in fleet.not_rendered] == ["ResourceSet flux-system/teams"]
    assert [owner.failed for owner in fleet.clusters["staging"].expanded] == [True]


def test_one_that_the_operator_refuses_is_a_finding() -> None:
    [finding] = findings({"clusters/staging/teams.yaml": TEAMS.replace("inputs.team", "inputs.tenant")}, "SLW009")
    assert finding.object == "ResourceSet flux-system/teams"


def test_without_helm_it_is_named() -> None:
    fleet = render(Sources(tree_of(FILES)), builder(), Settings()).fleet
    assert [item.what for item in fleet.not_rendered] == ["ResourceSet flux-system/teams"]


def test_a_change_of_inputs_renders_only_what_it_makes_and_takes_back_the_rest() -> None:
    base = _render(FILES)
    head = {**FILES, "clusters/staging/teams.yaml": TEAMS.replace("team: shop", "team: cart"), "apps/cart/a.yaml": ""}
    after = _render(head, base, base.walk.sources.root)
    assert _landed(after.fleet) == _landed(_render(head).fleet)
    assert "ConfigMap default/in-shop" not in _landed(after.fleet)


def test_a_line_that_moves_inside_of_it_moves_its_objects() -> None:
    base = _render(FILES)
    head = {**FILES, "clusters/staging/teams.yaml": TEAMS.replace("  resources:", "  # more\n  resources:")}
    after = _render(head, base, base.walk.sources.root)
    lines = {obj.name: obj.origin.line for obj in after.fleet.clusters["staging"].objects if obj.kind == "ConfigMap"}
    assert (lines["web"], lines["shop"]) == (8, 8)
