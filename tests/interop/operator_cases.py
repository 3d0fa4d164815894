"""ResourceSets for the comparison with flux-operator: written ones, and any number of others."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.fleet.flux import OPERATOR_GROUP

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: apps\ndata:\n"


@dataclass(frozen=True)
class SetCase:
    """A ResourceSet in namespace `apps`, and providers of type Static."""

    spec: Mapping[str, Any]
    providers: tuple[Mapping[str, Any], ...] = ()

    @property
    def resource_set(self) -> dict[str, Any]:
        """The ResourceSet as an object."""
        return _object("ResourceSet", "the-set", self.spec)


def provider(name: str, labels: Mapping[str, str] | None = None, **values: Any) -> dict[str, Any]:
    """A provider of type Static."""
    found = _object("ResourceSetInputProvider", name, {"type": "Static", "defaultValues": values})
    found["metadata"]["labels"] = dict(labels or {})
    return found


def _object(kind: str, name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "apps"}
    return {"apiVersion": f"{OPERATOR_GROUP}/v1", "kind": kind, "metadata": metadata, "spec": dict(spec)}


def expression(text: str, **inputs: Any) -> SetCase:
    """A template that has an expression's value as the text of a ConfigMap."""
    return SetCase({"inputs": [inputs], "resourcesTemplate": f"{CONFIG}  a: << {text} | toJson | squote >>\n"})


def stream(text: str, **inputs: Any) -> SetCase:
    """A `resourcesTemplate`."""
    return SetCase({"inputs": [inputs], "resourcesTemplate": text})


def entry(data: Mapping[str, Any], **inputs: Any) -> SetCase:
    """An entry of `resources` with some data."""
    value = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "apps"}, "data": data}
    return SetCase({"inputs": [inputs], "resources": [value]})


VALUES: dict[str, Any] = {
    "s": "Some text, 'quoted' \"twice\"",
    "empty": "",
    "zero": 0,
    "n": 42,
    "big": 9007199254740993,
    "huge": 2**64,
    "f": 1.5,
    "e": 1e21,
    "t": True,
    "o": {"nil": None},
    "l": ["b", "a", 3, "a"],
    "none": [],
    "m": {"x": 1, "y": {"z": "deep"}, "1": "one"},
    "multi": "first\n  second\n",
    "braces": "{{ .Values }} <no value> {{",
    "unicode": "Grüße 日本 \U0001f600",
    "path": "a/b/c.txt",
    "name": "feat/My Branch_Name & more @ home!",
}

EXPRESSIONS = (
    *("inputs.s", "inputs.big", "inputs.huge", "inputs.f", "inputs.e", "inputs.t", "inputs.o.nil", "inputs.none"),
    *("inputs.m.y.z", "inputs.missing", "inputs.m.missing", "inputs.s.field", "inputs.o.nil.field", "(inputs.m).x"),
    *("inputs.l", "inputs.m", "inputs", "inputs.braces", "inputs.unicode", "inputs.multi", "inputs.provider"),
    *(
        'get inputs "n"',
        'get inputs "missing"',
        'index inputs "m" "y" "z"',
        'index inputs "missing"',
        "index inputs.l 1",
    ),
    *('inputs.empty | default "d"', "default inputs.n inputs.zero", 'inputs.s | replace "text" "x" | upper'),
    *('printf "%v %s %d" inputs.f inputs.s inputs.n', 'printf "%T" inputs.n', 'printf "%q" inputs.unicode'),
    *(
        "toYaml inputs.m",
        "inputs.m | toYaml | indent 2",
        "toYaml inputs.o.nil",
        "toYaml inputs.s",
        "toYaml inputs.none",
    ),
    *("mustToYaml inputs.multi", "toJson inputs.none", "toJson inputs.l", "toPrettyJson inputs.m", "toYaml (list)"),
    *('fromJson "[1, 2.5, {\\"a\\": null}]"', 'fromJson "{"', 'mustFromJson "{"', 'fromJson "5"'),
    *(
        "slugify inputs.name",
        "slugify inputs.unicode",
        "slugify inputs.n",
        "slugify inputs.empty",
        "inputs.s | slugify",
    ),
    *('slugify "' + "long-word-" * 9 + '"', 'slugify "' + "x" * 80 + '"', 'slugify "__a--b__"', 'slugify "A&B@C"'),
    *('(split "/" inputs.path)._1', '(split "/" inputs.path)._9', 'splitList "/" inputs.path | last', "splitn 1"),
    *('(splitn "/" 2 inputs.path)._1', 'split "/" inputs.path', 'split "/" inputs.path | typeOf', "split inputs.n"),
    *("add 1 inputs.n", "sub inputs.n 1", "div inputs.n 0", "mul inputs.n inputs.n", "mod inputs.n 5", "add1 inputs.f"),
    *("int inputs.f", 'int "017"', 'int "12"', "int64 inputs.t", "float64 inputs.n", 'float64 "1.5"', "round 1.2345 2"),
    *("max 1 inputs.n", "floor inputs.f", "ceil inputs.f", 'atoi "12"', 'atoi "x"', "seq 1 3", "until 3", 'int "0x1f"'),
    *('until 3 | join ","', "untilStep 0 10 3", 'toDecimal "777"', "len inputs.l", "len inputs.s", "len inputs.n"),
    *(
        "eq inputs.n 42",
        'eq inputs.s "x"',
        "eq inputs.n 42.0",
        "lt inputs.n 50",
        "eq inputs.o.nil nil",
        "ne inputs.t true",
    ),
    *("and inputs.t inputs.s", "or inputs.empty inputs.n", "not inputs.zero", "and inputs.zero inputs.missing"),
    *(
        "empty inputs.none",
        "coalesce inputs.o.nil inputs.empty inputs.s",
        "ternary 1 2 inputs.t",
        "all inputs.t inputs.s",
    ),
    *('hasKey inputs "s"', "keys inputs.m | sortAlpha", "values inputs.m | toStrings | sortAlpha", 'pick inputs.m "x"'),
    *('omit inputs.m "x"', 'dig "m" "y" "z" "d" inputs', 'dig "m" "q" "d" inputs', 'pluck "n" inputs', "set inputs.m"),
    *(
        'set inputs.m "q" 1',
        'unset inputs.m "x"',
        "uniq inputs.l",
        'without inputs.l "a"',
        'has "a" inputs.l',
        "first inputs.none",
    ),
    *(
        "rest inputs.l",
        "initial inputs.l",
        "reverse inputs.l",
        "append inputs.l 5",
        "prepend inputs.l 5",
        "slice inputs.l 1 3",
    ),
    *(
        "concat inputs.l inputs.none",
        "chunk 2 inputs.l",
        "compact (list 1 nil)",
        "list",
        "dict",
        "tuple 1 2",
        "list | len",
    ),
    *("quote inputs.s inputs.n", "squote inputs.s", "cat inputs.s inputs.n", "trunc 4 inputs.s", "trunc -4 inputs.s"),
    *(
        "substr 1 3 inputs.s",
        'trimAll "S" inputs.s',
        'trimPrefix "S" inputs.s',
        'contains "text" inputs.s',
        "title inputs.s",
    ),
    *(
        'plural "one" "many" inputs.n',
        'hasPrefix "S" inputs.s',
        "nindent 2 inputs.multi",
        'repeat 3 "ab"',
        "lower inputs.s",
    ),
    *("b64enc inputs.s", 'b64dec "YQ=="', 'b64dec "?"', "b32enc inputs.s", "sha256sum inputs.s", "sha1sum inputs.s"),
    *(
        "adler32sum inputs.s",
        "typeOf inputs.n",
        "kindOf inputs.m",
        'kindIs "slice" inputs.l',
        'typeIs "int64" inputs.n',
    ),
    *(
        "deepEqual inputs.l inputs.l",
        "base inputs.path",
        "dir inputs.path",
        "ext inputs.path",
        'osBase "a/b"',
        'clean "a//b"',
    ),
    *(
        'regexMatch "^S" inputs.s',
        'regexFind "[a-z]+" inputs.s',
        'regexReplaceAll "t(.)" inputs.s "${1}"',
        'regexMatch "("',
    ),
    *(
        'regexFindAll "[a-z]" inputs.s 3',
        'regexSplit " " inputs.s -1',
        'mustRegexMatch "(" inputs.s',
        'regexQuoteMeta "a.b"',
    ),
    *(
        'urlParse "https://u:p@h:1/p?q#f"',
        '(urlParse "https://h/p").host',
        'urlJoin (dict "scheme" "https" "host" "h")',
    ),
    *('fail "no"', "hello", 'duration "95"', 'durationRound "2h10m5s"', "now", 'env "HOME"', "randAlpha 3", "uuidv4"),
    *(
        'include "t0" .',
        'tpl "x" .',
        'required "x" inputs.empty',
        'lookup "v1" "Pod" "" ""',
        "toToml inputs.m",
        'fromYaml "a: 1"',
    ),
    *(
        'semver "1.2.3"',
        "snakecase inputs.s",
        "camelcase inputs.s",
        "merge inputs.m inputs.m",
        "sha512sum inputs.s",
        "addf 1 2",
    ),
    *("html inputs.s", "js inputs.s", "urlquery inputs.s", "print inputs.n inputs.s", "println inputs.n", "print nil"),
    *(
        ".",
        "$",
        ".Values",
        "$.Values",
        ".inputs.s",
        "nil",
        "inputs 5",
        "inputs.s 5",
        "5 | inputs",
        "true",
        "'a'",
        "`raw`",
    ),
    *(
        "inputs.l.x",
        "len (inputs.l)",
        "(inputs.s)",
        "((inputs.n))",
        "0x1F",
        "1_000",
        "1e3",
        ".5",
        "-3",
        "+3",
        "1i",
        "08",
        "1.x",
    ),
    *('"a" "b"', '"a""b"', "(1)(2)", "inputs.s|upper", "inputs.s|upper|lower", "inputs . s", "inputs. s", "inputs .s"),
    *(
        '"\\u00e9\\n\\t"',
        '"\\x41"',
        '"unclosed',
        "'ab'",
        "inputs.s}",
        "inputs.s}}",
        "{{inputs.s}}",
        "inputs-s",
        "#",
        "é",
        "$x",
        "$x := 5",
    ),
    *(
        "()",
        "(inputs.s",
        "inputs.s)",
        "| upper",
        "inputs.s |",
        "inputs.s || upper",
        "typeOf (dict).a",
        "dict.a",
        "(list 1).a",
        "nil.a",
    ),
    *(
        'printf "%s" (inputs.l | join "-")',
        "inputs.m.1",
        "quote slugify",
        "quote toYaml",
        "toYaml",
        "toYaml 1 2",
        "slugify",
    ),
)

STREAMS = (
    CONFIG + '  a: "<< inputs.s | upper >>"\n',
    CONFIG + "  a: << inputs.o.nil >>\n",
    CONFIG + "  a: x<< /* no comment */ >>y\n",
    CONFIG + "  a: x<</* a comment\nof two lines */>>y\n",
    CONFIG + "  a: x  <<- /* a trimming comment */ ->>  y\n",
    CONFIG + "  a: x<</* unclosed >>y\n",
    CONFIG + "  a: x<</* bad end */ x>>y\n",
    CONFIG + "  a: '{{ .Values.x }} {{- {{ { {'\n",
    CONFIG + '  a: "{<< inputs.n >>}{{<< inputs.n >>}}"\n',
    CONFIG + "  a: '{ <<- inputs.n ->> }'\n",
    CONFIG + "  a: '<<- inputs.n ->>   '\n  b: '   <<- inputs.n->> '\n",
    CONFIG + "  a: '<<-3>> << -3 >> <<-  3 >>'\n",
    CONFIG + "<<- range $i, $x := inputs.l >>\n  k<< $i >>: '<< $x >>'\n<<- end >>\n",
    CONFIG + "<<- range inputs.l >>\n  k<< . >>: 'x'\n<<- end >>\n",
    CONFIG + "<<- range inputs.none >>\n  a: b\n<<- else >>\n  none: 'yes'\n<<- end >>\n",
    CONFIG + "<<- range $k, $v := inputs.m >>\n  k<< $k >>: << $v | toJson | squote >>\n<<- end >>\n",
    CONFIG + "<<- range $i := until 5 >><<- if eq $i 3 >><<- break >><<- end >>\n  k<< $i >>: 'x'\n<<- end >>\n",
    CONFIG + "<<- range $i := until 5 >><<- if eq $i 3 >><<- continue >><<- end >>\n  k<< $i >>: 'x'\n<<- end >>\n",
    CONFIG + "<<- range 3 >>\n  k<< . >>: 'x'\n<<- end >>\n",
    CONFIG + "<<- with inputs.m >>\n  x: '<< .x >><< .y.z >><< $ >>'\n<<- end >>\n",
    CONFIG + "<<- with inputs.m >>\n  x: '<< .nope >>'\n<<- end >>\n",
    CONFIG + "<<- with $m := inputs.m >>\n  x: '<< $m.x >>'\n<<- else with inputs.s >>\n  y: '1'\n<<- end >>\n",
    CONFIG + "<<- with inputs.o.nil >>\n  x: '1'\n<<- else with inputs.n >>\n  y: '<< . >>'\n<<- end >>\n",
    CONFIG + "<<- if inputs.empty >>\n  a: 'x'\n<<- else if inputs.n >>\n  b: 'y'\n<<- else >>\n  c: 'z'\n<<- end >>\n",
    CONFIG + "<<- $x := inputs.m >>\n<<- $x = inputs.m.y >>\n  a: '<< $x.z >>'\n",
    CONFIG + "<<- $x := 1 >><<- if true >><<- $x = 2 >><<- $x := 3 >><<- end >>\n  a: '<< $x >>'\n",
    CONFIG + '<<- $_ := set inputs "new" "added" >>\n  a: << inputs.new >>\n',
    CONFIG + "  a: '<< end >>'\n",
    CONFIG + "  a: '<< end >><< range inputs.l >>'\n",
    CONFIG + "  a: '<< else >>'\n",
    CONFIG + "  a: '<< if inputs.n >>x'\n",
    CONFIG + "  a: '<< break >>'\n",
    CONFIG + "  a: '<< if true >><< continue >><< end >>'\n",
    CONFIG + "  a: '<< >>'\n",
    CONFIG + "  a: '<<>>'\n",
    CONFIG + "  a: '<< inputs.n'\n",
    CONFIG + "  a: '>> inputs.n >> > < <'\n",
    CONFIG + "  a: '<<\ninputs.s\n|\nquote\n>>'\n",
    CONFIG + "  <<: *x\n",
    CONFIG + "  a: '<< unknownFunction inputs.n >>'\n",
    CONFIG + "  a: '<< if false >><< inputs.missing >><< end >>x'\n",
    CONFIG + "  a: '<< if false >><< unknownFunction >><< end >>x'\n",
    CONFIG + "  config: << inputs.m | toYaml | nindent 4 >>\n",
    CONFIG + "  config: |<< inputs.m | toYaml | nindent 4 >>\n  b: x\n",
    CONFIG + "  config: |-\n<< inputs.m | toYaml | indent 4 >>  b: x\n",
    CONFIG + "  a: << inputs.multi | quote >>\n",
    CONFIG + "  a: |\n    << inputs.multi | nindent 4 >>\n",
    "",
    "\n\n",
    "---\n---\n# nothing\n---\n" + CONFIG + "  a: x\n---\n",
    CONFIG + "  a: x\n--- # next\n" + CONFIG.replace("name: a", "name: b") + "  a: y\n",
    CONFIG + "  a: x\n--- next\n" + CONFIG,
    CONFIG + "  a: x\n---\n" + CONFIG + "  a: y\n",
    CONFIG + "  a: |\n    x\n---\nfoo: bar\n",
    "just text\n",
    "- a\n- b\n",
    "kind: Nothing\n",
    "kind: Nothing\nmetadata: {name: x}\n" + "---\n" + CONFIG + "  a: x\n",
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: x}\n---\n"
    + CONFIG
    + "  a: x\n",
    "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: l, namespace: x}}\n",
    "apiVersion: v1\nkind: List\nitems: [5]\n",
    '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "json"}, "data": {"a": "<< inputs.n >>"}}\n',
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: flow}, data: {a: '<< inputs.n >>'}}\n",
    CONFIG + "  a: 'x\n",
    CONFIG + "  yes: on\n  no: 0777\n  f: 1.0\n  d: 2001-01-01\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {fluxcd.controlplane.io/reconcile: disabled}}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {fluxcd.controlplane.io/reconcile: Disabled}}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
    "  annotations: {x: 1, fluxcd.controlplane.io/reconcile: disabled}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {x: 1, y: 'z'}}\n",
    CONFIG + "  a: '<< inputs.provider.name >>/<< inputs.provider.namespace >>/<< inputs.provider.kind >>'\n",
)

ENTRIES: tuple[Any, ...] = (
    {"a": "<< inputs.n >>", "b": "<< inputs.n | quote >>", "c": "x << inputs.s | quote >>", "d": "<< inputs.s >>"},
    {
        "a": '<< get inputs "s" | quote >>',
        "b": "plain: << inputs.n >>",
        "c": "# << inputs.n >>",
        "d": "'<< inputs.n >>'",
    },
    {
        "a": "line\n<< inputs.n >>\n",
        "b": "line\n  << inputs.n >>",
        "c": "\n<< inputs.n >>\n\n",
        "d": " line\n<< inputs.n >>",
    },
    {"<< inputs.n >>": "x", "z<< inputs.n >>": "y", "a10": 1, "a9": 2, "a09": 3, "A": 4, "_": 5},
    {"a": "<<- inputs.n ->>", "b": "x: <<- inputs.n ->> ", "c": "<< inputs.n >>: x", "d": "- << inputs.n >>"},
    {"a": "yes", "b": "1", "c": "1.5", "d": "null", "e": "~", "f": "", "g": "0x1", "h": "1:20", "i": "=", "j": "<<"},
    {"a": True, "b": 1, "c": 1.5, "d": None, "e": [], "f": {}, "g": [1, [2, []], {"x": []}], "h": 1e21, "i": 2**63},
    {
        "a": "2001-01-01",
        "b": "2001-1-1T10:00:00Z",
        "c": "12e3",
        "d": "1_000",
        "e": ".5",
        "f": "+1",
        "g": "0o7",
        "h": ".inf",
    },
    {
        "a": "ä\U0001f600",
        "b": "\x07bell",
        "c": "tab\there",
        "d": "trailing ",
        "e": " leading",
        "f": "\u2028",
        "g": "\ufeffx",
    },
    {"a": "x" * 200 + " y " + "<< inputs.n >>", "k" * 150: "long key", "b": "word " * 60},
    {"a": "<< inputs.m | toYaml | nindent 6 >>", "b": "|\n<< inputs.multi >>"},
    {"a": "<< if inputs.t >>yes<< end >>", "b": "<< range inputs.l >><< . >>,<< end >>"},
    {"a": "<< $x := inputs.n >>one", "b": "<< $x >>two"},
    {"a": "<< inputs.multi >>"},
    {"a": "{{ x }} {", "b": "a}}", "c": "[<< inputs.n >>]", "d": "*<< inputs.n >>", "e": "%<< inputs.n >>", "f": "!x"},
    {"a": "<< inputs.missing >>"},
    {"a": "<< inputs.s"},
)


def written() -> Iterator[SetCase]:
    """The cases of the table."""
    yield from (expression(text, **VALUES) for text in EXPRESSIONS)
    yield from (stream(text, **VALUES) for text in STREAMS)
    yield from (entry(data, **VALUES) for data in ENTRIES)
    one = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "<< inputs.n >>"},
        "data": {"a": "<< inputs.a >>"},
    }
    plain = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "plain"}, "data": {"a": "1"}}
    off = {**plain, "metadata": {"name": "off", "annotations": {"fluxcd.controlplane.io/reconcile": "disabled"}}}
    twice = [{"n": "x", "a": "1"}, {"n": "x", "a": "2"}, {"n": "z", "a": "3"}]
    yield SetCase({"resources": [plain, plain, off]})
    yield SetCase(
        {"inputs": [], "resources": [plain, plain, off], "resourcesTemplate": CONFIG + "  a: << inputs | toJson >>\n"}
    )
    yield SetCase({"inputs": [{"a": None}], "resources": [plain]})
    yield SetCase({"resourcesTemplate": CONFIG + "  a: << inputs.x >>\n"})
    yield SetCase({"resourcesTemplate": CONFIG + '  a: << set inputs "a" 1 | toJson >>\n'})
    yield SetCase(
        {"inputs": twice, "resources": [one, off, plain], "resourcesTemplate": CONFIG + "  a: << inputs.a >>\n"}
    )
    yield SetCase(
        {"inputs": twice, "resources": [one], "commonMetadata": {"labels": {"x": "y"}, "annotations": {"c": "d"}}}
    )
    yield SetCase({"inputs": [{"n": "a b", "a": 5}], "resources": [one]})
    mutating = {**one, "metadata": {"name": '<< (set inputs "n" (cat inputs.n "x" | replace " " "")).n >>'}}
    yield SetCase({"inputs": [{"n": "a", "a": "1"}], "resources": [mutating, {**mutating, "kind": "Secret"}]})
    yield SetCase(
        {"steps": [{"name": "a", "resources": [plain]}, {"name": "b", "resources": [off, one]}], "inputs": twice}
    )
    yield SetCase(
        {"steps": [{"name": "a", "resources": [plain]}, {"name": "b", "resourcesTemplate": CONFIG}], "inputs": twice}
    )
    yield SetCase({"steps": [{"name": "a", "resources": [plain]}, {"name": "b", "resources": [plain]}]})
    yield SetCase({"steps": [{"name": "a", "resources": [plain]}], "resources": [plain]})
    yield SetCase({"steps": [{"name": "a"}]})
    uses = CONFIG + "  a: << inputs.a >>\n  i: << inputs.id | quote >>\n  p: << inputs.provider | toJson | squote >>\n"
    uses = uses.replace("name: a\n", "name: << inputs.provider.name >>\n")
    both = (provider("one", {"env": "x"}, a=1), provider("two", {"env": "y"}, a=2), provider("three", {}, a=3))
    for sources in (
        [{"name": "one"}, {"name": "one"}],
        [{"name": "three"}, {"name": "one"}],
        [{"selector": {}}],
        [{"selector": {"matchLabels": {"env": "x"}}}],
        [{"selector": {"matchExpressions": [{"key": "env", "operator": "In", "values": ["x", "y"]}]}}],
        [{"selector": {"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["x"]}]}}],
        [{"selector": {"matchExpressions": [{"key": "env", "operator": "Exists"}]}}, {"name": "three"}],
        [{"selector": {"matchExpressions": [{"key": "env", "operator": "DoesNotExist"}]}}],
        [{"selector": {"matchExpressions": [{"key": "env", "operator": "Like"}]}}],
        [{}],
    ):
        yield SetCase({"inputsFrom": sources, "resourcesTemplate": uses}, both)
    crossed = uses.replace("inputs.provider.name", "inputs.id").replace("inputs.a", "inputs.one.a")
    crossed = crossed.replace("inputs.provider |", "inputs.two.provider |") + "  all: << inputs | toJson | squote >>\n"
    for strategy in ({"name": "Permute"}, {"name": "Permute", "includeEmptyProviders": True}, {"name": "Zip"}):
        spec = {"inputStrategy": strategy, "inputsFrom": [{"selector": {}}], "resourcesTemplate": crossed}
        yield SetCase(spec, both)
        yield SetCase({**spec, "inputs": [{"q": 1}, {"q": 2}]}, both)
        yield SetCase({**spec, "inputs": [{"q": index} for index in range(10_001)]}, both)
    names = ("my-app.v2", "Ünder score", "id", "a__b", "---")
    for name in names:
        text = CONFIG + "  all: << inputs | toJson | squote >>\n"
        yield SetCase(
            {"inputStrategy": {"name": "Permute"}, "inputsFrom": [{"name": name}], "resourcesTemplate": text},
            (provider(name, a=1),),
        )


KEYS = ("a", "b", "nested", "list", "text")
PIECES = (
    *(
        "<< inputs.a >>",
        "<< inputs.b | quote >>",
        "<< inputs.text >>",
        "<< inputs.text | quote >>",
        "<< inputs.nested.x >>",
    ),
    *("<< inputs.list | toJson >>", "<< inputs.nested | toYaml | nindent 4 >>", "<<- inputs.a ->>", "<<- inputs.b >>"),
    *(
        "<< range inputs.list >><< . >> << end >>",
        "<< if inputs.a >>x<<else>>y<< end >>",
        "<< with inputs.nested >><< .x >><< end >>",
    ),
    *(
        '<< inputs.a | default "none" | quote >>',
        "<< inputs.text | slugify >>",
        "<< inputs.text | upper | trunc 10 >>",
        "{{",
        "{",
        "'",
    ),
    *(
        '<< printf "%v" inputs.nested >>',
        "<< inputs.missing >>",
        "<</* c */>>",
        "text",
        " ",
        ": ",
        "# ",
        "- ",
        "\n",
        '"',
        "<",
        ">",
    ),
    *(
        "<< (index inputs.list 0) >>",
        "<< len inputs.list >>",
        "<< inputs.nested | toYaml | sha256sum >>",
        "<< $x := inputs.a >><< $x >>",
    ),
)
SCALARS: tuple[Any, ...] = (
    *(
        0,
        1,
        -7,
        1.5,
        2**53 + 1,
        True,
        False,
        None,
        "",
        "x",
        "yes",
        "1",
        "a b",
        "a: b",
        "# c",
        "- d",
        "{e}",
        "'",
        '"',
        "f\ng",
        "ü",
    ),
    *(
        "{{ h }}",
        "<< i >>",
        "[j",
        "k]",
        "*l",
        "&m",
        "!n",
        "%o",
        "@p",
        "`q",
        "r ",
        " s",
        "t\n",
        "\n",
        "1e3",
        "0.10",
        "~",
        "null",
        "v1.2.3",
    ),
)

TAME_PIECES = (
    *(
        "<< inputs.a >>",
        "<< inputs.text >>",
        "<< inputs.nested.x >>",
        "<< inputs.text | slugify >>",
        "text",
        "-",
        " ",
        "{{",
        "}",
    ),
    *(
        "<< range inputs.list >><< . >> << end >>",
        "<< if inputs.a >>x<<else>>y<< end >>",
        "<<- inputs.b ->>",
        "<</* c */>>",
    ),
    *("<< inputs.text | upper | trunc 10 >>", "<< len inputs.list >>", "<< inputs.nested | toYaml | sha256sum >>"),
    *("<< with inputs.nested >><< .x >><< end >>", "<< $x := inputs.a >><< $x >>", '<< printf "%v" inputs.nested.y >>'),
)
TAME_SCALARS: tuple[Any, ...] = (
    0,
    1,
    -7,
    1.5,
    2**53 + 1,
    True,
    False,
    "x",
    "yes",
    "1",
    "a b",
    "1e3",
    "0.10",
    "v1.2.3",
    "~",
)


@dataclass(frozen=True)
class _Dice:
    """Decides what is in a case."""

    chance: random.Random
    wild: bool
    """Whether most of it is what some part of the way will refuse."""

    def spec(self) -> SetCase:
        spec: dict[str, Any] = {}
        if self.chance.random() < 0.9:
            spec["inputs"] = [self._inputs() for _ in range(self.chance.randint(0, 3))]
        providers = tuple(
            provider(f"p{index}", {"n": str(index % 2)}, **self._inputs()) for index in range(self.chance.randint(0, 2))
        )
        if providers:
            spec["inputsFrom"] = [
                {"selector": {"matchLabels": {"n": self.chance.choice("01")}}},
                {"name": "p0"},
            ]
        if self.chance.random() < 0.3:
            spec["commonMetadata"] = {"labels": {"team": "a"}, "annotations": {"note": "b"}}
        bodies = [self._body() for _ in range(self.chance.randint(1, 2))]
        if self.chance.random() < 0.2:
            spec["steps"] = [{"name": f"s{index}", **body} for index, body in enumerate(bodies)]
        else:
            for body in bodies:
                spec.update(body)
        return SetCase(spec, providers)

    def _scalar(self) -> Any:
        return self.chance.choice(SCALARS if self.wild else TAME_SCALARS)

    def _inputs(self) -> dict[str, Any]:
        values: dict[str, Any] = {key: "none" if (one := self._scalar()) is None else one for key in ("a", "b")}
        values["text"] = str(self._scalar())
        values["nested"] = {"x": self._scalar(), "y": [self._scalar()]}
        values["list"] = [self._scalar() for _ in range(self.chance.randint(0, 3))]
        if self.wild and self.chance.random() < 0.05:
            values.pop(self.chance.choice(KEYS))
        return values

    def _body(self) -> dict[str, Any]:
        if self.chance.random() < 0.6:
            return {"resources": [self._entry() for _ in range(self.chance.randint(1, 3))]}
        documents = []
        for _ in range(self.chance.randint(1, 2)):
            name = self.chance.choice(("n", "n-<< inputs.b | toJson | adler32sum >>"))
            lines = [f"  k{index}: {self._content(' ')}" for index in range(self.chance.randint(0, 4))]
            documents.append(CONFIG.replace("name: a", f"name: {name}") + "\n".join(lines))
        return {"resourcesTemplate": self.chance.choice(("\n---\n", "\n--- # next\n")).join(documents)}

    def _entry(self) -> dict[str, Any]:
        name = self.chance.choice(("e", "e-<< inputs.b | toJson | adler32sum >>", "e2"))
        data = {
            f"k{index}": self._scalar() if self.chance.random() < 0.2 else self._content("\n")
            for index in range(self.chance.randint(0, 4))
        }
        metadata = {"name": name, "namespace": "apps"}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}

    def _content(self, line_break: str) -> str:
        pieces = PIECES if self.wild else TAME_PIECES
        text = "".join(self.chance.choice(pieces) for _ in range(self.chance.randint(1, 3)))
        return text.replace("\n", line_break) if self.wild else f"'{text}'"


def generated(chance: random.Random, count: int) -> Iterator[SetCase]:
    """Cases with everything in them that dice put there."""
    for _ in range(count):
        yield _Dice(chance, wild=chance.random() < 0.4).spec()
