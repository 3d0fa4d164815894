"""A sound fleet: a hub with Flux and Crossplane, four clusters in two environments, two teams with an application each.

Its files are in `fleet/*.md`, and generated here: the CRDs, and what every cluster has alike. `python -m
tests.mutations.fleet DIR` writes the repositories into a directory.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from slipway.fleet.manifests import dump
from tests.mutations.crds import crd_files
from tests.unit.doc_examples import blocks, files_in

PAGES = Path(__file__).with_name("fleet")
ROOT = "gitops-system"
"""The repository that is checked; the others are its sources."""
REPOSITORIES = (ROOT, "gitops-workloads", "payments-manifests", "storefront-manifests")
FLUX_VERSION = "v2.9.5"

Files = Mapping[str, str]
"""Content by path; the first part of a path is the repository."""


@dataclass(frozen=True)
class Member:
    """A cluster of the fleet, as the pages' `<…>` name its values."""

    cluster: str
    environment: str
    account: str
    region: str
    net: str
    """The first two numbers of its VPC's addresses."""
    team: str
    app: str

    @property
    def gotk(self) -> str:
        """What its directory names of `flux-system`."""
        return "" if self.team != "payments" else "/flux-instance.yaml"


HUB = Member("mgmt", "production", "210000000001", "eu-west-1", "10.0", "platform", "")
SPOKES = (
    Member("shop-staging", "staging", "210000000002", "eu-west-1", "10.10", "shop", "storefront"),
    Member("shop-production", "production", "210000000003", "eu-west-1", "10.20", "shop", "storefront"),
    Member("pay-staging", "staging", "210000000004", "eu-central-1", "10.30", "payments", "payments"),
    Member("pay-production", "production", "210000000005", "eu-central-1", "10.40", "payments", "payments"),
)
_MEMBERS: Mapping[str, tuple[Member, ...]] = {
    "any": (HUB, *SPOKES),
    "cluster": SPOKES,
    "pay": tuple(member for member in SPOKES if member.team == "payments"),
    "shop": tuple(member for member in SPOKES if member.team == "shop"),
}
"""Which clusters a page's file is written for, by what its path holds."""


def sound_files() -> Files:
    """The whole fleet."""
    return dict(sorted(_files()))


def write(files: Files, directory: Path) -> None:
    """The repositories of a fleet, each in a directory below this one."""
    for path, content in files.items():
        file = directory / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")


def _files() -> Iterator[tuple[str, str]]:
    crds = crd_files()
    for section, content in crds.items():
        if section != "flux":
            yield f"{ROOT}/tools/crds/{section}.yaml", content
    for member in (HUB, *_MEMBERS["shop"]):
        yield f"{ROOT}/clusters/{member.cluster}/flux-system/gotk-components.yaml", _components(crds["flux"])
    for page in sorted(PAGES.glob("*.md")):
        for block in blocks(page.read_text(encoding="utf-8"), "yaml"):
            for path, content in files_in(block).items():
                yield from _expanded(path, content)


def _components(crds: str) -> str:
    """What `flux install` writes, as far as checks look at it: the namespace, the definitions, two controllers."""
    labels = {"app.kubernetes.io/instance": "flux-system", "app.kubernetes.io/version": FLUX_VERSION}
    metadata = {"name": "flux-system", "labels": labels}
    namespace = dump({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    controllers = [dump(_controller(name, version)) for name, version in _CONTROLLERS.items()]
    return "---\n".join((f"# Flux Version: {FLUX_VERSION}\n{namespace}", crds, *controllers))


_CONTROLLERS = {"kustomize-controller": "v1.9.5", "helm-controller": "v1.6.4"}
"""Those of the release, for the flags that they are started with."""


def _controller(name: str, version: str) -> dict[str, Any]:
    arguments = ["--watch-all-namespaces=true", "--no-cross-namespace-refs=true", "--no-remote-bases=true"]
    container = {"name": "manager", "image": f"ghcr.io/fluxcd/{name}:{version}", "args": arguments}
    container["resources"] = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "1Gi"}}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"serviceAccountName": name, "containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "flux-system", "labels": {"app.kubernetes.io/version": FLUX_VERSION}},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template},
    }


def _expanded(path: str, content: str) -> Iterator[tuple[str, str]]:
    placed = next((name for name in _MEMBERS if f"<{name}>" in path), None)
    if placed is None:
        yield path, _with_sealed(content)
        return
    for member in _MEMBERS[placed]:
        values = {**asdict(member), "gotk": member.gotk, placed: member.cluster}
        yield _filled(path, values), _with_sealed(_filled(content, values))


def _filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"<{name}>", value)
    return text


def _with_sealed(text: str) -> str:
    return re.sub(r"<sealed (\w+)>", lambda match: sealed(match[1]), text)


def sealed(what: str) -> str:
    """What kubeseal makes of a value, in form: the length of a key, the encrypted key, the encrypted value."""
    stream = b"".join(hashlib.sha512(f"{what} {number}".encode()).digest() for number in range(9))
    return base64.b64encode(b"\x02\x00" + stream[: 512 + 40]).decode()


if __name__ == "__main__":
    write(sound_files(), Path(sys.argv[1]))
