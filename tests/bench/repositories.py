"""What Slipway makes of real repositories, as a table of Markdown; docs/measured.md has one.

    .venv/bin/python -m tests.bench.repositories [--findings] DIR[,NAME=DIR]...

Each DIR is a checkout, with the directories of its other sources behind it. Times and memory are those of `slipway
check`, as a process of its own: once with nothing kept, then again. No chart is fetched, so that a machine with a
network measures the same. With `--findings`, it is only what the rules say, by severity, and nothing is measured.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway.checks.verdict import Verdict, check_fleet
from slipway.fleet.flux import is_helm_release
from slipway.fleet.model import Fleet, RenderedKustomization
from slipway.tools.charts import Network
from slipway.tools.checkout import Checkout, Renderer
from slipway.tools.schemas import load_schemas
from tests.bench.processes import Run, run

COLUMNS = (
    *("repository", "clusters", "Kustomizations", "HelmReleases", "ResourceSets", "objects", "not rendered"),
    *("findings", "cold (CPU)", "warm (CPU)", "peak memory"),
)
COLUMNS_OF_FINDINGS = ("repository", "objects", "errors", "warnings", "notes")
REASONS = {
    r"chart is not fetched": "chart not fetched",
    r"is not at hand": "source not at hand",
    r"remote base": "remote base",
    r"ResourceSet": "ResourceSet not expanded",
    r"is not in Git": "what it needs is not in Git",
    r"only the cluster knows": "variables that only the cluster knows",
}
"""Short words for what a reason says; of another one, its beginning."""


def main() -> int:
    """Measure the repositories that the command line names, and print the table."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--findings"]
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    columns, cells = (COLUMNS, _cells) if arguments == sys.argv[1:] else (COLUMNS_OF_FINDINGS, _cells_of_findings)
    print(_row(columns))
    print(_row("---" for _ in columns))
    for argument in arguments:
        directory, *sources = argument.split(",")
        print(_row(cells(directory, sources)), flush=True)
    return 0


@dataclass(frozen=True)
class _Count:
    found: int
    rendered: int

    def __str__(self) -> str:
        return f"{self.found:,}" if self.found == self.rendered else f"{self.rendered:,} of {self.found:,}"


def _cells(directory: str, sources: list[str]) -> Iterator[str]:
    cold, warm = _timed(directory, sources)
    verdict = _verdict(directory, sources)
    fleet = verdict.fleet
    kustomizations = [done for cluster in fleet.clusters.values() for done in cluster.kustomizations]
    yield _name(Path(directory))
    yield str(len(fleet.clusters))
    yield str(_Count(len(kustomizations), sum(not done.failed for done in kustomizations)))
    yield str(_expanded(fleet, releases=True))
    yield str(_expanded(fleet, releases=False))
    yield f"{sum(len(cluster.landed) for cluster in fleet.clusters.values()):,}"
    yield _counted(_reasons(fleet))
    yield _counted(Counter(finding.rule.id for finding in verdict.findings))
    yield from (f"{done.seconds:.1f} s ({done.processor_seconds:.1f} s)" for done in (cold, warm))
    yield f"{max(cold.peak, warm.peak) / 2**20:.0f} MiB"


def _cells_of_findings(directory: str, sources: list[str]) -> Iterator[str]:
    verdict = _verdict(directory, sources)
    yield _name(Path(directory))
    yield f"{sum(len(cluster.landed) for cluster in verdict.fleet.clusters.values()):,}"
    for severity in ("error", "warning", "info"):
        found = (finding.rule for finding in verdict.findings)
        yield _counted(Counter(rule.id for rule in found if rule.severity == severity))


def _timed(directory: str, sources: list[str]) -> tuple[Run, Run]:
    """`slipway check`, with nothing kept and again."""
    command = [sys.executable, "-m", "slipway.cli", "check", directory, "--charts", "kept", "--format", "json"]
    command += [part for source in sources for part in ("--source", source)]
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as cache:
        environment = {**os.environ, **prepared_cache(Path(cache))}
        runs = run(command, environment), run(command, environment)
    for done in runs:
        if done.code not in (0, 1):
            raise SystemExit(f"slipway check {directory} ended with {done.code}: {done.errors}")
    return runs


def prepared_cache(directory: Path) -> Mapping[str, str]:
    """Environment variables for runs with a cache that holds no builds, but kubectl and helm, unpacked."""
    environment = {"XDG_CACHE_HOME": str(directory)}
    code = "from slipway.tools.layer import find_tool; find_tool('kubectl'); find_tool('helm')"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, **environment}, check=True)
    return environment


def _verdict(directory: str, sources: list[str]) -> Verdict:
    checkout = Checkout(directory, sources)
    with Renderer(Network(lambda _: "", offline=True)) as renderer:
        fleet = renderer.render(checkout).fleet
    return check_fleet(fleet, checkout.trees, load_schemas(), root=checkout.root)


def _expanded(fleet: Fleet, *, releases: bool) -> _Count:
    """The HelmReleases or the ResourceSets of the clusters, and those of them that objects were made of."""
    made = [one for cluster in fleet.clusters.values() for one in cluster.expanded]
    chosen = [one for one in made if is_helm_release(one.definition) is releases]
    return _Count(len(chosen), sum(not one.failed for one in chosen))


def _reasons(fleet: Fleet) -> Counter[str]:
    """Why Kustomizations, HelmReleases and ResourceSets were not rendered."""
    reasons = Counter(_reason(item.why) if item.cluster else "no cluster" for item in fleet.not_rendered)
    problems = {(problem.cluster, problem.object): problem.code for problem in fleet.problems}
    for owner in fleet.owners:
        if owner.failed and (code := problems.get((owner.home, str(owner.key)))):
            kind = "Kustomization" if isinstance(owner, RenderedKustomization) else "release"
            reasons[f"{kind} that Flux refuses ({'substitution' if code == 'unset' else code})"] += 1
    return reasons


def _reason(why: str) -> str:
    known = (short for pattern, short in REASONS.items() if re.search(pattern, why))
    return next(known, re.split("[:(;]", why)[0].strip())


def _name(directory: Path) -> str:
    """`owner/name@commit` of a checkout, the directory's name of anything else."""
    git = ["git", "-C", str(directory)]
    commit = _output([*git, "rev-parse", "--short=10", "HEAD"])
    if not commit:
        return directory.resolve().name
    repository = "/".join(_output([*git, "remote", "get-url", "origin"]).removesuffix(".git").split("/")[-2:])
    below = _output([*git, "rev-parse", "--show-prefix"]).strip("/")
    return f"{repository or directory.resolve().name}@{commit}{f', {below}' if below else ''}"


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, check=False, text=True).stdout.strip()


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in sorted(counter.items())) or "none"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
