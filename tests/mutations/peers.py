"""What others say of a mutation: kubectl kustomize, kubeconform, flux-local.

Each is used as people use it in their pipelines. A tool catches a mutation if it fails where it passed on the sound
fleet. kubeconform gets what `kubectl kustomize` makes of every directory and the files that are in none, strictly, with
the schemas of the clusters' Kubernetes, of the fleet's CRDs and of what Crossplane makes of its XRDs. flux-local gets
the repositories side by side, the sources mapped to them, and renders no charts, which it would fetch.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml

from slipway.tools.layer import find_tool
from tests.mutations.fleet import HUB, ROOT, SPOKES, Files, sound_files, write

BUILD = Path(__file__).parents[2] / "build"
KUBERNETES = "1.35.0"
TIMEOUT_SECONDS = 300

Failures = frozenset[tuple[str, str]]
"""Where a tool fails, and on what."""


class Kustomize:
    """`kubectl kustomize` of every directory that has a kustomization."""

    name = "kubectl kustomize"

    def __init__(self, home: Path) -> None:
        """Write the sound fleet into a directory, where each mutation replaces what it changes."""
        self._home = home
        self._files = sound_files()
        self._executable = find_tool("kubectl")
        write(self._files, home)
        self._sound = {path: self._build(path) for path in _directories(self._files)}
        self.sound_failures = frozenset(path for path, output in self._sound.items() if output is None)

    def builds(self, files: Files) -> Mapping[str, str | None]:
        """The output by the directory; None where the build fails."""
        changed = {path for path in {*files, *self._files} if files.get(path) != self._files.get(path)}
        with _written(changed, files, self._files, self._home):
            return {
                path: self._build(path) if _reads(path, changed, files, self._files) else self._sound[path]
                for path in _directories(files)
            }

    def catches(self, files: Files) -> bool:
        """True if a directory fails that did not."""
        return any(output is None for path, output in self.builds(files).items() if path not in self.sound_failures)

    def _build(self, directory: str) -> str | None:
        command = [str(self._executable), "kustomize", str(self._home / directory)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
        return done.stdout if done.returncode == 0 else None


class Kubeconform:
    """kubeconform of what a `Kustomize` builds, and of the files that belong to no kustomization."""

    name = "kubeconform"

    def __init__(self, home: Path, kustomize: Kustomize, program: Path = BUILD / "interop" / "kubeconform") -> None:
        """Write the schemas.

        Raises:
            FileNotFoundError: it is not built; `make test-interop` does that.
        """
        if not program.exists():
            raise FileNotFoundError(f"no {program}: run make test-interop, which builds it (it needs Go)")
        self._program, self._home, self._kustomize = program, home, kustomize
        files = sound_files()
        _write_schemas(files, home / "schemas")
        self._known: dict[str, Failures] = {}
        self.sound_failures = self._failures(files)

    def catches(self, files: Files) -> bool:
        """True if it fails on something that it took in the sound fleet."""
        return bool(self._failures(files) - self.sound_failures)

    def _failures(self, files: Files) -> Failures:
        builds = {path: output or "" for path, output in self._kustomize.builds(files).items()}
        within = tuple(f"{path}/" for path in builds)
        loose = {path: text for path, text in files.items() if _is_loose(path, within)}
        texts = {**builds, **loose}
        new = {text for text in texts.values() if text not in self._known}
        self._known.update(self._validated(sorted(new)))
        return frozenset(failure for text in texts.values() for failure in self._known[text])

    def _validated(self, texts: list[str]) -> Iterator[tuple[str, Failures]]:
        directory = self._home / "documents"
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        names = {}
        for number, text in enumerate(texts):
            file = directory / f"{number}.yaml"
            file.write_text(text, encoding="utf-8")
            names[str(file)] = text
        found: dict[str, set[tuple[str, str]]] = {text: set() for text in texts}
        if names:
            for item in self._run(sorted(names)):
                if item["status"] in ("statusInvalid", "statusError"):
                    found[names[item["filename"]]].add((f"{item['kind']} {item['name']}", item["msg"]))
        yield from ((text, frozenset(failures)) for text, failures in found.items())

    def _run(self, names: Iterable[str]) -> list[Mapping[str, Any]]:
        schemas = self._home / "schemas"
        command = [
            *(str(self._program), "-strict", "-output", "json", "-kubernetes-version", KUBERNETES),
            *("-skip", "FluxInstance"),  # nobody has given it a schema of that kind
            *("-schema-location", f"{schemas}/core/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"),
            *(
                "-schema-location",
                f"{schemas}/custom/{{{{.Group}}}}/{{{{.ResourceKind}}}}_{{{{.ResourceAPIVersion}}}}.json",
            ),
        ]
        done = subprocess.run([*command, *names], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
        found: list[Mapping[str, Any]] = json.loads(done.stdout)["resources"]
        return found


class FluxLocalTest:
    """`flux-local test` of each cluster."""

    name = "flux-local"

    def __init__(self, home: Path, command: Path, environment: Mapping[str, str]) -> None:
        """Make a Git repository of the sound fleet.

        Args:
            home: an empty directory.
            command: the program.
            environment: in which it finds flux and kustomize.
        """
        self._home, self._command, self._environment = home, command, environment
        self._files = sound_files()
        write(self._files, home)
        subprocess.run(["git", "init", "-q", str(home)], check=True)
        subprocess.run(["git", "-C", str(home), "add", "-A"], check=True)
        self.sound_failures = frozenset(member.cluster for member in (HUB, *SPOKES) if not self._passes(member.cluster))

    def catches(self, files: Files, clusters: Iterable[str]) -> bool:
        """True if it fails on one of some clusters, which the mutation may concern."""
        changed = {path for path in {*files, *self._files} if files.get(path) != self._files.get(path)}
        with _written(changed, files, self._files, self._home):
            return any(not self._passes(cluster) for cluster in clusters if cluster not in self.sound_failures)

    def _passes(self, cluster: str) -> bool:
        sources = ",".join(
            f"{source}=./{repository}/"
            for source, repository in (
                ("flux-system", ROOT),
                ("gitops-workloads", "gitops-workloads"),
                ("payments", "payments-manifests"),
                ("storefront", "storefront-manifests"),
            )
        )
        command = [str(self._command), "test", "-A", "--path", f"{ROOT}/clusters/{cluster}", "--sources", sources]
        done = subprocess.run(
            command, cwd=self._home, env=self._environment, capture_output=True, timeout=TIMEOUT_SECONDS, check=False
        )
        return done.returncode == 0


class _written:  # noqa: N801 - a context manager that reads as a verb
    """Some files as they are in one fleet, and afterwards as in another."""

    def __init__(self, paths: Iterable[str], now: Files, then: Files, home: Path) -> None:
        self._paths, self._now, self._then, self._home = list(paths), now, then, home

    def __enter__(self) -> None:
        self._write(self._now)

    def __exit__(self, *_: object) -> None:
        self._write(self._then)

    def _write(self, files: Files) -> None:
        for path in self._paths:
            if path in files:
                write({path: files[path]}, self._home)
            else:
                (self._home / path).unlink(missing_ok=True)
                for parent in list((self._home / path).parents):
                    if parent == self._home or any(parent.iterdir()):
                        break
                    parent.rmdir()


def environment_with(programs: Path) -> Mapping[str, str]:
    """Our own environment, with more programs to be found."""
    return {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}


def _directories(files: Files) -> list[str]:
    """The directories with a kustomization."""
    return sorted({posixpath.dirname(path) for path in files if posixpath.basename(path) == "kustomization.yaml"})


def _reads(directory: str, changed: Collection[str], *fleets: Files) -> bool:
    """True if what kustomize reads from a directory on, in one of some fleets, is among some paths."""
    seen: set[str] = set()
    todo = [directory]
    while todo:
        current = todo.pop()
        if current in seen:
            continue
        seen.add(current)
        file = f"{current}/kustomization.yaml"
        if current in changed or file in changed:
            return True
        for named in (word for files in fleets for word in re.findall(r"[\w./-]+", files.get(file, ""))):
            todo.append(posixpath.normpath(posixpath.join(current, named)))
    return False


def _is_loose(path: str, within: tuple[str, ...]) -> bool:
    """True for a file that is applied as it is."""
    inside = path.partition("/")[2]
    return (
        path.endswith(".yaml")
        and "/" in inside
        and not path.startswith(within)
        and not inside.startswith(("charts/", "."))
    )


def _write_schemas(files: Files, directory: Path) -> None:
    """Schemas of Kubernetes' own kinds and of the custom ones, in kubeconform's layout."""
    core = directory / "core"
    core.mkdir(parents=True)
    package = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{KUBERNETES}-local-strict"
    for file in package.iterdir():
        # By the package's names and references, the schemas are at a server's root.
        schema = json.loads(file.read_text().replace("/api/_definitions.json", "_definitions.json"))
        schema.pop("$id", None)
        core.joinpath(file.name).write_text(json.dumps(schema))
    for path, text in files.items():
        if not path.endswith(".yaml") or "/templates/" in path:
            continue
        for value in yaml.safe_load_all(text):
            if isinstance(value, Mapping) and str(value.get("kind")).endswith("ResourceDefinition"):
                _write_custom(value["spec"], directory / "custom" / value["spec"]["group"])


def _write_custom(spec: Mapping[str, Any], directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for version in spec["versions"]:
        schema = _closed(version["schema"]["openAPIV3Schema"])
        schema["properties"].update({name: {"type": "string"} for name in ("apiVersion", "kind")})
        schema["properties"]["metadata"] = {"type": "object"}
        name = f"{spec['names']['kind'].lower()}_{version['name']}.json"
        directory.joinpath(name).write_text(json.dumps(schema))


def _closed(schema: Any) -> Any:
    """A schema that takes no fields but those it names, as kubeconform's own converter makes it."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {name: _closed(item) for name, item in schema.items()}
    open_ended = made.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in made
    if isinstance(schema.get("properties"), Mapping) and not open_ended:
        made["additionalProperties"] = False
    return made
