"""YAML as Kubernetes reads it.

What a scalar means is up to `slipway.fleet.dialect`. Duplicate keys are refused, as kustomize refuses them; of a merge
(`<<`), keys written in the mapping itself win, as with kustomize.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from slipway.errors import InputError
from slipway.fleet import dialect
from slipway.fleet.composer import Composer
from slipway.fleet.events import Path, line_at, line_of, lines_of_items

__all__ = [
    "YAML_SUFFIXES",
    "Document",
    "Path",
    "dump",
    "line_of",
    "lines_of_items",
    "load_document",
    "load_documents",
    "load_first_document",
]

YAML_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Document:
    """One document of a YAML file."""

    value: Any
    """Mappings, lists, text, numbers, booleans, None. What an alias repeats is the same object: change nothing."""
    line: int
    """1-based line of the first key."""
    index: int
    """Position among the file's documents, empty ones included."""


def load_documents(data: bytes, file: str = "") -> list[Document]:
    """All documents of a YAML file that are not empty.

    Raises:
        InputError: it is not UTF-8, not YAML, or has duplicate keys; names the line.
        LimitError: it is beyond one of the limits in `slipway.fleet.events` and `slipway.fleet.composer`.
    """
    documents = []
    composer = Composer(data, file)
    for index, event in enumerate(composer.events.roots()):
        value = composer.compose(event, index)
        if value is not None:
            documents.append(Document(value, line_at(event), index))
    return documents


def load_first_document(data: bytes, file: str = "") -> Any:
    """The first document of a YAML file, None if it is empty: what Go's decoders read of a file.

    Raises:
        InputError: as `load_documents`; what follows the first document is not looked at.
    """
    composer = Composer(data, file)
    event = next(composer.events.roots(), None)
    return None if event is None else composer.compose(event, 0)


def load_document(data: bytes, file: str = "") -> Any:
    """The only document of a YAML file, None if it is empty.

    Raises:
        InputError: as `load_documents`, or there are several documents.
    """
    documents = load_documents(data, file)
    if len(documents) > 1:
        raise InputError(f"one document expected, found {len(documents)}", file=file, line=documents[1].line)
    return documents[0].value if documents else None


def dump(value: Any) -> str:
    """One YAML document: keys in their order, no aliases, text quoted where a YAML 1.1 reader would misread it."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=2**30, allow_unicode=True)


class _Dumper(yaml.CSafeDumper):
    """Plain, block style, no aliases."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


_UNSAFE_IN_BLOCK = re.compile(r"[ \t]\n|^\s|[^\x09\x0a\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]")


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    if "\n" in text and not _UNSAFE_IN_BLOCK.search(text):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    quote = None if isinstance(dialect.plain(text), str) and text != "=" else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=quote)


_Dumper.add_representer(str, _represent_text)
