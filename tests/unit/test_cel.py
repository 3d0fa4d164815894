"""Expressions come to what the API server makes of them."""

import time

import pytest

from slipway.checks.cel import CelError, CelUnsupported, Meter, OverBudget, compile_expression
from slipway.checks.schema.crd import CustomSchema
from slipway.checks.schema.rule_values import rule_value, with_object_fields
from tests.unit.cel_cases import CASES, OBJECT, SCHEMA

SELF = rule_value(CustomSchema(SCHEMA).with_defaults(OBJECT), with_object_fields(SCHEMA))
PLENTY = 1_000_000


def value(expression: str, **variables: object) -> object:
    return compile_expression(expression, tuple(variables)).run(variables, Meter(PLENTY))


@pytest.mark.parametrize(("expression", "expected"), CASES, ids=[case for case, _ in CASES])
def test_an_expression_comes_to_what_the_api_server_makes_of_it(expression: str, expected: str) -> None:
    if expected.startswith("! "):
        with pytest.raises(CelError) as raised:
            value(expression, self=SELF)
        assert str(raised.value) == expected[2:]
    else:
        assert value(f"'%s'.format([dyn({expression})])", self=SELF) == expected


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("1 +", "syntax error at end of the expression"),
        ("a.b.(c)", "syntax error at ("),
        ("'open", "syntax error: a text without its closing quote"),
        ("'\\q'", "syntax error: there is no escape \\q"),
        ("1 ~ 2", "syntax error at character 3"),
        ("self.all(1, true)", "syntax error: a macro's variables are simple names that differ"),
        ("has(self)", "syntax error: has() takes a field"),
        ("let", "syntax error: let is a reserved word"),
        ("9223372036854775808", "invalid int literal"),
        ("other", "undeclared reference to 'other'"),
        ("self.nope()", "undeclared reference to 'nope'"),
        ("self.startsWith()", "found no matching overload for 'startsWith'"),
        ("Thing{a: 1}", "it makes a Thing, which is no type of custom objects"),
        ("(" * 70 + "1" + ")" * 70, "it has more than 60 levels (MAX_DEPTH)"),
        ("self" + ".a" * 70, "it has more than 60 levels (MAX_DEPTH)"),
        ("1" * 100_001, "it has more than 100,000 characters (MAX_CHARACTERS)"),
    ],
)
def test_what_is_no_expression_says_why(expression: str, why: str) -> None:
    with pytest.raises(CelUnsupported) as raised:
        compile_expression(expression, ("self",))
    assert str(raised.value) == why


@pytest.mark.parametrize(
    "expression", ["self.unknown", "self.size() > 0", "self['i']", "'i' in self", "self.all(k, true)"]
)
def test_what_the_servers_compiler_refuses_about_an_object_is_not_evaluated(expression: str) -> None:
    with pytest.raises(CelUnsupported):
        value(expression, self=SELF)


@pytest.mark.parametrize(
    "expression",
    [
        "self.all(a, self.all(b, self.all(c, a + b + c >= 0)))",
        "self.all(a, self == self)",
        "self.map(a, self).map(b, b + b).size() > 0",
        "lists.range(1000000000).size() > 0",
        "sets.contains(self, self) && sets.equivalent(self, self)",
        "self.distinct().size() > 0",
        "self.map(a, 'x').join('" + "y" * 10_000 + "').size() > 0",
        "'" + "a" * 5_000 + "'.replace('a', '" + "b" * 5_000 + "').size() > 0",
        "self.all(a, 'x'.matches('(a{1000}){1000}'))",
    ],
)
def test_what_costs_too_much_is_stopped_soon(expression: str) -> None:
    before = time.monotonic()
    with pytest.raises((OverBudget, CelError)):
        value(expression, self=list(range(2_000)))
    assert time.monotonic() - before < 5


def test_patterns_take_no_longer_than_their_text() -> None:
    assert value("self.matches('^(a+)+$')", self="a" * 10_000 + "b") is False


def test_a_program_knows_what_it_reads() -> None:
    def reads(expression: str) -> tuple[frozenset[str], frozenset[str] | None]:
        program = compile_expression(expression, ("self", "oldSelf"))
        return program.names, program.fields

    assert reads("self.a.b == oldSelf.c && self.l.all(x, x > self.m)") == ({"self", "oldSelf"}, {"a", "c", "l", "m"})
    assert reads("self == 1") == ({"self"}, None)
    assert reads("[1].all(self, self > 0)") == (frozenset(), frozenset())
