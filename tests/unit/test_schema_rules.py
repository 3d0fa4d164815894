"""The rules of a CRD on objects: where they are, what they see, what they say."""

from typing import Any

import pytest

from slipway.checks.cel import Meter
from slipway.checks.schema import CustomSchema, rules
from slipway.checks.schema.rules import Outcome

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
Rule = dict[str, Any]


def rule(expression: str, **more: Any) -> Rule:
    return {"rule": expression, **more}


def fields(*rules: Rule, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "x-kubernetes-validations": list(rules)}


def outcome(spec: dict[str, Any], value: Any, old: Any = None, **options: Any) -> Outcome:
    """What the rules of a kind whose `spec` has this schema say about a value of it."""
    schema = CustomSchema({"type": "object", "properties": {"spec": spec}})

    def whole(part: Any) -> Any:
        obj = {"apiVersion": "acme.io/v1", "kind": "Foo", "metadata": {"name": "x"}, "spec": part}
        return schema.with_defaults(obj)

    return schema.rules.outcome(whole(value), None if old is None else whole(old), **options)


def said(spec: dict[str, Any], value: Any, old: Any = None, **options: Any) -> list[str]:
    return [
        f"{'.'.join(map(str, refusal.path))}: {refusal.message}"
        for refusal in outcome(spec, value, old, **options).refusals
    ]


POSITIVE = {**NUMBER, "x-kubernetes-validations": [rule("self > 0", message="must be positive")]}
IMMUTABLE = {**TEXT, "x-kubernetes-validations": [rule("self == oldSelf", message="is immutable")]}
KEYED = {
    "type": "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    "items": fields(name=TEXT, size=IMMUTABLE),
}


@pytest.mark.parametrize(
    ("spec", "value", "expected"),
    [
        (fields(a=POSITIVE), {"a": 1}, []),
        (fields(a=POSITIVE), {"a": 0}, ["spec.a: must be positive"]),
        (fields(a=POSITIVE), {}, []),
        (fields(a=POSITIVE), {"a": None}, []),
        (fields(a={**POSITIVE, "default": 0}), {}, ["spec.a: must be positive"]),
        (fields(a={"type": "array", "items": POSITIVE}), {"a": [1, -1]}, ["spec.a.1: must be positive"]),
        (
            {"type": "object", "additionalProperties": POSITIVE},
            {"x": 0, "y": 1, "z.z": -1},
            ["spec.x: must be positive", "spec.z.z: must be positive"],
        ),
        (fields(rule("self.a < self.b"), a=NUMBER, b=NUMBER), {"a": 2, "b": 1}, ["spec: failed rule: self.a < self.b"]),
        (
            fields(rule("self.a < self.b", fieldPath=".a", message=" too big "), a=NUMBER, b=NUMBER),
            {"a": 2, "b": 1},
            ["spec.a: too big"],
        ),
        (
            fields(rule("self.m['x'] == 1", fieldPath=".m['x']"), m={"type": "object", "additionalProperties": NUMBER}),
            {"m": {"x": 2}},
            ["spec.m.x: failed rule: self.m['x'] == 1"],
        ),
        (
            fields(rule("self.a < 1", messageExpression="'got ' + string(self.a)", message="other"), a=NUMBER),
            {"a": 2},
            ["spec: got 2"],
        ),
        (
            fields(rule("self.a < 1", messageExpression="'x'.substring(9)", message="other"), a=NUMBER),
            {"a": 2},
            ["spec: other"],
        ),
        (fields(rule("self.a < 1", messageExpression="' '", message="other"), a=NUMBER), {"a": 2}, ["spec: other"]),
        (
            fields(rule("self.a / 0 > 1"), a=NUMBER),
            {"a": 2},
            ["spec: division by zero evaluating rule: self.a / 0 > 1"],
        ),
        (
            fields(rule("self.a < 5", message="small"), a={"x-kubernetes-int-or-string": True}),
            {"a": "5%"},
            [
                "spec: 'no such overload': call arguments did not match a supported operator, function or macro "
                "signature for rule: small"
            ],
        ),
        ({**fields(a=NUMBER), "allOf": [fields(rule("self.a > 1"))]}, {"a": 1}, ["spec: failed rule: self.a > 1"]),
        (
            {**fields(rule("self.kind == 'X'")), "x-kubernetes-embedded-resource": True},
            {"kind": "Y", "apiVersion": "v1"},
            ["spec: failed rule: self.kind == 'X'"],
        ),
        (fields(rule("  ")), {}, []),
    ],
)
def test_a_rule_refuses_what_it_is_not_true_of(spec: dict[str, Any], value: Any, expected: list[str]) -> None:
    assert said(spec, value) == expected


@pytest.mark.parametrize(
    ("spec", "old", "value", "expected"),
    [
        (fields(a=IMMUTABLE), {"a": "x"}, {"a": "y"}, ["spec.a: is immutable"]),
        (fields(a=IMMUTABLE), {"a": "x"}, {"a": "x"}, []),
        (fields(a=IMMUTABLE), {}, {"a": "y"}, []),
        (fields(a=IMMUTABLE), None, {"a": "y"}, []),
        (
            fields(l=KEYED),
            {"l": [{"name": "a", "size": "1"}, {"name": "b", "size": "2"}]},
            {"l": [{"name": "b", "size": "3"}, {"name": "a", "size": "1"}, {"name": "c", "size": "9"}]},
            ["spec.l.0.size: is immutable"],
        ),
        (
            fields(l={**KEYED, "x-kubernetes-list-type": "atomic"}),
            {"l": [{"name": "a", "size": "1"}]},
            {"l": [{"name": "a", "size": "2"}]},
            [],
        ),
        (fields(rule("!oldSelf.hasValue()", optionalOldSelf=True, message="only new")), {}, {}, ["spec: only new"]),
        (fields(rule("!oldSelf.hasValue()", optionalOldSelf=True, message="only new")), None, {}, []),
        (
            fields(rule("oldSelf.hasValue()", optionalOldSelf=True, message="only old")),
            None,
            {},
            ["spec: only old"],
        ),
    ],
)
def test_a_transition_rule_compares_with_the_old_value(
    spec: dict[str, Any], old: Any, value: Any, expected: list[str]
) -> None:
    assert said(spec, value, old) == expected


def test_a_refusal_says_whether_it_is_the_change_that_is_refused() -> None:
    spec = fields(a=IMMUTABLE, b=POSITIVE)
    refusals = outcome(spec, {"a": "y", "b": 0}, {"a": "x", "b": 0}).refusals
    assert {refusal.path[-1]: refusal.transition for refusal in refusals} == {"a": True, "b": False}


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("nope(self)", "a rule of its CRD cannot be evaluated (undeclared reference to 'nope')"),
        ("self.b == 1", "a rule of its CRD cannot be evaluated (undefined field 'b')"),
        ("self.l.all(a, self.l.all(b, self.l.all(c, a != 9)))", "the rules of its CRD cost too much to evaluate"),
    ],
)
def test_a_rule_that_cannot_be_evaluated_is_named(expression: str, why: str) -> None:
    spec = fields(rule(expression), a=NUMBER, l={"type": "array", "items": NUMBER})
    found = outcome(spec, {"a": 1, "l": [1] * 300})
    assert (found.refusals, found.not_evaluated) == ([], [why])


def test_rules_beyond_the_limit_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_RULES", 1)
    found = outcome(fields(rule("false"), rule("false")), {})
    assert (len(found.refusals), found.not_evaluated) == (1, ["its CRD has more than 1 rules (MAX_RULES)"])


def test_rules_of_too_much_text_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_TEXT", 30)
    found = outcome(fields(rule("false"), rule("false || false")), {})
    assert len(found.refusals) == 1
    assert found.not_evaluated == ["the rules of its CRD have more than 30 characters (MAX_TEXT)"]


def test_all_objects_of_a_run_share_a_budget() -> None:
    budget = Meter(12)
    spec = fields(rule("self.a == self.a"), a=NUMBER)
    assert outcome(spec, {"a": 1}, budget=budget).not_evaluated == []
    assert outcome(spec, {"a": 1}, budget=budget).not_evaluated == []
    assert outcome(spec, {"a": 1}, budget=budget).not_evaluated == ["the rules of its CRD cost too much to evaluate"]


def test_a_message_shows_no_value_if_it_must_not() -> None:
    spec = fields(rule("self.a == ''", messageExpression="'got ' + self.a", message="must be empty"), a=TEXT)
    assert said(spec, {"a": "hidden"}, told=False) == ["spec: must be empty"]


def test_what_a_kind_of_crossplane_adds_does_not_hide_its_rules() -> None:
    from slipway.checks.schema.crossplane import composite_schema

    spec = fields(rule("self.a > 0", message="positive"), a=NUMBER)
    made = CustomSchema(composite_schema({"type": "object", "properties": {"spec": spec}}, "Namespaced"))
    obj = {"apiVersion": "acme.io/v1", "kind": "Foo", "metadata": {"name": "x"}, "spec": {"a": 0}}
    assert [refusal.message for refusal in made.rules.outcome(obj).refusals] == ["positive"]
