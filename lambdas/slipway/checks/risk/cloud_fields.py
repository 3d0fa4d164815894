"""The fields of AWS's resources that cannot be changed once the resource is there.

Source: the arguments that force a new resource in the schemas of Terraform's AWS provider (hashicorp/
terraform-provider-aws, `internal/service/*`), of which Upbound's provider is made; checked against the
`createOnlyProperties` of CloudFormation's schemas. Only kinds that a fleet of EKS clusters is made of, and the usual
services of its applications. upjet refuses to replace a resource (`pkg/controller/external_tfpluginsdk.go`).
"""

from __future__ import annotations

from collections.abc import Mapping

_TEXT = {
    "dynamodb Table": "hashKey rangeKey localSecondaryIndex",
    "ec2 EIP": "networkBorderGroup publicIpv4Pool address",
    "ec2 LaunchTemplate": "name",
    "ec2 NATGateway": "allocationId connectivityType subnetId",
    "ec2 Route": "destinationCidrBlock destinationIpv6CidrBlock destinationPrefixListId routeTableId",
    "ec2 RouteTable": "vpcId",
    "ec2 RouteTableAssociation": "subnetId gatewayId",
    "ec2 SecurityGroup": "description name vpcId",
    "ec2 SecurityGroupRule": "cidrBlocks fromPort ipv6CidrBlocks protocol securityGroupId self "
    "sourceSecurityGroupId toPort type",
    "ec2 Subnet": "availabilityZone availabilityZoneId cidrBlock ipv6Native outpostArn vpcId",
    "ec2 VPC": "cidrBlock ipv4IpamPoolId ipv4NetmaskLength",
    "ec2 VPCEndpoint": "serviceName vpcEndpointType vpcId",
    "ec2 VPCIPv4CidrBlockAssociation": "cidrBlock vpcId",
    "ec2 EBSVolume": "availabilityZone encrypted kmsKeyId snapshotId",
    "ecr Repository": "encryptionConfiguration.encryptionType encryptionConfiguration.kmsKey",
    "efs FileSystem": "availabilityZoneName creationToken encrypted kmsKeyId performanceMode",
    "efs MountTarget": "fileSystemId ipAddress subnetId",
    "eks AccessEntry": "clusterName principalArn type",
    "eks AccessPolicyAssociation": "clusterName policyArn principalArn",
    "eks Addon": "addonName clusterName",
    "eks Cluster": "accessConfig.bootstrapClusterCreatorAdminPermissions bootstrapSelfManagedAddons "
    "kubernetesNetworkConfig.ipFamily kubernetesNetworkConfig.serviceIpv4Cidr outpostConfig.controlPlaneInstanceType "
    "roleArn",
    "eks FargateProfile": "clusterName podExecutionRoleArn selector subnetIds",
    "eks NodeGroup": "amiType capacityType clusterName diskSize instanceTypes launchTemplate.id launchTemplate.name "
    "nodeRoleArn remoteAccess.ec2SshKey remoteAccess.sourceSecurityGroupIds subnetIds",
    "eks PodIdentityAssociation": "clusterName namespace serviceAccount",
    "elasticache ReplicationGroup": "atRestEncryptionEnabled kmsKeyId port snapshotName subnetGroupName",
    "iam OpenIDConnectProvider": "url",
    "iam Policy": "description path",
    "iam Role": "path",
    "iam RolePolicyAttachment": "policyArn role",
    "kafka Cluster": "brokerNodeGroupInfo.clientSubnets clusterName",
    "kms Key": "customerMasterKeySpec keyUsage multiRegion",
    "rds Cluster": "databaseName dbSubnetGroupName engineMode kmsKeyId masterUsername snapshotIdentifier "
    "storageEncrypted",
    "rds Instance": "characterSetName dbName engine kmsKeyId snapshotIdentifier storageEncrypted timezone username",
    "route53 Zone": "delegationSetId name",
    "secretsmanager Secret": "name",
    "sns Topic": "fifoTopic name",
    "sns TopicSubscription": "endpoint protocol topicArn",
    "sqs Queue": "fifoQueue name",
}
FIXED_FIELDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    (service, kind): ("region", *fields.split()) for place, fields in _TEXT.items() for service, kind in [place.split()]
}
"""By service and kind: fields of `spec.forProvider`."""
