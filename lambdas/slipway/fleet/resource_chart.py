"""The templates of a ResourceSet as a chart: one run of helm renders all of them with all inputs.

Each template becomes a named one of helm, in a file of its own; a last file sets a variable for each set of inputs and
has each template rendered with each of them. Results come base64-encoded, so that helm looks at none of them. Inputs
are written into that file as expressions, since numbers in a chart's values are not the integers that the operator has.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slipway.errors import LimitError
from slipway.fleet import go_functions
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.go_template import INPUTS, ROOT, Translated
from slipway.fleet.helm_chart import pack
from slipway.fleet.helm_template import HelmEngine, Template
from slipway.fleet.resource_inputs import Inputs

MAX_CHART_BYTES = 4 * 1024 * 1024
"""Templates and inputs together; helm's own limit for one file is 5 MiB."""
MAX_OUTPUT_BYTES = 16 * 1024 * 1024
"""What all templates of a ResourceSet give together."""
MAX_DEPTH = 100
"""How deep values of inputs may lie in one another."""


@dataclass(frozen=True)
class Source:
    """A template as the operator has it."""

    text: str
    translated: Translated
    value: Any = None
    """What `text` is the YAML of, if it is an entry of `resources`."""
    name: str = ""
    """E.g. `resources[0]`, for messages."""


@dataclass(frozen=True)
class OtherYaml(Exception):
    """The YAML of entries of `resources` is another one than was thought, by index of the source."""

    texts: Mapping[int, str]


def render(sources: Sequence[Source], inputs: Inputs, helm: HelmEngine) -> list[list[str]]:
    """What each template gives, with each set of inputs in order; with none at all, once without inputs.

    Raises:
        BuildError: the operator would refuse a template.
        NotFetched: helm cannot say what the operator would do.
        LimitError: it is beyond a limit.
        OtherYaml: a text among the sources has to be replaced first.
    """
    template = template_of(sources, inputs)
    count = max(len(inputs.sets), 1)
    checked = [index for index, source in enumerate(sources) if source.value is not None]
    try:
        output = helm.template(template)
    except BuildError as err:
        raise _explained(err, sources, len(checked), count) from None
    results = [base64.b64decode(found) for found in _RESULT.findall(output)]
    if sum(map(len, results)) > MAX_OUTPUT_BYTES:
        raise LimitError(f"the templates give over {MAX_OUTPUT_BYTES:,} bytes (MAX_OUTPUT_BYTES)")
    if len(results) != len(checked) + len(sources) * count:
        raise NotFetched("helm's answer is incomplete")
    other = {
        index: f"{written}\n"
        for index, result in zip(checked, results, strict=False)
        if (written := result.decode()) != sources[index].text.removesuffix("\n")
    }
    if other:
        raise OtherYaml(other)
    return [
        [_decoded(result, source) for result in results[start : start + count]]
        for source, start in zip(sources, range(len(checked), len(results), count), strict=True)
    ]


_RESULT = re.compile(r"^- r([A-Za-z0-9+/=]*)$", re.MULTILINE)


def template_of(sources: Sequence[Source], inputs: Inputs) -> Template:
    """What helm is asked for."""
    files = {
        "Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
        "templates/_stand-ins.tpl": go_functions.DEFINITIONS,
        "templates/all.yaml": "\n".join(_all(sources, inputs)),
        **{
            f"templates/_t{index}.tpl": f'{{{{define "t{index}"}}}}{{{{{INPUTS} := .}}}}{{{{range list nil}}}}'
            f"{{{{{ROOT} := .}}}}{source.translated.body}{{{{end}}}}{{{{end}}}}"
            for index, source in enumerate(sources)
        },
    }
    size = sum(map(len, files.values()))
    if size > MAX_CHART_BYTES:
        raise LimitError(f"templates and inputs are over {MAX_CHART_BYTES:,} bytes (MAX_CHART_BYTES)")
    return Template(
        chart=pack({path: content.encode() for path, content in files.items()}),
        name="resourceset",
        namespace="default",
        values="{}",
        settings=(),
        kubernetes_version="1.35.0",
        api_versions=(),
        include_crds=False,
        validate_values=False,
    )


def _all(sources: Sequence[Source], inputs: Inputs) -> Iterator[str]:
    """The lines of the last file: first the variables, then a line for each result."""
    yield "kind: Results"
    yield "apiVersion: v1"
    yield "results:"
    for source in sources:
        if source.value is not None:
            yield f"- r{{{{ toYaml {literal(source.value)} | b64enc }}}}"
    rendered = ["$none"] * (not inputs.sets)
    variables = [_set("none", '(fromJson "null")')]
    variables += [_set(f"part{index}", literal(part)) for index, part in enumerate(inputs.parts)]
    for index, one in enumerate(inputs.sets):
        if "" in one.parts:
            rendered.append(f"$part{one.parts['']}")
            continue
        parts = [f"{_quoted(name)} $part{part}" for name, part in one.parts.items() if name != "id"]
        variables.append(_set(f"set{index}", f'(dict {" ".join(parts)} "id" {_quoted(one.id)})'))
        rendered.append(f"$set{index}")
    yield "".join(variables)
    for index in range(len(sources)):
        for variable in rendered:
            yield f'- r{{{{ include "t{index}" {variable} | b64enc }}}}'


def _set(name: str, expression: str) -> str:
    return f"{{{{- ${name} := {expression} }}}}"


def literal(value: Any, depth: int = 0) -> str:
    """An expression of Go's templates for a value as the operator reads it from JSON."""
    if depth > MAX_DEPTH:
        raise LimitError(f"values lie over {MAX_DEPTH} deep in one another (MAX_DEPTH)")
    if isinstance(value, Mapping):
        items = "".join(f" {_quoted(name)} {literal(item, depth + 1)}" for name, item in value.items())
        return f"(dict{items})"
    if isinstance(value, list):
        # `list` alone would be no list at all, which `toJson` writes as null.
        return f"(list{''.join(f' {literal(item, depth + 1)}' for item in value)})" if value else "(initial (list 1))"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "nil"}[value]
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return f"(int64 {value})"
    return repr(float(value))


def _quoted(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BuildError("a text is no Unicode") from None
    return '"' + _ESCAPED.sub(lambda found: json.dumps(found[0])[1:-1], text) + '"'


_ESCAPED = re.compile('[\x00-\x1f\x7f"\\\\\u2028\u2029\ufeff]')


def _decoded(result: bytes, source: Source) -> str:
    try:
        return result.decode()
    except UnicodeDecodeError:
        raise BuildError(f"{source.name} gives no UTF-8") from None


def _explained(err: BuildError, sources: Sequence[Source], before: int, count: int) -> BuildError | NotFetched:
    """Helm's message in the operator's terms."""
    message = err.message
    if go_functions.UNKNOWN_MARK in message:
        return NotFetched(message.rpartition(go_functions.UNKNOWN_MARK)[2].strip())
    if "mustFromJson" in message and any("fromJson" in one.translated.functions for one in sources):
        return NotFetched("a text given to fromJson is no JSON")
    what = message.removeprefix("helm refuses the chart: ")
    what = what.rpartition("error calling include: ")[2].strip()
    if found := _MISSING.search(what):
        what = f'map has no entry for key "{found[1]}"'
    else:
        what = _in_terms_of_the_operator(_PLACE.sub("", what).strip())
    place = _PLACE.findall(message)
    source = sources[int(place[-1][0])] if place and int(place[-1][0]) < len(sources) else None
    line = f", line {place[-1][1]} of the template" if place else ""
    called = [int(number) for number in _CALL.findall(message)]
    number = (called[-1] - 5 - before) % count if called and called[-1] - 5 >= before and count > 1 else None
    with_inputs = f" with set {number} of the inputs" if number is not None else ""
    return BuildError(f"{source.name if source else 'a template'}{with_inputs}{line}: {what}")


def _in_terms_of_the_operator(message: str) -> str:
    """A message without what `slipway.fleet.go_template` has put into the template."""
    message = _EXECUTING.sub("at", message).replace(INPUTS, "inputs").replace(ROOT, "$")
    while (shorter := _FIELD.sub(r"\2.\1", message)) != message:
        message = shorter
    return message


_EXECUTING = re.compile(r'executing "t\d+" at')
_FIELD = re.compile(r'\(index \(pluck "(\w+)" ([^()\s]+|\([^()]*\))\) 0\)')
_PLACE = re.compile(r"(?:template: )?chart/templates/_t(\d+)\.tpl:(\d+)(?::\d+)?:?")
_CALL = re.compile(r"chart/templates/all\.yaml:(\d+)")
_MISSING = re.compile(r'<index \(pluck "([^"]*)".*reflect: slice index out of range', re.DOTALL)


def texts_in(values: Iterable[Any]) -> Iterator[str]:
    """All texts in values, keys included."""
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, Mapping):
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
