"""A fleet made of the templates as their READMEs say: a hub, four clusters in two environments, three applications."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.mutations.fleet import sealed
from tests.unit.doc_examples import blocks, files_in

TEMPLATES = Path(__file__).parents[2] / "repo_templates"
SYSTEM, WORKLOADS, MANIFESTS = "gitops-system", "gitops-workloads", "app-manifests"
EXAMPLE = "product-catalog"
"""The application that the templates have."""


@dataclass(frozen=True)
class Spoke:
    """A cluster to add; the READMEs name its values `<…>`."""

    cluster: str
    environment: str
    account: str
    region: str
    network: str
    """The first two numbers of its VPC's addresses."""
    applications: tuple[str, ...]


SPOKES = (
    Spoke("shop-staging", "staging", "111122223333", "eu-west-1", "10.10", (EXAMPLE, "storefront")),
    Spoke("shop-production", "production", "444455556666", "eu-west-1", "10.20", (EXAMPLE, "storefront")),
    Spoke("pay-staging", "staging", "111122223333", "eu-central-1", "10.30", ("payments",)),
    Spoke("pay-production", "production", "444455556666", "eu-central-1", "10.40", ("payments",)),
)
APPLICATIONS = (EXAMPLE, "storefront", "payments")

Files = dict[str, str]
"""Content by path; the first part of a path is the repository."""


@cache
def template_files() -> Mapping[str, str]:
    """The templates as they are."""
    return {
        str(path.relative_to(TEMPLATES)): path.read_text(encoding="utf-8")
        for path in sorted(TEMPLATES.rglob("*"))
        if path.is_file()
    }


@cache
def fleet_files() -> Mapping[str, str]:
    """The whole fleet, by repository: the applications' are `<application>-manifests`."""
    files = {path: text for path, text in template_files().items() if not path.startswith(f"{MANIFESTS}/")}
    for application in APPLICATIONS:
        files |= _manifests(application)
        if application != EXAMPLE:
            files |= _application(application)
    for spoke in SPOKES:
        add_cluster(files, spoke)
        for application in spoke.applications:
            add_to_cluster(files, spoke, application)
    return files


def add_cluster(files: Files, spoke: Spoke) -> None:
    """What “Add a cluster” says, in both repositories."""
    files |= _written(SYSTEM, "Add a cluster", spoke) | _written(WORKLOADS, "Add a cluster", spoke)
    _edit(files, f"{SYSTEM}/clusters-config/clusters.yaml", r"clusters: \[(.*)\]", spoke.cluster)
    entry = _filled(_block(SYSTEM, "# in slipway.yaml").partition("\n")[2], spoke)
    path = f"{SYSTEM}/slipway.yaml"
    files[path] = files[path].replace("environments:\n", f"{entry}environments:\n", 1)


def add_to_cluster(files: Files, spoke: Spoke, application: str) -> None:
    """What “Add it to a cluster” says."""
    files |= _written(WORKLOADS, "Add it to a cluster", spoke, application)
    files[f"{WORKLOADS}/clusters/{spoke.cluster}/kustomization.yaml"] += f"  - {application}\n"


def write(files: Mapping[str, str], directory: Path) -> None:
    """The repositories, each in a directory below this one."""
    for path, content in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")


def _manifests(application: str) -> Files:
    prefix = f"{MANIFESTS}/"
    return {
        f"{application}-manifests/{path.removeprefix(prefix)}": text.replace(EXAMPLE, application)
        for path, text in template_files().items()
        if path.startswith(prefix)
    }


def _application(application: str) -> Files:
    """Another application: as the example, which has rights in AWS."""
    example = f"{WORKLOADS}/applications/{EXAMPLE}/"
    return {
        path.replace(EXAMPLE, application): text.replace(EXAMPLE, application)
        for path, text in template_files().items()
        if path.startswith(example)
    }


def _written(repository: str, section: str, spoke: Spoke, application: str = "") -> Files:
    text = template_files()[f"{repository}/README.md"].split(f"\n## {section}\n")[1].split("\n## ")[0]
    files = files_in(blocks(text, "yaml")[0])
    return {
        f"{repository}/{_filled(path, spoke, application)}": _filled(content, spoke, application)
        for path, content in files.items()
    }


def _block(repository: str, start: str) -> str:
    found = blocks(template_files()[f"{repository}/README.md"], "yaml")
    return next(block for block in found if block.startswith(start)).removesuffix("```")


def _filled(text: str, spoke: Spoke, application: str = "") -> str:
    text = re.sub(
        r"<sealed (\S+)>", lambda match: sealed(f"{match[1]} {match.start()} {spoke.cluster} {application}"), text
    )
    for name in ("cluster", "environment", "account", "region", "network"):
        text = text.replace(f"<{name}>", getattr(spoke, name))
    return text.replace("<application>", application)


def _edit(files: Files, path: str, pattern: str, value: str) -> None:
    def longer(match: re.Match[str]) -> str:
        return match[0].replace(f"[{match[1]}]", f"[{', '.join(filter(None, (match[1], value)))}]")

    files[path] = re.sub(pattern, longer, files[path], count=1)


if __name__ == "__main__":
    write(fleet_files(), Path(sys.argv[1]))
