"""The kinds of requests and their fields: one list for forms, comments, events and the command line.

Every field has a name (`kubernetes-version`: in events, comments, on the command line and in recipes) and a label
(`Kubernetes version`: the heading that an issue form gives it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slipway.requests.values import (
    ACCOUNT,
    APPLICATION,
    CLUSTER,
    ENVIRONMENT,
    FOLDER,
    KUBERNETES,
    REF,
    REGION,
    REPOSITORY,
    TEAM,
    TOOL,
    VERSION,
    Choice,
    Names,
    Number,
    Policy,
    Range,
    Shape,
    YesNo,
)


@dataclass(frozen=True)
class Field:
    """Something that a request says."""

    name: str
    label: str
    shape: Shape
    help: str
    required: bool = False
    placeholder: str = ""


@dataclass(frozen=True)
class Kind:
    """What may be asked."""

    name: str
    """`add-cluster`: of the recipe, of the label `slipway/add-cluster`, of the command."""
    title: str
    """`Add a cluster`: of the form, and of the issue with the subject behind it."""
    help: str
    fields: tuple[Field, ...]
    event: str
    """Detail type of the event that asks for it."""
    confirmed: bool = False
    """True if its subject has to be named twice, since something is lost."""

    @property
    def subject(self) -> Field:
        """What it is about; the first field, which a command takes without its name."""
        return self.fields[0]

    def field(self, name: str) -> Field | None:
        """The field of a name."""
        return next((field for field in self.fields if field.name == name), None)


def _cluster(help_: str = "The cluster's name.") -> Field:
    return Field("cluster", "Name", CLUSTER, help_, required=True, placeholder="shop-staging")


def _application() -> Field:
    return Field(
        "application", "Name", APPLICATION, "The application's name.", required=True, placeholder="product-catalog"
    )


def _clusters(help_: str, *, required: bool = False) -> Field:
    return Field("clusters", "Clusters", Names(CLUSTER), help_, required, "shop-staging, shop-production")


CONFIRMATION = Field("confirmation", "Its name once more", TOOL, "To be sure that it is the one.", required=True)

_NAT = Field("nat-gateways", "NAT gateways", Choice(("single", "perZone", "none")), "One, one in each zone, or none.")
_ENDPOINT = Field("endpoint-access", "API server", Choice(("private", "public")), "From where it can be reached.")
_SIZE = Field("node-size", "Size of the nodes", Choice(("small", "medium", "large")), "Of the node group.")
_MIN = Field("nodes-min", "Nodes at least", Number(1, 450), "Of the node group.")
_MAX = Field("nodes-max", "Nodes at most", Number(1, 450), "Of the node group; an EKS node group has at most 450.")
_WORKLOAD = Field("workload-type", "Workload", Choice(("general", "gpu")), "What its nodes are for.")
_PROTECTED = Field(
    "deletion-protection", "Protected against deletion", YesNo(), "While it is true, nothing deletes the cluster."
)
_COMPUTE = Field(
    "compute", "Nodes", Choice(("nodes", "auto")), "nodes: a node group and Karpenter. auto: EKS Auto Mode."
)
_VERSION = Field(
    "kubernetes-version",
    "Kubernetes version",
    KUBERNETES,
    "Of the control plane; without it, that of most clusters of the environment.",
    placeholder="1.35",
)

ADD_CLUSTER = Kind(
    "add-cluster",
    "Add a cluster",
    "A new cluster, with network, nodes and tools.",
    (
        _cluster("At most 24 lower case letters, digits and dashes; ends in the name of the environment."),
        Field("environment", "Environment", ENVIRONMENT, "One of slipway.yaml.", required=True, placeholder="staging"),
        Field("account", "AWS account", ACCOUNT, "The account's number.", required=True, placeholder="111122223333"),
        Field("region", "Region", REGION, "Of AWS.", required=True, placeholder="eu-west-1"),
        _VERSION,
        Field(
            "network",
            "Network",
            Range(),
            "A range of addresses that no other cluster has; without it, the next one that is free.",
            placeholder="10.50.0.0/16",
        ),
        Field("zones", "Availability zones", Choice(("3", "2")), "How many."),
        _NAT,
        _ENDPOINT,
        _COMPUTE,
        _SIZE,
        _MIN,
        _MAX,
        _WORKLOAD,
    ),
    "ClusterRequested",
)
UPGRADE_CLUSTER = Kind(
    "upgrade-cluster",
    "Upgrade a cluster",
    "The next minor version of Kubernetes: the control plane, then the nodes.",
    (
        _cluster(),
        Field(
            "kubernetes-version",
            "Kubernetes version",
            KUBERNETES,
            "One minor version more than it has.",
            required=True,
            placeholder="1.36",
        ),
    ),
    "ClusterUpgradeRequested",
)
CHANGE_CLUSTER = Kind(
    "change-cluster",
    "Change a cluster",
    "Other nodes, other access; what is left empty stays as it is.",
    (_cluster(), _SIZE, _MIN, _MAX, _WORKLOAD, _ENDPOINT, _NAT, _PROTECTED),
    "ClusterChangeRequested",
)
REMOVE_CLUSTER = Kind(
    "remove-cluster",
    "Remove a cluster",
    "Takes down a cluster, its applications and its network.",
    (_cluster(), CONFIRMATION),
    "ClusterRemovalRequested",
    confirmed=True,
)
ONBOARD_APPLICATION = Kind(
    "onboard-application",
    "Onboard an application",
    "An application that the fleet does not know yet: its repository, and what it may use.",
    (
        _application(),
        Field("repository", "Repository", REPOSITORY, "Of its manifests; without it, <name>-manifests."),
        Field("team", "Team", TEAM, "Who owns it.", placeholder="@acme/catalog"),
        Field(
            "components",
            "What it makes in AWS",
            Names(Choice(("dynamodb", "rds", "sqs"))),
            "Kinds of resources that its manifests may have.",
        ),
        Field("policy", "What it may do in AWS", Policy(), "An IAM policy document, if it calls AWS itself."),
    ),
    "ApplicationOnboardingRequested",
)
ADD_APPLICATION = Kind(
    "add-application",
    "Add an application",
    "An application that is onboarded, to one or more clusters.",
    (
        _application(),
        _clusters("Where it is to run.", required=True),
        Field("tag", "Tag", REF, "Of its repository; without tag and branch, what the fleet's recipe says."),
        Field("branch", "Branch", REF, "Of its repository."),
        Field("overlay", "Overlay", FOLDER, "Without it, the environment's."),
    ),
    "ApplicationRequested",
)
UPDATE_APPLICATION = Kind(
    "update-application",
    "Update an application",
    "Another tag, branch or overlay of an application; what is left empty stays as it is.",
    (
        _application(),
        _clusters("Where; without clusters and environment, everywhere that it runs."),
        Field("environment", "Environment", ENVIRONMENT, "Where.", placeholder="staging"),
        Field("tag", "Tag", REF, "Of its repository.", placeholder="v1.4.0"),
        Field("branch", "Branch", REF, "Of its repository, instead of a tag.", placeholder="main"),
        Field("overlay", "Overlay", FOLDER, "Of its repository."),
    ),
    "ApplicationUpdateRequested",
)
REMOVE_APPLICATION = Kind(
    "remove-application",
    "Remove an application",
    "Takes an application off clusters.",
    (_application(), _clusters("Without it, everywhere that it runs."), CONFIRMATION),
    "ApplicationRemovalRequested",
    confirmed=True,
)
UPGRADE_TOOL = Kind(
    "upgrade-tool",
    "Upgrade a tool",
    "Another version of a tool, environment after environment.",
    (
        Field(
            "tool",
            "Tool",
            TOOL,
            "As the fleet names its version: karpenter for KARPENTER_VERSION.",
            required=True,
            placeholder="karpenter",
        ),
        Field("version", "Version", VERSION, "Of its chart.", required=True, placeholder="1.8.2"),
    ),
    "ToolUpgradeRequested",
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        ADD_CLUSTER,
        UPGRADE_CLUSTER,
        CHANGE_CLUSTER,
        REMOVE_CLUSTER,
        ONBOARD_APPLICATION,
        ADD_APPLICATION,
        UPDATE_APPLICATION,
        REMOVE_APPLICATION,
        UPGRADE_TOOL,
    )
}
