"""Directories with kustomizations that build upon each other."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Any

from tests.generators.dice import Dice
from tests.generators.generated import data_file, generator, options
from tests.generators.objects import IMAGES, NAMES, NAMESPACES, Object, flat, objects, one
from tests.generators.patches import merge, operations, patch
from tests.generators.scalars import PLAINS, Plain, text
from tests.generators.transformers import FIELD_SPECS, plugin, replacement
from tests.generators.writer import write, write_all

DEPTH = 3
"""Levels of kustomizations above each other."""


class Trees:
    """Makes directories; `files` has what was made."""

    def __init__(self, dice: Dice) -> None:
        self.files: dict[str, bytes] = {}
        self._dice = dice
        self._made: dict[str, list[Object]] = {}
        """What each directory yields, about; not followed through what its transformers do."""
        self._identities: set[str] = set()

    def tree(self) -> str:
        """A tree of bases and overlays; the directory that builds upon all."""
        bases = ("base", "other", "bases/deep/er")
        level = [self._directory(path, []) for path in bases[: self._dice.number(1, 2 + self._dice.chance(10))]]
        for path in ("overlays/prod", "clusters/one/apps")[: self._dice.number(0, DEPTH - 1)]:
            level = [self._directory(path, self._dice.some(level, 2) or level[:1])]
        return level[0]

    def plain_directory(self, path: str) -> str:
        """A directory without a kustomization, for Flux to make one."""
        for own_name in ("a.yaml", "sub/b.yml", "sub/deeper/c.yaml", "z.yaml", "sub.yaml")[: self._dice.number(1, 5)]:
            made = self.objects()
            self._made[path] = [*self.known(path), *flat(made)]
            self.write(path, own_name, made)
        others = (("README.md", b"# text\n"), ("a.YAML", b"not: [read\n"), (".sops.yaml", b"apiVersion: v1\nkind: X\n"))
        for own_name, content in others:
            if self._dice.rarely(5):
                self.files[posixpath.join(path, own_name)] = content
        if self._dice.chance(20):
            self._directory(posixpath.join(path, "sub/own"), [])
        if self._dice.rarely(8):
            odd = (b"", b"# nothing\n", b"kind: X\n", b"a: b\n", b"- a\n", b"---\n---\n", b"text\n", b"a: [\n", b"{}\n")
            self.files[posixpath.join(path, "odd.yaml")] = self._dice.pick(odd)
        return path

    def known(self, path: str) -> list[Object]:
        """What a directory yields."""
        return self._made.get(path, [])

    def component(self, path: str, known: list[Object]) -> str:
        """A component of a kustomization that yields these objects."""
        return self._directory(path, [], component_of=known)

    def _directory(self, path: str, bases: Sequence[str], component_of: list[Object] | None = None) -> str:
        known = component_of or [item for base in bases for item in self.known(base)]
        kustomization = _Kustomization(self, self._dice, path, known, component=component_of is not None)
        content = kustomization.content(bases)
        self._made[path] = kustomization.known
        own_name = self._dice.either(5, ("kustomization.yml", "Kustomization"), ("kustomization.yaml",))
        self.files[posixpath.join(path, own_name)] = write(self._dice, content).encode()
        if self._dice.rarely(1):
            self.files[posixpath.join(path, "Kustomization")] = b"resources: []\n"
        return path

    def objects(self) -> list[Object]:
        """Some objects; one that exists already gets another name, but not always."""
        found = objects(self._dice)
        for item in flat(found):
            metadata = item["metadata"]
            if "name" in metadata:
                metadata["name"] = self.fresh(str(item.get("kind")), metadata["name"])
        return found

    def fresh(self, kind: str, own_name: str) -> str:
        """The name if no object of that kind has it yet, else another one, but not always."""
        if f"{kind} {own_name}" in self._identities and not self._dice.rarely(4):
            own_name = f"{own_name}-{len(self._identities)}"
        self._identities.add(f"{kind} {own_name}")
        return own_name

    def write(self, directory: str, own_name: str, values: list[Any]) -> str:
        """Write a file of YAML; its name."""
        self.files[posixpath.join(directory, own_name)] = write_all(self._dice, values)
        return own_name


class _Kustomization:
    """One kustomization, field by field."""

    def __init__(self, trees: Trees, dice: Dice, path: str, known: list[Object], *, component: bool) -> None:
        self._trees = trees
        self._dice = dice
        self._path = path
        self._is_component = component
        self.known = known

    def content(self, bases: Sequence[str]) -> Object:
        """All its fields."""
        made: Object = {}
        if self._is_component or self._dice.chance(50):
            kind = "Component" if self._is_component else "Kustomization"
            version = "v1alpha1" if self._is_component else "v1beta1"
            made = {"apiVersion": f"kustomize.config.k8s.io/{version}", "kind": kind}
        resources = [self._relative(base) for base in bases]
        if not self._is_component or self._dice.chance(40):
            resources += self._files(0 if bases else 1)
        if resources or self._dice.chance(30):
            made["resources"] = resources
        for percent, make in self._fields():
            if self._dice.chance(percent):
                make(made)
        if self._dice.rarely(3):
            self._odd(made)
        return made

    def _fields(self) -> Sequence[tuple[int, Any]]:
        return (
            (30, self._patches),
            (20, self._images),
            (10, self._replicas),
            (20, self._names),
            (20, self._labels),
            (10, self._common_annotations),
            (25, self._config_maps),
            (12, self._secrets),
            (8, self._generator_options),
            (4, self._replacements),
            (4 if self._is_component else 12, self._components),
            (4, self._deprecated),
            (4, self._metadata),
            (4, self._rare),
        )

    def _relative(self, path: str) -> str:
        relative = posixpath.relpath(path, self._path)
        return self._dice.either(4, (f"{relative}/", f"./{relative}", f"{relative}/."), (relative,))

    def _files(self, least: int) -> list[str]:
        found = []
        names = ("a.yaml", "b.yaml", "sub/c.yml", "name with space.yaml")
        for own_name in names[: self._dice.number(least, 3 + self._dice.chance(5))]:
            made = self._trees.objects()
            self.known = [*self.known, *flat(made)]
            found.append(self._trees.write(self._path, own_name, made))
        return found

    def _patches(self, made: Object) -> None:
        made["patches"] = [self._patch(at) for at in range(self._dice.number(1, 3))]

    def _patch(self, at: int) -> Object:
        content, target = patch(self._dice, self.known)
        entry: Object = {"patch": content}
        if self._dice.chance(35):
            own_name = f"patch-{at}.yaml"
            self._trees.files[posixpath.join(self._path, own_name)] = content.encode()
            entry = {"path": own_name}
        if target is not None:
            entry["target"] = dict(target)
        if self._dice.chance(5):
            entry["options"] = self._dice.pick(({"allowNameChange": True}, {"allowKindChange": True}, {}))
        return entry

    def _images(self, made: Object) -> None:
        made["images"] = [self._image() for _ in range(self._dice.number(1, 2))]

    def _image(self) -> Object:
        entry: Object = {"name": self._dice.either(3, ("[", "n.*", "${VAR}", ""), IMAGES)}
        if self._dice.chance(50):
            entry["newName"] = self._dice.pick(("registry.example.org/x", "nginx"))
        if self._dice.chance(60):
            entry["newTag"] = self._dice.either(
                5, (Plain("1.30"), Plain("1e3"), Plain("0777")), ("1.28", "latest", "1e3", "0777", "${VAR}")
            )
        if self._dice.chance(15):
            entry["digest"] = "sha256:" + "b" * 64
        return entry

    def _replicas(self, made: Object) -> None:
        workloads = [item for item in self.known if item.get("kind") in ("Deployment", "StatefulSet")]
        names = [item["metadata"].get("name") for item in workloads] or list(NAMES)
        if not workloads and not self._dice.rarely(20):
            return
        count = self._dice.either(10, (Plain("1e1"), Plain("0x2"), "3"), (2, 0, 10**6))
        made["replicas"] = [{"name": self._dice.either(5, ("absent",), names), "count": count}]

    def _names(self, made: Object) -> None:
        for field, values in (
            ("namespace", NAMESPACES),
            ("namePrefix", ("p-", "dev-", "p.")),
            ("nameSuffix", ("-s", "-v2")),
        ):
            if self._dice.chance(50):
                made[field] = self._dice.either(4, (Plain("007"), Plain("1e3"), ""), values)

    def _labels(self, made: Object) -> None:
        pairs = {
            self._dice.pick(("team", "app", "x/y")): self._dice.either(
                15, ("yes", "", "1", "${VAR}", "${VAR}", Plain("yes"), None), ("a", "b")
            )
        }
        if self._dice.chance(30):
            made["commonLabels"] = pairs
            return
        entry: Object = {"pairs": pairs}
        for field in ("includeSelectors", "includeTemplates"):
            if self._dice.chance(35):
                entry[field] = self._dice.pick((True, False))
        if self._dice.chance(8):
            entry["fields"] = [dict(self._dice.pick(FIELD_SPECS))]
        made["labels"] = [entry]

    def _common_annotations(self, made: Object) -> None:
        value = self._dice.either(4, PLAINS, (text(self._dice), "x"))
        made["commonAnnotations"] = {self._dice.pick(("note", "owner")): value}

    def _config_maps(self, made: Object) -> None:
        made["configMapGenerator"] = self._generators(secret=False)

    def _secrets(self, made: Object) -> None:
        made["secretGenerator"] = self._generators(secret=True)

    def _generators(self, *, secret: bool) -> list[Object]:
        data = dict(data_file(self._dice) for _ in range(self._dice.number(0, 2)))
        for own_name, content in data.items():
            self._trees.files.setdefault(posixpath.join(self._path, own_name), content)
        made = [generator(self._dice, list(data), self.known, secret=secret) for _ in range(self._dice.number(1, 2))]
        for entry in made:
            if "behavior" not in entry:
                entry["name"] = self._trees.fresh("Secret" if secret else "ConfigMap", entry["name"])
        return made

    def _generator_options(self, made: Object) -> None:
        made["generatorOptions"] = options(self._dice)

    def _replacements(self, made: Object) -> None:
        entry = replacement(self._dice, self.known)
        if self._dice.chance(30):
            entry = {"path": self._trees.write(self._path, "replacement.yaml", [entry])}
        made["replacements"] = [entry]

    def _components(self, made: Object) -> None:
        path = f"components/{self._path.replace('/', '-')}"
        made["components"] = [self._relative(self._trees.component(path, self.known))]

    def _deprecated(self, made: Object) -> None:
        kind = self._dice.number(0, 2 + self._dice.rarely(50))
        if kind == 0:
            made["patchesStrategicMerge"] = [
                write(self._dice, merge(self._dice, self._dice.pick(self.known or [one(self._dice)])))
            ]
        elif kind == 1:
            aim = self._dice.pick(self.known or [one(self._dice)])
            group, _, version = str(aim.get("apiVersion") or "").rpartition("/")
            target = {"group": group, "version": version, "kind": aim.get("kind"), "name": aim["metadata"].get("name")}
            made["patchesJson6902"] = [{"patch": operations(self._dice, aim), "target": target}]
        elif kind == 2:
            made["bases"] = made.pop("resources", [])
        else:
            reference = {"kind": "ConfigMap", "name": "a", "apiVersion": "v1"}
            made["vars"] = [{"name": "VAR", "objref": reference, "fieldref": {"fieldpath": "metadata.name"}}]

    def _metadata(self, made: Object) -> None:
        choices = ("originAnnotations", "managedByLabel", "transformerAnnotations")
        made["buildMetadata"] = self._dice.some(choices, 2)

    def _rare(self, made: Object) -> None:
        kind = self._dice.number(0, 5)
        if kind == 0:
            orders = (
                {"order": "fifo"},
                {"order": "legacy"},
                {"order": "legacy", "legacySortOptions": {"orderFirst": ["Service"], "orderLast": []}},
            )
            made["sortOptions"] = self._dice.pick(orders)
        elif kind == 1:
            made["openapi"] = {"path": self._trees.write(self._path, "schema.json", [_SCHEMA])}
        elif kind == 2:
            made["crds"] = [self._trees.write(self._path, "crds.yaml", [_CRDS])]
        elif kind == 3:
            made["configurations"] = [self._trees.write(self._path, "config.yaml", [_CONFIGURATION])]
        else:
            field = self._dice.pick(("transformers", "generators"))
            made[field] = [self._trees.write(self._path, f"{field}.yaml", [plugin(self._dice, field)])]

    def _odd(self, made: Object) -> None:
        odd: tuple[Object, ...] = (
            *(
                {"unknown": 1},
                {"resources": "a.yaml"},
                {"metadata": {"name": "x"}},
                {"Namespace": "apps"},
                {"patches": None},
            ),
            *(
                {"helmCharts": [{"name": "x"}]},
                {"images": {}},
                {"namespace": 1},
                {"commonLabels": []},
                {"kind": "Other"},
            ),
            *({"resources": ["gone.yaml"]}, {"resources": [self._path]}, {"resources": ["https://example.org/x.yaml"]}),
            *(
                {"apiVersion": "v1"},
                {"components": ["gone"]},
                {"resources": ["a.yaml", "a.yaml"]},
                {"resources": ["."]},
            ),
            *({"generatorOptions": None}, {"validators": []}, {"configMapGenerator": [{"literals": ["a=b"]}]}),
        )
        made.update(self._dice.pick(odd))


_SCHEMA: Object = {
    "definitions": {
        "org.example.v1.Widget": {
            "type": "object",
            "properties": {
                "spec": {
                    "type": "object",
                    "properties": {
                        "items": {
                            "type": "array",
                            "items": {"type": "object"},
                            "x-kubernetes-patch-merge-key": "name",
                            "x-kubernetes-patch-strategy": "merge",
                        }
                    },
                }
            },
            "x-kubernetes-group-version-kind": [{"group": "example.org", "kind": "Widget", "version": "v1"}],
        }
    }
}
_CRDS: Object = {
    "example.org/v1.Widget": {
        "Schema": {
            "properties": {
                "spec": {"x-kubernetes-object-ref-api-version": "v1", "x-kubernetes-object-ref-kind": "ConfigMap"},
            }
        }
    }
}
_CONFIGURATION: Object = {
    "nameReference": [{"kind": "ConfigMap", "fieldSpecs": [{"path": "spec/configName", "kind": "Widget"}]}],
    "commonAnnotations": [{"path": "spec/annotations", "kind": "Widget", "create": True}],
    "images": [{"path": "spec/image", "kind": "Widget"}],
}
