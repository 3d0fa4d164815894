"""What `slipway.requests.yaml_edit` does to the YAML files of real repositories; docs/measured.md has the figures.

    .venv/bin/python -m tests.bench.yaml_edits [--ruamel] DIR...

Every file of every DIR is edited in some places that its path decides, each time from its own bytes: an application
is added to every kustomization and removed again, an item to lists, a key to mappings, a value is changed, an item and
a key go.
What an edit leaves is compared line by line, by code that knows nothing of how it was made. With `--ruamel`, it is only
how many files ruamel.yaml writes otherwise though nothing was edited.
"""

from __future__ import annotations

import io
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from slipway.errors import InputError
from slipway.fleet.manifests import Document, Path, load_documents
from slipway.requests.yaml_edit import add_item, remove_item, remove_key, set_value

PLACES = 1
"""Lists, mappings and values of a document that are edited, of each."""
MAX_BYTES = 300_000
"""Larger files are bundles that a tool wrote."""
NEW = "slipway-corpus-app"


def main() -> int:
    """Edit the files of the directories that the command line names, and print what came of it."""
    directories = [argument for argument in sys.argv[1:] if argument != "--ruamel"]
    if not directories:
        print(__doc__, file=sys.stderr)
        return 2
    files = [file for directory in directories for file in files_in(FilePath(directory))]
    counts: Counter[str] = Counter()
    for file in files:
        if len(directories) != len(sys.argv) - 1:
            counts[with_ruamel(file.read_bytes())] += 1
            continue
        for outcome in edits_of(file.read_bytes(), str(file)):
            counts[outcome] += 1
            if outcome.startswith("FAILED"):
                print(file, outcome, flush=True)
    for outcome, count in sorted(counts.items()):
        print(f"{count:>8,}  {outcome}")
    return int(any(outcome.startswith("FAILED") for outcome in counts))


def files_in(directory: FilePath) -> list[FilePath]:
    """The YAML files below a directory."""
    found = (file for suffix in ("*.yaml", "*.yml") for file in directory.rglob(suffix))
    return sorted(file for file in found if file.is_file() and file.stat().st_size <= MAX_BYTES)


def edits_of(content: bytes, name: str) -> Iterator[str]:
    """What came of each edit of a file: what was done, `refused: …` or `FAILED …`."""
    try:
        documents = load_documents(content)
    except InputError:
        yield "file: no YAML that Kubernetes reads"
        return
    yield "file"
    dice = random.Random(name)
    for document in documents:
        yield from _edits(content, document, dice)


def with_ruamel(content: bytes) -> str:
    """What ruamel.yaml's round trip makes of a file with nothing edited."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    try:
        first = yaml.load_all(content.decode())
        return "same" if _dumped(yaml, list(first)) == content else "changed"
    except (YAMLError, ValueError, NotImplementedError, AttributeError) as err:
        return f"cannot be read or written: {type(err).__name__}"


def _dumped(yaml: YAML, documents: list[Any]) -> bytes:
    stream = io.BytesIO()
    yaml.dump_all(documents, stream)
    return stream.getvalue()


def _edits(content: bytes, document: Document, dice: random.Random) -> Iterator[str]:
    at, root = document.index, document.value
    nodes = list(_walk(root, ()))
    if (
        isinstance(root, dict)
        and root.get("kind") == "Kustomization"
        and "kustomize.config" in str(root.get("apiVersion"))
    ):
        for item in (NEW, "./aaa", "../../zzz", "~odd: 'one' #x"):
            yield _outcome(
                "application added and removed",
                _listed,
                content,
                at,
                ("resources",),
                root.get("resources"),
                item,
            )
    lists = [(path, value) for path, value in nodes if isinstance(value, list)]
    mappings = [(path, value) for path, value in nodes if isinstance(value, dict)]
    scalars = [(path, value) for path, value in nodes if path and not isinstance(value, dict | list)]
    for path, value in dice.sample(lists, min(PLACES, len(lists))):
        item: Any = dice.choice([NEW, {"name": NEW, "list": [1, {"a": "b"}]}, "two\nlines\n", 3.5])
        yield _outcome("item added and removed", _listed, content, at, path, value, item)
        if value:
            yield _outcome("item removed", _shortened, content, at, path, dice.choice(value))
    for path, value in dice.sample(mappings, min(PLACES, len(mappings))):
        new: Any = dice.choice(["1.35", True, ["a", {"b": []}], {"c": {"d": "yes"}}, "two\nlines"])
        yield _outcome("key added and removed", _keyed, content, at, (*path, NEW), new, value)
        if value:
            yield _outcome("key removed", _unkeyed, content, at, (*path, dice.choice(list(value))))
    for path, value in dice.sample(scalars, min(PLACES, len(scalars))):
        new = dice.choice(["1.35", "podinfo", True, 7, "it's: #odd", None, other(value)])
        yield _outcome("value changed", _changed, content, at, path, value, new)


def other(value: Any) -> Any:
    """A value of the same kind."""
    if isinstance(value, str):
        return re.sub(r"\w(?=\W*\Z)", "x", value) + ("" if re.search(r"\w", value) else "x")
    return not value if isinstance(value, bool) else 1 if value is None else value + 1


def _outcome(what: str, edit: Any, *arguments: Any) -> str:
    try:
        problem = edit(*arguments)
    except InputError as err:
        words = re.sub(r"[*&(][^;,]*?\)?(?= is here)", "…", err.message)
        if "cannot be edited safely" in words or "not valid YAML" in words:
            return f"FAILED {what}: {err}"
        return "refused: " + re.sub(r"no .* here|.* has no.*", "…", words)
    except Exception as err:
        return f"FAILED {what}: {type(err).__name__} {err}"
    return f"FAILED {what}: {problem}" if problem else what


def _listed(content: bytes, at: int, path: Path, items: list[Any] | None, item: Any) -> str:
    added = add_item(content, path, item, document=at)
    if added == content:
        return "" if items and item in items else "nothing was added"
    if add_item(added, path, item, document=at) != added:
        return "added twice"
    if removed_lines(content, added) and items:
        before, after = content.splitlines(), added.splitlines()
        if not is_flow_change(before, after):
            return f"lines are gone: {removed_lines(content, added)}"
    back = remove_item(added, path, item, document=at, drop_empty=items is None)
    return (
        ""
        if back == content or (not items and items is not None) or _was_null(content, at, path, items)
        else "adding and removing leaves other bytes"
    )


def _was_null(content: bytes, at: int, path: Path, items: Any) -> bool:
    return (
        items is None
        and len(path) == 1
        and any(path[0] in document.value for document in load_documents(content) if document.index == at)
    )


def _keyed(content: bytes, at: int, path: Path, value: Any, mapping: dict[str, Any]) -> str:
    added = set_value(content, path, value, document=at)
    if set_value(added, path, value, document=at) != added:
        return "set twice"
    if remove_key(added, path, document=at) != content and mapping:
        return "adding and removing leaves other bytes"
    return ""


def _shortened(content: bytes, at: int, path: Path, item: Any) -> str:
    after = remove_item(content, path, item, document=at)
    return _only_fewer(content, after)


def _unkeyed(content: bytes, at: int, path: Path) -> str:
    return _only_fewer(content, remove_key(content, path, document=at))


def _only_fewer(content: bytes, after: bytes) -> str:
    """At most two lines are new: where a collection became empty, or something stood on the line of what went."""
    new = removed_lines(after, content)
    return f"new lines: {new}" if len(new) > 2 else ""


def _changed(content: bytes, at: int, path: Path, old: Any, new: Any) -> str:
    after = set_value(content, path, new, document=at)
    if set_value(after, path, new, document=at) != after:
        return "set twice"
    if len(removed_lines(after, content)) > 1 + (isinstance(old, str) and "\n" in old):
        return f"more than a line is new: {removed_lines(after, content)}"
    if not (isinstance(old, str) and "\n" in old) and len(removed_lines(content, after)) > 1 and type(new) is type(old):
        text = removed_lines(content, after)
        if sum(len(line) for line in text) < len(str(old)):
            return f"more than a line went: {text}"
    back = set_value(after, path, old, document=at)
    return (
        "" if [d.value for d in load_documents(back)] == [d.value for d in load_documents(content)] else "not set back"
    )


def removed_lines(before: bytes, after: bytes) -> list[bytes]:
    """Lines of one file that the other does not have, or not as often."""
    return list((Counter(before.split(b"\n")) - Counter(after.split(b"\n"))).elements())


def is_flow_change(before: list[bytes], after: list[bytes]) -> bool:
    """True if one line was replaced by another one, or got a comma."""
    return len(set(before) - set(after)) <= 1


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    yield path, value
    for step, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from _walk(inner, (*path, step))


if __name__ == "__main__":
    sys.exit(main())
