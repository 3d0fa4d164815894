"""Findings of what the rules of CRDs refuse: on which line, against which base, and when nothing is said."""

from __future__ import annotations

import pytest

from slipway.checks import crd_rules
from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import checked, findings, kustomization, sync, tree_of

POSITIVE = "self.size > 0"


def crd(*rules: object, **fields: object) -> str:
    spec = {"type": "object", "properties": fields, "x-kubernetes-validations": list(rules)}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec, "status": STATUS}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    names = {"kind": "Cache", "plural": "caches"}
    return dump(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": "caches.acme.io"},
            "spec": {"group": "acme.io", "scope": "Namespaced", "names": names, "versions": [version]},
        }
    )


STATUS = {
    "type": "object",
    "properties": {"size": {"type": "integer"}},
    "x-kubernetes-validations": [{"rule": "self.size > 0"}],
}
NUMBER, TEXT = {"type": "integer"}, {"type": "string"}
SIZED = crd({"rule": POSITIVE, "message": "must be positive", "fieldPath": ".size"}, size=NUMBER, note=TEXT)
FIXED = crd({"rule": "self.size == oldSelf.size", "message": "size is immutable"}, size=NUMBER, note=TEXT)


def cache(annotations: dict[str, str] | None = None, **spec: object) -> str:
    metadata = {"name": "web", "namespace": "default", "annotations": annotations or {}}
    return dump({"apiVersion": "acme.io/v1", "kind": "Cache", "metadata": metadata, "spec": spec})


def app(definition: str, *objects: str, **spec: object) -> dict[str, str]:
    return {
        "clusters/staging/web.yaml": kustomization("web", **spec),
        "apps/web/crd.yaml": definition,
        "apps/web/cache.yaml": "---\n".join(objects),
    }


def told(found: list[Finding]) -> list[str]:
    return [f"{one.rule.id} {one.where.path}:{one.where.line} {one.message}" for one in found]


def not_validated(files: dict[str, str]) -> list[tuple[str, str, int]]:
    verdict = checked(tree_of({**sync("staging"), **files}))
    return [(one.what, one.why, one.count) for one in verdict.not_validated if "Cache" in one.what]


def test_the_finding_stands_on_the_field_that_the_rule_names() -> None:
    found = findings(app(SIZED, cache(size=0, note="x")))
    assert told(found) == ["SLW204 apps/web/cache.yaml:8 spec.size: must be positive"]


def test_what_a_patch_makes_wrong_is_found_in_the_patch() -> None:
    patch = [{"op": "replace", "path": "/spec/size", "value": -1}]
    patched = app(SIZED, cache(size=3), patches=[{"target": {"kind": "Cache"}, "patch": dump(patch)}])
    [finding] = findings(patched)
    assert (finding.rule.id, finding.where.path) == ("SLW204", "clusters/staging/web.yaml")


def test_nothing_is_said_of_rules_where_the_schema_is_broken_already() -> None:
    assert [finding.rule.id for finding in findings(app(SIZED, cache(size="0")))] == ["SLW201"]


def test_the_status_that_is_applied_is_not_looked_at() -> None:
    with_status = cache(size=1).rstrip() + "\nstatus:\n  size: 0\n"
    assert findings(app(SIZED, with_status)) == []


def test_a_change_is_compared_with_the_base() -> None:
    found = findings(app(FIXED, cache(size=2)), base=app(FIXED, cache(size=1)))
    assert told(found) == ["SLW205 apps/web/cache.yaml:7 spec: size is immutable"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (app(FIXED, cache(size=1)), app(FIXED, cache(size=1, note="new"))),
        (app(FIXED), app(FIXED, cache(size=1))),
        (app(FIXED, cache(size=1)), app(FIXED)),
        (app(FIXED, cache(size=1)), app(FIXED, cache(size=2), force=True)),
        (
            app(FIXED, cache(size=1)),
            app(FIXED, cache({"kustomize.toolkit.fluxcd.io/force": "Enabled"}, size=2)),
        ),
        (
            app(FIXED, cache(size=1)),
            app(FIXED, cache({"kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent"}, size=2)),
        ),
        (app(SIZED, cache(size=1)), app(SIZED, cache({"kustomize.toolkit.fluxcd.io/ssa": "Ignore"}, size=0))),
    ],
    ids=["not that field", "new", "gone", "made anew by force", "made anew", "left alone", "ignored"],
)
def test_a_change_that_flux_does_not_ask_for_is_not_refused(before: dict[str, str], after: dict[str, str]) -> None:
    assert findings(after, base=before) == []


def test_what_reads_a_variable_that_is_not_known_is_not_judged() -> None:
    note = crd({"rule": "self.note.startsWith('a')"}, size=NUMBER, note=TEXT)
    post_build = {"substituteFrom": [{"kind": "ConfigMap", "name": "cluster-facts"}]}
    files = app(note, cache(size=1, note="${kind}"), postBuild=post_build)
    assert [finding for finding in findings(files) if finding.rule.id == "SLW204"] == []
    assert (("acme.io/v1 Cache", crd_rules.VARIABLE_WHY, 1)) in not_validated(files)


def test_what_is_merged_into_the_clusters_own_is_not_judged() -> None:
    files = app(SIZED, cache({"kustomize.toolkit.fluxcd.io/ssa": "Merge"}, size=0))
    assert findings(files) == []
    assert not_validated(files) == [("acme.io/v1 Cache", crd_rules.MERGED_WHY, 1)]


def test_a_rule_that_cannot_be_evaluated_is_counted() -> None:
    files = app(crd({"rule": "future(self)"}, size=NUMBER), cache(size=1))
    why = "a rule of its CRD cannot be evaluated (undeclared reference to 'future')"
    assert not_validated(files) == [("acme.io/v1 Cache", why, 1)]


def test_what_costs_too_much_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crd_rules, "MAX_RUN_COST", 1)
    files = app(SIZED, cache(size=1))
    assert not_validated(files) == [("acme.io/v1 Cache", "the rules of its CRD cost too much to evaluate", 1)]


def test_rules_beyond_the_limit_of_text_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crd_rules, "MAX_PARSED", 1)
    verdict = checked(tree_of({**sync("staging"), **app(crd({"rule": "1 +"}, size=NUMBER))}))
    why = [item.why for item in verdict.not_validated if item.what == "rules of CRDs"]
    assert (verdict.findings, why) == ((), ["there are more than 1 characters (MAX_PARSED)"])


def test_a_rule_that_is_no_expression_is_found_in_the_crd() -> None:
    [finding] = findings(app(crd({"rule": "self.size >"}, size=NUMBER)))
    assert (finding.rule.id, finding.where.path) == ("SLW206", "apps/web/crd.yaml")
    assert finding.message == 'the rule "self.size >" is no expression: syntax error at end of the expression'
