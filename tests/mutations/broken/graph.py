"""References that lead nowhere, orders that cannot be kept."""

from __future__ import annotations

from tests.mutations.mutation import Mutation, append, swap, typo

SYSTEM = "gitops-system"
WORKLOADS = "gitops-workloads"
PAYMENTS = "payments-manifests/kubernetes"
STOREFRONT = "storefront-manifests/kubernetes"

_SECOND_OWNER = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: node-pools
  namespace: flux-system
spec:
  dependsOn:
    - name: controllers
  interval: 1h
  timeout: 5m
  path: ./tools-config/base
  prune: true
  postBuild:
    substituteFrom:
      - kind: ConfigMap
        name: cluster-info
  sourceRef:
    kind: GitRepository
    name: flux-system
"""
_SECOND_RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: catalog-canary
  namespace: shop
spec:
  interval: 1h
  timeout: 5m
  releaseName: catalog
  serviceAccountName: deployer
  chart:
    spec:
      chart: ./charts/catalog
      sourceRef:
        kind: GitRepository
        name: storefront
  values:
    image: 210000000001.dkr.ecr.eu-west-1.amazonaws.com/catalog:2.4.0
"""
_MONITORING = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: monitoring
  namespace: flux-system
spec:
  interval: 1h
  timeout: 5m
  path: ./tools/monitoring
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
"""
_MONITORING_RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: monitoring
  namespace: flux-system
spec:
  interval: 1h
  timeout: 5m
  chart:
    spec:
      chart: ./charts/monitoring
      sourceRef:
        kind: GitRepository
        name: flux-system
"""
_WEBHOOK = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: pod-policy
webhooks:
  - name: pods.policy.acme.io
    admissionReviewVersions: [v1]
    sideEffects: None
    failurePolicy: Fail
    rules:
      - apiGroups: [""]
        apiVersions: [v1]
        operations: [CREATE]
        resources: [pods]
    clientConfig:
      service:
        namespace: external-secrets
        name: pod-policy
        path: /validate
"""
_SECRET_OF_CHART = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: {{ .Release.Name }}
spec:
  refreshInterval: 1h
  secretStoreRef:
    kind: ClusterSecretStore
    name: aws-secrets-manager
  target:
    name: {{ .Release.Name }}
  dataFrom:
    - extract:
        key: shop/catalog
"""
_INFO = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: pod-info
  namespace: flux-system
data:
  POD_RANGE: 100.64.0.0/16
"""

MUTATIONS = (
    typo(
        "a letter missing in a sourceRef",
        "the applications of the cluster are never updated again",
        f"{SYSTEM}/clusters/shop-staging/workloads.yaml",
        "    kind: GitRepository\n    name: gitops-workloads",
        "    kind: GitRepository\n    name: gitops-worklods",
    ),
    typo(
        "a sourceRef of the wrong kind",
        "the applications of the cluster are never updated again",
        f"{SYSTEM}/clusters/pay-staging/workloads.yaml",
        "    kind: GitRepository\n    name: gitops-workloads",
        "    kind: OCIRepository\n    name: gitops-workloads",
        line="    kind: OCIRepository\n    name: gitops-workloads",
    ),
    typo(
        "a chart from a repository that is not there",
        "the release cannot be upgraded",
        f"{SYSTEM}/tools/controllers/crossplane.yaml",
        "        kind: HelmRepository\n        name: crossplane",
        "        kind: HelmRepository\n        name: crossplane-stable",
    ),
    typo(
        "a letter missing in dependsOn",
        "the Kustomization waits forever",
        f"{SYSTEM}/clusters/mgmt/fleet.yaml",
        "    - name: compositions",
        "    - name: composition",
    ),
    typo(
        "dependsOn of the wrong kind",
        "a Kustomization waits for Kustomizations only: it waits forever",
        f"{SYSTEM}/clusters/shop-staging/workloads.yaml",
        "    - name: platform",
        "    - name: crossplane\n      namespace: crossplane-system",
    ),
    typo(
        "dependsOn without the other's namespace",
        "the release waits forever",
        f"{SYSTEM}/tools/controllers/sealed-secrets.yaml",
        "    - name: external-secrets\n      namespace: external-secrets\n",
        "    - name: external-secrets\n",
        line="    - name: external-secrets",
    ),
    typo(
        "a circle of dependsOn",
        "none of the three is ever applied, and others of the same source are slow to react",
        f"{SYSTEM}/clusters/pay-production/tools.yaml",
        "  name: crds\n  namespace: flux-system\nspec:\n",
        "  name: crds\n  namespace: flux-system\nspec:\n  dependsOn:\n    - name: platform\n",
        line="  dependsOn:\n    - name: crds",
    ),
    typo(
        "a circle by way of a ConfigMap of variables",
        "each waits for the other: on a new cluster neither is ever applied",
        f"{SYSTEM}/clusters/shop-production/tools.yaml",
        "      POD_IDENTITY: enabled\n    substituteFrom:\n",
        "      POD_IDENTITY: enabled\n    substituteFrom:\n      - kind: ConfigMap\n        name: pod-info\n",
        line="      - kind: ConfigMap\n        name: pod-info",
        more=(
            append(f"{WORKLOADS}/shop-production/pod-info.yaml", _INFO),
            swap(
                f"{WORKLOADS}/shop-production/kustomization.yaml",
                "  - storefront.yaml\n",
                "  - storefront.yaml\n  - pod-info.yaml\n",
            ),
        ),
    ),
    Mutation(
        "a chart with custom resources before their definitions",
        "on a new cluster, helm refuses the chart, and Flux does not try again",
        (
            append(f"{SYSTEM}/clusters/pay-staging/tools.yaml", _MONITORING),
            append(f"{SYSTEM}/tools/monitoring/release.yaml", _MONITORING_RELEASE),
            append(f"{SYSTEM}/charts/monitoring/Chart.yaml", "apiVersion: v2\nname: monitoring\nversion: 1.0.0\n"),
            append(f"{SYSTEM}/charts/monitoring/templates/secret.yaml", _SECRET_OF_CHART),
        ),
        f"{SYSTEM}/tools/monitoring/release.yaml",
        "»spec:\n  interval: 1h\n",
    ),
    Mutation(
        "a webhook whose Service is not there",
        "the API server refuses every Pod of the cluster",
        (append(f"{SYSTEM}/tools/controllers/namespaces.yaml", _WEBHOOK),),
        f"{SYSTEM}/tools/controllers/namespaces.yaml",
        "        name: pod-policy",
    ),
    Mutation(
        "a Kustomization that no cluster reaches",
        "the tool is on no cluster, and nothing says so",
        (append(f"{SYSTEM}/clusters/pay-staging/monitoring.yaml", _MONITORING),),
        f"{SYSTEM}/clusters/pay-staging/monitoring.yaml",
        "apiVersion: kustomize.toolkit.fluxcd.io/v1",
        change=True,
    ),
    Mutation(
        "two Kustomizations with the same objects",
        "each undoes what the other applies, every ten minutes",
        (append(f"{SYSTEM}/clusters/shop-staging/tools.yaml", _SECOND_OWNER),),
        f"{SYSTEM}/tools-config/base/node-pool.yaml",
        "  »name: default\nspec:\n  template:",
    ),
    Mutation(
        "two HelmReleases of one name",
        "each upgrades over the other, without end",
        (append(f"{STOREFRONT}/base/catalog.yaml", _SECOND_RELEASE),),
        f"{STOREFRONT}/base/catalog.yaml",
        "»apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: catalog-canary",
    ),
    typo(
        "variables from a ConfigMap that is not there",
        "the Kustomization fails",
        f"{SYSTEM}/clusters/pay-production/tools.yaml",
        "      - kind: ConfigMap\n        name: cluster-info\n  sourceRef:",
        "      - kind: ConfigMap\n        name: clusters-info\n  sourceRef:",
    ),
    typo(
        "values from a ConfigMap that is not there",
        "the release cannot be upgraded on any cluster",
        f"{SYSTEM}/tools/controllers/karpenter.yaml",
        "    - kind: ConfigMap\n      name: karpenter-values",
        "    - kind: ConfigMap\n      name: karpenter-value",
    ),
    typo(
        "a health check of nothing",
        "the Kustomization never gets ready, and all that depend on it wait",
        f"{SYSTEM}/clusters/pay-production/tools.yaml",
        "      name: aws-secrets-manager",
        "      name: aws-secret-manager",
    ),
    typo(
        "a wait without a timeout",
        "a failure is told after twelve hours, and no other commit is applied until then",
        f"{SYSTEM}/clusters/shop-staging/tools.yaml",
        "  interval: 1h\n  retryInterval: 1m\n  timeout: 15m\n  path: ./tools/controllers\n",
        "  interval: 12h\n  retryInterval: 1m\n  path: ./tools/controllers\n",
        line="  path: ./tools/controllers\n  prune: true\n  wait: true",
    ),
    typo(
        "a Kustomization suspended",
        "from the next commit on, nothing that depends on it is applied, for as long as nobody remembers",
        f"{SYSTEM}/clusters/pay-production/tools.yaml",
        "  path: ./tools-config/production\n",
        "  path: ./tools-config/production\n  suspend: true\n",
        change=True,
        file=f"{SYSTEM}/clusters/pay-production/workloads.yaml",
        line="    - name: platform",
    ),
    typo(
        "a service account that is not there",
        "Flux cannot apply anything in its name",
        f"{WORKLOADS}/shop-staging/storefront.yaml",
        "  serviceAccountName: deployer",
        "  serviceAccountName: deploy",
    ),
    typo(
        "credentials of a source that nothing makes",
        "the repository cannot be read; the application is never updated again",
        f"{WORKLOADS}/pay-production/payments.yaml",
        "  secretRef:\n    name: payments-git",
        "  secretRef:\n    name: payment-git",
    ),
    typo(
        "access to another cluster that is not there",
        "the hub cannot apply anything to the cluster",
        f"{SYSTEM}/clusters-config/pay-staging/bootstrap.yaml",
        "    configMapRef:\n      name: pay-staging-access",
        "    configMapRef:\n      name: pay-staging-acces",
    ),
    typo(
        "objects in a namespace that nothing makes",
        "the apply fails, and with it all that the Kustomization has",
        f"{SYSTEM}/tools/controllers/karpenter.yaml",
        "  name: karpenter-values\n  namespace: karpenter\n",
        "  name: karpenter-values\n  namespace: karpenters\n",
    ),
    typo(
        "an autoscaler of a Deployment that is not there",
        "the application is not scaled under load",
        f"{PAYMENTS}/base/deployment.yaml",
        "    kind: Deployment\n    name: payments\n  minReplicas",
        "    kind: Deployment\n    name: payment\n  minReplicas",
    ),
    typo(
        "an Ingress to a Service that is not there",
        "whoever calls gets an error 503",
        f"{PAYMENTS}/base/network.yaml",
        "              service:\n                name: payments\n",
        "              service:\n                name: payment\n",
    ),
    typo(
        "a Pod with a ConfigMap that is not there",
        "new Pods do not start",
        f"{STOREFRONT}/base/web.yaml",
        "            - configMapRef:\n                name: web\n",
        "            - configMapRef:\n                name: webs\n",
    ),
)
