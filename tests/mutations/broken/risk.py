"""Changes that lose something: the files are sound, but not after what they were."""

from __future__ import annotations

from tests.mutations.mutation import Edit, Mutation, move, swap, typo

SYSTEM = "gitops-system"
WORKLOADS = "gitops-workloads"
PAYMENTS = "payments-manifests/kubernetes"
STOREFRONT = "storefront-manifests/kubernetes"

_KEPT = "  managementPolicies: [Observe, Create, Update, LateInitialize]\n"
_TABLE = """\
apiVersion: dynamodb.aws.m.upbound.io/v1beta1
kind: Table
metadata:
  name: payments-ledger
  namespace: payments
spec:
  managementPolicies: ["*"]
  providerConfigRef:
    kind: ClusterProviderConfig
    name: default
  forProvider:
    region: ${region}
    billingMode: PAY_PER_REQUEST
    hashKey: account
    rangeKey: time
    attribute:
      - name: account
        type: S
      - name: time
        type: N
    pointInTimeRecovery:
      enabled: true
    deletionProtectionEnabled: true
---
"""


def _goes_with_its_object(name: str) -> Edit:
    head = f"  name: {name}\n  namespace: payments\nspec:\n"
    return swap(f"{PAYMENTS}/base/data.yaml", head + _KEPT, f'{head}  managementPolicies: ["*"]\n')


MUTATIONS = (
    typo(
        "an application taken off a cluster, with its data",
        "Flux deletes the Kustomization, and with it all that it applied: the volume with what customers uploaded",
        f"{WORKLOADS}/shop-production/kustomization.yaml",
        "resources:\n  - storefront.yaml\n",
        "resources: []\n",
        change=True,
        file=f"{WORKLOADS}/shop-production/storefront.yaml",
        line="»apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization",
    ),
    typo(
        "all applications of a cluster taken off",
        "Flux deletes what the parent applied, and with it all that the children applied",
        f"{SYSTEM}/clusters/pay-production/kustomization.yaml",
        "  - workloads.yaml\n",
        "",
        change=True,
        file=f"{SYSTEM}/clusters/pay-production/workloads.yaml",
        line="»apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: tenants",
    ),
    typo(
        "a table taken out of an application",
        "Crossplane deletes the table with its data",
        f"{PAYMENTS}/base/data.yaml",
        _TABLE,
        "",
        change=True,
        line="»apiVersion: dynamodb.aws.m.upbound.io/v1beta1",
        base=(_goes_with_its_object("payments-ledger"),),
    ),
    typo(
        "a volume taken out of an application",
        "Kubernetes deletes the volume with what customers uploaded",
        f"{STOREFRONT}/base/kustomization.yaml",
        "  - uploads.yaml\n",
        "",
        change=True,
        file=f"{STOREFRONT}/base/uploads.yaml",
        line="apiVersion: v1",
    ),
    typo(
        "a Kustomization renamed",
        "Flux deletes the old one with all that it applied, while the new one makes it again",
        f"{WORKLOADS}/shop-production/storefront.yaml",
        "kind: Kustomization\nmetadata:\n  name: storefront\n",
        "kind: Kustomization\nmetadata:\n  name: shop-storefront\n",
        change=True,
        line="»apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization",
    ),
    typo(
        "the key of a table",
        "the provider cannot change it: the table would have to be made again, without its data",
        f"{PAYMENTS}/base/data.yaml",
        "    hashKey: account\n    rangeKey: time\n    attribute:\n      - name: account\n",
        "    hashKey: customer\n    rangeKey: time\n    attribute:\n      - name: customer\n",
        change=True,
    ),
    typo(
        "a table that goes with its object",
        "from now on, whoever deletes the object or prunes it deletes the table with its data",
        f"{PAYMENTS}/base/data.yaml",
        "  name: payments-ledger\n  namespace: payments\nspec:\n"
        "  managementPolicies: [Observe, Create, Update, LateInitialize]\n",
        '  name: payments-ledger\n  namespace: payments\nspec:\n  managementPolicies: ["*"]\n',
        change=True,
    ),
    typo(
        "the engine of a database",
        "the provider cannot change it: the database would have to be made again, without its data",
        f"{PAYMENTS}/base/data.yaml",
        "    engine: postgres\n",
        "    engine: aurora-postgresql\n",
        change=True,
    ),
    typo(
        "the encryption of a database",
        "AWS cannot change it: the database would have to be made again, without its data",
        f"{PAYMENTS}/base/data.yaml",
        "    storageEncrypted: true\n",
        "    storageEncrypted: false\n",
        change=True,
    ),
    typo(
        "a database's protection against deletion",
        "nothing keeps a mistake from deleting it any more",
        f"{PAYMENTS}/base/data.yaml",
        "    deletionProtection: true\n",
        "    deletionProtection: false\n",
        change=True,
    ),
    typo(
        "a queue that keeps no order any more",
        "AWS cannot change it: a new queue would be made, and what is in the old one lost",
        f"{PAYMENTS}/base/data.yaml",
        "    name: payments-events.fifo\n    fifoQueue: true\n",
        "    name: payments-events\n",
        change=True,
        line="    »name: payments-events\n    message",
    ),
    typo(
        "the volumes of a StatefulSet",
        "the API server refuses the change; the apply fails until somebody deletes the StatefulSet",
        f"{STOREFRONT}/base/cart.yaml",
        "            storage: 10Gi",
        "            storage: 20Gi",
        change=True,
        line="  volumeClaimTemplates:",
    ),
    typo(
        "the selector of a Deployment",
        "the API server refuses the change; the apply fails until somebody deletes the Deployment",
        f"{STOREFRONT}/base/web.yaml",
        "    matchLabels:\n      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n",
        "    matchLabels:\n      app: storefront\n  template:\n    metadata:\n      labels:\n        app: storefront\n",
        change=True,
        line="  »selector:\n    matchLabels:\n      app: storefront",
    ),
    typo(
        "a prefix for all names of an overlay",
        "all of it is deleted and made again under other names: databases, tables, queues",
        f"{PAYMENTS}/overlays/production/kustomization.yaml",
        "images:\n",
        "namePrefix: prod-\nimages:\n",
        change=True,
    ),
    typo(
        "a namespace taken out",
        "Kubernetes deletes everything in it",
        f"{SYSTEM}/tenants/payments/kustomization.yaml",
        "resources:\n  - ../base\n",
        "resources:\n  - ../base/rbac.yaml\n  - ../base/network-policy.yaml\n",
        change=True,
        file=f"{SYSTEM}/tenants/base/namespace.yaml",
        line="»apiVersion: v1\nkind: Namespace",
    ),
    typo(
        "definitions taken out, and pruned",
        "Kubernetes deletes all objects of these kinds with their CRDs: the nodes of all clusters go",
        f"{SYSTEM}/clusters/shop-production/tools.yaml",
        "  path: ./tools/crds\n  prune: false\n",
        "  path: ./tools/crds-core\n  prune: true\n",
        change=True,
        file=f"{SYSTEM}/tools/crds/karpenter.yaml",
        line="»apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: nodepools.",
        more=tuple(
            move(f"{SYSTEM}/tools/crds/{name}.yaml", f"{SYSTEM}/tools/crds-core/{name}.yaml")
            for name in ("crossplane", "external-secrets", "managed", "provider-aws", "sealed-secrets")
        )
        + tuple(
            swap(f"{SYSTEM}/clusters/{name}/tools.yaml", "  path: ./tools/crds\n", "  path: ./tools/crds-core\n")
            for name in ("mgmt", "shop-staging", "pay-staging", "pay-production")
        ),
    ),
    typo(
        "a cluster taken out",
        "Crossplane deletes the network and the nodes of a cluster that still runs",
        f"{SYSTEM}/clusters-config/kustomization.yaml",
        "  - pay-production\n",
        "",
        change=True,
        file=f"{SYSTEM}/clusters-config/pay-production/cluster.yaml",
        line="apiVersion: platform.acme.io/v1alpha1",
    ),
    typo(
        "the region of a network",
        "the composed VPC and its subnets cannot move: they would have to be made again",
        f"{SYSTEM}/clusters-config/shop-staging/network.yaml",
        "  region: eu-west-1",
        "  region: us-east-1",
        change=True,
    ),
    Mutation(
        "a Kustomization's objects moved to another one",
        "whichever is first: pruned by the old one, the configuration of the provider is gone for a while",
        (
            move(
                f"{SYSTEM}/tools-config/base/provider-config.yaml",
                f"{SYSTEM}/tools/controllers/provider-config.yaml",
            ),
            swap(f"{SYSTEM}/tools-config/base/kustomization.yaml", "  - provider-config.yaml\n", ""),
            swap(
                f"{SYSTEM}/tools/controllers/kustomization.yaml",
                "  - crossplane.yaml\n",
                "  - crossplane.yaml\n  - provider-config.yaml\n",
            ),
        ),
        f"{SYSTEM}/clusters/mgmt/tools.yaml",
        "»apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata:\n  name: controllers",
        change=True,
    ),
    typo(
        "the name of a database in AWS",
        "Crossplane makes a new, empty one; the old one belongs to nobody",
        f"{PAYMENTS}/base/data.yaml",
        "kind: Instance\nmetadata:\n  name: payments\n  namespace: payments\n",
        "kind: Instance\nmetadata:\n  name: payments\n  namespace: payments\n"
        "  annotations:\n    crossplane.io/external-name: payments-17\n",
        change=True,
        line="    crossplane.io/external-name: payments-17",
    ),
    typo(
        "a Kustomization with another namespace as its target",
        "all of it is deleted in the old namespace and made again in the new one",
        f"{WORKLOADS}/shop-production/storefront.yaml",
        "  targetNamespace: shop\n",
        "  targetNamespace: storefront\n",
        change=True,
    ),
    typo(
        "what Flux recreates by force",
        "whatever cannot be changed is deleted and made again: a StatefulSet, a volume with its data",
        f"{WORKLOADS}/shop-production/storefront.yaml",
        "  prune: true\n",
        "  prune: true\n  force: true\n",
        change=True,
    ),
)
