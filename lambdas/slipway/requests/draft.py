"""A repository's files as a request would leave them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from slipway.errors import InputError
from slipway.fleet.manifests import Path, load_document, load_documents
from slipway.fleet.objects import mapping, text, value_at
from slipway.fleet.tree import Tree
from slipway.requests.filled_yaml import changed_type
from slipway.requests.filling import MissingValue, Values, filled, filled_value, named
from slipway.requests.recipe import Edit, Identity, Recipe, Step, is_writable
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
            if not self._is_there(place, values, recipe)
        ]
        if problems:
            raise RequestError(tuple(problems))

    def apply(self, recipe: Recipe, step: Step, values: Values) -> None:
        """Make the changes of a step.

        Raises:
            RequestError: a file is there that should be new, or one is not that should be changed.
            InputError: the recipe names a value that there is not, or a file cannot be edited.
        """
        there: dict[str, bytes | None] = {}
        for path, content in step.files.items():
            new = _path(path, values, recipe)
            there[new] = self._create(new, _content(path, content, values, recipe))
        ensured = {_path(path, values, recipe): content for path, content in step.ensure.items()}
        for edit in step.edits:
            for each in _repeated(edit, values):
                self._edit(edit, each, recipe, ensured)
        for path, old in there.items():  # asked again, a new file is there with its edits
            if old not in (None, self._files[path]):
                raise RequestError((Problem("", f"{self._named(path)} exists already"),))
        for path in step.delete:
            self._delete(_path(path, values, recipe))
        for wanted in step.identities:
            identity = Identity(*(_filled(item, values, recipe) for item in vars(wanted).values()))
            _checked(identity.file, recipe)
            if not self.has(identity.file):
                self.identities.append(identity)

    def said(self, step: Step, name: str, values: Values) -> object:
        """What is there now of which a step would make the value of a field; None if nothing, or it is not known."""
        for edit in step.edits:
            if edit.operation != "set" or edit.value != f"<{name}>":
                continue
            try:
                path, at = filled(edit.file, values), _pointer(edit.at, values)
            except MissingValue:
                continue
            if self._is_file(path):
                found = (value_at(document, at) for document in _documents(self._content(path), edit))
                return next((value for value in found if value is not None), None)
        return None

    def write(self, path: str, content: bytes) -> None:
        """Let a file hold something."""
        self._files[path] = content

    def _is_there(self, place: str, values: Values, recipe: Recipe) -> bool:
        """True for a file, or a field of its only document: `versions.yaml#/data/KARPENTER_VERSION`."""
        path, _, pointer = place.partition("#")
        path = _filled(path, values, recipe)
        if not pointer or not self._is_file(path):
            return self.has(path)
        try:
            at = _pointer(pointer, values)
        except MissingValue as err:
            raise _missing(err, recipe) from None
        return value_at(load_document(self._content(path), path), at) is not None

    def _is_file(self, path: str) -> bool:
        return self._files[path] is not None if path in self._files else path in self._tree

    def _create(self, path: str, content: bytes) -> bytes | None:
        """Let there be a file; returns what it held before."""
        above = path.split("/")[:-1]
        if any(self._is_file("/".join(above[: at + 1])) for at in range(len(above))):
            raise RequestError((Problem("", f"{self._named(path)} cannot be: a folder of it is a file"),))
        if self.has(path) and not self._is_file(path):
            raise RequestError((Problem("", f"{self._named(path)} exists already, as a folder"),))
        old = self._content(path) if self._is_file(path) else None
        self._files[path] = content
        return old

    def _named(self, path: str) -> str:
        return f"{self._tree.name}/{path}".lstrip("/")

    def _edit(self, edit: Edit, values: Values, recipe: Recipe, ensured: Mapping[str, str]) -> None:
        if not all(_is_given(values.get(name), accepted) for name, accepted in edit.when.items()):
            return
        try:
            path, value = filled(edit.file, values), filled_value(edit.value, values)
            at = _pointer(edit.at, values)
        except MissingValue:
            return  # the request says nothing of it
        _checked(path, recipe)
        if not self.has(path) and path in ensured:
            self._files[path] = _content(path, ensured[path], values, recipe)
        if not self._is_file(path):
            raise RequestError((Problem("", f"{self._named(path)} is not there"),))
        old = self._content(path)
        if edit.operation == "set":
            self._files[path] = set_value(old, at, value, document=edit.document, file=path)
        elif edit.operation == "add":
            self._files[path] = add_item(old, at, value, document=edit.document, file=path)
        else:
            self._files[path] = _without(old, edit, at, value, path)

    def _delete(self, path: str) -> None:
        for file in [path, *self._below(path)]:
            if self._is_file(file):
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
    found = [value_at(document, at) for document in _documents(content, edit)]
    return any(isinstance(value, list | dict) and item in value for value in found)


def _documents(content: bytes, edit: Edit) -> Iterator[object]:
    """The documents of a file that an edit means."""
    for document in load_documents(content):
        name = value_at(document.value, ("metadata", "name"))
        if edit.document in (None, (text(mapping(document.value).get("kind")), text(name))):
            yield document.value


def _repeated(edit: Edit, values: Values) -> Iterator[Values]:
    """The values for an edit: once for each item of a list that a text of it names; a list is set as a whole."""
    names = (*named(edit.file), *named(edit.at), *named(edit.value))
    name = next((name for name in names if isinstance(values.get(name), tuple)), "")
    items = values.get(name)
    if isinstance(items, tuple) and not (edit.operation == "set" and edit.value == f"<{name}>"):
        yield from ({**values, name: item} for item in items)
    else:
        yield values


def _is_given(value: Value | None, patterns: tuple[str, ...]) -> bool:
    """True if a field has one of these values; `*` is any."""
    if value is None:
        return False
    if isinstance(value, tuple):
        return any(_is_given(item, patterns) for item in value)
    text_ = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return any(fnmatchcase(text_, pattern) for pattern in patterns)


def _pointer(pointer: str, values: Values) -> Path:
    """The parts of a JSON pointer (RFC 6901); whole numbers are places in lists.

    A value is one part, or a piece of one, whatever is in it: `release/1.4` leads no deeper, and an account is a key.

    Raises:
        MissingValue: it names one that is not given.
    """
    names = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return tuple(int(name) if re.fullmatch("[0-9]{1,6}", name) else filled(name, values) for name in names)


def _path(path: str, values: Values, recipe: Recipe) -> str:
    return _checked(_filled(path, values, recipe), recipe)


def _checked(path: str, recipe: Recipe) -> str:
    """A path with the values in it, which has to be one that a recipe may write still."""
    if not is_writable(path):
        raise InputError(f"{path!r} is no path within the repository that a recipe may write", file=recipe.file)
    return path


def _content(path: str, content: str, values: Values, recipe: Recipe) -> bytes:
    found = _filled(content, values, recipe)
    if changed := changed_type(path, content, values):
        message = f"{path}: `{changed}` is no text any more with the value in it; put it in quotes"
        raise InputError(message, file=recipe.file)
    return found.encode()


def _filled(text: str, values: Values, recipe: Recipe) -> str:
    try:
        return filled(text, values)
    except MissingValue as err:
        raise _missing(err, recipe) from None


def _missing(err: MissingValue, recipe: Recipe) -> InputError:
    message = f"it names <{err}>, which the request does not give; give it a value below defaults"
    return InputError(message, file=recipe.file)
