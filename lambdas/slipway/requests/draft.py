"""A repository's files as a request would leave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from slipway.errors import InputError
from slipway.fleet.manifests import Path, load_document, load_documents
from slipway.fleet.objects import mapping, text, value_at
from slipway.fleet.tree import Tree
from slipway.requests.filling import MissingValue, Values, filled, filled_value, named
from slipway.requests.recipe import Edit, Identity, Recipe, Step
from slipway.requests.request import Problem, RequestError
from slipway.requests.values import Value
from slipway.requests.yaml_edit import add_item, remove_item, remove_key, set_value


class Draft:
    """Changes to a tree, one after the other.

    Attributes:
        identities: key pairs that have to be made, with the values of what they are for.
    """

    def __init__(self, tree: Tree) -> None:
        """Change nothing yet."""
        self._tree = tree
        self._files: dict[str, bytes | None] = {}
        self.identities: list[Identity] = []

    @property
    def changes(self) -> Mapping[str, bytes | None]:
        """What differs, by path in order; None is deleted."""
        return {path: self._files[path] for path in sorted(self._files) if self._files[path] != self._old(path)}

    @property
    def tree(self) -> Tree:
        """The whole of it."""
        files = {path: self._tree.read(path) for path in self._tree}
        files |= {path: content for path, content in self._files.items() if content is not None}
        for path, content in self._files.items():
            if content is None:
                files.pop(path, None)
        return Tree(files, name=self._tree.name, revision="", dropped=self._tree.dropped)

    def has(self, path: str) -> bool:
        """True if there is such a file or folder."""
        if path in self._files:
            return self._files[path] is not None
        return path in self._tree or bool(self._below(path))

    def require(self, recipe: Recipe, values: Values) -> None:
        """Look whether what a recipe needs is there.

        Raises:
            RequestError: it is not.
        """
        problems = [
            Problem("", _filled(why, values, recipe))
            for place, why in recipe.require.items()
            if not self._is_there(_filled(place, values, recipe))
        ]
        if problems:
            raise RequestError(tuple(problems))

    def apply(self, recipe: Recipe, step: Step, values: Values) -> None:
        """Make the changes of a step.

        Raises:
            RequestError: a file is there that should be new, or one is not that should be changed.
            InputError: the recipe names a value that there is not, or a file cannot be edited.
        """
        for path, content in step.files.items():
            self._create(_filled(path, values, recipe), _filled(content, values, recipe).encode())
        ensured = {_filled(path, values, recipe): content for path, content in step.ensure.items()}
        for edit in step.edits:
            for each in _repeated(edit, values):
                self._edit(edit, each, recipe, ensured)
        for path in step.delete:
            self._delete(_filled(path, values, recipe))
        for wanted in step.identities:
            identity = Identity(*(_filled(item, values, recipe) for item in vars(wanted).values()))
            if not self.has(identity.file):
                self.identities.append(identity)

    def write(self, path: str, content: bytes) -> None:
        """Let a file hold something."""
        self._files[path] = content

    def _is_there(self, place: str) -> bool:
        """True for a file, or a field of its only document: `versions.yaml#/data/KARPENTER_VERSION`."""
        path, _, pointer = place.partition("#")
        if not pointer or not self.has(path):
            return self.has(path)
        return value_at(load_document(self._content(path), path), _pointer(pointer)) is not None

    def _create(self, path: str, content: bytes) -> None:
        if self.has(path) and self._content(path) != content:
            raise RequestError((Problem("", f"{self._tree.name}/{path} exists already".lstrip("/")),))
        self._files[path] = content

    def _edit(self, edit: Edit, values: Values, recipe: Recipe, ensured: Mapping[str, str]) -> None:
        if not all(_is_given(values.get(name), accepted) for name, accepted in edit.when.items()):
            return
        try:
            path, value = filled(edit.file, values), filled_value(edit.value, values)
            at = _pointer(filled(edit.at, values))
        except MissingValue:
            return  # the request says nothing of it
        if not self.has(path) and path in ensured:
            self._files[path] = _filled(ensured[path], values, recipe).encode()
        if not self.has(path):
            raise RequestError((Problem("", f"{self._tree.name}/{path} is not there".lstrip("/")),))
        old = self._content(path)
        if edit.operation == "set":
            self._files[path] = set_value(old, at, value, document=edit.document, file=path)
        elif edit.operation == "add":
            self._files[path] = add_item(old, at, value, document=edit.document, file=path)
        else:
            self._files[path] = _without(old, edit, at, value, path)

    def _delete(self, path: str) -> None:
        for file in [path, *self._below(path)]:
            if self.has(file):
                self._files[file] = None

    def _below(self, path: str) -> list[str]:
        new = [file for file, content in self._files.items() if content is not None and file.startswith(f"{path}/")]
        old = [file for file in self._tree.files_below(path) if self._files.get(file, b"") is not None]
        return sorted({*new, *old})

    def _old(self, path: str) -> bytes | None:
        return self._tree.read(path) if path in self._tree else None

    def _content(self, path: str) -> bytes:
        content = self._files.get(path)
        return self._tree.read(path) if content is None else content


def _without(content: bytes, edit: Edit, at: Path, value: object, path: str) -> bytes:
    """Without an item or a key; one that is not there is gone already."""
    whole_key = edit.value is True
    if not _holds(content, edit, at if not whole_key else at[:-1], at[-1] if whole_key else value):
        return content
    if whole_key:
        return remove_key(content, at, document=edit.document, file=path)
    return remove_item(content, at, value, document=edit.document, file=path)


def _holds(content: bytes, edit: Edit, at: Path, item: object) -> bool:
    """True if a list or mapping has something."""
    for document in load_documents(content):
        key = text(mapping(document.value).get("kind")), text(_name_of(document.value))
        if edit.document is None or edit.document == key:
            found = value_at(document.value, at)
            if isinstance(found, list | dict) and item in found:
                return True
    return False


def _name_of(value: object) -> object:
    """`metadata.name` of an object."""
    return value_at(value, ("metadata", "name"))


def _repeated(edit: Edit, values: Values) -> Iterator[Values]:
    """The values for an edit: once for each item of a list that a text of it names."""
    name = next((name for name in named(edit.value) if isinstance(values.get(name), tuple)), "")
    items = values.get(name)
    if isinstance(items, tuple) and edit.value != f"<{name}>":
        yield from ({**values, name: item} for item in items)
    else:
        yield values


def _is_given(value: Value | None, patterns: tuple[str, ...]) -> bool:
    """True if a field has one of these values; `*` is any."""
    if value is None:
        return False
    text_ = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return any(fnmatchcase(text_, pattern) for pattern in patterns)


def _pointer(pointer: str) -> Path:
    """The parts of a JSON pointer (RFC 6901); whole numbers are places in lists."""
    names = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return tuple(int(name) if name.isdigit() else name for name in names)


def _filled(text: str, values: Values, recipe: Recipe) -> str:
    try:
        return filled(text, values)
    except MissingValue as err:
        message = f"it names <{err}>, which the request does not give; give it a value below defaults"
        raise InputError(message, file=recipe.file) from None
