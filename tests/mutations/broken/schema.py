"""What the API server would refuse."""

from __future__ import annotations

from tests.mutations.mutation import swap, typo

SYSTEM = "gitops-system"
PAYMENTS = "payments-manifests/kubernetes"
STOREFRONT = "storefront-manifests"

MUTATIONS = (
    typo(
        "a wrong letter in a field",
        "the server-side apply is refused: nothing of the application is applied",
        f"{PAYMENTS}/base/deployment.yaml",
        "          readinessProbe:",
        "          readynessProbe:",
    ),
    typo(
        "text in place of a number",
        "the apply is refused",
        f"{STOREFRONT}/kubernetes/base/web.yaml",
        "              containerPort: 8080",
        '              containerPort: "8080"',
    ),
    typo(
        "a field that is required",
        "the apply is refused",
        f"{PAYMENTS}/base/network.yaml",
        "            pathType: Prefix\n",
        "",
        line="          - path: /",
    ),
    typo(
        "a quantity that is none",
        "the apply is refused",
        f"{STOREFRONT}/kubernetes/base/cart.yaml",
        "              memory: 256Mi",
        "              memory: 256MB",
    ),
    typo(
        "a port beyond 65535",
        "the apply is refused",
        f"{PAYMENTS}/base/network.yaml",
        "      port: 80\n",
        "      port: 80808\n",
    ),
    typo(
        "one port twice",
        "the server-side apply is refused",
        f"{STOREFRONT}/kubernetes/base/web.yaml",
        "  ports:\n    - name: http\n      port: 80\n      targetPort: http\n",
        "  ports:\n    - name: http\n      port: 80\n      targetPort: http\n"
        "    - name: metrics\n      port: 80\n      targetPort: 9090\n",
        line="    - name: metrics",
    ),
    typo(
        "a kind that is no kind",
        "the apply fails, and with it all that the Kustomization has",
        f"{PAYMENTS}/base/deployment.yaml",
        "kind: PodDisruptionBudget",
        "kind: PodDisruptionBudjet",
        line="»apiVersion: policy/v1\nkind: PodDisruptionBudjet",
    ),
    typo(
        "a name with capital letters",
        "the apply is refused",
        f"{PAYMENTS}/base/network.yaml",
        "kind: NetworkPolicy\nmetadata:\n  name: payments",
        "kind: NetworkPolicy\nmetadata:\n  name: Payments",
    ),
    typo(
        "a Service's name beyond 63 letters",
        "the apply is refused",
        f"{STOREFRONT}/kubernetes/base/web.yaml",
        "kind: Service\nmetadata:\n  name: web",
        "kind: Service\nmetadata:\n  name: web-of-the-storefront-that-customers-of-the-shop-see-when-they-come-in",
    ),
    typo(
        "a label with blanks",
        "the apply is refused",
        f"{SYSTEM}/tenants/base/namespace.yaml",
        "    pod-security.kubernetes.io/enforce: restricted",
        "    pod-security.kubernetes.io/enforce: restricted\n    team: the shop",
    ),
    typo(
        "a number that a variable makes of a text",
        "Flux substitutes before it reads the YAML: the account's number is one, and the apply is refused",
        f"{SYSTEM}/tools/controllers/karpenter.yaml",
        "data:\n  values.yaml: |",
        "data:\n  account: ${ACCOUNT_ID}\n  values.yaml: |",
    ),
    typo(
        "a patch with text in place of a number",
        "the apply is refused in production only",
        f"{PAYMENTS}/overlays/production/kustomization.yaml",
        "        value: 6",
        '        value: "6"',
    ),
    typo(
        "a selector that does not match its Pods",
        "the API server refuses the Deployment",
        f"{STOREFRONT}/kubernetes/base/web.yaml",
        "    matchLabels:\n      app: web\n",
        "    matchLabels:\n      app: webs\n",
    ),
    typo(
        "a mount of a volume that is not there",
        "the API server refuses the StatefulSet",
        f"{STOREFRONT}/kubernetes/base/cart.yaml",
        "            - name: data\n              mountPath: /data",
        "            - name: cart\n              mountPath: /data",
        more=(swap(f"{STOREFRONT}/kubernetes/base/cart.yaml", "storage: 10Gi", "storage: 10Gi  # of the cart"),),
    ),
    typo(
        "two limits of which one may be given",
        "the API server refuses the PodDisruptionBudget",
        f"{PAYMENTS}/base/deployment.yaml",
        "  minAvailable: 2\n",
        "  minAvailable: 2\n  maxUnavailable: 1\n",
    ),
    typo(
        "fewer at most than at least",
        "the API server refuses the HorizontalPodAutoscaler",
        f"{PAYMENTS}/base/deployment.yaml",
        "  maxReplicas: 12",
        "  maxReplicas: 2",
    ),
    typo(
        "a wrong letter in a field of a custom resource",
        "the secret is not fetched: the apply is refused",
        f"{PAYMENTS}/base/secrets.yaml",
        "        property: password",
        "        propertie: password",
    ),
    typo(
        "a value that a custom resource does not take",
        "the apply is refused: no new nodes where the old ones go",
        f"{SYSTEM}/tools-config/base/node-pool.yaml",
        '          operator: In\n          values: ["on-demand"]',
        '          operator: Equals\n          values: ["on-demand"]',
    ),
    typo(
        "a field that a custom resource requires",
        "the apply is refused in staging; a patch of production has the field",
        f"{SYSTEM}/tools-config/base/node-pool.yaml",
        "    consolidateAfter: 5m\n",
        "",
        line="  disruption:",
    ),
    typo(
        "a field that a CEL rule requires",
        "the API server refuses the database",
        f"{PAYMENTS}/base/data.yaml",
        "    instanceClass: db.m7g.large\n",
        "",
        more=(swap(f"{PAYMENTS}/overlays/production/database.yaml", "    instanceClass: db.r7g.xlarge\n", ""),),
        line="kind: Instance\nmetadata:\n  name: payments\n  namespace: payments\nspec:",
    ),
    typo(
        "a field that a CEL rule keeps as it is",
        "the API server refuses the change",
        f"{SYSTEM}/tools-config/base/node-pool.yaml",
        "        group: karpenter.k8s.aws\n        kind: EC2NodeClass",
        "        group: karpenter.k8s.aws\n        kind: NodeClass",
        change=True,
    ),
    typo(
        "a range that a CEL rule of an XRD keeps as it is",
        "the API server refuses the change",
        f"{SYSTEM}/clusters-config/pay-staging/network.yaml",
        "  vpcCidr: 10.30.0.0/16",
        "  vpcCidr: 10.30.0.0/17",
        change=True,
        line="  vpcCidr: 10.30.0.0/17",
    ),
    typo(
        "a CRD whose schema is none",
        "the API server refuses the CRD; on a new cluster, all its objects",
        f"{SYSTEM}/tools/crds/sealed-secrets.yaml",
        "              template:\n                x-kubernetes-preserve-unknown-fields: true",
        "              template:\n                type: any",
    ),
)
