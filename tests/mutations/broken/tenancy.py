"""Who may touch what."""

from __future__ import annotations

from tests.mutations.mutation import Mutation, append, swap, typo

SYSTEM = "gitops-system"
WORKLOADS = "gitops-workloads"
PAYMENTS = "payments-manifests/kubernetes"
STOREFRONT = "storefront-manifests/kubernetes"


def _binding(name: str, role: str, subjects: str) -> str:
    return f"""\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {name}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {role}
subjects:
{subjects}"""


_DEPLOYER = "  - kind: ServiceAccount\n    name: deployer\n    namespace: shop\n"
_EVERYBODY = "  - apiGroup: rbac.authorization.k8s.io\n    kind: Group\n    name: system:authenticated\n"
_SECRETS_READER = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: secrets-reader
rules:
  - apiGroups: [""]
    resources: [secrets]
    verbs: [get, list, watch]
---
"""
_EVERYTHING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: web-operator
rules:
  - apiGroups: ["*"]
    resources: ["*"]
    verbs: ["*"]
"""
_ESCALATING = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: web-operator
rules:
  - apiGroups: [rbac.authorization.k8s.io]
    resources: [clusterroles, clusterrolebindings]
    verbs: [escalate, bind, create, update]
"""
_ESCAPED = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: coredns-custom
  namespace: kube-system
data:
  override: log
"""
_STATEMENT = """\
            "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
            "Resource": "arn:aws:dynamodb:${region}:${account_id}:table/payments-ledger"
"""


def _statement(actions: str, resource: str) -> str:
    return f'            "Action": {actions},\n            "Resource": "{resource}"\n'


MUTATIONS = (
    Mutation(
        "cluster-admin for a team",
        "whoever may write to the application's repository owns the cluster, and all teams on it",
        (
            append(f"{SYSTEM}/tenants/shop/admin.yaml", _binding("shop-admin", "cluster-admin", _DEPLOYER)),
            swap(f"{SYSTEM}/tenants/shop/kustomization.yaml", "  - ../base\n", "  - ../base\n  - admin.yaml\n"),
        ),
        f"{SYSTEM}/tenants/shop/admin.yaml",
        "subjects:\n  - kind: ServiceAccount",
    ),
    Mutation(
        "a role that allows everything, in an application",
        "whoever gets it owns the cluster",
        (append(f"{STOREFRONT}/base/web.yaml", _EVERYTHING),),
        f"{STOREFRONT}/base/web.yaml",
        "  name: web-operator\nrules:",
    ),
    Mutation(
        "rights for everybody",
        "every Pod and every person that can log in can change every namespace",
        (append(f"{SYSTEM}/bootstrap/viewers.yaml", _binding("everybody", "edit", _EVERYBODY)),),
        f"{SYSTEM}/bootstrap/viewers.yaml",
        "  name: edit\nsubjects:\n  - apiGroup: rbac.authorization.k8s.io",
    ),
    Mutation(
        "rights to give rights, in an application",
        "whoever gets it can make themselves administrator",
        (append(f"{STOREFRONT}/base/web.yaml", _ESCALATING),),
        f"{STOREFRONT}/base/web.yaml",
        "  - apiGroups: [rbac.authorization.k8s.io]",
    ),
    Mutation(
        "all secrets of a cluster for a team",
        "the team reads the sealing key and everybody's passwords",
        (
            append(
                f"{SYSTEM}/tenants/shop/secrets.yaml",
                _SECRETS_READER + _binding("shop-secrets", "secrets-reader", _DEPLOYER),
            ),
            swap(f"{SYSTEM}/tenants/shop/kustomization.yaml", "  - ../base\n", "  - ../base\n  - secrets.yaml\n"),
        ),
        f"{SYSTEM}/tenants/shop/secrets.yaml",
        "    resources: [secrets]",
    ),
    typo(
        "a team's Kustomization without its service account",
        "it is applied with Flux's own rights: the application's repository owns the cluster",
        f"{WORKLOADS}/shop-staging/storefront.yaml",
        "  serviceAccountName: deployer\n",
        "",
        line="kind: Kustomization\nmetadata:\n  name: storefront\n  namespace: shop\nspec:",
    ),
    typo(
        "a team's HelmRelease without its service account",
        "the chart is installed with Flux's own rights",
        f"{STOREFRONT}/base/catalog.yaml",
        "  serviceAccountName: deployer\n",
        "",
        line="kind: HelmRelease\nmetadata:\n  name: catalog\n  namespace: shop\nspec:",
    ),
    typo(
        "an application's object in kube-system",
        "the application changes the name service of the whole cluster",
        f"{WORKLOADS}/shop-staging/storefront.yaml",
        "  targetNamespace: shop\n",
        "",
        file=f"{STOREFRONT}/base/web.yaml",
        line="  name: coredns-custom",
        more=(append(f"{STOREFRONT}/base/web.yaml", _ESCAPED),),
    ),
    Mutation(
        "an application that gives itself rights on the cluster",
        "its service account may not, so that nothing of it is applied; or it may, and it owns the cluster",
        (append(f"{STOREFRONT}/base/web.yaml", _binding("web", "view", _DEPLOYER)),),
        f"{STOREFRONT}/base/web.yaml",
        "kind: ClusterRoleBinding\nmetadata:\n  name: web",
    ),
    typo(
        "a source of another namespace",
        "Flux is told to follow no such reference: the application is never updated again",
        f"{WORKLOADS}/shop-staging/storefront.yaml",
        "  sourceRef:\n    kind: GitRepository\n    name: storefront\n",
        "  sourceRef:\n    kind: GitRepository\n    name: gitops-workloads\n    namespace: flux-system\n",
        line="    name: gitops-workloads\n    namespace: flux-system",
        more=(
            swap(
                f"{WORKLOADS}/shop-staging/storefront.yaml", "  path: ./kubernetes/overlays/staging", "  path: ./shared"
            ),
            append(f"{WORKLOADS}/shared/limits.yaml", _ESCAPED.replace("kube-system", "shop")),
        ),
    ),
    typo(
        "a team's application in the namespace of the system",
        "what the application's repository holds is applied to kube-system",
        f"{WORKLOADS}/shop-production/storefront.yaml",
        "  targetNamespace: shop\n",
        "  targetNamespace: kube-system\n",
        line="  serviceAccountName: deployer",
    ),
    typo(
        "every action on a table",
        "the application can delete the table and its backups",
        f"{PAYMENTS}/base/iam.yaml",
        _STATEMENT,
        _statement('["dynamodb:*"]', "*"),
    ),
    typo(
        "every action in the account",
        "whoever gets into the application owns the account",
        f"{PAYMENTS}/base/iam.yaml",
        _STATEMENT,
        _statement('"*"', "*"),
    ),
    typo(
        "the right to pass any role on",
        "the application starts something with an administrator's role: it is one",
        f"{PAYMENTS}/base/iam.yaml",
        _STATEMENT,
        _statement('["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]', "*"),
    ),
    typo(
        "a role that everybody may take",
        "any AWS account in the world can take the role",
        f"{PAYMENTS}/base/iam.yaml",
        '"Principal": {"Service": "pods.eks.amazonaws.com"}',
        '"Principal": {"AWS": "*"}',
    ),
    typo(
        "AdministratorAccess for an application",
        "whoever gets into the application owns the account",
        f"{PAYMENTS}/base/iam.yaml",
        "    policyArnRef:\n      name: payments\n",
        "    policyArn: arn:aws:iam::aws:policy/AdministratorAccess\n",
    ),
    typo(
        "the account of another cluster",
        "staging's network is made in production's account",
        f"{SYSTEM}/clusters-config/pay-staging/network.yaml",
        "  account: pay-staging",
        "  account: pay-production",
    ),
    typo(
        "an add-on in the account of another cluster",
        "the add-on's cluster is not in that account: it never gets ready",
        f"{SYSTEM}/clusters-config/shop-staging/addons.yaml",
        "    kind: ClusterProviderConfig\n    name: shop-staging",
        "    kind: ClusterProviderConfig\n    name: shop-production",
    ),
)
