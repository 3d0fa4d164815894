"""What Flux could not read or build."""

from __future__ import annotations

from tests.mutations.mutation import typo

SYSTEM = "gitops-system"
PAYMENTS = "payments-manifests/kubernetes"
STOREFRONT = "storefront-manifests"

MUTATIONS = (
    typo(
        "a resource that is not there",
        "nothing of the Kustomization is applied any more",
        f"{SYSTEM}/tools-config/base/kustomization.yaml",
        "  - secret-store.yaml",
        "  - secret-stores.yaml",
    ),
    typo(
        "a key twice",
        "kustomize refuses the file; the application stays as it was",
        f"{PAYMENTS}/base/data.yaml",
        "    billingMode: PAY_PER_REQUEST\n",
        "    billingMode: PAY_PER_REQUEST\n    region: eu-west-1\n",
    ),
    typo(
        "wrong indentation",
        "the file is no YAML; the application stays as it was",
        f"{PAYMENTS}/base/network.yaml",
        "  ingressClassName: alb\n",
        "   ingressClassName: alb\n",
        line="   ingressClassName: alb\n  rules:",
    ),
    typo(
        "the markers of a merge conflict",
        "the file is no YAML; the clusters' configuration stays as it was",
        f"{SYSTEM}/tools-config/base/node-pool.yaml",
        "  limits:\n    cpu: 100\n",
        "<<<<<<< HEAD\n  limits:\n    cpu: 100\n=======\n  limits:\n    cpu: 80\n>>>>>>> limits\n",
        line="<<<<<<< HEAD\n  limits:",
    ),
    typo(
        "a variable that is not set",
        "the substitution fails; nothing of the application is applied",
        f"{PAYMENTS}/base/data.yaml",
        "    region: ${region}\n    billingMode",
        "    region: ${aws_region}\n    billingMode",
    ),
    typo(
        "a default that is written as a shell does",
        "Flux's substitution knows no `-`: it fails with a missing brace",
        f"{SYSTEM}/tools-config/base/secret-store.yaml",
        "region: ${AWS_REGION}",
        "region: ${AWS_REGION-eu-west-1}",
    ),
    typo(
        "a patch of an object that is not there",
        "the build fails; production keeps its old configuration",
        f"{SYSTEM}/tools-config/production/node-pool.yaml",
        "  name: default",
        "  name: general",
    ),
    typo(
        "a JSON patch of a field that is not there",
        "the build fails on that cluster only",
        f"{SYSTEM}/clusters/pay-staging/tools.yaml",
        "path: /spec/limits/cpu\n",
        "path: /spec/limit/cpu\n",
    ),
    typo(
        "a path that was moved",
        "the Kustomization fails; what it applied before goes on without any change",
        f"{SYSTEM}/clusters/shop-production/tools.yaml",
        "  path: ./tools-config/production",
        "  path: ./tools/config/production",
    ),
    typo(
        "a component that is not there",
        "the build fails on all clusters of staging",
        f"{SYSTEM}/tools-config/staging/kustomization.yaml",
        "  - ../components/spot",
        "  - ../component/spot",
    ),
    typo(
        "a value that a chart requires",
        "the release cannot be upgraded",
        f"{STOREFRONT}/kubernetes/base/catalog.yaml",
        "    image: 210000000001",
        "    images: 210000000001",
        line="»apiVersion: helm.toolkit.fluxcd.io/v2",
    ),
    typo(
        "a version of a chart that was never published",
        "the release cannot be upgraded on any cluster",
        f"{SYSTEM}/tools/controllers/external-secrets.yaml",
        "      version: 2.13.0",
        "      version: 2.31.0",
    ),
    typo(
        "a chart that was moved",
        "the release cannot be upgraded",
        f"{STOREFRONT}/kubernetes/base/catalog.yaml",
        "      chart: ./charts/catalog",
        "      chart: ./chart/catalog",
    ),
    typo(
        "an object without its namespace",
        "the apply fails, and with it all that the Kustomization has",
        f"{SYSTEM}/tools/controllers/karpenter.yaml",
        "  name: karpenter-values\n  namespace: karpenter\n",
        "  name: karpenter-values\n",
        line="»apiVersion: v1\nkind: ConfigMap",
    ),
    typo(
        "a template that a chart cannot render",
        "the release cannot be upgraded",
        f"{STOREFRONT}/charts/catalog/templates/deployment.yaml",
        "  replicas: {{ .Values.replicas }}",
        "  replicas: {{ .Values.replicas }",
        file=f"{STOREFRONT}/kubernetes/base/catalog.yaml",
        line="»apiVersion: helm.toolkit.fluxcd.io/v2",
    ),
)
