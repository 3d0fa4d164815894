"""APIs that are gone, steps that cannot be taken."""

from __future__ import annotations

from tests.mutations.mutation import Mutation, append, swap, typo

SYSTEM = "gitops-system"
PAYMENTS = "payments-manifests/kubernetes"
STOREFRONT = "storefront-manifests/kubernetes"
WORKLOADS = "gitops-workloads"

_FLOW_SCHEMA = """\
apiVersion: flowcontrol.apiserver.k8s.io/v1beta3
kind: FlowSchema
metadata:
  name: tenants
spec:
  priorityLevelConfiguration:
    name: workload-low
  matchingPrecedence: 1000
"""
_CONTROLLER_CONFIG = """\
apiVersion: pkg.crossplane.io/v1alpha1
kind: ControllerConfig
metadata:
  name: aws
spec:
  serviceAccountName: provider-aws
"""

MUTATIONS = (
    typo(
        "an API that Kubernetes has removed",
        "the apply fails, and with it all that the Kustomization has",
        f"{PAYMENTS}/base/deployment.yaml",
        "apiVersion: policy/v1\n",
        "apiVersion: policy/v1beta1\n",
    ),
    typo(
        "an autoscaler of an old version",
        "the apply fails, and with it all that the Kustomization has",
        f"{PAYMENTS}/base/deployment.yaml",
        "apiVersion: autoscaling/v2\n",
        "apiVersion: autoscaling/v2beta2\n",
    ),
    typo(
        "an Ingress of an old version",
        "the apply fails, and with it all that the Kustomization has",
        f"{PAYMENTS}/base/network.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress",
        "apiVersion: extensions/v1beta1\nkind: Ingress",
        line="apiVersion: extensions/v1beta1",
    ),
    Mutation(
        "an object of a version removed with Kubernetes 1.32",
        "the apply fails, and with it all that the Kustomization has",
        (append(f"{SYSTEM}/tenants/base/network-policy.yaml", _FLOW_SCHEMA),),
        f"{SYSTEM}/tenants/base/network-policy.yaml",
        "apiVersion: flowcontrol.apiserver.k8s.io/v1beta3",
    ),
    typo(
        "a HelmRelease of a version that Flux has removed",
        "the apply fails, and with it all that the Kustomization has",
        f"{STOREFRONT}/base/catalog.yaml",
        "apiVersion: helm.toolkit.fluxcd.io/v2\n",
        "apiVersion: helm.toolkit.fluxcd.io/v2beta1\n",
    ),
    typo(
        "a Kustomization of a version that Flux has removed, where flux-operator brings the definitions",
        "the apply fails: the application is never updated again",
        f"{WORKLOADS}/pay-production/payments.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\n",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1beta2\n",
    ),
    typo(
        "an ExternalSecret of a version that is not served any more",
        "the apply fails, and with it all that the Kustomization has",
        f"{PAYMENTS}/base/secrets.yaml",
        "apiVersion: external-secrets.io/v1\n",
        "apiVersion: external-secrets.io/v1beta1\n",
    ),
    typo(
        "a NodePool of Karpenter's old version",
        "the apply fails: no new nodes where the old ones go",
        f"{SYSTEM}/tools-config/base/node-pool.yaml",
        "apiVersion: karpenter.sh/v1\n",
        "apiVersion: karpenter.sh/v1beta1\n",
        more=(
            swap(
                f"{SYSTEM}/tools-config/production/node-pool.yaml",
                "apiVersion: karpenter.sh/v1\n",
                "apiVersion: karpenter.sh/v1beta1\n",
            ),
        ),
    ),
    Mutation(
        "what Crossplane 2 has no more",
        "the apply fails, and with it all that the Kustomization has",
        (append(f"{SYSTEM}/tools-config/base/providers.yaml", _CONTROLLER_CONFIG),),
        f"{SYSTEM}/tools-config/base/providers.yaml",
        "apiVersion: pkg.crossplane.io/v1alpha1",
    ),
    typo(
        "a Composition of Crossplane 1's mode",
        "the API server refuses it",
        f"{SYSTEM}/compositions/network-composition.yaml",
        "  mode: Pipeline",
        "  mode: Resources",
    ),
    typo(
        "two minor versions of Kubernetes at once",
        "EKS refuses: the composite never gets ready, and whoever forces it replaces the cluster",
        f"{SYSTEM}/clusters-config/pay-staging/cluster.yaml",
        '  kubernetesVersion: "1.35"',
        '  kubernetesVersion: "1.37"',
        change=True,
    ),
    typo(
        "two minor versions of Kubernetes back",
        "EKS goes back one version at the most, and within a week: the composite never gets ready",
        f"{SYSTEM}/clusters-config/shop-production/cluster.yaml",
        '  kubernetesVersion: "1.35"',
        '  kubernetesVersion: "1.33"',
        change=True,
    ),
    typo(
        "nodes newer than their control plane",
        "EKS refuses the node groups: no cluster gets new nodes",
        f"{SYSTEM}/compositions/cluster-composition.yaml",
        "                  amiType: AL2023_ARM_64_STANDARD\n",
        '                  amiType: AL2023_ARM_64_STANDARD\n                  version: "1.36"\n',
        more=(
            swap(
                f"{SYSTEM}/compositions/cluster-composition.yaml",
                "                fromFieldPath: spec.kubernetesVersion\n"
                "                toFieldPath: spec.forProvider.version\n"
                "              - type: FromCompositeFieldPath\n"
                "                fromFieldPath: spec.nodes.count\n",
                "                fromFieldPath: spec.nodes.count\n",
            ),
        ),
    ),
    typo(
        "two minor versions of Crossplane at once",
        "Crossplane is upgraded one minor version at a time: what it stored may not be read any more",
        f"{SYSTEM}/tools/controllers/crossplane.yaml",
        "      version: 2.4.0",
        "      version: 2.6.0",
        change=True,
    ),
    typo(
        "a Kubernetes that EKS does not offer",
        "EKS refuses: the cluster is never made",
        f"{SYSTEM}/clusters-config/shop-staging/cluster.yaml",
        '  kubernetesVersion: "1.35"',
        '  kubernetesVersion: "1.29"',
    ),
)
