"""Whole cases: a tree of files, a Flux Kustomization that builds a directory of it, and variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.generators.damage import damage
from tests.generators.dice import Dice
from tests.generators.objects import IMAGES, NAMESPACES, Object
from tests.generators.patches import patch
from tests.generators.trees import Trees


@dataclass(frozen=True)
class Case:
    """One build."""

    files: Mapping[str, bytes]
    """The tree, by path."""
    path: str
    """The directory to build, normalised."""
    spec: Mapping[str, Any]
    """Of the Flux Kustomization."""
    sources: Mapping[str, Mapping[str, str]]
    """Data of the ConfigMaps and Secrets with variables, by "ConfigMap/name" or "Secret/name"."""

    def __repr__(self) -> str:
        """Every file as it is, to read it in the report of a failure."""
        files = "".join(
            f"\n--- {path}\n{content.decode(errors='backslashreplace')}" for path, content in self.files.items()
        )
        return f"build {self.path!r} with {dict(self.spec)} and {dict(self.sources)} of:{files}"


def make_case(random: Random) -> Case:
    """A case."""
    dice = Dice(random)
    trees = Trees(dice)
    path = trees.plain_directory(dice.pick(("plain", ""))) if dice.chance(15) else trees.tree()
    spec = _spec(dice, trees, path)
    sources = _variables(dice, spec) if dice.chance(50) else {}
    return Case(damage(dice, trees.files) if dice.rarely(15) else trees.files, path, spec, sources)


def cases() -> SearchStrategy[Case]:
    """All cases, for hypothesis."""
    return st.randoms(use_true_random=False).map(make_case)


def _spec(dice: Dice, trees: Trees, path: str) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "path": dice.pick(("./", "/", "")) + path,
        "interval": "10m",
        "prune": True,
        "sourceRef": {"kind": "GitRepository", "name": "fleet"},
    }
    if dice.chance(15):
        spec["targetNamespace"] = dice.pick(NAMESPACES)
    if dice.chance(6):
        spec["namePrefix"] = dice.pick(("flux-", "1"))
    if dice.chance(6):
        spec["nameSuffix"] = "-flux"
    if dice.chance(20):
        spec["patches"] = [_patch(dice, trees.known(path)) for _ in range(dice.number(1, 2))]
    if dice.chance(15):
        spec["images"] = [_image(dice)]
    if dice.chance(8):
        trees.component("components/flux", trees.known(path))
        below = path.count("/") + 1 if path else 0
        gone = ["gone"] if dice.rarely(15) else []
        spec["components"] = ["../" * below + "components/flux", *gone]
        spec["ignoreMissingComponents"] = dice.chance(50)
    if dice.chance(4):
        spec["buildMetadata"] = dice.some(("originAnnotations", "managedByLabel", "transformerAnnotations"), 2)
    return spec


def _patch(dice: Dice, known: list[Object]) -> dict[str, Any]:
    content, target = patch(dice, known)
    return {"patch": content} if target is None else {"patch": content, "target": dict(target)}


def _image(dice: Dice) -> dict[str, str]:
    made = {"name": dice.pick(IMAGES)}
    if dice.chance(50):
        made["newName"] = "flux.example.org/x"
    if dice.chance(60):
        made["newTag"] = dice.pick(("2", "1e3", "0777"))
    if dice.chance(20):
        made["digest"] = "sha256:" + "c" * 64
    return made


def _variables(dice: Dice, spec: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Variables of the spec and of sources that it names."""
    post_build: dict[str, Any] = {}
    sources: dict[str, dict[str, str]] = {}
    if dice.chance(60):
        post_build["substitute"] = _values(dice)
    for key in dice.some(("ConfigMap/one", "Secret/two", "ConfigMap/three"), 2):
        kind, _, name = key.partition("/")
        sources[key] = _values(dice)
        post_build.setdefault("substituteFrom", []).append({"kind": kind, "name": name})
    if dice.chance(20):
        post_build["substituteStrategy"] = dice.pick(("Always", "WithVariables"))
    spec["postBuild"] = post_build
    return sources


def _values(dice: Dice) -> dict[str, str]:
    values = {
        "VAR": dice.pick(_VALUES),
        "region": dice.pick(("eu-west-1", "us-east-1")),
        "EMPTY": "",
        "count": "3",
        "host": "a.example.org",
    }
    values |= {
        "lines": "a\nb\n",
        "number": dice.pick(("1", "1e3", "0777", "1.50", "yes")),
        "yaml": dice.pick(("{a: b}", "a: b", "[x]", "# c", "'q'")),
    }
    if dice.chance(25):
        values = {name: values[name] for name in dice.some(tuple(values), 4)}
    if dice.rarely(4):
        values["not-a-name"] = "x"
    return values


_VALUES = (
    "a",
    "web",
    "b-c",
    "yes",
    "1",
    "",
    "1e3",
    "null",
    " x ",
    "é",
    "a b",
    "x: y",
    '"q"',
    "$",
    "${region}",
    "a" * 90,
    "#",
    "~",
)
