"""Random edits of real repositories: what goes on from a rendering must come to what one from nothing comes to.

Run as a program: `python -m tests.bench.edits NUMBER DIR…`. Charts are not fetched.
"""

from __future__ import annotations

import random
import re
import sys
import tempfile
import time
from pathlib import Path

from slipway.errors import InputError
from slipway.fleet.kustomize import Builder
from slipway.fleet.manifests import YAML_SUFFIXES
from slipway.fleet.render import render
from slipway.fleet.rewalk import Rewalk
from slipway.fleet.settings import load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.tools.charts import Network
from slipway.tools.directory import tree_from_directory
from slipway.tools.engine import find_engine, find_helm
from slipway.tools.store import DiskStore
from tests.unit.test_rewalk import shown


def main() -> int:
    """Edit, render both ways, compare; the exit code is 1 if there is a difference."""
    number, *directories = sys.argv[1:]
    builder = Builder(find_engine())
    different = 0
    with tempfile.TemporaryDirectory() as charts:
        helm = find_helm(builder.engine, builder.cache, DiskStore(Path(charts)), Network(lambda _: "", offline=True))
        for directory in directories:
            root = tree_from_directory(Path(directory))
            settings = load_settings(root)
            base = render(Sources(root), builder, settings, helm=helm)
            went_on, times = 0, [0.0, 0.0]
            for seed in range(int(number)):
                files = _edited(root, random.Random(f"{directory} {seed}"))
                head, afresh = Tree(files, name=root.name), Tree(files, name=root.name)
                head.previous = root
                try:
                    start = time.perf_counter()
                    one = render(Sources(head), builder, settings, helm=helm, before=base)
                    middle = time.perf_counter()
                    other = render(Sources(afresh), builder, settings, helm=helm)
                except InputError:
                    continue
                times = [times[0] + middle - start, times[1] + time.perf_counter() - middle]
                went_on += isinstance(one.walk, Rewalk)
                if shown(one.fleet) != shown(other.fleet):
                    different += 1
                    print(f"{directory}: edit {seed} comes to something else")
            print(f"{directory}: {went_on} of {number} went on; {times[0]:.1f} s, from nothing {times[1]:.1f} s")
    return min(different, 1)


def _edited(tree: Tree, dice: random.Random) -> dict[str, bytes]:
    """The files with one to three edits."""
    files = {path: tree.read(path) for path in tree}
    for _ in range(dice.randint(1, 3)):
        path, other = (dice.choice([each for each in files if each.endswith(YAML_SUFFIXES)]) for _ in range(2))
        lines = files[path].split(b"\n")
        at = dice.randrange(len(lines))
        match dice.choice(["remove", "cut", "repeat", "rename", "change", "swap"]):
            case "remove":
                del files[path]
            case "cut":
                files[path] = b"\n".join(lines[:at] + lines[at + 1 :])
            case "repeat":
                files[path] = b"\n".join([*lines[:at], lines[at], *lines[at:]])
            case "rename":
                parent, _, name = path.rpartition("/")
                files[f"{parent}/renamed-{name}".lstrip("/")] = files.pop(path)
            case "change":
                files[path] = re.sub(rb"(: )(\w+)$", rb"\1\2x", files[path], count=1, flags=re.MULTILINE)
            case "swap":
                files[path], files[other] = files[other], files[path]
    return files


if __name__ == "__main__":
    sys.exit(main())
