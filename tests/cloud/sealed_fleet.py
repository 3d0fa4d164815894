"""Twenty clusters with two hundred sealed secrets in three repositories, at the stand-in."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from local.cloud import Cloud
from local.github.command import run
from slipway.fleet.manifests import dump, load_documents
from slipway.fleet.tree import Tree
from slipway.keys.pairs import Pairs, read_pairs
from slipway.sealing.certificates import Certificate
from slipway.sealing.identities import CERTIFICATE_FILE
from slipway.sealing.opening import open_values
from slipway.sealing.seal import seal_secret
from slipway.sealing.unseal import sealed_in
from tests.cloud.fleet import OWNER, SYSTEM, WORKLOADS, kustomization, linked
from tests.cloud.placed import bring_back, content, place
from tests.unit.key_slots import release, slot
from tests.unit.small_fleets import helm_repository, sync
from tests.unit.small_fleets import kustomization as flux_kustomization

SHOP = f"{OWNER}/shop-manifests"
CLUSTERS = tuple(f"cluster-{number:02}" for number in range(20))
PER_CLUSTER, IN_SHOP = 5, 80
"""Four in gitops-workloads and one in gitops-system for each cluster, and the rest in the application's repository."""

_SETTINGS = f"""\
repositories: [{WORKLOADS}, {SHOP}]
sealing: {{graceDays: 0}}
requests: {{autoMerge: [{{kinds: [rotate-sealing-key], approvals: 0}}]}}
"""


class SealedFleet:
    """The fleet in the place of the tiny one, which `close` brings back.

    Attributes:
        values: what is sealed, by repository, path and key: nobody else may ever see it.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.github = cloud.github
        self.values: dict[str, str] = {}
        self.repositories = (SYSTEM, WORKLOADS, SHOP)
        place(self.github, self._files(self.pairs().current.certificate), "A fleet with secrets")

    def close(self) -> None:
        """Bring the tiny fleet back."""
        bring_back(self.github)

    def pairs(self) -> Pairs:
        """What Secrets Manager holds."""
        client = self._cloud.client("secretsmanager")
        answer = client.get_secret_value(SecretId=self._cloud.outputs["SealingSecret"])
        return read_pairs(answer["SecretString"], datetime.now(UTC))[0]

    def tree(self, repository: str) -> Tree:
        """What the default branch has."""
        return Tree(content(self.github, repository), name=repository)

    def opened(self) -> tuple[dict[str, str], set[str]]:
        """Every value that opens, as `values` names them, and the keys that open them."""
        ring, found, keys = self.pairs().keyring(), {}, set()
        for repository in self.repositories:
            tree = self.tree(repository)
            for path in tree:
                if b"SealedSecret" not in tree.read(path):
                    continue
                for document in load_documents(tree.read(path), path):
                    for _, sealed in sealed_in(document.value):
                        for name, value in open_values(sealed, ring).opened.items():
                            found[f"{repository}/{path}/{name}"] = value.plaintext.decode()
                            keys.add(value.fingerprint)
        return found, keys

    def history(self, repository: str) -> str:
        """Everything that Git has ever had, on all branches."""
        directory = self.github.git_directory(repository)
        return run(["--git-dir", str(directory), "log", "--all", "-p", "--format=%B"]).stdout.decode(errors="replace")

    def certificate(self) -> str:
        """As it is published; empty if it is not."""
        tree = self.tree(SYSTEM)
        return tree.read(CERTIFICATE_FILE).decode() if CERTIFICATE_FILE in tree else ""

    def _files(self, certificate: Certificate) -> dict[str, dict[str, str]]:
        system = {
            "slipway.yaml": _SETTINGS,
            "keys/kustomization.yaml": kustomization("keys.yaml"),
            "keys/keys.yaml": "---\n".join(
                (helm_repository(), release(), *(slot(name, refreshInterval="1s") for name in ("a", "b")))
            ),
        }
        workloads: dict[str, str] = {}
        for cluster in CLUSTERS:
            system |= sync(cluster)
            system[f"clusters/{cluster}/keys.yaml"] = flux_kustomization("keys", path="./keys")
            system[f"clusters/{cluster}/workloads.yaml"] = linked("workloads", WORKLOADS, path=cluster)
            system[f"clusters/{cluster}/shop.yaml"] = linked("shop", SHOP, path="base")
            system[f"clusters/{cluster}/token.yaml"] = self._sealed(
                SYSTEM, f"clusters/{cluster}/token.yaml", certificate
            )
            for number in range(PER_CLUSTER):
                path = f"{cluster}/secret-{number}.yaml"
                workloads[path] = f"# {number}\n{self._sealed(WORKLOADS, path, certificate)}"
        shop = {
            f"base/secret-{number:03}.yaml": self._sealed(SHOP, f"base/secret-{number:03}.yaml", certificate)
            for number in range(IN_SHOP)
        }
        return {SYSTEM: system, WORKLOADS: workloads, SHOP: shop}

    def _sealed(self, repository: str, path: str, certificate: Certificate) -> str:
        value = secrets.token_hex(24)
        self.values[f"{repository}/{path}/password"] = value
        name = path.removesuffix(".yaml").replace("/", "-")
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name, "namespace": "shop"},
            "stringData": {"password": value},
        }
        return dump(seal_secret(secret, certificate))


def executions(cloud: Cloud) -> list[str]:
    """ARNs of all executions of the rotation, the newest first."""
    client = cloud.client("stepfunctions")
    found = client.list_executions(stateMachineArn=cloud.outputs["RotationStateMachine"])["executions"]
    return [each["executionArn"] for each in sorted(found, key=lambda each: each["startDate"], reverse=True)]


def start(cloud: Cloud, **given: object) -> str:
    """Start a rotation; returns the ARN of the execution."""
    client = cloud.client("stepfunctions")
    machine = cloud.outputs["RotationStateMachine"]
    arn: str = client.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
    return arn


def history(cloud: Cloud, arn: str) -> list[Mapping[str, object]]:
    """The events of an execution, oldest first."""
    pages = cloud.client("stepfunctions").get_paginator("get_execution_history")
    return [event for page in pages.paginate(executionArn=arn) for event in page["events"]]


def entered(cloud: Cloud, arn: str) -> list[str]:
    """The states that an execution has entered, in their order."""
    return [
        str(details["name"])
        for event in history(cloud, arn)
        if isinstance(details := event.get("stateEnteredEventDetails"), dict)
    ]


def state_of(cloud: Cloud, arn: str) -> str:
    """Of an execution: RUNNING, SUCCEEDED, ABORTED or FAILED."""
    return str(cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"])
