"""The demo's repositories and pull requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.cloud import Cloud

DIRECTORY = Path(__file__).parent / "fleet"
OWNER = "acme"
SYSTEM = f"{OWNER}/gitops-system"
PERSON = "octocat"
"""Whoever asks for things and merges them."""
REQUEST = (
    *("add-cluster", "shop-staging", "--environment", "staging"),
    *("--account", "111122223333", "--region", "eu-west-1"),
)
"""What the form of the demo's issue says; what it leaves out, Slipway chooses."""


@dataclass(frozen=True)
class Edit:
    """A replacement in a file of `gitops-system`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Story:
    """A pull request that somebody might open."""

    branch: str
    title: str
    edits: tuple[Edit, ...]

    def files(self) -> Mapping[str, bytes]:
        """The changed files, whole."""
        changed: dict[str, str] = {}
        for edit in self.edits:
            content = changed.get(edit.path) or (DIRECTORY / "gitops-system" / edit.path).read_text()
            if edit.old not in content:
                raise ValueError(f"{edit.path} has no {edit.old!r}")
            changed[edit.path] = content.replace(edit.old, edit.new, 1)
        return {path: content.encode() for path, content in changed.items()}


_COLLECTOR = "tools/observability/collector.yaml"
_TOOLS = "clusters/staging/tools.yaml"

GOOD = Story(
    branch="collector-memory",
    title="Give the collector more memory and a second replica",
    edits=(
        Edit(_COLLECTOR, "memory: 256Mi", "memory: 512Mi"),
        Edit(_COLLECTOR, "replicas: 1", "replicas: 2"),
    ),
)
BAD = Story(
    branch="observability-first",
    title="Start observability before the tools on staging",
    edits=(
        # A number in quotes, which the API server refuses …
        Edit(_COLLECTOR, "replicas: 1", 'replicas: "2"'),
        # … and two Kustomizations that wait for each other.
        Edit(_TOOLS, "  timeout: 5m\n", "  timeout: 5m\n  dependsOn:\n    - name: observability\n"),
    ),
)


def create_repositories(cloud: Cloud) -> None:
    """Make the demo's repositories, unless an earlier run has, and install the App on them."""
    cloud.install(OWNER)
    for directory in sorted(DIRECTORY.iterdir()):
        name = f"{OWNER}/{directory.name}"
        if not cloud.github.git_directory(name).exists():
            cloud.github.create_repository(name, directory)
    cloud.github.set_role(SYSTEM, PERSON, "write")
