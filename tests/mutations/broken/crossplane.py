"""Composite resources, Compositions, managed resources."""

from __future__ import annotations

from tests.mutations.mutation import Mutation, append, typo

SYSTEM = "gitops-system"
PAYMENTS = "payments-manifests/kubernetes"

_NETWORK = f"{SYSTEM}/compositions/network-composition.yaml"
_CLUSTER = f"{SYSTEM}/compositions/cluster-composition.yaml"
_SAME_TABLE = """\
apiVersion: dynamodb.aws.m.upbound.io/v1beta1
kind: Table
metadata:
  name: ledger-archive
  namespace: payments
  annotations:
    crossplane.io/external-name: payments-ledger
spec:
  managementPolicies: [Observe, Create, Update, LateInitialize]
  forProvider:
    region: ${region}
    billingMode: PAY_PER_REQUEST
    hashKey: account
    attribute:
      - name: account
        type: S
"""

MUTATIONS = (
    typo(
        "a patch to a field that the provider has not",
        "no VPC is made: its range is missing",
        _NETWORK,
        "                fromFieldPath: spec.vpcCidr\n                toFieldPath: spec.forProvider.cidrBlock",
        "                fromFieldPath: spec.vpcCidr\n                toFieldPath: spec.forProvider.cidrBlok",
    ),
    typo(
        "a patch from a field that the composite has not",
        "no VPC is made: its range is missing",
        _NETWORK,
        "                fromFieldPath: spec.vpcCidr\n",
        "                fromFieldPath: spec.cidr\n",
    ),
    typo(
        "a patch of text to a number",
        "Crossplane cannot apply the node group: no cluster gets new nodes",
        _CLUSTER,
        "                fromFieldPath: spec.nodes.instanceType\n"
        "                toFieldPath: spec.forProvider.instanceTypes[0]",
        "                fromFieldPath: spec.nodes.instanceType\n"
        "                toFieldPath: spec.forProvider.scalingConfig.maxSize",
    ),
    typo(
        "a field of a composed resource that there is not",
        "Crossplane cannot apply the VPC",
        _NETWORK,
        "                  enableDnsHostnames: true",
        "                  enableDnsHostname: true",
    ),
    typo(
        "a set of patches that there is not",
        "the function fails: no network is made or changed any more",
        _NETWORK,
        "                patchSetName: account\n              - type: FromCompositeFieldPath\n"
        "                fromFieldPath: spec.vpcCidr\n",
        "                patchSetName: accounts\n              - type: FromCompositeFieldPath\n"
        "                fromFieldPath: spec.vpcCidr\n",
        line="      »input:\n        apiVersion: pt.fn.crossplane.io/v1beta1",
    ),
    typo(
        "a function that is not installed",
        "the pipeline fails: no network is made or changed any more",
        _NETWORK,
        "        name: function-auto-ready",
        "        name: function-autoready",
    ),
    typo(
        "a Composition of a version that the XRD has not",
        "no Composition fits: no cluster is made or changed any more",
        _CLUSTER,
        "    apiVersion: platform.acme.io/v1alpha1",
        "    apiVersion: platform.acme.io/v1alpha2",
    ),
    typo(
        "a field that the composite has not",
        "the API server refuses it: the change of the cluster is not made",
        f"{SYSTEM}/clusters-config/pay-staging/cluster.yaml",
        "    count: 3",
        "    number: 3",
    ),
    typo(
        "a region that the XRD does not take",
        "the API server refuses it",
        f"{SYSTEM}/clusters-config/shop-production/network.yaml",
        "  region: eu-west-1",
        "  region: eu-west-9",
    ),
    typo(
        "more nodes than the XRD takes",
        "the API server refuses it",
        f"{SYSTEM}/clusters-config/shop-production/cluster.yaml",
        "    count: 3",
        "    count: 30",
    ),
    typo(
        "an account that there is not",
        "Crossplane has no credentials: nothing of the network is made",
        f"{SYSTEM}/clusters-config/shop-production/network.yaml",
        "  account: shop-production",
        "  account: shop-prod",
    ),
    typo(
        "a ProviderConfig that there is not",
        "Crossplane has no credentials: the table is never made",
        f"{PAYMENTS}/base/data.yaml",
        "    kind: ClusterProviderConfig\n    name: default\n  forProvider:\n    region: ${region}\n    billingMode",
        "    kind: ClusterProviderConfig\n    name: defaults\n  forProvider:\n    region: ${region}\n    billingMode",
        line="    name: defaults",
    ),
    typo(
        "a provider that is not installed",
        "nothing makes the queue, and nothing says so",
        f"{SYSTEM}/tools-config/base/providers.yaml",
        "apiVersion: pkg.crossplane.io/v1\nkind: Provider\nmetadata:\n  name: provider-aws-sqs\nspec:\n"
        "  package: xpkg.crossplane.io/crossplane-contrib/provider-aws-sqs:v2.6.0\n"
        "  runtimeConfigRef:\n    name: aws\n---\n",
        "",
        file=f"{PAYMENTS}/base/data.yaml",
        line="kind: Queue",
    ),
    Mutation(
        "two managed resources of one table",
        "each changes the table to what it says, without end; whoever goes first deletes it for the other",
        (append(f"{PAYMENTS}/base/data.yaml", _SAME_TABLE),),
        f"{PAYMENTS}/base/data.yaml",
        "    crossplane.io/external-name: payments-ledger",
    ),
    typo(
        "a policy for a role that there is not",
        "the role gets no rights: the application fails with AccessDenied",
        f"{PAYMENTS}/base/iam.yaml",
        "    roleRef:\n      name: payments",
        "    roleRef:\n      name: payment",
    ),
    typo(
        "a policy that is no JSON",
        "AWS refuses the policy",
        f"{PAYMENTS}/base/iam.yaml",
        '            "Action": ["sqs:SendMessage"],\n',
        '            "Action": ["sqs:SendMessage"]\n',
        line='            "Action": ["sqs:SendMessage"]\n            "Resource"',
    ),
    typo(
        "a table's key that is no attribute",
        "AWS refuses the table: every key needs its attribute",
        f"{PAYMENTS}/base/data.yaml",
        "    rangeKey: time\n",
        "    rangeKey: date\n",
    ),
    typo(
        "a field taken out of an XRD that composites have",
        "the API server refuses the four clusters: none can be changed any more",
        f"{SYSTEM}/compositions/cluster.yaml",
        "                  required: [instanceType, count]\n",
        "                  required: [instanceType, size]\n",
        file=f"{SYSTEM}/clusters-config/pay-production/cluster.yaml",
        line="  nodes:",
    ),
    typo(
        "a composed resource renamed",
        "Crossplane deletes the VPC of every cluster and makes a new one",
        _NETWORK,
        "          - name: vpc\n",
        "          - name: network\n",
        change=True,
        line="          - name: network\n            base:",
    ),
    typo(
        "a composed cluster that goes with its composite",
        "from now on, whoever deletes a composite deletes a cluster",
        _CLUSTER,
        "                managementPolicies: [Observe, Create, Update, LateInitialize]\n",
        '                managementPolicies: ["*"]\n',
        change=True,
    ),
    typo(
        "an XRD that serves no version",
        "no composite of the kind can be made or changed",
        f"{SYSTEM}/compositions/network.yaml",
        "      served: true\n",
        "      served: false\n",
        file=f"{SYSTEM}/clusters-config/pay-production/network.yaml",
        line="apiVersion: platform.acme.io/v1alpha1",
    ),
    typo(
        "a package without a version",
        "whatever is newest runs on every cluster, and no way back",
        f"{SYSTEM}/compositions/providers.yaml",
        "  package: xpkg.crossplane.io/crossplane-contrib/provider-aws-eks:v2.6.0",
        "  package: xpkg.crossplane.io/crossplane-contrib/provider-aws-eks",
    ),
    typo(
        "policies for what Crossplane may do that there are not",
        "the API server refuses the queue",
        f"{PAYMENTS}/base/data.yaml",
        "  name: payments-events\n  namespace: payments\nspec:\n"
        "  managementPolicies: [Observe, Create, Update, LateInitialize]",
        "  name: payments-events\n  namespace: payments\nspec:\n"
        "  managementPolicies: [Observe, Create, Update, LateInitialise]",
    ),
)
