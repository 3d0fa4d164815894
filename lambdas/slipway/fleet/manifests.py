"""YAML as Kubernetes reads it.

The dialect is that of `sigs.k8s.io/yaml` (goyaml.v2, resolve.go), through which every object passes before the API
server sees it: YAML 1.1 booleans (`yes`, `on`, `y` …), octal `0777`, no sexagesimal numbers, timestamps stay text,
unknown tags are ignored, keys become text. Duplicate keys are refused, as kustomize refuses them.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from slipway.errors import InputError, LimitError

MAX_FILE_BYTES = 8 * 1024 * 1024
"""Size of one YAML file. The largest known in the wild, bundles of CRDs, have 2 to 5 MiB."""
MAX_NODES = 1_000_000
"""Values in one YAML file once aliases are expanded: an alias bomb has billions."""
MAX_DEPTH = 200
"""Nesting of mappings and lists; the API server's own limit is 10,000 for JSON, kustomize's recursion is lower."""
MAX_DOCUMENTS = 5_000
"""Documents in one file."""

YAML_SUFFIXES = (".yaml", ".yml")

Path = tuple[str | int, ...]
"""Where a value stands in a document: keys and indices from the root."""


@dataclass(frozen=True)
class Document:
    """One document of a YAML file."""

    value: Any
    """Mappings, lists, text, numbers, booleans, None."""
    line: int
    """1-based line of the first key."""
    index: int
    """Position among the file's documents, empty ones included."""


def load_documents(data: bytes, file: str = "") -> list[Document]:
    """All documents of a YAML file that are not empty.

    Raises:
        InputError: it is not UTF-8, not YAML, or has duplicate keys; names the line.
        LimitError: it is beyond one of this module's limits.
    """
    content = _text(data, file)
    _check_depth(data, file)
    try:
        return _load(_Loader(content), data, file)
    except _AnchorDefinedAgain:
        return _load(_PatientLoader(content), data, file)


def _load(loader: _Loader | _PatientLoader, data: bytes, file: str) -> list[Document]:
    documents: list[Document] = []
    loader.file = file
    try:
        index = 0
        while loader.check_node():
            node = _root(loader)
            if index >= MAX_DOCUMENTS:
                raise LimitError(f"more than {MAX_DOCUMENTS} documents (MAX_DOCUMENTS)", file=file)
            _check_nodes(node, file)
            value = loader.construct_document(node)
            if value is not None:
                documents.append(Document(value, node.start_mark.line + 1, index))
            index += 1
    except yaml.MarkedYAMLError as err:
        if err.problem == "second occurrence" and isinstance(loader, _Loader):
            raise _AnchorDefinedAgain from None
        mark = err.problem_mark or err.context_mark
        line = mark.line + 1 if mark else 0
        problem = err.problem or err.context or "malformed"
        raise InputError(f"not valid YAML: {problem}", file=file, line=line) from None
    except yaml.YAMLError as err:
        line = _reader_line(err, data)
        raise InputError(f"not valid YAML: {_reason(err)}", file=file, line=line) from None
    finally:
        loader.dispose()
    return documents


def load_document(data: bytes, file: str = "") -> Any:
    """The only document of a YAML file, None if it is empty.

    Raises:
        InputError: as `load_documents`, or there are several documents.
    """
    documents = load_documents(data, file)
    if len(documents) > 1:
        raise InputError(
            f"one document expected, found {len(documents)}",
            file=file,
            line=documents[1].line,
        )
    return documents[0].value if documents else None


def line_of(data: bytes, index: int, path: Path) -> int:
    """1-based line of a value in document `index` of a file; of the deepest ancestor that exists if it does not."""
    content = _text(data, "")
    try:
        return _line(_Loader(content), index, path)
    except yaml.composer.ComposerError:
        return _line(_PatientLoader(content), index, path)


def _line(loader: _Loader | _PatientLoader, index: int, path: Path) -> int:
    try:
        for position, node in enumerate(_nodes(loader)):
            if position == index:
                return _line_in(node, path)
    finally:
        loader.dispose()
    return 1


def dump(value: Any) -> str:
    """One YAML document: keys in their order, no aliases, text quoted where a YAML 1.1 reader would misread it."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=10_000, allow_unicode=True)


def _text(data: bytes, file: str) -> str:
    if len(data) > MAX_FILE_BYTES:
        raise LimitError(
            f"{len(data):,} bytes of YAML, over the limit of {MAX_FILE_BYTES:,} (MAX_FILE_BYTES); split it",
            file=file,
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        raise InputError(
            f"byte 0x{data[err.start]:02x} is not UTF-8; save the file as UTF-8", file=file, line=line
        ) from None


def _reader_line(err: yaml.YAMLError, data: bytes) -> int:
    position = getattr(err, "position", None)
    return data.count(b"\n", 0, position) + 1 if isinstance(position, int) else 0


def _reason(err: yaml.YAMLError) -> str:
    return str(getattr(err, "reason", None) or err).splitlines()[0]


_SUSPECT_LINE = re.compile(rb"^(?: {%d,}|(?:\s*[-?]\s){20,})" % MAX_DEPTH, re.MULTILINE)


def _check_depth(data: bytes, file: str) -> None:
    """Refuse deep nesting before the composer recurses into it; only files that could be deep pay for the scan."""
    if data.count(b"[") + data.count(b"{") < MAX_DEPTH and not _SUSPECT_LINE.search(data):
        return
    depth = 0
    for event in yaml.parse(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1 if event.start_mark else 0
                raise LimitError(f"nested deeper than {MAX_DEPTH} levels (MAX_DEPTH)", file=file, line=line)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1


def _check_nodes(root: yaml.Node, file: str) -> None:
    """Count values as if every alias were expanded, without expanding any."""
    sizes: dict[int, int | None] = {}

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            known = sizes[id(node)]
            if known is None:
                line = node.start_mark.line + 1
                raise InputError("an anchor that contains its own alias", file=file, line=line)
            return known
        sizes[id(node)] = None
        if isinstance(node, yaml.MappingNode):
            total = 1 + sum(size(key) + size(value) for key, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            total = 1 + sum(size(item) for item in node.value)
        else:
            total = 1
        sizes[id(node)] = total
        return total

    if (total := size(root)) > MAX_NODES:
        line = root.start_mark.line + 1
        raise LimitError(
            f"{total:,} values once its aliases are expanded, the limit is {MAX_NODES:,} (MAX_NODES)",
            file=file,
            line=line,
        )


def _nodes(loader: _Loader | _PatientLoader) -> Iterator[yaml.Node]:
    while loader.check_node():
        yield _root(loader)


def _root(loader: _Loader | _PatientLoader) -> yaml.Node:
    node = loader.get_node()
    assert node is not None  # noqa: S101 - check_node() said so
    return node


def _line_in(node: yaml.Node, path: Path) -> int:
    line = node.start_mark.line + 1
    for step in path:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    line, node = key.start_mark.line + 1, value
                    break
            else:
                return line
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return line
    return line


class _AnchorDefinedAgain(Exception):
    """YAML lets an anchor be defined anew; PyYAML's C composer does not."""


class _Dialect(yaml.constructor.SafeConstructor):
    """What both parsers construct alike."""

    file = ""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        seen: dict[Any, int] = {}
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                continue
            name = _key(self.construct_object(key, deep=True))
            if name in seen:
                line = key.start_mark.line + 1
                raise InputError(
                    f"duplicate key {name!r}, first given on line {seen[name]}",
                    file=self.file,
                    line=line,
                )
            seen[name] = key.start_mark.line + 1
        return {_key(key): value for key, value in super().construct_mapping(node, deep=deep).items()}


class _Loader(_Dialect, yaml.CSafeLoader):
    """The C parser."""


class _PatientLoader(_Dialect, yaml.SafeLoader):
    """The parser in Python, which lets anchors be defined anew."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if not self.check_event(yaml.AliasEvent):
            event: Any = self.peek_event()  # type: ignore[no-untyped-call]
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


_BOOLEANS: Mapping[str, bool] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_INTEGER = re.compile(r"^[-+]?(?:0[bB][01_]+|0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]*|[1-9][0-9_]*)$")
_FLOAT = re.compile(
    r"^[-+]?(?:\.[0-9_]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$"
    r"|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$"
)


def _boolean(_: Any, node: yaml.ScalarNode) -> bool:
    try:
        return _BOOLEANS[node.value]
    except KeyError:
        raise yaml.constructor.ConstructorError(
            None, None, f"cannot read {node.value!r} as a boolean", node.start_mark
        ) from None


def _integer(_: Any, node: yaml.ScalarNode) -> int | float | str:
    text = str(node.value).replace("_", "")
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text.lstrip("+"))
    bases = {"0b": 2, "0x": 16, "0o": 8}
    base = bases.get(digits[:2].lower())
    if base:
        value = int(digits[2:], base)
    elif len(digits) > 1 and digits.startswith("0"):
        value = int(digits, 8)
    else:
        value = int(digits, 10)
    value *= sign
    if -(2**63) <= value < 2**64:
        return value
    return float(value) if base is None else str(node.value)


def _float(_: Any, node: yaml.ScalarNode) -> float:
    return float(str(node.value).replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))


def _binary(_: Any, node: yaml.ScalarNode) -> str:
    return base64.b64decode(node.value).decode("utf-8", "replace")


def _ignore_tag(loader: Any, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


def _set_up_loaders() -> None:
    for loader in (_Loader, _PatientLoader):
        loader.yaml_implicit_resolvers = {}
        add = loader.add_implicit_resolver
        add("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
        add("tag:yaml.org,2002:bool", re.compile("^(?:" + "|".join(_BOOLEANS) + ")$"), list("yYnNtTfFoO"))
        add("tag:yaml.org,2002:int", _INTEGER, list("-+0123456789"))
        add("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))
        add("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])
        loader.add_constructor("tag:yaml.org,2002:bool", _boolean)
        loader.add_constructor("tag:yaml.org,2002:int", _integer)
        loader.add_constructor("tag:yaml.org,2002:float", _float)
        loader.add_constructor("tag:yaml.org,2002:binary", _binary)
        loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
        loader.add_multi_constructor("!", _ignore_tag)


class _Dumper(yaml.CSafeDumper):
    """Plain, block style, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    if "\n" in text and not re.search(r"[ \t]\n|^\s|[^\x09\x0a\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]", text):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    quote = '"' if text in _BOOLEANS or text == "=" or _INTEGER.match(text) or _FLOAT.match(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=quote)


_Dumper.add_representer(str, _represent_text)
_set_up_loaders()
