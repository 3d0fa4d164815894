"""What is wrong between clusters, or by the limits of AWS."""

from __future__ import annotations

from tests.mutations.mutation import Mutation, append, swap, typo

SYSTEM = "gitops-system"
WORKLOADS = "gitops-workloads"
PAYMENTS = "payments-manifests/kubernetes"
STOREFRONT = "storefront-manifests/kubernetes"

_EBS = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata:
  name: aws-ebs-csi-driver
  namespace: kube-system
spec:
  interval: 12h
  url: https://kubernetes-sigs.github.io/aws-ebs-csi-driver
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: aws-ebs-csi-driver
  namespace: kube-system
spec:
  interval: 1h
  timeout: 5m
  chart:
    spec:
      chart: aws-ebs-csi-driver
      version: 2.50.0
      sourceRef:
        kind: HelmRepository
        name: aws-ebs-csi-driver
"""
_OLD_TOOL = """\
  patches:
    - target:
        kind: HelmRelease
        name: external-secrets
      patch: |
        - op: replace
          path: /spec/chart/spec/version
          value: 2.11.0
"""

MUTATIONS = (
    typo(
        "one range of addresses for two networks",
        "the two cannot be connected: no peering, no transit gateway, and routes that lead nowhere",
        f"{SYSTEM}/clusters-config/shop-production/network.yaml",
        "  vpcCidr: 10.20.0.0/16\n  subnets:\n    a: 10.20.0.0/18\n    b: 10.20.64.0/18",
        "  vpcCidr: 10.40.0.0/16\n  subnets:\n    a: 10.40.0.0/18\n    b: 10.40.64.0/18",
    ),
    typo(
        "a subnet outside of its network",
        "AWS refuses the subnet: the cluster never gets ready",
        f"{SYSTEM}/clusters-config/pay-staging/network.yaml",
        "    b: 10.30.64.0/18",
        "    b: 10.31.64.0/18",
    ),
    typo(
        "two subnets that overlap",
        "AWS refuses the second subnet: the cluster never gets ready",
        f"{SYSTEM}/clusters-config/pay-staging/network.yaml",
        "    b: 10.30.64.0/18",
        "    b: 10.30.32.0/19",
    ),
    typo(
        "a role's name beyond 64 letters",
        "AWS refuses the role in production, whose name is longer than staging's",
        f"{PAYMENTS}/base/iam.yaml",
        "kind: Role\nmetadata:\n  name: payments\n  namespace: payments\n  annotations:\n"
        "    crossplane.io/external-name: ${cluster_name}-payments\n",
        "kind: Role\nmetadata:\n  name: payments\n  namespace: payments\n  annotations:\n"
        "    crossplane.io/external-name: ${cluster_name}-payments-service-of-the-team-payments-for-its-pods\n",
    ),
    typo(
        "two clusters of one name",
        "both stand for one cluster in AWS: what one says the other undoes",
        f"{SYSTEM}/clusters-config/pay-staging/cluster.yaml",
        "  account: pay-staging\n  region: eu-central-1\n  clusterName: pay-staging\n",
        "  account: pay-production\n  region: eu-central-1\n  clusterName: pay-production\n",
        line="  clusterName: pay-production",
    ),
    typo(
        "a placeholder of the template",
        "the role's name is none: nothing can be made in the account",
        f"{SYSTEM}/clusters-config/pay-staging/account.yaml",
        "arn:aws:iam::210000000004:role/fleet-provisioner",
        "arn:aws:iam::REPLACE_ME:role/fleet-provisioner",
    ),
    typo(
        "a placeholder in angle brackets",
        "the add-on belongs to a cluster that there is not",
        f"{SYSTEM}/clusters-config/shop-staging/addons.yaml",
        "    clusterName: shop-staging",
        "    clusterName: <cluster-name>",
    ),
    typo(
        "production ahead of staging",
        "what nobody has tried in staging runs in production",
        f"{PAYMENTS}/overlays/production/kustomization.yaml",
        "    newTag: 1.7.2",
        "    newTag: 1.9.0",
    ),
    typo(
        "staging's overlay in production",
        "production gets staging's database, secrets and version",
        f"{WORKLOADS}/pay-production/payments.yaml",
        "  path: ./kubernetes/overlays/production",
        "  path: ./kubernetes/overlays/staging",
    ),
    typo(
        "one cluster with an older tool",
        "what works on one cluster does not on the other, and upgrades skip a version",
        f"{SYSTEM}/clusters/pay-production/tools.yaml",
        "  path: ./tools/controllers\n  prune: true\n  wait: true\n",
        "  path: ./tools/controllers\n  prune: true\n  wait: true\n" + _OLD_TOOL,
        line="          value: 2.11.0",
    ),
    Mutation(
        "an EKS add-on and a chart for one driver",
        "both manage the same objects: each upgrade undoes the other's",
        (
            append(f"{SYSTEM}/tools/controllers/ebs-csi.yaml", _EBS),
            swap(
                f"{SYSTEM}/tools/controllers/kustomization.yaml",
                "  - karpenter.yaml\n",
                "  - karpenter.yaml\n  - ebs-csi.yaml\n",
            ),
        ),
        f"{SYSTEM}/tools/controllers/ebs-csi.yaml",
        "  »chart:\n    spec:",
    ),
    typo(
        "an image without a tag",
        "whatever is newest runs, another one on every node",
        f"{STOREFRONT}/base/cart.yaml",
        "          image: public.ecr.aws/docker/library/redis:8.2.1",
        "          image: public.ecr.aws/docker/library/redis",
    ),
    typo(
        "an image `latest`",
        "whatever is newest runs, another one on every node, and no way back",
        f"{STOREFRONT}/base/cart.yaml",
        "          image: public.ecr.aws/docker/library/redis:8.2.1",
        "          image: public.ecr.aws/docker/library/redis:latest",
    ),
    typo(
        "a queue's name without .fifo",
        "AWS refuses the queue: its name has to end so",
        f"{PAYMENTS}/base/data.yaml",
        "    name: payments-events.fifo\n",
        "    name: payments-events\n",
    ),
    typo(
        "an account's number with a digit missing",
        "the role's name is none: nothing can be made in the account",
        f"{SYSTEM}/clusters-config/shop-staging/account.yaml",
        "arn:aws:iam::210000000002:role",
        "arn:aws:iam::21000000002:role",
    ),
    typo(
        "a cluster that takes itself for another",
        "Karpenter and the application act on the other cluster's roles and nodes",
        f"{SYSTEM}/clusters/pay-production/cluster-info.yaml",
        "  CLUSTER_NAME: pay-production",
        "  CLUSTER_NAME: pay-staging",
    ),
)
