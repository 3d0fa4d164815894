"""Kustomization files, as kustomize and Flux read them.

kustomize compares the names of fields without case, as Go's JSON decoder does: `PATCHES` with a `paTh` is a patch. So
every file is read into fields by their own names here, and kustomize gets to see nothing but that (see
`slipway.fleet.closure`). The file of the directory that a Flux Kustomization names is read by Flux first, which is more
lenient: fields that it does not know are dropped, and a number becomes text where text is expected
(fluxcd/pkg, `kustomize/kustomize_generator.go`; sigs.k8s.io/yaml). Fields: kustomize api/types, v5.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any, Final

from slipway.fleet import dialect
from slipway.fleet.errors import BuildError
from slipway.fleet.manifests import dump, line_of, load_first_document
from slipway.fleet.tree import Tree

KUSTOMIZATION_FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""Names that kustomize looks for, in its order."""


def kustomization_file(tree: Tree, directory: str) -> str | None:
    """The kustomization of a directory, None if it has none.

    Raises:
        BuildError: it has several, which kustomize refuses.
    """
    found = [path for name in KUSTOMIZATION_FILES if (path := posixpath.join(directory, name)) in tree]
    if len(found) > 1:
        raise BuildError(f"kustomize takes one kustomization for a directory; there is {found[0]} too", file=found[1])
    return found[0] if found else None


def load_kustomization(tree: Tree, file: str) -> Mapping[str, Any]:
    """A kustomization, its fields by their own names.

    Raises:
        BuildError: kustomize refuses it, for a field that it does not know or one that is given twice.
        InputError: it is not valid YAML.
    """
    return tree.derived("kustomization", file, lambda: _Reader(tree, file, lenient=False).read())


def written_kustomization(tree: Tree, file: str) -> bytes:
    """A kustomization as `load_kustomization` has it, written anew."""
    return tree.derived("written", file, lambda: dump(dict(load_kustomization(tree, file))).encode())


def load_root_kustomization(tree: Tree, file: str) -> Mapping[str, Any]:
    """The kustomization that a Flux Kustomization names, as Flux reads it before it merges its own fields.

    Raises:
        BuildError: a field is given twice.
        InputError: it is not valid YAML.
    """
    return tree.derived("root kustomization", file, lambda: _Reader(tree, file, lenient=True).read())


_TEXT: Final = "text"
"""Text, which Flux makes of a number, too."""
_AS_IS: Final = "as it is"
"""Anything; or text of which Flux makes nothing else, since Go embeds its struct in another one."""

# A mapping is a struct with its fields, a list with one entry a list of such, a tuple with one entry a mapping of any
# keys to such.
_LABELS = (_TEXT,)
_META = {"name": _TEXT, "namespace": _TEXT, "labels": _LABELS, "annotations": _LABELS}
_ID = dict.fromkeys(("group", "version", "kind", "name", "namespace"), _AS_IS)
_FIELD_SPEC = {**dict.fromkeys(("group", "version", "kind"), _AS_IS), "path": _TEXT, "create": _AS_IS}
_SELECTOR = {**_ID, "annotationSelector": _TEXT, "labelSelector": _TEXT}
_PATCH = {"path": _TEXT, "patch": _TEXT, "target": _SELECTOR, "options": _AS_IS}
_IMAGE = dict.fromkeys(("name", "newName", "tagSuffix", "newTag", "digest"), _TEXT)
_GENERATOR_OPTIONS = {
    "labels": _LABELS,
    "annotations": _LABELS,
    "disableNameSuffixHash": _AS_IS,
    "immutable": _AS_IS,
}
_GENERATOR: Mapping[str, Any] = {
    **dict.fromkeys(("namespace", "name", "behavior", "literals", "files", "envs", "env"), _AS_IS),
    "options": dict.fromkeys(_GENERATOR_OPTIONS, _AS_IS),
}
_OBJECT_REFERENCE = {
    **dict.fromkeys(("group", "version", "kind"), _AS_IS),
    **dict.fromkeys(("apiVersion", "name", "namespace"), _TEXT),
}
_FIELDS: Mapping[str, Any] = {
    "apiVersion": _AS_IS,
    "kind": _AS_IS,
    "metadata": _META,
    "openapi": _LABELS,
    "namePrefix": _TEXT,
    "nameSuffix": _TEXT,
    "namespace": _TEXT,
    "commonLabels": _LABELS,
    "commonAnnotations": _LABELS,
    "labels": [
        {"pairs": _LABELS, "includeSelectors": _AS_IS, "includeTemplates": _AS_IS, "fields": [_FIELD_SPEC]},
    ],
    "patches": [_PATCH],
    "patchesJson6902": [_PATCH],
    "patchesStrategicMerge": [_TEXT],
    "images": [_IMAGE],
    "imageTags": [_IMAGE],
    "replicas": [{"name": _TEXT, "count": _AS_IS}],
    "replacements": [{"source": _AS_IS, "targets": _AS_IS, "sourceValue": _AS_IS, "path": _TEXT}],
    "vars": [{"name": _TEXT, "objref": _OBJECT_REFERENCE, "fieldref": {"fieldPath": _TEXT}}],
    "sortOptions": {"order": _TEXT, "legacySortOptions": {"orderFirst": [_TEXT], "orderLast": [_TEXT]}},
    "resources": [_TEXT],
    "bases": [_TEXT],
    "components": [_TEXT],
    "crds": [_TEXT],
    "configurations": [_TEXT],
    "generators": [_TEXT],
    "transformers": [_TEXT],
    "validators": [_TEXT],
    "buildMetadata": [_TEXT],
    "configMapGenerator": [_GENERATOR],
    "secretGenerator": [{**_GENERATOR, "type": _TEXT}],
    "generatorOptions": _GENERATOR_OPTIONS,
    "helmGlobals": _AS_IS,
    "helmCharts": _AS_IS,
    "helmChartInflationGenerator": _AS_IS,
}


class _Reader:
    def __init__(self, tree: Tree, file: str, *, lenient: bool) -> None:
        self._data = tree.read(file)
        self._file = file
        self._lenient = lenient

    def read(self) -> dict[str, Any]:
        """The file's fields."""
        value = load_first_document(self._data, self._file)
        if value is not None and not isinstance(value, Mapping):
            raise self._error("a kustomization is a mapping", ())
        return self._struct(value or {}, _FIELDS, ())

    def _struct(self, value: Mapping[str, Any], fields: Mapping[str, Any], at: tuple[str | int, ...]) -> dict[str, Any]:
        names = {name.casefold(): name for name in fields}
        result: dict[str, Any] = {}
        for written, item in value.items():
            name = written if written in fields else names.get(written.casefold())
            if name is None:
                if not self._lenient:
                    raise self._error(f"kustomize knows no field {_short(written)}", (*at, written))
            elif name in result:
                raise self._error(f"{name} is given twice, once as {_short(written)}", (*at, written))
            elif item is not None or not self._lenient:
                result[name] = self._value(item, fields[name], (*at, written))
        return result

    def _value(self, value: Any, expected: Any, at: tuple[str | int, ...]) -> Any:
        """The value if it is not what is expected, for kustomize to refuse."""
        if isinstance(value, Mapping):
            if isinstance(expected, Mapping):
                return self._struct(value, expected, at)
            if isinstance(expected, tuple):
                return {name: self._value(item, expected[0], (*at, name)) for name, item in value.items()}
        elif isinstance(value, list):
            if isinstance(expected, list):
                return [self._value(item, expected[0], (*at, index)) for index, item in enumerate(value)]
        elif expected is _TEXT and self._lenient and value is not None:
            return dialect.coerced(value)
        return value

    def _error(self, problem: str, at: tuple[str | int, ...]) -> BuildError:
        return BuildError(problem, file=self._file, line=line_of(self._data, 0, at))


def _short(name: str) -> str:
    return repr(name if len(name) <= 100 else f"{name[:100]}…")
