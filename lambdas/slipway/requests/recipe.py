"""Recipes: what a request changes in a repository, as the repository itself says it.

`.slipway/recipes/add-cluster.yaml` holds what somebody would write by hand: files with `<cluster>` in their paths and
content, and edits of files that there are. Its format is in docs/requests.md. A repository without a recipe for a
request is not changed by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from slipway.fleet.manifests import Path, load_document
from slipway.fleet.settings.reader import Reader
from slipway.fleet.tree import Tree
from slipway.requests.filling import named
from slipway.requests.kinds import Kind
from slipway.requests.yaml_edit import Selector

DIRECTORY = ".slipway/recipes"
MAX_ENTRIES = 100
"""Files, or edits, of one step."""
MAX_STEPS = 10

Operation = Literal["set", "add", "remove"]
OPERATIONS: tuple[Operation, ...] = ("set", "add", "remove")

_MADE = ("cluster", "environment", "availability-zones", "repository-name")
"""Names that recipes have besides the fields of their request and their own defaults."""
_STEP = {"files", "ensure", "edits", "delete", "identities"}


@dataclass(frozen=True)
class Edit:
    """A change of one place in a YAML file."""

    file: str
    at: str
    """The place, as a JSON pointer: `/data/KUBERNETES_VERSION`."""
    operation: Operation
    value: Any
    """What is set or added; of what is removed, the item of a list, or True for the key itself."""
    document: Selector | None
    when: Mapping[str, tuple[str, ...]]
    """Values, or patterns of them, of which each field has to have one; `*` is any."""
    line: int


@dataclass(frozen=True)
class Identity:
    """A key pair by which a cluster reads repositories, sealed for it."""

    file: str
    name: str
    namespace: str
    repository: str


@dataclass(frozen=True)
class Step:
    """What one pull request holds."""

    name: str
    files: Mapping[str, str] = field(default_factory=dict)
    """New files."""
    ensure: Mapping[str, str] = field(default_factory=dict)
    """Files that are made if an edit changes them and they are not there."""
    edits: tuple[Edit, ...] = ()
    delete: tuple[str, ...] = ()
    """Files and folders."""
    identities: tuple[Identity, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """What a request of one kind changes in one repository."""

    file: str
    defaults: Mapping[str, str]
    """Values of fields that a request does not give."""
    require: Mapping[str, str]
    """Files, or fields of files (`file#/pointer`), that have to be there, and what is wrong if they are not."""
    where: str
    """A file that a cluster has which the subject is on; `""` if it is on none in particular."""
    steps: tuple[Step, ...]


def recipe_path(kind: Kind) -> str:
    """Where the recipe of a kind is."""
    return f"{DIRECTORY}/{kind.name}.yaml"


def read_recipe(kind: Kind, tree: Tree) -> Recipe | None:
    """The recipe that a repository has for a kind of request.

    Raises:
        InputError: something in it is wrong; the text names all of it with its lines.
    """
    path = recipe_path(kind)
    if path not in tree:
        return None
    data = tree.read(path)
    reader = Reader(data, path)
    fields = reader.mapping((), load_document(data, path), {"defaults", "require", "steps", "where", *_STEP})
    if "steps" in fields and _STEP & set(fields):
        reader.wrong(("steps",), f"give steps, or {', '.join(sorted(_STEP))} of the only one")
    steps: tuple[Step, ...] = ()
    if "steps" in fields:
        items = reader.list(("steps",), fields["steps"])
        if len(items) > MAX_STEPS:
            reader.wrong(("steps",), f"it has over {MAX_STEPS} steps (MAX_STEPS)")
        if not items:
            reader.wrong(("steps",), "steps has none; a recipe that changes nothing is not needed")
        steps = tuple(_step(reader, ("steps", at), item, {"name"}) for at, item in enumerate(items[:MAX_STEPS]))
    else:
        steps = (_step(reader, (), {name: fields[name] for name in fields if name in _STEP}, set()),)
    recipe = Recipe(
        path,
        _texts(reader, ("defaults",), fields.get("defaults")),
        _texts(reader, ("require",), fields.get("require")),
        reader.text(("where",), fields.get("where")) or "",
        steps,
    )
    _check_defaults(reader, kind, recipe.defaults)
    _check_names(reader, (), fields, {*recipe.defaults, *_MADE, *(field.name for field in kind.fields)})
    reader.check()
    return recipe


def is_writable(path: str) -> bool:
    """True if a recipe may write a path: one within the repository, and neither Git's nor that of recipes."""
    parts = path.rstrip("/").split("/")
    plain = not any(part in ("", ".", "..") or part.lower() == ".git" for part in parts)
    own = [part.lower() for part in parts[:2]]
    return plain and not re.search(r"[\\\0-\x1f]", path) and own not in ([".slipway"], DIRECTORY.split("/"))


def _check_defaults(reader: Reader, kind: Kind, defaults: Mapping[str, str]) -> None:
    for name, text in defaults.items():
        field_ = kind.field(name)
        if field_ is None or any(named(text)):
            continue
        try:
            field_.shape.read(text)
        except ValueError:
            reader.wrong(("defaults", name), f"defaults.{name} is {text!r}; give {field_.shape.accepted}")


def _check_names(reader: Reader, path: Path, value: Any, known: Collection[str]) -> None:
    """A name that nobody knows would leave an edit out, or stop every request."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_names(reader, (*path, key), str(key), known)
            _check_names(reader, (*path, key), item, known)
            if path[-1:] == ("when",) and key not in known:
                reader.wrong((*path, key), f"there is no field {key!r}; there are {', '.join(sorted(known))}")
    elif isinstance(value, list):
        for at, item in enumerate(value):
            _check_names(reader, (*path, at), item, known)
    else:
        for name in named(value):
            if name not in known:
                reader.wrong(path, f"<{name}> stands for nothing; there are {', '.join(sorted(known))}")


def _step(reader: Reader, path: Path, value: Any, more: set[str]) -> Step:
    fields = reader.mapping(path, value, {*_STEP, *more})
    edits, identities = (*path, "edits"), (*path, "identities")
    step = Step(
        reader.required((*path, "name"), fields.get("name")) if more else "",
        _files(reader, (*path, "files"), fields.get("files")),
        _files(reader, (*path, "ensure"), fields.get("ensure")),
        tuple(_edit(reader, (*edits, at), item) for at, item in enumerate(reader.list(edits, fields.get("edits")))),
        tuple(
            _path(reader, (*path, "delete", at), item)
            for at, item in enumerate(reader.texts((*path, "delete"), fields.get("delete")))
        ),
        tuple(
            _identity(reader, (*identities, at), item)
            for at, item in enumerate(reader.list(identities, fields.get("identities")))
        ),
    )
    if max(map(len, (step.files, step.ensure, step.edits, step.delete, step.identities))) > MAX_ENTRIES:
        reader.wrong(path, f"it has over {MAX_ENTRIES} entries (MAX_ENTRIES)")
    return step


def _edit(reader: Reader, path: Path, value: Any) -> Edit:
    fields = reader.mapping(path, value, {"file", "at", "document", "when", *OPERATIONS})
    named = [name for name in OPERATIONS if name in fields]
    if len(named) != 1:
        reader.wrong(path, f"{'.'.join(map(str, path))} must have one of {', '.join(OPERATIONS)}")
    at = reader.required((*path, "at"), fields.get("at"))
    if at and not at.startswith("/"):
        reader.wrong((*path, "at"), f"{at!r} is no JSON pointer: it begins with /")
    document = reader.mapping((*path, "document"), fields.get("document"), {"kind", "name"})
    when = reader.mapping((*path, "when"), fields.get("when"), None)

    def name(part: str) -> str:
        return reader.required((*path, "document", part), document.get(part))

    operation = named[0] if named else "set"
    return Edit(
        _path(reader, (*path, "file"), reader.required((*path, "file"), fields.get("file"))),
        at,
        operation,
        fields.get(operation),
        (name("kind"), name("name")) if document else None,
        {
            field_: reader.texts((*path, "when", field_), item if isinstance(item, list) else [item])
            for field_, item in when.items()
        },
        reader.line(path),
    )


def _identity(reader: Reader, path: Path, value: Any) -> Identity:
    fields = reader.mapping(path, value, {"file", "name", "namespace", "repository"})
    return Identity(
        _path(reader, (*path, "file"), reader.required((*path, "file"), fields.get("file"))),
        *(reader.required((*path, name), fields.get(name)) for name in ("name", "namespace", "repository")),
    )


def _files(reader: Reader, path: Path, value: Any) -> Mapping[str, str]:
    return {_path(reader, (*path, name), name): text for name, text in _texts(reader, path, value).items()}


def _texts(reader: Reader, path: Path, value: Any) -> Mapping[str, str]:
    fields = reader.mapping(path, value, None)
    return {str(name): reader.text((*path, name), text) or "" for name, text in fields.items()}


def _path(reader: Reader, path: Path, value: str) -> str:
    if not is_writable(value):
        reader.wrong(path, f"{value!r} is no path within the repository that a recipe may write")
    return value.rstrip("/")
