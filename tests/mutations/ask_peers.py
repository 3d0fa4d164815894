"""Asks the others about mutations, flux-local where it can be installed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.bench.flux_local import HOME, FluxLocal
from tests.mutations.mutation import Mutation
from tests.mutations.peers import FluxLocalTest, Kubeconform, Kustomize, environment_with
from tests.mutations.world import affected, sound

MAX_CLUSTERS = 1
"""On how many clusters flux-local is asked, of those that a mutation concerns: it takes seconds on each."""


def ask(mutations: Iterable[Mutation], *, flux_local: bool = True) -> dict[str, Mapping[str, str]]:
    """`yes` or `no` of each tool by its name, by the mutation's name."""
    with tempfile.TemporaryDirectory(prefix="slipway-mutations-") as scratch:
        home = Path(scratch)
        kustomize = Kustomize(home / "kustomize")
        kubeconform = Kubeconform(home / "kubeconform", kustomize)
        local = _flux_local(home / "flux-local") if flux_local else None
        found: dict[str, Mapping[str, str]] = {}
        for mutation in mutations:
            files = mutation.applied(sound().files)
            said = {
                kubeconform.name: kubeconform.catches(files),
                kustomize.name: kustomize.catches(files),
            }
            if local:
                said[local.name] = local.catches(files, affected(mutation)[:MAX_CLUSTERS])
            found[mutation.name] = {name: "yes" if catches else "no" for name, catches in said.items()}
            if sys.stderr.isatty():
                print(mutation.name, found[mutation.name], file=sys.stderr)
    return found


def _flux_local(home: Path) -> FluxLocalTest | None:
    try:
        FluxLocal()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None  # no Go, no Python that is new enough, no registry
    return FluxLocalTest(home, HOME / "flux-local" / "bin" / "flux-local", environment_with(HOME / "bin"))
