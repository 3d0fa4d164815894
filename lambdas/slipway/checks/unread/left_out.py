"""Files and directories that a kustomization does not list, though it lists what lies beside them.

kustomize reads what its files name and nothing else (kustomize api/internal/target). What a comment there names was
left out on purpose.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.read import KustomizationFile, Read
from slipway.checks.subject import Subject
from slipway.errors import InputError
from slipway.fleet.flux import KUSTOMIZE_GROUP
from slipway.fleet.kustomization import KUSTOMIZATION_FILES
from slipway.fleet.manifests import YAML_SUFFIXES
from slipway.fleet.objects import ObjectKey, group_of
from slipway.fleet.outline import Outline, outline
from slipway.fleet.tree import Tree

FILE_LEFT_OUT = Rule("SLW111", "A file that its kustomization does not list", "warning")
DIRECTORY_LEFT_OUT = Rule("SLW112", "A directory that its kustomization does not list", "info")

RULES = (FILE_LEFT_OUT, DIRECTORY_LEFT_OUT)

MIN_NEIGHBOURS = 2
"""Directories that a kustomization must list before one beside them seems to be forgotten."""

_ON_PURPOSE = "name it in a comment there if it is left out on purpose"
_KUSTOMIZE_CONFIG = "kustomize.config.k8s.io"
_NOT_MEANT = frozenset(
    ("example", "examples", "sample", "samples", "template", "templates", "test", "tests", "docs", "manual", "manually")
)
_BY_HAND = re.compile(rb"^[ \t]*#.*(?:kubectl|manual|by hand)", re.MULTILINE | re.IGNORECASE)


def unread_findings(subject: Subject) -> Iterator[Finding]:
    """What nothing reads, though what lies beside it is read."""
    read = subject.read
    for kustomization in read.kustomizations():
        if _NOT_MEANT.isdisjoint(kustomization.path.split("/")):
            yield from _files(kustomization, read, subject)
            yield from _directories(kustomization, read, subject)


def _files(kustomization: KustomizationFile, read: Read, subject: Subject) -> Iterator[Finding]:
    root = subject.root
    for path in kustomization.tree.files_in(kustomization.directory):
        if path in read.files or not path.endswith(YAML_SUFFIXES) or not _NOT_MEANT.isdisjoint(_words_of(path)):
            continue
        name = posixpath.basename(path)
        objects = () if _BY_HAND.search(root.read(path)) else _objects(root, path)
        if objects and kustomization.words.isdisjoint((name, posixpath.splitext(name)[0])):
            message = f"it lies beside {kustomization.path}, which does not list it: no cluster gets it"
            hint = f"add “- {name}” to its resources, or {_ON_PURPOSE}"
            if _is_flux_kustomization(objects[0]):  # that of a directory is listed above the directory
                hint = f"list it where its like is listed, or {_ON_PURPOSE}"
            rule = _of_age(FILE_LEFT_OUT, path, subject)
            yield Finding(rule, message, root.at(path, objects[0].line), _named(objects), hint=hint)


def _of_age(rule: Rule, path: str, subject: Subject) -> Rule:
    """The rule for a file: what a change adds is meant for a cluster, what was there before may be left over."""
    is_new = subject.against is not None and path not in subject.against.root
    return rule.at("warning" if is_new else "info")


def _directories(kustomization: KustomizationFile, read: Read, subject: Subject) -> Iterator[Finding]:
    root = subject.root
    neighbours = dict(filter(None, (_below(kustomization.directory, path) for path in kustomization.resources)))
    if len(neighbours) < MIN_NEIGHBOURS:
        return
    entries = set(neighbours.values())
    for directory in _subdirectories(kustomization):
        name = posixpath.basename(directory)
        if directory in read.directories or name in kustomization.words or name in _NOT_MEANT:
            continue
        found, entry = next(
            ((path, one) for one in sorted(entries) if (path := _entry(root, directory, one))), ("", "")
        )
        if not found:
            continue
        message = f"{kustomization.path} lists {len(neighbours)} directories beside it, but not it: no cluster gets it"
        listed = posixpath.join(name, entry) if entry else name
        hint = f"add “- {listed}” to its resources, or {_ON_PURPOSE}"
        rule = _of_age(DIRECTORY_LEFT_OUT, found, subject)
        yield Finding(rule, message, root.at(found, 1), _named(_objects(root, found)), hint=hint)


def _below(directory: str, path: str) -> tuple[str, str] | None:
    """A directory in another one that a path leads into, and the rest of the path."""
    prefix = f"{directory}/" if directory else ""
    if not path.startswith(prefix) or path == directory:
        return None
    name, _, rest = path.removeprefix(prefix).partition("/")
    return (name, rest) if rest or not name.endswith(YAML_SUFFIXES) else None


def _subdirectories(kustomization: KustomizationFile) -> list[str]:
    directory = kustomization.directory
    below = (_below(directory, path) for path in kustomization.tree.files_below(directory))
    return sorted({posixpath.join(directory, found[0]) for found in below if found and found[1]})


def _entry(root: Tree, directory: str, rest: str) -> str:
    """The file by which a directory would be listed as its neighbours are; empty if it has none such."""
    path = posixpath.join(directory, rest) if rest else directory
    names = (path, *(posixpath.join(path, name) for name in KUSTOMIZATION_FILES))
    return next((name for name in names if name in root), "")


def _words_of(path: str) -> list[str]:
    return posixpath.basename(path).replace("-", ".").replace("_", ".").split(".")


def _objects(root: Tree, path: str) -> tuple[Outline, ...]:
    """The Kubernetes objects of a file; none if it holds anything else."""
    try:
        found = outline(root, path)
    except InputError:
        return ()
    sound = all(
        one.api_version and one.kind and one.name and group_of(one.api_version) != _KUSTOMIZE_CONFIG for one in found
    )
    return found if sound else ()


def _is_flux_kustomization(entry: Outline) -> bool:
    return entry.kind == "Kustomization" and group_of(entry.api_version) == KUSTOMIZE_GROUP


def _named(objects: tuple[Outline, ...]) -> str:
    if not objects:
        return ""
    first = objects[0]
    return str(ObjectKey(group_of(first.api_version), first.kind, first.namespace, first.name))
