"""A tiny fleet in three repositories: two clusters with one tool and one application each."""

from __future__ import annotations

from collections.abc import Mapping

from local.cloud import Cloud

OWNER = "acme"
SYSTEM = f"{OWNER}/gitops-system"
WORKLOADS = f"{OWNER}/gitops-workloads"
MANIFESTS = f"{OWNER}/podinfo-manifests"
CLUSTERS = ("production", "staging")

COLLECTOR = "tools/collector.yaml"
DEPLOYMENT = "base/deployment.yaml"

_SYNC = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m
  ref:
    branch: main
  url: https://github.com/acme/gitops-system
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 10m
  path: ./clusters/{cluster}
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
"""
_TOOLS = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: tools
  namespace: flux-system
spec:
  interval: 10m
  path: ./tools
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
"""
_LINK = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: {name}
  namespace: flux-system
spec:
  interval: 1m
  ref:
    branch: main
  url: https://github.com/{repository}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {name}
  namespace: flux-system
spec:
  interval: 10m
  path: ./{path}
  prune: true
  sourceRef:
    kind: GitRepository
    name: {name}
"""
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  namespace: default
spec:
  replicas: 1
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      containers:
        - name: {name}
          image: registry.example.com/{name}:1.0.0
          resources:
            limits:
              memory: 256Mi
"""


def kustomization(*resources: str) -> str:
    """A `kustomization.yaml`."""
    listed = "".join(f"  - {resource}\n" for resource in resources)
    return f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{listed}"


def flux_kustomization(name: str, path: str, variables: Mapping[str, str] | None = None) -> str:
    """A Kustomization of a directory in `gitops-system`, with variables."""
    substitute = "".join(f'      {key}: "{value}"\n' for key, value in (variables or {}).items())
    made = _TOOLS.replace("name: tools", f"name: {name}").replace("path: ./tools", f"path: ./{path}")
    return f"{made}  postBuild:\n    substitute:\n{substitute}" if substitute else made


def linked(name: str, repository: str, *, path: str) -> str:
    """A source for another repository, and a Kustomization of a directory in it."""
    return _LINK.format(name=name, repository=repository, path=path)


def _system() -> dict[str, str]:
    files = {
        "slipway.yaml": 'clusters:\n  production:\n    kubernetesVersion: "1.34"\n',
        "tools/kustomization.yaml": kustomization("collector.yaml"),
        COLLECTOR: _DEPLOYMENT.format(name="collector"),
    }
    for cluster in CLUSTERS:
        files |= {
            f"clusters/{cluster}/flux-system/gotk-sync.yaml": _SYNC.format(cluster=cluster),
            f"clusters/{cluster}/flux-system/kustomization.yaml": kustomization("gotk-sync.yaml"),
            f"clusters/{cluster}/tools.yaml": _TOOLS,
            f"clusters/{cluster}/workloads.yaml": linked("workloads", WORKLOADS, path=cluster),
        }
    return files


FILES: Mapping[str, Mapping[str, str]] = {
    SYSTEM: _system(),
    WORKLOADS: {f"{cluster}/podinfo.yaml": linked("podinfo", MANIFESTS, path="base") for cluster in CLUSTERS},
    MANIFESTS: {
        "base/kustomization.yaml": kustomization("deployment.yaml"),
        DEPLOYMENT: _DEPLOYMENT.format(name="podinfo"),
    },
}
"""What the default branch of each repository holds at first."""


def create(cloud: Cloud) -> None:
    """Make the repositories and install the App on them."""
    cloud.install(OWNER)
    for repository, files in FILES.items():
        cloud.github.create_repository(repository, files)


def edited(path: str, old: str, new: str, *, repository: str = SYSTEM) -> dict[str, str]:
    """A file of the fleet, changed."""
    content = FILES[repository][path]
    assert old in content, f"{path} has no {old!r}"
    return {path: content.replace(old, new, 1)}


def line_of(text: str, content: str) -> int:
    """The line that a text stands on, counted from 1."""
    return content[: content.index(text)].count("\n") + 1
