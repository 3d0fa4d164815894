"""Secrets that are none any more, and secrets that will not be there."""

from __future__ import annotations

from tests.mutations.fleet import sealed
from tests.mutations.mutation import Mutation, append, typo

SYSTEM = "gitops-system"
PAYMENTS = "payments-manifests/kubernetes"
STOREFRONT = "storefront-manifests/kubernetes"

_AWS_KEY = "AKIA" + "Z7Q4K2M9X1B8N5T3"
_AWS_SECRET = "p9X2vL7qTz4Rk8Wm" + "3Yb6Nc1Jd5Hf0GsAeQuVoItE"
_GITHUB_TOKEN = "ghp_" + "8sK3vQ7zXw2Lr9Tn5Yb1Md6Hf4Jc0GpAeUiO"
_KEY_BODY = "\n".join(
    f"    {line}"
    for line in (
        "MHcCAQEEIKq7vN2cD8fTz5yLx3RkWm1Yb6Nc4Jd9Hf0GsAeQuVoItEoAoGCCqGSM49",
        "AwEHoUQDQgAE7Zk3vQ8xLr9Tn5Yb1Md6Hf4Jc0GpAeUiOw2sK7qTz4RkWm3Yb6Nc1J",
        "d5Hf0GsAeQuVoItE2vL7qTz4Rk8Wm3Yb6Nc1Jd==",
    )
)
_PRIVATE_KEY = f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: signing
  namespace: payments
data:
  signing.pem: |
    -----BEGIN EC PRIVATE KEY-----
{_KEY_BODY}
    -----END EC PRIVATE KEY-----
"""
_SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: payments-smtp
  namespace: payments
stringData:
  password: tR7wq-2vLm9-xKz4p
"""
_ENCODED_SECRET = """\
apiVersion: v1
kind: Secret
metadata:
  name: web-session
  namespace: shop
data:
  password: dFI3d3EtMnZMbTkteEt6NHAtOHNOYw==
"""
_SAME_SECRET = """\
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: payments-database-reader
  namespace: payments
spec:
  refreshInterval: 1h
  secretStoreRef:
    kind: ClusterSecretStore
    name: aws-secrets-manager
  target:
    name: payments-database
  dataFrom:
    - extract:
        key: payments/database-reader
"""
_PRODUCTION = f"{PAYMENTS}/overlays/production/provider.yaml"

MUTATIONS = (
    Mutation(
        "a Secret in Git",
        "whoever may read the repository has the password, for ever",
        (append(f"{PAYMENTS}/base/secrets.yaml", _SECRET),),
        f"{PAYMENTS}/base/secrets.yaml",
        "  password: tR7wq-2vLm9-xKz4p",
    ),
    Mutation(
        "a Secret in Git, in base64",
        "whoever may read the repository has the key, for ever",
        (append(f"{STOREFRONT}/base/web.yaml", _ENCODED_SECRET),),
        f"{STOREFRONT}/base/web.yaml",
        "  password: dFI3d3EtMnZMbTkteEt6NHAtOHNOYw==",
    ),
    Mutation(
        "a private key in a ConfigMap",
        "whoever may read the repository can sign payments",
        (append(f"{PAYMENTS}/base/secrets.yaml", _PRIVATE_KEY),),
        f"{PAYMENTS}/base/secrets.yaml",
        "  signing.pem: |",
    ),
    typo(
        "a key of AWS in a Deployment",
        "whoever may read the repository can act in the account",
        f"{PAYMENTS}/base/deployment.yaml",
        "            - name: TABLE\n              value: payments-ledger\n",
        f"            - name: AWS_ACCESS_KEY_ID\n              value: {_AWS_KEY}\n"
        f"            - name: AWS_SECRET_ACCESS_KEY\n              value: {_AWS_SECRET}\n",
        line=f"              value: {_AWS_SECRET}",
    ),
    typo(
        "a token of GitHub in the values of a chart",
        "whoever may read the repository can write to others",
        f"{STOREFRONT}/base/catalog.yaml",
        "  values:\n",
        f"  values:\n    token: {_GITHUB_TOKEN}\n",
    ),
    Mutation(
        "a private key beside the manifests",
        "whoever may read the repository has it, though no cluster reads the file",
        (append(f"{SYSTEM}/docs/deploy-key.pem", _PRIVATE_KEY.split("|\n")[1].replace("    ", "")),),
        f"{SYSTEM}/docs/deploy-key.pem",
        "-----BEGIN EC PRIVATE KEY-----",
    ),
    typo(
        "a sealed value cut off",
        "the controller cannot unseal it: the Secret stays as it was, or is never made",
        _PRODUCTION,
        sealed("production"),
        sealed("production")[:300],
    ),
    typo(
        "a value that is not sealed",
        "the controller cannot unseal it, and the value is in Git",
        _PRODUCTION,
        sealed("production"),
        "tR7wq-2vLm9-xKz4p",
    ),
    typo(
        "a SealedSecret under another name",
        "it was sealed for its old name: the controller cannot unseal it",
        _PRODUCTION,
        "metadata:\n  name: payments-provider\n  namespace: payments\nspec:",
        "metadata:\n  name: payments-gateway\n  namespace: payments\nspec:",
        change=True,
    ),
    typo(
        "a SealedSecret with another scope",
        "it was sealed for one name and namespace: the controller cannot unseal it",
        _PRODUCTION,
        "  name: payments-provider\n  namespace: payments\nspec:",
        "  name: payments-provider\n  namespace: payments\n  annotations:\n"
        '    sealedsecrets.bitnami.com/cluster-wide: "true"\nspec:',
        change=True,
        line='  »annotations:\n    sealedsecrets.bitnami.com/cluster-wide: "true"',
    ),
    typo(
        "a SealedSecret whose template says another name",
        "the Secret is made under the SealedSecret's name, where nobody looks for it",
        _PRODUCTION,
        "  template:\n    metadata:\n      name: payments-provider\n",
        "  template:\n    metadata:\n      name: payments-gateway\n",
    ),
    typo(
        "an ExternalSecret whose store is not there",
        "the Secret is never made: new Pods do not start",
        f"{PAYMENTS}/base/secrets.yaml",
        "    kind: ClusterSecretStore\n    name: aws-secrets-manager",
        "    kind: ClusterSecretStore\n    name: aws-secret-manager",
    ),
    typo(
        "an ExternalSecret without its store's kind",
        "it means a SecretStore of its own namespace, where there is none: new Pods do not start",
        f"{PAYMENTS}/base/secrets.yaml",
        "    kind: ClusterSecretStore\n    name: aws-secrets-manager",
        "    name: aws-secrets-manager",
    ),
    Mutation(
        "two ExternalSecrets that make one Secret",
        "each writes over the other: the application gets the wrong password now and then",
        (append(f"{PAYMENTS}/base/secrets.yaml", _SAME_SECRET),),
        f"{PAYMENTS}/base/secrets.yaml",
        "    »name: payments-database\n  dataFrom:",
    ),
    typo(
        "a sealing key that every cluster renews for itself",
        "after thirty days each cluster has a key of its own, and what is sealed for the fleet opens nowhere",
        f"{SYSTEM}/tools/controllers/sealed-secrets.yaml",
        '    keyrenewperiod: "0"\n',
        "",
        line="kind: HelmRelease\nmetadata:\n  name: sealed-secrets",
    ),
    typo(
        "a controller of Sealed Secrets that looks for keys only when it starts",
        "the fleet's key is rotated, and the cluster opens nothing that is sealed for the new one",
        f"{SYSTEM}/tools/controllers/sealed-secrets.yaml",
        "    watchForSecrets: true\n",
        "",
        line="kind: HelmRelease\nmetadata:\n  name: sealed-secrets",
    ),
    typo(
        "a Secret's key that is not in it",
        "new Pods do not start",
        f"{PAYMENTS}/base/secrets.yaml",
        "    - secretKey: password",
        "    - secretKey: passwords",
        file=f"{PAYMENTS}/base/deployment.yaml",
        line="                  key: password",
    ),
    typo(
        "a Pod's Secret that nothing makes",
        "new Pods do not start",
        f"{PAYMENTS}/base/deployment.yaml",
        "                secretKeyRef:\n                  name: payments-database\n",
        "                secretKeyRef:\n                  name: payment-database\n",
    ),
)
