"""Rules about what SOPS encrypts in the files of the repository: SLW604, SLW605, SLW607.

Source: getsops/sops, `config/config.go`: of the `creation_rules` in `.sops.yaml`, the first one counts whose
`path_regex` matches a path, which is relative to that file; `stores/stores.go` for the metadata of what is encrypted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from slipway.checks.finding import Finding
from slipway.checks.said import Said, once_per_line
from slipway.checks.secrets.linear import matches
from slipway.checks.secrets.rules import SOPS_CLOSED, SOPS_FORGOTTEN, SOPS_PARTLY
from slipway.checks.secrets.values import is_placeholder, secrecy, secrecy_of_file
from slipway.checks.subject import Subject
from slipway.errors import InputError
from slipway.fleet.manifests import YAML_SUFFIXES, Path, line_of, load_documents
from slipway.fleet.model import RenderedKustomization
from slipway.fleet.objects import mapping, sequence, text
from slipway.fleet.standing import has_encrypted_values, is_decrypted
from slipway.fleet.tree import Tree

CONFIG = ".sops.yaml"
MAX_FILE_BYTES = 1024 * 1024
"""Of an encrypted file that is read; those of public repositories have some kilobytes."""
MAX_RULES = 100
"""Creation rules of one configuration; a path is matched with each."""
MAX_NAMED = 3
"""Values that are named in a message; the others are counted."""
MAX_VALUES = 10_000
"""Values of one document that are looked at."""

_NAMED = re.compile(r"(?:^|[._-])(sops|enc|encrypted)(?=[._-])")
"""What names of files say that are encrypted, such as `secret.sops.yaml`."""
_ENCRYPTED = re.compile(rb"ENC\[[A-Z0-9_]+,|^(?:sops:|sops_|\[sops\])|\"sops\"\s*:", re.MULTILINE)
_TEMPLATE = (".j2", ".tmpl", ".tpl", ".example", ".sample", ".md", ".pub", ".asc")


def sops_findings(subject: Subject) -> Iterator[Finding]:
    """Files that are not encrypted, or not enough."""
    tree = subject.root
    configs = {path.rpartition("/")[0]: _rules(tree, path) for path in tree if path.rpartition("/")[2] == CONFIG}
    for path in sorted(tree):
        name = path.rpartition("/")[2]
        if name == CONFIG or len(tree.read(path)) > MAX_FILE_BYTES:
            continue
        if _NAMED.search(name) and configs and not name.endswith(_TEMPLATE):
            yield from _forgotten(tree, path, configs)
        if name.endswith(YAML_SUFFIXES) and b"sops:" in tree.read(path):
            for left in tree.derived("left by sops", path, partial(_left_in_clear, tree.read(path))):
                yield _partly(tree, path, left)


def _rules(tree: Tree, path: str) -> tuple[str, ...]:
    """The patterns of the creation rules, in their order; of a rule for any path, one that matches all."""
    try:
        documents = load_documents(tree.read(path), path)
    except InputError:
        return ()
    config = mapping(documents[0].value) if documents else {}
    rules = [mapping(rule) for rule in sequence(config.get("creation_rules"))[:MAX_RULES]]
    return tuple(text(rule.get("path_regex")) for rule in rules)


def _forgotten(tree: Tree, path: str, configs: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    rule = _rule_for(path, configs)
    data = tree.read(path)
    # The rule must be about files that are named so: some match whatever lies in a directory.
    if not any(word in rule for word in _NAMED.findall(path.rpartition("/")[2])) or _ENCRYPTED.search(data):
        return
    if _has_secrets(data, path):
        message = f"a rule in {CONFIG} is for it, and it is not encrypted"
        hint = f"sops --encrypt --in-place {path}; and change its values, which Git's history keeps"
        yield Finding(SOPS_FORGOTTEN, message, tree.at(path, 0), hint=hint)


def _rule_for(path: str, configs: Mapping[str, tuple[str, ...]]) -> str:
    """The pattern of the rule that counts; empty if there is none, or if it names no paths."""
    directory = path
    while directory:
        directory = directory.rpartition("/")[0]
        if directory in configs:
            relative = path[len(directory) :].lstrip("/")
            return next((rule for rule in configs[directory] if not rule or matches(rule, relative) is not False), "")
    return ""


def _has_secrets(data: bytes, path: str) -> bool:
    if path.endswith(YAML_SUFFIXES):
        try:
            objects = [mapping(document.value) for document in load_documents(data, path)]
        except InputError:
            return False
        values = [mapping(obj.get(name)).values() for obj in objects for name in ("data", "stringData")]
        if any(isinstance(value, str) and value and not is_placeholder(value) for some in values for value in some):
            return True
    return bool(secrecy_of_file(data.decode(errors="replace")))


@dataclass(frozen=True)
class _Left:
    """What SOPS left in clear text in a document."""

    line: int
    names: tuple[str, ...]


def _left_in_clear(data: bytes) -> tuple[_Left, ...]:
    try:
        documents = load_documents(data)
    except InputError:
        return ()
    found = []
    for document in documents:
        value = mapping(document.value)
        sops = value.get("sops")
        if not isinstance(sops, Mapping) or "mac" not in sops:
            continue
        suffix = text(sops.get("unencrypted_suffix")) or "_unencrypted"
        paths = [path for path in _clear(value) if not str(path[-1]).endswith(suffix)]
        if paths:
            names = tuple(str(path[-1]) for path in paths)
            found.append(_Left(line_of(data, document.index, paths[0]), names))
    return tuple(found)


def _clear(document: Mapping[str, Any]) -> Iterator[Path]:
    """The fields whose values are surely secret and not encrypted."""
    todo: list[tuple[Any, Path]] = [(item, (name,)) for name, item in document.items() if name != "sops"]
    for _ in range(MAX_VALUES):
        if not todo:
            return
        value, path = todo.pop()
        if isinstance(value, Mapping):
            todo.extend((item, (*path, name)) for name, item in value.items())
        elif isinstance(value, list):
            todo.extend((item, (*path, index)) for index, item in enumerate(value))
        elif isinstance(value, str) and _is_clear(path[-1], value):
            yield path


def _is_clear(name: object, value: str) -> bool:
    return isinstance(name, str) and not value.startswith("ENC[") and secrecy(name, value) == "certain"


def _partly(tree: Tree, path: str, left: _Left) -> Finding:
    names = ", ".join(f"`{name}`" for name in left.names[:MAX_NAMED])
    more = f" and {len(left.names) - MAX_NAMED} more" if len(left.names) > MAX_NAMED else ""
    message = f"SOPS has encrypted the file, and left {names}{more} in clear text"
    hint = f"let encrypted_regex in {CONFIG} match it and encrypt anew; and change the value, which Git's history keeps"
    return Finding(SOPS_PARTLY, message, tree.at(path, left.line), hint=hint)


def undecrypted_findings(subject: Subject) -> Iterator[Finding]:
    """Objects that reach a cluster with ciphertext for values."""
    return once_per_line(_undecrypted(subject), subject.lines)


def _undecrypted(subject: Subject) -> Iterator[Said]:
    for landed in subject.distinct:
        obj, owner = landed.obj, landed.owner
        if not isinstance(owner, RenderedKustomization) or obj.kind in _DECRYPTED_BY_OTHERS:
            continue
        if not has_encrypted_values(obj) or is_decrypted(obj, owner):
            continue
        whole = "sops" in obj.value
        if whole and obj.kind == "Secret":
            continue  # Flux refuses those itself, which another rule tells, or is asked to leave them
        message = f"SOPS has encrypted {'it' if whole else 'values of it'}, and {owner.key} decrypts nothing"
        path: Path = ("sops",) if whole else ("data",)
        hint = f"the cluster gets the ciphertext; set spec.decryption of {owner.key} to provider sops with its keys"
        yield Said(SOPS_CLOSED, landed, path, message, hint)


_DECRYPTED_BY_OTHERS = ("SopsSecret",)
"""Kinds that have a controller of their own for it."""
