"""What becomes of what Git does not bring any more, or what something else brings: as the controllers have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from slipway.fleet.change import AND_MORE, ObjectChange
from slipway.fleet.diff import diff_fleets
from slipway.fleet.fates import WITH_CLUSTER
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP, Kustomization
from slipway.fleet.model import Cluster, Expanded, Fleet, Owner, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location

PRUNE = "kustomize.toolkit.fluxcd.io/prune"


def obj(name: str, kind: str = "ConfigMap", api: str = "v1", **fields: Any) -> KubeObject:
    metadata = {"name": name, "namespace": "web"} | fields.pop("metadata", {})
    return KubeObject({"apiVersion": api, "kind": kind, "metadata": metadata, **fields}, Location("", "x.yaml", 1))


def flux(
    name: str, parent: Owner | None = None, *, home: str = "a", target: str = "", **spec: Any
) -> RenderedKustomization:
    """A Kustomization that prunes, unless its spec says otherwise."""
    definition = obj(name, "Kustomization", f"{KUSTOMIZE_GROUP}/v1", spec={"prune": True, **spec})
    ancestors = (*parent.ancestors, parent.id) if parent else ()
    return RenderedKustomization(Kustomization(definition), home, target or home, None, ancestors, ())


def helm(name: str, parent: Owner, **spec: Any) -> Expanded:
    definition = obj(name, "HelmRelease", f"{HELM_GROUP}/v2", spec=spec)
    return Expanded(definition, parent.target, parent.target, (*parent.ancestors, parent.id))


def resource_set(name: str, parent: Owner, **annotations: str) -> Expanded:
    metadata = {"annotations": annotations}
    definition = obj(name, "ResourceSet", f"{OPERATOR_GROUP}/v1", metadata=metadata)
    return Expanded(definition, parent.target, parent.target, (*parent.ancestors, parent.id))


Brought = tuple[Owner, Iterable[KubeObject]]
ROOT = flux("root")


def fleet(*brought: Brought, root: Owner = ROOT) -> Fleet:
    """A fleet of a root and others with what they bring; each lands on its home by what leads to it."""
    owners = {owner.id: owner for owner, _ in [(root, ()), *brought]}
    clusters: dict[str, Cluster] = {}
    for owner in owners.values():
        for name in (owner.home, owner.target):
            clusters.setdefault(name, Cluster(name, "1.35", version_known=True))
        home = clusters[owner.home]
        (home.kustomizations if isinstance(owner, RenderedKustomization) else home.expanded).append(owner)  # type: ignore[arg-type]
        home.landed.append((owner.definition, owners[owner.ancestors[-1]] if owner.ancestors else owner))
    for owner, objects in brought:
        clusters[owner.target].landed.extend((one, owner) for one in objects)
    return Fleet(clusters, (), ())


def changes(base: Fleet, head: Fleet) -> dict[str, ObjectChange]:
    return {change.key.name: change for group in diff_fleets(base, head).groups for change in group.changes}


def told(base: Fleet, head: Fleet) -> dict[str, tuple[str, str]]:
    return {name: (change.kind, change.why) for name, change in changes(base, head).items()}


X = obj("x")


class TestWhatLeavesAKustomization:
    """The Kustomization lives on, and prunes or does not."""

    @pytest.mark.parametrize(
        ("spec", "fields", "expected"),
        [
            ({}, {}, ("removed", "")),
            ({"prune": False}, {}, ("orphaned", "Kustomization web/apps has prune: false")),
            ({"suspend": True}, {}, ("orphaned", "Kustomization web/apps is suspended")),
            ({"deletionPolicy": "Orphan"}, {}, ("removed", "")),
            ({}, {"annotations": {PRUNE: "disabled"}}, ("orphaned", f"{PRUNE}: disabled")),
            ({}, {"labels": {PRUNE: "Disabled"}}, ("orphaned", f"{PRUNE}: disabled")),
            ({}, {"labels": {PRUNE: "enabled"}}, ("removed", "")),
            (
                {},
                {"annotations": {f"{KUSTOMIZE_GROUP}/reconcile": "disabled"}},
                ("orphaned", f"{KUSTOMIZE_GROUP}/reconcile: disabled"),
            ),
            (
                {},
                {"annotations": {f"{KUSTOMIZE_GROUP}/ssa": "Ignore"}},
                ("orphaned", f"{KUSTOMIZE_GROUP}/ssa: ignore"),
            ),
        ],
    )
    def test_is_pruned_unless_something_says_not_to(
        self, spec: dict[str, Any], fields: dict[str, Any], expected: tuple[str, str]
    ) -> None:
        apps = flux("apps", ROOT, **spec)
        assert told(fleet((apps, [obj("x", metadata=fields)])), fleet((apps, []))) == {"x": expected}

    def test_goes_by_what_the_kustomization_is_then(self) -> None:
        old, new = flux("apps", ROOT), flux("apps", ROOT, prune=False)
        assert told(fleet((old, [X])), fleet((new, [])))["x"] == (
            "orphaned",
            "Kustomization web/apps has prune: false",
        )

    def test_is_forgotten_on_the_cluster_that_it_does_not_apply_to_any_more(self) -> None:
        old, new = flux("apps", ROOT, target="b"), flux("apps", ROOT, target="c")
        [gone] = [change for change in changes(fleet((old, [X])), fleet((new, []))).values() if change.key == X.key]
        assert (gone.kind, gone.why) == ("orphaned", "Kustomization web/apps of a applies to c now and forgets it")


class TestWhatGoesWithAKustomization:
    """The Kustomization itself is removed."""

    @pytest.mark.parametrize(
        ("spec", "kind"),
        [
            ({}, "removed"),
            ({"prune": False}, "orphaned"),
            ({"deletionPolicy": "MirrorPrune"}, "removed"),
            ({"deletionPolicy": "MirrorPrune", "prune": False}, "orphaned"),
            ({"deletionPolicy": "Delete", "prune": False}, "removed"),
            ({"deletionPolicy": "WaitForTermination", "prune": False}, "removed"),
            ({"deletionPolicy": "Orphan"}, "orphaned"),
            ({"suspend": True}, "orphaned"),
            ({"suspend": True, "deletionPolicy": "Delete"}, "orphaned"),
        ],
    )
    def test_is_decided_by_its_spec(self, spec: dict[str, Any], kind: str) -> None:
        found = changes(fleet((flux("apps", ROOT, **spec), [X])), fleet())
        assert (found["apps"].kind, found["x"].kind) == ("removed", kind)
        assert str(found["x"].cause) == "Kustomization web/apps"

    def test_is_everything_below_it(self) -> None:
        apps = flux("apps", ROOT)
        web = flux("web", apps)
        release = helm("release", web)
        found = changes(fleet((apps, []), (web, []), (release, [X])), fleet())
        assert {name: (change.kind, str(change.cause)) for name, change in found.items()} == {
            "apps": ("removed", "None"),
            "web": ("removed", "Kustomization web/apps"),
            "release": ("removed", "Kustomization web/web"),
            "x": ("removed", "HelmRelease web/release"),
        }

    def test_stays_if_the_kustomization_stays(self) -> None:
        """What is not pruned goes on applying what it has."""
        root = flux("root", prune=False)
        apps = flux("apps", root)
        assert told(fleet((apps, [X]), root=root), fleet(root=root)) == {
            "apps": ("orphaned", "Kustomization web/root has prune: false"),
            "x": ("orphaned", "Kustomization web/apps stays, too"),
        }

    def test_is_told_on_the_cluster_that_it_is_on(self) -> None:
        apps = flux("apps", ROOT, target="b")
        found = diff_fleets(fleet((apps, [X])), fleet())
        assert [(group.clusters, [str(change.key) for change in group.changes]) for group in found.groups] == [
            (("a",), ["Kustomization web/apps"]),
            (("b",), ["ConfigMap web/x"]),
        ]
        assert str(found.groups[1].changes[0].cause) == "Kustomization web/apps of a"

    def test_is_said_not_to_be_known_where_it_could_not_be_rendered(self) -> None:
        broken = replace(flux("apps", ROOT), failed=True)
        assert told(fleet((broken, [])), fleet()) == {"apps": ("removed", AND_MORE)}

    def test_is_one_group_with_it(self) -> None:
        """Also if one cluster has more of it than another one: each list is complete."""
        roots = [flux("root", home=name) for name in "abc"]
        fleets = []
        for brings in ([[X], [X], [X, obj("y")]], None):
            clusters: dict[str, Cluster] = {}
            for at, root in enumerate(roots):
                brought = [(flux("apps", root, home=root.home), brings[at])] if brings else []
                clusters.update(fleet(*brought, root=root).clusters)
            fleets.append(Fleet(clusters, (), ()))
        assert [
            (group.clusters, [change.key.name for change in group.changes]) for group in diff_fleets(*fleets).groups
        ] == [(("a", "b"), ["x", "apps"]), (("c",), ["x", "y", "apps"])]

    def test_goes_with_its_namespace_whatever_it_says(self) -> None:
        apps = flux("apps", ROOT)
        namespace = obj("web", "Namespace", metadata={"namespace": ""})
        kept = obj("x", metadata={"annotations": {PRUNE: "disabled"}})
        other = obj("y", metadata={"annotations": {PRUNE: "disabled"}, "namespace": "other"})
        assert told(fleet((apps, [namespace, kept, other])), fleet((apps, []))) == {
            "web": ("removed", ""),
            "x": ("removed", "with Namespace web"),
            "y": ("orphaned", f"{PRUNE}: disabled"),
        }
        assert told(fleet((apps, [namespace, kept])), fleet((apps, [namespace])))["x"][0] == "orphaned"

    def test_goes_with_the_definition_of_its_kind(self) -> None:
        apps = flux("apps", ROOT)
        spec = {"group": "example.com", "names": {"kind": "Thing"}}
        crd = obj("things", "CustomResourceDefinition", "apiextensions.k8s.io/v1", spec=spec)
        thing = obj("x", "Thing", "example.com/v1", metadata={"annotations": {PRUNE: "disabled"}})
        assert told(fleet((apps, [crd, thing])), fleet((apps, [])))["x"] == (
            "removed",
            "with CustomResourceDefinition web/things",
        )

    def test_a_namespace_may_hold_the_kustomization_that_brings_it(self) -> None:
        apps = flux("apps", ROOT, prune=False)
        namespace = obj("web", "Namespace", metadata={"namespace": ""})
        assert told(fleet((apps, [namespace, X])), fleet()) == {
            "web": ("orphaned", "Kustomization web/apps has prune: false"),
            "apps": ("removed", ""),
            "x": ("orphaned", "Kustomization web/apps has prune: false"),
        }

    def test_goes_with_what_is_told_of_though_what_brought_that_is_not(self) -> None:
        """Say, a root that something outside of Git has made."""
        root = flux("made")
        apps = flux("apps", root)
        other = flux("root", home="a")
        base = fleet((apps, [X]), root=root)
        base.clusters["a"].landed.remove((root.definition, root))
        assert {name: str(change.cause) for name, change in changes(base, fleet(root=other)).items()} == {
            "root": "None",
            "apps": "None",
            "x": "Kustomization web/apps",
        }

    def test_kustomizations_may_bring_one_another(self) -> None:
        one = flux("one", ROOT)
        other = flux("other", one)
        base = fleet((one, [X]), (other, [one.definition]))
        assert set(changes(base, fleet())) == {"one", "other", "x"}


class TestWhatLeavesOtherOwners:
    """Helm and the operator have rules of their own."""

    @pytest.mark.parametrize(
        ("spec", "annotations", "expected"),
        [
            ({}, {}, ("removed", "")),
            ({}, {"helm.sh/resource-policy": "keep"}, ("orphaned", "helm.sh/resource-policy: keep")),
            ({}, {"helm.sh/hook": "pre-install"}, ("orphaned", "Helm does not look after its hooks")),
            ({}, {PRUNE: "disabled"}, ("removed", "")),
            ({"suspend": True}, {}, ("orphaned", "HelmRelease web/release is suspended")),
        ],
    )
    def test_a_release(self, spec: dict[str, Any], annotations: dict[str, str], expected: tuple[str, str]) -> None:
        release, one = helm("release", ROOT, **spec), obj("x", metadata={"annotations": annotations})
        assert told(fleet((release, [one])), fleet((release, []))) == {"x": expected}
        assert told(fleet((release, [one])), fleet())["x"] == expected

    def test_definitions_of_a_chart_may_be_where_helm_never_deletes_them(self) -> None:
        crd = obj("crd", "CustomResourceDefinition", "apiextensions.k8s.io/v1")
        assert told(fleet((helm("release", ROOT), [crd])), fleet())["crd"] == (
            "removed",
            "unless it is in the chart's crds/",
        )

    @pytest.mark.parametrize(
        ("own", "annotations", "kind"),
        [
            ({}, {}, "removed"),
            ({}, {f"{OPERATOR_GROUP}/prune": "disabled"}, "orphaned"),
            ({}, {PRUNE: "disabled"}, "removed"),
            ({f"{OPERATOR_GROUP}/reconcile": "disabled"}, {}, "orphaned"),
        ],
    )
    def test_a_resource_set(self, own: dict[str, str], annotations: dict[str, str], kind: str) -> None:
        owner, one = resource_set("set", ROOT, **own), obj("x", metadata={"annotations": annotations})
        assert told(fleet((owner, [one])), fleet())["x"][0] == kind


class TestClustersThatGo:
    """Their Flux has nothing to build from, which is no order to delete."""

    def test_take_what_they_have_with_them(self) -> None:
        other = flux("root", home="b")
        both = Fleet({**fleet((flux("apps", ROOT, prune=False), [X])).clusters, **fleet(root=other).clusters}, (), ())
        found = told(both, fleet(root=other))
        assert set(found) == {"root", "apps", "x"}
        assert set(found.values()) == {("removed", WITH_CLUSTER)}

    def test_are_no_others_that_something_still_applies_to(self) -> None:
        apps = flux("apps", ROOT, target="b")
        assert told(fleet((apps, [X])), fleet())["x"] == ("removed", "")


class TestMoves:
    """Something else brings an object than before."""

    def moved(self, base: Fleet, head: Fleet, name: str = "x") -> tuple[str, str, str, str]:
        move = changes(base, head)[name].moved
        assert move is not None
        return str(move.old), str(move.new), move.outcome, move.why

    def test_are_told_though_the_object_does_not_differ(self) -> None:
        one, other = flux("one", ROOT), flux("other", ROOT)
        base, head = fleet((one, [X]), (other, [])), fleet((one, []), (other, [X]))
        [change] = changes(base, head).values()
        assert (change.kind, change.fields, change.lines) == ("moved", (), ())
        assert self.moved(base, head) == ("Kustomization web/one", "Kustomization web/other", "at risk", "")

    def test_are_told_of_an_object_that_differs_too(self) -> None:
        one, other = flux("one", ROOT), flux("other", ROOT)
        found = changes(fleet((one, [X]), (other, [])), fleet((one, []), (other, [obj("x", data={"k": "v"})])))
        assert (found["x"].kind, [field.path for field in found["x"].fields]) == ("changed", ["data"])
        assert found["x"].moved is not None

    def test_of_all_objects_are_what_a_new_name_comes_to(self) -> None:
        base, head = fleet((flux("one", ROOT), [X])), fleet((flux("other", ROOT), [X]))
        found = changes(base, head)
        assert {name: change.kind for name, change in found.items()} == {
            "one": "removed",
            "other": "added",
            "x": "moved",
        }
        assert str(found["one"].renamed) == "Kustomization web/other"
        assert str(found["other"].renamed) == "Kustomization web/one"

    def test_another_spec_is_no_new_name(self) -> None:
        found = changes(fleet((flux("one", ROOT), [X])), fleet((flux("other", ROOT, path="./x"), [X])))
        assert not [change for change in found.values() if change.renamed]

    @pytest.mark.parametrize(
        ("spec", "fields", "why"),
        [
            ({"prune": False}, {}, "Kustomization web/one has prune: false"),
            ({"deletionPolicy": "Orphan"}, {}, "Kustomization web/one has deletionPolicy: Orphan"),
            ({}, {"labels": {PRUNE: "disabled"}}, f"{PRUNE}: disabled"),
        ],
    )
    def test_do_no_harm_if_the_old_owner_deletes_nothing(
        self, spec: dict[str, Any], fields: dict[str, Any], why: str
    ) -> None:
        one = obj("x", metadata=fields)
        base, head = fleet((flux("one", ROOT, **spec), [one])), fleet((flux("other", ROOT), [one]))
        assert self.moved(base, head)[2:] == ("kept", why)

    def test_to_what_deletes_the_old_owner_afterwards_do_no_harm(self) -> None:
        one = flux("one", ROOT)
        base, head = fleet((one, [X])), fleet((ROOT, [X]))
        assert self.moved(base, head)[2:] == (
            "kept",
            "Kustomization web/root takes it over before it deletes " + str(one.key),
        )

    def test_to_what_the_old_owner_makes_in_the_same_run_recreate(self) -> None:
        assert self.moved(fleet((ROOT, [X])), fleet((flux("one", ROOT), [X])))[2] == "recreated"

    def test_to_what_the_old_owner_made_before_are_a_race(self) -> None:
        one = flux("one", ROOT)
        assert self.moved(fleet((ROOT, [X]), (one, [])), fleet((one, [X])))[2] == "at risk"

    @pytest.mark.parametrize(
        ("old", "new", "outcome"),
        [
            (helm("old", ROOT), flux("new", ROOT), "recreated"),
            (flux("old", ROOT), helm("new", ROOT), "recreated"),
            (helm("old", ROOT), helm("new", ROOT), "recreated"),
            (flux("old", ROOT), resource_set("new", ROOT), "at risk"),
            (resource_set("old", ROOT), flux("new", ROOT), "recreated"),
            (resource_set("old", ROOT), resource_set("new", ROOT), "at risk"),
        ],
    )
    def test_between_kinds_of_owners_go_by_how_each_knows_its_objects(
        self, old: Owner, new: Owner, outcome: str
    ) -> None:
        assert self.moved(fleet((old, [X])), fleet((new, [X])))[2] == outcome

    def test_between_owners_of_one_name_on_two_clusters_recreate(self) -> None:
        """Both know their objects by the same labels."""
        hub, spoke = flux("apps", ROOT, target="b"), flux("apps", flux("root", home="b"), home="b")
        other = flux("root", home="b")
        base, head = fleet((hub, [X]), (other, [])), fleet((other, []), (spoke, [X]))
        assert self.moved(base, head) == (
            "Kustomization web/apps of a",
            "Kustomization web/apps",
            "recreated",
            "",
        )

    def test_from_two_owners_to_one_of_them_are_told(self) -> None:
        one, other = flux("one", ROOT), flux("other", ROOT)
        base = fleet((one, [X]), (other, [X]))
        assert self.moved(base, fleet((one, [X]), (other, [])))[:2] == (
            "Kustomization web/other",
            "Kustomization web/one",
        )
        assert changes(fleet((one, [X]), (other, [])), base) == {}
