"""Functions of flux-operator's templates, and what helm has in their place.

The operator (controlplaneio-fluxcd/flux-operator v0.58, `internal/builder/resourceset.go`) takes the hermetic functions
of go-task/slim-sprig v3.0.0, Go's own, `slugify`, and a `toYaml` that keeps the last line break. Helm 4.1 takes those
of Masterminds/sprig v3.3.0 and some of its own. The two agree on most names; for each of the others there is a stand-in
here, or the reason why there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from slipway.fleet.errors import BuildError, NotFetched

_OWN_OF_GO = "and call eq ge gt html index js le len lt ne not or print printf println slice urlquery"
_SAME = """
adler32sum all any append atoi b32dec b32enc b64dec b64enc base cat chunk clean coalesce compact concat contains
deepEqual default dict dig dir duration durationRound empty ext fail first get has hasKey hasPrefix hasSuffix hello
indent initial isAbs join keys kindIs kindOf last list lower mustAppend mustChunk mustCompact mustFirst mustFromJson
mustHas mustInitial mustLast mustPrepend mustPush mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll
mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse mustSlice mustToJson mustToPrettyJson mustToRawJson
mustUniq mustWithout nindent omit osBase osClean osDir osExt osIsAbs pick pluck plural prepend push quote regexFind
regexFindAll regexMatch regexQuoteMeta regexReplaceAll regexReplaceAllLiteral regexSplit repeat replace rest reverse
seq set sha1sum sha256sum sortAlpha splitList squote substr ternary title toDecimal toJson toPrettyJson toRawJson
toString toStrings trim trimAll trimPrefix trimSuffix trimall trunc tuple typeIs typeIsLike typeOf uniq unset until
untilStep upper urlJoin urlParse values without
"""
_NUMERIC = frozenset(
    (
        "add",
        "add1",
        "biggest",
        "ceil",
        "div",
        "float64",
        "floor",
        "int",
        "int64",
        "max",
        "maxf",
        "min",
        "minf",
        "mod",
        "mul",
        "round",
        "sub",
    )
)
"""They read text that is a number by other rules where it starts with a zero and the like."""
_SPLITTING = frozenset(("split", "splitn"))
"""They give a mapping of texts, which helm's stand-in for a field cannot look into."""
_TELL_TYPES = frozenset(
    (
        "deepEqual",
        "typeIs",
        "typeIsLike",
        "typeOf",
        "dig",
        "get",
        "hasKey",
        "index",
        "keys",
        "omit",
        "pick",
        "pluck",
        "set",
        "unset",
        "values",
    )
)
"""They would notice the stand-in for what `split` gives."""

STAND_INS = {
    "toYaml": 'include "slipway.toYaml"',
    "mustToYaml": 'include "slipway.mustToYaml"',
    "slugify": 'include "slipway.slugify"',
    "fromJson": "mustFromJson",
}
"""What is written for a function in helm's template; it takes the same arguments after it."""
AFTERWARDS = dict.fromkeys(_SPLITTING, " | toJson | fromJson")
"""What is written behind the arguments of a function."""

_WITHOUT = {
    "randInt": "randInt gives another number each time",
    "ago": "ago depends on the time",
    **dict.fromkeys(
        ("toDate", "mustToDate", "mustDateModify", "must_date_modify", "unixEpoch"),
        "dates depend on the time zone of the operator",
    ),
}
"""Functions of the operator that no rendering of ours can be true to."""
_WORDS = frozenset(("true", "false", "nil"))
_SAME_NAMES = frozenset((*_OWN_OF_GO.split(), *_SAME.split()))

UNKNOWN_MARK = "slipway-unknown: "
"""Begins the message of a stand-in that meets what it cannot do."""

PASSING = frozenset(
    (
        "print",
        "println",
        "printf",
        "cat",
        "quote",
        "squote",
        "indent",
        "nindent",
        "toString",
        "toYaml",
        "mustToYaml",
        "toJson",
        "toRawJson",
        "get",
        "index",
    )
)
"""They put a text into another and look at nothing of it, so that a text with a variable in it stays readable."""

DEFINITIONS = r"""
{{- define "slipway.toYaml" }}{{ with toYaml . }}{{ . }}{{ "\n" }}{{ end }}{{ end }}
{{- define "slipway.mustToYaml" }}{{ mustToYaml . }}{{ "\n" }}{{ end }}
{{- define "slipway.slugify" }}
  {{- if not (kindIs "string" .) }}{{ fail "slugify takes text" }}{{ end }}
  {{- if regexMatch "[^\\x00-\\x7f]" . }}{{ fail "slipway-unknown: slugify of text that is not ASCII" }}{{ end }}
  {{- $slug := trim . | replace "&" "and" | replace "@" "at" | lower }}
  {{- $slug = regexReplaceAll "-+" (regexReplaceAll "[^a-z0-9_-]" $slug "-") "-" | trimAll "-_" }}
  {{- if gt (len $slug) 63 }}
    {{- $words := regexFind "^.{0,63}-" $slug }}
    {{- $slug = ternary (trimSuffix "-" $words) (trunc 63 $slug) (ne $words "") }}
  {{- end }}
  {{- $slug }}
{{- end }}
"""
"""The stand-ins, as a file of a chart."""


def check(name: str) -> None:
    """Check a word that stands for a function or a constant.

    Raises:
        BuildError: the operator has no such function.
        NotFetched: it has, but nothing here does the same.
    """
    if name in _SAME_NAMES or name in _WORDS or name in STAND_INS or name in _NUMERIC or name in _SPLITTING:
        return
    if name in _WITHOUT:
        raise NotFetched(_WITHOUT[name])
    raise BuildError(f'function "{name}" not defined')


def check_together(functions: Set[str], constants: Iterable[str], texts: Iterable[str]) -> None:
    """Check what is only wrong together.

    Args:
        functions: those that the templates call.
        constants: the texts in their actions.
        texts: the texts among the inputs.

    Raises:
        NotFetched: helm might do something else than the operator.
    """
    if functions & _SPLITTING:
        if clash := sorted(functions & _TELL_TYPES):
            raise NotFetched(f"a template has both split and {clash[0]}, which helm has other types for")
        if any("%T" in text or "%#" in text for text in constants):
            raise NotFetched("a template prints types and has split, which helm has another type for")
    if numeric := sorted(functions & _NUMERIC):
        odd = next((found for text in (*constants, *texts) if (found := _ODD_NUMBER.search(text))), None)
        if odd:
            raise NotFetched(f"a template has {numeric[0]}, which helm reads {odd.string[:40]!r} otherwise with")


_ODD_NUMBER = re.compile(r"(?<![0-9])0[0-9xXbBoO_]|[0-9]_[0-9]|[0-9]\.0")
