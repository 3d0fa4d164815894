"""The rules of a CRD: `x-kubernetes-validations`, at any depth of its schema, compiled once.

Source: apiextensions-apiserver pkg/apiserver/schema/cel, compilation.go and validation.go. One thing is otherwise: the
server lets an object that exists keep what it refuses in others, as long as that part does not change; a cluster that
is made anew would not have it, so it is told all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from slipway.checks.cel import CelError, CelUnsupported, Meter, OverBudget, Program, compile_expression
from slipway.checks.cel.values import NONE, some
from slipway.checks.schema.errors import Path
from slipway.checks.schema.rule_paths import field_path
from slipway.checks.schema.rule_values import Schema, is_exposed, rule_value, with_object_fields

MAX_RULES = 2_000
"""Rules of one version of a CRD; the largest known has some 400."""
MAX_TEXT = 500_000
"""Characters of the rules of one version of a CRD."""
MAX_RULE_COST = 1_000_000
"""Steps of one rule on one value, as many as the API server grants."""
MAX_OBJECT_COST = 10_000_000
"""Steps of all rules on one object, likewise."""
MAX_MESSAGE = 5_120
"""Characters of a message that an expression makes; a longer one does not count."""

MAX_KEPT = 4_096
"""Expressions that are kept compiled; all CRDs that we know have some 1,000 different ones."""
MAX_KEPT_TEXT = 2_000
"""Characters of one that is kept."""

KEYWORD = "x-kubernetes-validations"


@dataclass(frozen=True)
class Rule:
    """One rule."""

    text: str
    """The expression."""
    message: str
    reason: str
    path: Path
    """Where what it refuses is said to be, from the value that it is about."""
    optional: bool
    """It wants to be asked too when there is no old value."""
    program: Program | None
    """None if it cannot be evaluated."""
    why: str = ""
    """Why it cannot."""
    teller: Program | None = None
    """Makes the message."""

    @property
    def compares(self) -> bool:
        """True if it compares with the old value."""
        return self.program is not None and "oldSelf" in self.program.names


@dataclass
class Node:
    """A part of the schema with rules, or with parts that have some."""

    schema: Schema
    rules: tuple[Rule, ...]
    items: Node | None = None
    others: Node | None = None
    """Of maps' values."""
    fields: dict[str, Node] = field(default_factory=dict)
    branches: list[Node] = field(default_factory=list)
    """Of `allOf`."""

    @property
    def compares(self) -> bool:
        """True if a rule in it compares with an old value."""
        below = [*self.fields.values(), *self.branches, *(part for part in (self.items, self.others) if part)]
        return any(rule.compares for rule in self.rules) or any(part.compares for part in below)


@dataclass(frozen=True)
class Refusal:
    """What a rule refuses."""

    path: Path
    message: str
    transition: bool
    """True if it is the change that is refused."""
    reason: str = ""
    """`FieldValueForbidden` and the like; empty for a plain invalid value."""
    about: Path = ()
    """The value that the rule looks at."""
    fields: frozenset[str] | None = None
    """Its fields that the rule reads, as rules name them; None for the whole of it."""


@dataclass
class Outcome:
    """What the rules say about an object."""

    refusals: list[Refusal] = field(default_factory=list)
    not_evaluated: list[str] = field(default_factory=list)
    """Why rules were not, each reason once."""

    def leave(self, why: str) -> None:
        """A rule was not evaluated."""
        if why not in self.not_evaluated:
            self.not_evaluated.append(why)


class Rules:
    """The rules of one version of a kind.

    Attributes:
        compares: true if a rule compares with an object as it was.
    """

    def __init__(self, open_api: Schema) -> None:
        self._room, self._text = MAX_RULES, MAX_TEXT
        self._root = self._node(open_api, open_api, resource=True)
        self.compares = self._root is not None and self._root.compares

    @property
    def broken(self) -> Iterator[tuple[Rule, str]]:
        """Rules that cannot be evaluated, and why."""
        nodes = [self._root] if self._root else []
        while nodes:
            node = nodes.pop()
            yield from ((rule, rule.why) for rule in node.rules if rule.why)
            nodes += [*node.fields.values(), *node.branches, *(part for part in (node.items, node.others) if part)]

    def outcome(self, obj: Any, old: Any = None, *, told: bool = True, budget: Meter | None = None) -> Outcome:
        """Evaluate them.

        Args:
            obj: an object that fits the schema, with its defaults.
            old: the object as it was, likewise; None if it was not.
            told: messages may be made by expressions, which may show any value.
            budget: what all objects of a run may take together.
        """
        outcome = Outcome()
        if self._room < 0:
            outcome.leave(f"its CRD has more than {MAX_RULES:,} rules (MAX_RULES)")
        elif self._text < 0:
            outcome.leave(f"the rules of its CRD have more than {MAX_TEXT:,} characters (MAX_TEXT)")
        if self._root is not None:
            run = _Run(outcome, budget or Meter(MAX_OBJECT_COST), told=told)
            run.node(self._root, obj, old, ())
        return outcome

    def _node(self, rules: Schema, schema: Schema, *, resource: bool) -> Node | None:
        """What to evaluate on values of a schema.

        Args:
            rules: has the rules; the schema itself, or what is in an `allOf` of it.
            schema: says how values are seen.
            resource: it is the schema of a whole object.
        """
        seen = with_object_fields(schema) if resource else schema
        node = Node(seen, self._rules(rules))
        if isinstance(rules.get("items"), Mapping) and isinstance(schema.get("items"), Mapping):
            node.items = self._node(rules["items"], schema["items"], resource=_embedded(schema["items"]))
        for name, part in (rules.get("properties") or {}).items():
            seen_part = (schema.get("properties") or {}).get(name)
            if seen_part is not None and is_exposed(seen_part):
                below = self._node(part, seen_part, resource=_embedded(seen_part))
                if below is not None:
                    node.fields[name] = below
        part, seen_part = rules.get("additionalProperties"), schema.get("additionalProperties")
        if isinstance(part, Mapping) and isinstance(seen_part, Mapping):
            node.others = self._node(part, seen_part, resource=_embedded(seen_part))
        for branch in rules.get("allOf") or ():
            below = self._node(branch, schema, resource=resource)
            if below is not None:
                node.branches.append(below)
        return node if node.rules or node.items or node.others or node.fields or node.branches else None

    def _rules(self, schema: Schema) -> tuple[Rule, ...]:
        found = []
        for entry in schema.get(KEYWORD) or ():
            self._room -= 1
            self._text -= len(str(entry))
            if min(self._room, self._text) >= 0 and isinstance(entry, Mapping) and str(entry.get("rule") or "").strip():
                found.append(_rule(entry))
        return tuple(found)


def _embedded(schema: Schema) -> bool:
    return schema.get("x-kubernetes-embedded-resource") is True


def _rule(entry: Mapping[str, Any]) -> Rule:
    text, message = str(entry["rule"]), str(entry.get("message") or "").strip()
    program, why = compiled(text)
    teller, _ = compiled(str(entry["messageExpression"])) if entry.get("messageExpression") else (None, "")
    return Rule(
        text=text.strip(),
        message=message,
        reason=str(entry.get("reason") or ""),
        path=field_path(str(entry.get("fieldPath") or "")),
        optional=entry.get("optionalOldSelf") is True,
        program=program,
        why=why,
        teller=teller,
    )


def compiled(text: str) -> tuple[Program | None, str]:
    """An expression about `self` and `oldSelf`, or why it is none.

    Compiled once per process, whatever the number of runs and of CRDs that have it.
    """
    return _kept(text) if len(text) <= MAX_KEPT_TEXT else _compiled(text)


@lru_cache(MAX_KEPT)
def _kept(text: str) -> tuple[Program | None, str]:
    return _compiled(text)


def _compiled(text: str) -> tuple[Program | None, str]:
    try:
        return compile_expression(text, ("self", "oldSelf")), ""
    except CelUnsupported as err:
        return None, str(err)
    except RecursionError:
        return None, "it is nested too deeply"


class _Run:
    def __init__(self, outcome: Outcome, budget: Meter, *, told: bool) -> None:
        self._outcome = outcome
        self._budget = budget
        self._left = Meter(MAX_OBJECT_COST)
        self._told = told

    def node(self, node: Node, value: Any, old: Any, path: Path) -> None:
        if value is None:
            return
        if node.rules:
            self._rules(node, value, old, path)
        for branch in node.branches:
            self.node(branch, value, old, path)
        if isinstance(value, list) and node.items:
            before = _by_key(node.schema, old)
            for position, item in enumerate(value):
                self.node(node.items, item, before.get(_key(node.schema, item)), (*path, position))
        elif isinstance(value, dict):
            known = old if isinstance(old, dict) else {}
            for name, item in value.items():
                below = node.others or node.fields.get(name)
                if below is not None:
                    self.node(below, item, known.get(name), (*path, name))

    def _rules(self, node: Node, value: Any, old: Any, path: Path) -> None:
        try:
            seen, seen_old = rule_value(value, node.schema), rule_value(old, node.schema) if old is not None else None
        except RecursionError:
            self._outcome.leave("it is nested too deeply for the rules of its CRD")
            return
        for rule in node.rules:
            if rule.program is None:
                self._outcome.leave(f"a rule of its CRD cannot be evaluated ({rule.why})")
                continue
            if rule.compares and old is None and not rule.optional:
                continue
            variables = {"self": seen, "oldSelf": seen_old}
            asked = {**variables, "oldSelf": NONE if old is None else some(seen_old)}
            try:
                refusal = self._evaluated(rule, rule.program, asked if rule.optional else variables, variables)
            except (OverBudget, RecursionError):
                self._outcome.leave("the rules of its CRD cost too much to evaluate")
                continue
            except CelUnsupported as err:
                self._outcome.leave(f"a rule of its CRD cannot be evaluated ({err})")
                continue
            if refusal is not None:
                transition = rule.compares and old is not None
                where = (*path, *rule.path)
                fields = rule.program.fields
                self._outcome.refusals.append(Refusal(where, refusal, transition, rule.reason, path, fields))

    def _evaluated(self, rule: Rule, program: Program, asked: dict[str, Any], variables: dict[str, Any]) -> str | None:
        """What is wrong; None if nothing is."""
        said = rule.message or rule.text
        try:
            if self._run(program, asked) is True:
                return None
        except CelError as err:
            if str(err).startswith("no such overload"):
                return (
                    f"'{err}': call arguments did not match a supported operator, function or macro signature for "
                    f"rule: {said}"
                )
            return f"{err} evaluating rule: {said}"
        return self._message(rule, variables) or rule.message or f"failed rule: {said}"

    def _message(self, rule: Rule, variables: dict[str, Any]) -> str:
        if rule.teller is None or not self._told:
            return ""
        try:
            made = self._run(rule.teller, variables)
        except (CelError, CelUnsupported):
            return ""
        message = made.strip() if isinstance(made, str) else ""
        return message if len(message.encode()) <= MAX_MESSAGE and "\n" not in message else ""

    def _run(self, program: Program, variables: dict[str, Any]) -> Any:
        limit = min(MAX_RULE_COST, self._left.left, self._budget.left)
        meter = Meter(limit)
        try:
            return program.run(variables, meter)
        finally:
            spent = limit - max(meter.left, 0)
            self._left.left -= spent
            self._budget.left -= spent


def _by_key(schema: Schema, old: Any) -> Mapping[Any, Any]:
    """The old entries of a list by what tells them apart; of other lists, nothing says which was which."""
    found: dict[Any, Any] = {}
    for item in old if isinstance(old, list) else ():
        key = _key(schema, item)
        if key is not None:
            found.setdefault(key, item)
    return found


def _key(schema: Schema, item: Any) -> tuple[tuple[str, Any], ...] | None:
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    if schema.get("x-kubernetes-list-type") != "map" or not keys or not isinstance(item, dict):
        return None
    values = [item.get(key) for key in keys]
    if any(value is None or isinstance(value, dict | list) for value in values):
        return None
    return tuple((type(value).__name__, value) for value in values)
