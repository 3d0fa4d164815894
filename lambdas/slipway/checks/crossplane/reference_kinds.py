"""What the fields of Upbound's AWS resources refer to.

Source: crossplane-contrib/provider-upjet-aws, the references in `apis/*/*/zz_*_types.go`. Only fields of a name that
refers to one kind wherever it is, of the services that fleets of EKS clusters mostly use.
"""

from __future__ import annotations

from collections.abc import Mapping

_TEXT = {
    "cognitoidp UserPool": "userPoolIdRef",
    "cloudwatchevents Bus": "eventBusNameRef",
    "cloudwatchlogs Group": "cloudwatchLogGroupArnRef logGroupRef",
    "ec2 LaunchTemplate": "launchTemplateIdRef",
    "ec2 InternetGateway": "gatewayIdRef",
    "ec2 RouteTable": "routeTableIdRef",
    "ec2 SecurityGroup": "referencedSecurityGroupIdRef securityGroupIdRef securityGroupIdRefs securityGroupIdsRefs "
    "securityGroupRefs securityGroupsRefs vpcSecurityGroupIdRefs",
    "ec2 Subnet": "subnetIdRef subnetIdRefs subnetIdsRefs subnetRefs subnetsRefs vpcSubnetIdsRefs",
    "ec2 TransitGateway": "transitGatewayIdRef",
    "ec2 VPC": "vpcIdRef vpcIdentifierRef",
    "ec2 VPCEndpoint": "vpcEndpointIdRef",
    "ec2 VPCPeeringConnection": "vpcPeeringConnectionIdRef",
    "elbv2 LBTargetGroup": "targetGroupArnRef",
    "iam Policy": "policyArnRef",
    "iam Role": "executionRoleArnRef iamRoleArnRef iamRoleRef iamRoleRefs monitoringRoleArnRef roleArnRef roleRef "
    "serviceExecutionRoleArnRef serviceRoleArnRef serviceRoleRef",
    "iam User": "userRef",
    "kms Key": "kmsKeyArnRef kmsKeyIdRef kmsKeyIdentifierRef kmsKeyRef performanceInsightsKmsKeyIdRef",
    "lambda Function": "functionNameRef lambdaArnRef",
    "rds Instance": "dbInstanceIdentifierRef",
    "rds Proxy": "dbProxyNameRef",
    "rds SubnetGroup": "dbSubnetGroupNameRef",
    "route53 Zone": "zoneIdRef",
    "s3 Bucket": "bucketArnRef bucketRef s3BucketNameRef",
    "secretsmanager Secret": "secretArnRef",
    "sns Topic": "snsTopicArnRef topicArnRef",
    "sqs Queue": "queueUrlRef",
}
REFERENCES: Mapping[str, tuple[str, str]] = {
    field: (service, kind)
    for place, fields in _TEXT.items()
    for service, kind in [place.split()]
    for field in fields.split()
}
"""Service and kind by the field."""

IN_SERVICE: Mapping[tuple[str, str], str] = {
    ("eks", "clusterNameRef"): "Cluster",
    ("ecs", "clusterNameRef"): "Cluster",
    ("efs", "fileSystemIdRef"): "FileSystem",
    ("rds", "clusterIdentifierRef"): "Cluster",
    ("dynamodb", "tableNameRef"): "Table",
    ("apigatewayv2", "apiIdRef"): "API",
    ("apigateway", "restApiIdRef"): "RestAPI",
}
"""Kinds of the resource's own service, by the service and the field."""
