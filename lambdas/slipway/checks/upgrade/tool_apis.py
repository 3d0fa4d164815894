"""Which release of a tool stopped serving which version of its kinds.

Read from the CRDs of each minor release (`served: true`), by their tags: fluxcd/{kustomize,source,helm,notification,
image-reflector,image-automation}-controller `config/crd/bases`, as fluxcd/flux2 `manifests/bases` puts them together
(2.0 to 2.9; the announcements of 2.7, 2.8 and 2.9 say the same); crossplane/crossplane `cluster/crds` (1.3 to 2.3);
external-secrets/external-secrets `config/crds/bases` (0.5 to 2.9); aws/karpenter-provider-aws `pkg/apis/crds` (0.19 to
1.14); cert-manager/cert-manager `deploy/crds` (0.15 to 1.21); kubernetes-sigs/gateway-api `config/crd` (0.5 to 1.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FLUX, CROSSPLANE, EXTERNAL_SECRETS = "Flux", "Crossplane", "External Secrets Operator"
KARPENTER, CERT_MANAGER, GATEWAY_API = "Karpenter", "cert-manager", "Gateway API"

Minor = tuple[int, int]
"""Major and minor of a release."""


@dataclass(frozen=True)
class ToolApi:
    """A kind of a tool."""

    tool: str
    gone: Mapping[str, Minor]
    """Version of the kind → the first release that does not serve it."""
    use: str = ""
    """`apiVersion` and, where it is another one, kind to use instead; empty if nothing takes its place."""
    since: Minor = (0, 0)
    """The first release that serves that."""


def _apis(
    tool: str, group: str, *entries: tuple[str, str, Minor, Mapping[str, Minor]]
) -> dict[tuple[str, str], ToolApi]:
    """By group and kind, of entries with kinds, what to use, since when, and what is gone."""
    return {
        (group, kind): ToolApi(tool, gone, use if not use or "/" in use else f"{group}/{use}", since)
        for kinds, use, since, gone in entries
        for kind in kinds.split()
    }


_NOTIFIED = {"v1beta1": (2, 7), "v1beta2": (2, 9)}
_SOURCED = {"v1beta1": (2, 7), "v1beta2": (2, 8)}
_IMAGED = {"v1alpha1": (2, 0), "v1alpha2": (2, 0), "v1beta1": (2, 7), "v1beta2": (2, 9)}
_CERTIFIED = {"v1alpha2": (1, 6), "v1alpha3": (1, 6), "v1beta1": (1, 6)}
_POOLED = {"v1beta1": (1, 1)}

TOOL_APIS: Mapping[tuple[str, str], ToolApi] = {
    **_apis(
        FLUX,
        "kustomize.toolkit.fluxcd.io",
        ("Kustomization", "v1", (2, 0), {"v1alpha1": (2, 0), "v1beta1": (2, 7), "v1beta2": (2, 8)}),
    ),
    **_apis(
        FLUX,
        "source.toolkit.fluxcd.io",
        ("GitRepository", "v1", (2, 0), _SOURCED),
        ("HelmRepository HelmChart", "v1", (2, 3), _SOURCED),
        ("Bucket", "v1", (2, 4), _SOURCED),
        ("OCIRepository", "v1", (2, 6), _SOURCED),
    ),
    **_apis(
        FLUX,
        "helm.toolkit.fluxcd.io",
        ("HelmRelease", "v2", (2, 3), {"v2alpha1": (2, 0), "v2beta1": (2, 7), "v2beta2": (2, 8)}),
    ),
    **_apis(
        FLUX,
        "notification.toolkit.fluxcd.io",
        ("Receiver", "v1", (2, 0), _NOTIFIED),
        ("Alert Provider", "v1beta3", (2, 2), _NOTIFIED),
    ),
    **_apis(
        FLUX,
        "image.toolkit.fluxcd.io",
        ("ImageRepository ImagePolicy ImageUpdateAutomation", "v1", (2, 7), _IMAGED),
    ),
    **_apis(
        CROSSPLANE,
        "pkg.crossplane.io",
        ("Provider Configuration", "v1", (1, 0), {"v1alpha1": (1, 3), "v1beta1": (1, 6)}),
        ("ControllerConfig", "v1beta1 DeploymentRuntimeConfig", (1, 14), {"v1alpha1": (2, 0)}),
    ),
    **_apis(
        CROSSPLANE,
        "apiextensions.crossplane.io",
        ("CompositeResourceDefinition Composition", "v1", (1, 0), {"v1alpha1": (1, 3), "v1beta1": (1, 6)}),
        ("EnvironmentConfig", "v1beta1", (1, 18), {"v1alpha1": (2, 0)}),
    ),
    **_apis(CROSSPLANE, "secrets.crossplane.io", ("StoreConfig", "", (0, 0), {"v1alpha1": (2, 0)})),
    **_apis(
        EXTERNAL_SECRETS,
        "external-secrets.io",
        ("ExternalSecret SecretStore ClusterSecretStore", "v1", (0, 16), {"v1alpha1": (0, 16), "v1beta1": (0, 17)}),
        ("ClusterExternalSecret", "v1", (0, 16), {"v1beta1": (0, 17)}),
    ),
    **_apis(
        KARPENTER,
        "karpenter.sh",
        ("NodePool NodeClaim", "v1", (1, 0), _POOLED),
        ("Provisioner", "v1 NodePool", (1, 0), {"v1alpha5": (0, 33)}),
    ),
    **_apis(
        KARPENTER,
        "karpenter.k8s.aws",
        ("EC2NodeClass", "v1", (1, 0), _POOLED),
        ("AWSNodeTemplate", "v1 EC2NodeClass", (1, 0), {"v1alpha1": (0, 33)}),
    ),
    **_apis(
        CERT_MANAGER,
        "cert-manager.io",
        ("Certificate CertificateRequest ClusterIssuer Issuer", "v1", (1, 0), _CERTIFIED),
    ),
    **_apis(
        GATEWAY_API,
        "gateway.networking.k8s.io",
        ("Gateway GatewayClass HTTPRoute", "v1", (1, 0), {"v1alpha2": (0, 8)}),
        ("GRPCRoute", "v1", (1, 1), {"v1alpha2": (1, 1)}),
        ("ReferenceGrant", "v1beta1", (0, 6), {"v1alpha2": (1, 1)}),
    ),
}
"""By group and kind."""
