"""EKS, as far as anybody may ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slipway.aws.errors import AwsError, aws_errors

if TYPE_CHECKING:
    from mypy_boto3_eks import EKSClient

SUPPORTED = ("STANDARD_SUPPORT", "EXTENDED_SUPPORT")
"""Of a version that clusters may be made with (Amazon EKS API reference, `ClusterVersionInformation`)."""


class ClusterVersions:
    """`slipway.aws.protocol.EksVersions` by `DescribeClusterVersions`."""

    def __init__(self, client: EKSClient) -> None:
        self._client = client

    def offered(self) -> frozenset[str]:
        """See `EksVersions`."""
        with aws_errors("EKS's versions of Kubernetes"):
            pages = self._client.get_paginator("describe_cluster_versions").paginate(clusterType="eks")
            found = frozenset(
                each["clusterVersion"]
                for page in pages
                for each in page["clusterVersions"]
                if each["versionStatus"] in SUPPORTED
            )
        if not found:
            raise AwsError("EKS's versions of Kubernetes: it names none", code="NoVersions")
        return found
