"""Flux's own code, behind small Go programs (`go/cmd/`): what our renderer is compared with.

`make test-interop` builds them into build/interop. Each answers JSON lines, so that one process does a whole batch.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parents[2] / "build" / "interop"


@dataclass(frozen=True)
class Answer:
    """What Flux makes of one case."""

    output: bytes = b""
    """The result; empty if there is an error."""
    error: str = ""
    """Flux's message, or "panic: …" where its code panics; empty if there is a result."""


@dataclass(frozen=True)
class SubstitutionCase:
    """One text for `FluxReference.envsubst`."""

    text: str
    """What holds the variables."""
    variables: Mapping[str, str]
    """Their values by name."""
    strict: bool
    """Whether a variable that is not set is an error."""


@dataclass(frozen=True)
class BuildCase:
    """One Flux Kustomization for `FluxReference.builds`."""

    root: Path
    """The directory that stands for the source's artifact."""
    path: str
    """What to build, relative to the root, as `spec.path` says it."""
    kustomization: Mapping[str, Any]
    """The Flux Kustomization, as an object."""
    sources: Mapping[str, Mapping[str, str]]
    """Data of the ConfigMaps and Secrets that substituteFrom finds, by "ConfigMap/name" or "Secret/name"."""
    strict: bool = True
    """Whether a variable that is not set is an error, the default since Flux 2.9."""
    in_place: bool = False
    """Whether to build in the root itself, which is left as it was, rather than in a copy."""

    def with_variables(self, variables: Mapping[str, str]) -> BuildCase:
        """The same case with these variables in the place of all that substituteFrom would find."""
        spec = self.kustomization.get("spec", {})
        post_build = {
            **spec.get("postBuild", {}),
            "substituteFrom": [{"kind": "ConfigMap", "name": "variables"}],
        }
        return replace(
            self,
            kustomization={**self.kustomization, "spec": {**spec, "postBuild": post_build}},
            sources={"ConfigMap/variables": variables},
        )


@dataclass(frozen=True)
class CustomCase:
    """One object of a custom kind for `FluxReference.refused`."""

    schema: Mapping[str, Any]
    """The `openAPIV3Schema` of its version."""
    obj: Mapping[str, Any]
    old: Mapping[str, Any] | None = None
    """The object as it was."""


@dataclass(frozen=True)
class Refused:
    """What a rule of a CRD refuses."""

    field: str
    detail: str


class FluxReference:
    """Runs the programs.

    Raises:
        FileNotFoundError: they are not built.
    """

    def __init__(self, programs: Path = PROGRAMS) -> None:
        self._programs = programs
        if not (programs / "fluxbuild").exists():
            raise FileNotFoundError(
                f"no programs in {programs}: run make test-interop, which builds them (it needs Go)"
            )

    def envsubst(self, cases: Iterable[SubstitutionCase]) -> list[Answer]:
        """Each text with its variables substituted, by fluxcd/pkg/envsubst."""
        return self._ask(
            "envsubst",
            [{"text": case.text, "variables": dict(case.variables), "strict": case.strict} for case in cases],
        )

    def yaml_to_json(self, texts: Iterable[str], *, strict: bool = False) -> list[Answer]:
        """The first document of each text as JSON, by sigs.k8s.io/yaml; `strict` refuses duplicate keys."""
        return self._ask("yamljson", [{"text": text, "strict": strict} for text in texts])

    def build(
        self,
        root: Path,
        path: str,
        kustomization: Mapping[str, Any],
        variables: Mapping[str, str] | None = None,
        *,
        strict: bool = True,
    ) -> Answer:
        """The multi-document YAML that kustomize-controller would apply; without decryption and commonMetadata."""
        case = BuildCase(root, path, kustomization, {}, strict)
        return self.builds([case if variables is None else case.with_variables(variables)])[0]

    def builds(self, cases: Iterable[BuildCase]) -> list[Answer]:
        """As `build`, for many at once."""
        return self._ask(
            "fluxbuild",
            [
                {
                    "root": str(case.root),
                    "path": case.path,
                    "kustomization": case.kustomization,
                    "sources": case.sources,
                    "strict": case.strict,
                    "inPlace": case.in_place,
                }
                for case in cases
            ],
        )

    def values(self, requests: Iterable[Mapping[str, Any]]) -> list[Answer]:
        """The values of each HelmRelease as JSON, by fluxcd/pkg/chartutil; an int64 is `{"int64": n}`.

        A request has `values` and `references` as in the release's spec, and `sources` as a `BuildCase`.
        """
        return self._ask("fluxvalues", list(requests))

    def left_out(self, cases: Iterable[tuple[Mapping[str, str], str]]) -> list[list[str]]:
        """The files that source-controller leaves out of an artifact, for repositories and their `spec.ignore`."""
        answers = self._ask("sourceignore", [{"files": dict(files), "ignore": ignore} for files, ignore in cases])
        return [sorted(json.loads(answer.output)) for answer in answers]

    def in_range(self, cases: Iterable[tuple[str, Sequence[str]]]) -> list[list[str] | None]:
        """The versions that are in a range, the lowest first, for ranges with versions; None if it is no range."""
        answers = self._ask("semver", [{"range": wanted, "versions": list(found)} for wanted, found in cases])
        return [None if answer.error else json.loads(answer.output) for answer in answers]

    def refused(self, cases: Iterable[CustomCase]) -> list[list[Refused]]:
        """What the rules of each object's schema refuse, by apiextensions-apiserver.

        Raises:
            RuntimeError: a schema is none that the API server would take.
        """
        requests = [{"schema": case.schema, "object": case.obj, "old": case.old} for case in cases]
        answers = self._ask("crdrules", requests)
        if wrong := next((answer.error for answer in answers if answer.error), ""):
            raise RuntimeError(wrong)
        return [[Refused(one["field"], one["detail"]) for one in json.loads(answer.output)] for answer in answers]

    def objections(self, objects: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> list[list[Refused]]:
        """What the API server has against new objects, for schemas with objects: unknown fields, schema, rules.

        Raises:
            RuntimeError: a schema is none that the API server would take.
        """
        answers = self._ask("crdobjects", [{"schema": schema, "object": obj} for schema, obj in objects])
        if wrong := next((answer.error for answer in answers if answer.error), ""):
            raise RuntimeError(wrong)
        return [[Refused(one["field"], one["detail"]) for one in json.loads(answer.output)] for answer in answers]

    def crd_objections(self, crds: Iterable[Mapping[str, Any]]) -> list[list[str]]:
        """Why the API server would not take each CustomResourceDefinition."""
        answers = self._ask("crds", list(crds))
        return [[answer.error] if answer.error else json.loads(answer.output) for answer in answers]

    def documents(self, answer: Answer) -> list[Any]:
        """The objects of a build's YAML, as sigs.k8s.io/yaml reads them."""
        # The line break before the separator ends the document's last line, which may be one of a block of text.
        output = f"\n{answer.output.decode()}".removesuffix("\n")
        texts = [f"{text}\n" for text in output.split("\n---\n") if text.strip()]
        return [json.loads(document.output) for document in self.yaml_to_json(texts)]

    def _ask(self, program: str, requests: Sequence[Mapping[str, Any]]) -> list[Answer]:
        done = subprocess.run(
            [self._programs / program],
            input="".join(json.dumps(request) + "\n" for request in requests).encode(),
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        if len(answers) != len(requests):
            raise RuntimeError(f"{program} answered {len(answers)} of {len(requests)} requests")
        return [Answer(base64.b64decode(a.get("output", "")), a.get("error", "")) for a in answers]
