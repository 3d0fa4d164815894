"""The templates of a fleet: they build, and a fleet that is made of them as their READMEs say is met with silence."""

from __future__ import annotations

import posixpath
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from slipway.tools import kubectl
from tests.unit.template_fleet import SYSTEM, fleet_files, template_files, write
from tests.unit.template_world import VERSIONS, verdict, versions

pytestmark = pytest.mark.xdist_group("templates")

NO_SCHEMA = {
    "apiextensions.crossplane.io/v1 Composition",
    "apiextensions.crossplane.io/v1alpha1 ManagedResourceActivationPolicy",
    "apiextensions.crossplane.io/v2 CompositeResourceDefinition",
    "bitnami.com/v1alpha1 SealedSecret",
    "external-secrets.io/v1 ClusterSecretStore",
    "external-secrets.io/v1 ExternalSecret",
    "fluxcd.controlplane.io/v1 FluxInstance",
    "fluxcd.controlplane.io/v1 ResourceSet",
    "helm.toolkit.fluxcd.io/v2 HelmRelease",
    "karpenter.k8s.aws/v1 EC2NodeClass",
    "karpenter.sh/v1 NodePool",
    "kustomize.toolkit.fluxcd.io/v1 Kustomization",
    "notification.toolkit.fluxcd.io/v1beta3 Alert",
    "notification.toolkit.fluxcd.io/v1beta3 Provider",
    "pkg.crossplane.io/v1 Function",
    "pkg.crossplane.io/v1 Provider",
    "pkg.crossplane.io/v1beta1 DeploymentRuntimeConfig",
    "protection.crossplane.io/v1beta1 Usage",
    "source.toolkit.fluxcd.io/v1 GitRepository",
    "source.toolkit.fluxcd.io/v1 HelmRepository",
    "source.toolkit.fluxcd.io/v1 OCIRepository",
}
"""Kinds whose definitions come with charts; those of AWS, which come with providers, are known by their groups.
`make test-interop` has the definitions of all of them."""
BY_FLUX_ITSELF = ("HelmRelease flux-system/", "Kustomization flux-system/")
"""Applied as Flux's own service accounts, which flux-operator binds: no binding in Git names them."""
ONLY_THE_CLUSTER_KNOWS = {
    "karpenter.k8s.aws/v1 EC2NodeClass",
    "variable CLUSTER_SECURITY_GROUP_ID",
    "variable ISOLATED_VPC",
    "variable NODE_ROLE_NAME",
    "variable VPC_ID",
}
"""AWS gives them: crossplane/compositions/cluster, cluster-facts."""


def test_every_folder_builds(tmp_path: Path) -> None:
    write(fleet_files(), tmp_path)
    folders = [
        path.parent for path in tmp_path.rglob("kustomization.yaml") if "kind: Component" not in path.read_text()
    ]
    executable = kubectl.find({})

    def failure(folder: Path) -> str:
        done = subprocess.run([executable, "kustomize", folder], capture_output=True, text=True, check=False)
        return f"{folder.relative_to(tmp_path)}: {done.stderr}" if done.returncode else ""

    with ThreadPoolExecutor(2) as pool:
        assert list(filter(None, pool.map(failure, folders))) == []
    assert len(folders) > 60


def test_every_component_is_taken_by_somebody() -> None:
    files = template_files()
    components = {
        path for path, text in files.items() if path.endswith("kustomization.yaml") and "kind: Component" in text
    }
    readmes = "".join(text for path, text in files.items() if path.endswith("README.md"))
    taken = {
        posixpath.normpath(posixpath.join(posixpath.dirname(path), entry))
        for path, text in files.items()
        if path.endswith("kustomization.yaml")
        for entry in (yaml.safe_load(text) or {}).get("components") or ()
    }
    assert [
        path
        for path in sorted(components)
        if posixpath.dirname(path) not in taken
        and f"components/{posixpath.basename(posixpath.dirname(path))}`" not in readmes
    ] == []


def test_the_fleet_is_rendered_whole() -> None:
    fleet = verdict().fleet
    assert sorted(fleet.clusters) == ["hub", "pay-production", "pay-staging", "shop-production", "shop-staging"]
    assert not fleet.problems
    assert not fleet.not_rendered


def test_nothing_is_found_in_the_fleet() -> None:
    assert [f"{found.where}: {found.rule.id} {found.text}" for found in verdict().findings] == []


def test_only_what_charts_and_providers_define_is_not_validated() -> None:
    why: dict[str, set[str]] = {}
    for item in verdict().not_validated:
        why.setdefault(item.why, set()).add(item.what)
    no_schema = why.pop("no schema for this kind is at hand")
    assert {what for what in no_schema if "upbound.io/" not in what} == NO_SCHEMA
    assert set().union(*(whats for reason, whats in why.items() if "only the cluster" in reason)) == {
        *ONLY_THE_CLUSTER_KNOWS - NO_SCHEMA
    }
    others = {what for reason, whats in why.items() if "only the cluster" not in reason for what in whats}
    assert {what for what in others if "upbound.io/" not in what and not what.startswith(BY_FLUX_ITSELF)} == set()


def test_every_version_has_a_line_and_every_line_a_use() -> None:
    named = set(versions()) - {"NODE_IMAGE"}
    used = set(re.findall(r"\$\{(\w+_VERSION)\}", "".join(template_files().values()))) - {"KUBERNETES_VERSION"}
    assert named == used


def test_renovate_finds_every_version() -> None:
    config = template_files()[f"{SYSTEM}/renovate.json5"]
    patterns = [
        re.sub(r"\\\\", r"\\", found).replace("(?<", "(?P<") for found in re.findall(r'"(# renovate: .*)",', config)
    ]
    files = {path: text for path, text in template_files().items() if path.endswith(".yaml") and "# renovate: " in text}
    for path, text in files.items():
        found = [match for pattern in patterns for match in re.finditer(pattern, text)]
        assert len(found) == text.count("# renovate: "), path
    assert {
        match["currentValue"] for pattern in patterns for match in re.finditer(pattern, template_files()[VERSIONS])
    } == {value for name, value in versions().items() if name != "NODE_IMAGE"}
