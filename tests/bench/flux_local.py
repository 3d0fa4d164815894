"""flux-local (PyPI), the command-line tool that people compare Flux repositories with, to be measured against.

It runs `flux build`, `kustomize` and `helm`. The first two are built here from their Go modules, helm is that of the
CDK layer; all of it stays below build/bench.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from slipway.tools.layer import find_tool
from tests.bench.processes import Run, run

HOME = Path(__file__).parents[2] / "build" / "bench"
UV = Path(__file__).parents[2] / "build" / "uv" / "bin" / "uv"
VERSION = "7.11.0"
KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.1"
FLUX = "github.com/fluxcd/flux2/v2@v2.9.5"
PYTHON = os.environ.get("SLIPWAY_BENCH_PYTHON", "3.13")
"""As uv understands it: a version or a program. flux-local says that 3.10 will do, but has syntax of 3.12."""


class FluxLocal:
    """The tool with its programs, installed when it is made.

    Raises:
        CalledProcessError, FileNotFoundError: it cannot be installed; it needs Go and the registries.
    """

    def __init__(self, home: Path = HOME) -> None:
        self._programs = home / "bin"
        self._python = home / "flux-local"
        self._programs.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "GOBIN": str(self._programs)}
        if not (self._programs / "kustomize").exists():
            _do(["go", "install", "-p", "2", KUSTOMIZE], environment)
        if not (self._programs / "flux").exists():
            _build_flux(home / "flux2", self._programs / "flux", environment)
        if not (self._programs / "helm").exists():
            (self._programs / "helm").symlink_to(find_tool("helm"))
        if not (self._python / "bin" / "flux-local").exists():
            _do([str(UV), "venv", "-q", "--clear", "--python", PYTHON, str(self._python)], environment)
            python = str(self._python / "bin" / "python")
            _do([str(UV), "pip", "install", "-q", "--python", python, f"flux-local=={VERSION}"], environment)

    def diff(self, base: Path, head: Path) -> Run:
        """`flux-local diff ks` of two directories in checkouts, each with what a cluster's Flux starts from."""
        command = [str(self._python / "bin" / "flux-local"), "diff", "ks", "-A"]
        return run([*command, "--path", str(head), "--path-orig", str(base)], self._environment(), head)

    def _environment(self) -> Mapping[str, str]:
        return {**os.environ, "PATH": f"{self._programs}:{os.environ['PATH']}"}


def _build_flux(sources: Path, program: Path, environment: Mapping[str, str]) -> None:
    """Its module leaves out the manifests that `flux install` applies and that the program embeds; none will do."""
    _do(["go", "mod", "download", FLUX], environment)
    module = json.loads(_do(["go", "mod", "download", "-json", FLUX], environment))
    shutil.copytree(module["Dir"], sources, dirs_exist_ok=True, copy_function=shutil.copyfile)
    manifests = sources / "cmd" / "flux" / "manifests"
    manifests.mkdir(exist_ok=True)
    (manifests / "none.yaml").touch()
    _do(["go", "build", "-p", "2", "-trimpath", "-o", str(program), "./cmd/flux"], environment, sources)


def _do(command: list[str], environment: Mapping[str, str], directory: Path | None = None) -> str:
    return subprocess.run(command, env=environment, cwd=directory, check=True, stdout=subprocess.PIPE, text=True).stdout
