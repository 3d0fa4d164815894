"""Keys: the sealing key pair in Secrets Manager, under a KMS key of its own, and the functions that alone read it."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Aws, CustomResource, Duration, RemovalPolicy, Size
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.function import Common, Function
from infra.settings import Settings
from infra.storage import Storage

NAME = "keys"
TIMEOUT = Duration.seconds(120)
"""To make a pair of 4,096 bits takes seconds, and at worst a minute."""
MEMORY = Size.mebibytes(1769)
"""One whole processor (Lambda developer guide): all that it does is arithmetic."""
ADMINISTRATION = (
    *("kms:CancelKeyDeletion", "kms:DescribeKey", "kms:DisableKey", "kms:EnableKey", "kms:EnableKeyRotation"),
    *("kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags", "kms:PutKeyPolicy"),
    *("kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription"),
)
"""What the account's administrators may do with the KMS key: all but to use it."""
VALIDATION = {"kms:EncryptionContext:SecretVersionId": "RequestToValidateKeyAccess"}
"""What Secrets Manager calls the version when it tries whether whoever makes a secret, or gives it another key, may use
the key; it discards what comes of it (Secrets Manager user guide, "Validating access to the KMS key"). No version of a
secret can have that name: the shortest has 32 characters."""


class SealingKey(Construct):
    """The secret with the pair.

    Attributes:
        arn: of the secret.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._key: kms.Key | None = None
        self._replica_keys = settings.sealing_replica_keys
        self._via = f"secretsmanager.{Aws.REGION}.amazonaws.com"
        if settings.sealing_secret_arn:
            # Whoever has made it says who may decrypt it: by default everybody in the account who may read it.
            self.arn = settings.sealing_secret_arn
            return
        removal = RemovalPolicy.DESTROY if settings.local else RemovalPolicy.RETAIN
        self._key = kms.Key(
            self,
            "Key",
            description="Encrypts the fleet's sealing key pair",
            enable_key_rotation=True,
            removal_policy=removal,
            policy=iam.PolicyDocument(statements=self._statements(settings)),
        )
        secret = secretsmanager.CfnSecret(
            self,
            "Secret",
            name=settings.sealing_secret,
            description="The fleet's sealing key pair: crt and key, and the other pair that clusters trust besides",
            kms_key_id=self._key.key_arn,
            # Without a value: the keys function makes the pair on the first deployment (`Pair`).
            replica_regions=[
                secretsmanager.CfnSecret.ReplicaRegionProperty(region=arn.split(":")[3], kms_key_id=arn)
                for arn in settings.sealing_replica_keys
            ]
            or None,
        )
        secret.apply_removal_policy(removal)
        acknowledge(
            self,
            "AwsSolutions-SMG4",
            "A pair is rotated together with all that is sealed with it, which takes pull requests: infra/rotation.py",
        )
        self.arn = secret.ref

    def _statements(self, settings: Settings) -> list[iam.PolicyStatement]:
        account = iam.AccountRootPrincipal()
        readers = [f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}:role/{pattern}" for pattern in settings.sealing_readers]
        return [
            iam.PolicyStatement(
                sid="Administration", principals=[account], actions=list(ADMINISTRATION), resources=["*"]
            ),
            iam.PolicyStatement(
                sid="Clusters",
                principals=[account],
                actions=["kms:Decrypt"],
                resources=["*"],
                conditions={
                    "StringEquals": {"kms:ViaService": self._via},
                    "ArnLike": {"aws:PrincipalArn": readers},
                },
            ),
            # CloudFormation's role makes the secret: it has to pass that trial, and reads no value by it.
            iam.PolicyStatement(
                sid="Deployment",
                principals=[account],
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions={"StringEquals": {"kms:ViaService": self._via, **VALIDATION}},
            ),
        ]

    def allow(self, function: Function, *, write: bool) -> None:
        """Let a keys function read the secret, and write it."""
        put = ["secretsmanager:PutSecretValue"] if write else []
        function.may(["secretsmanager:GetSecretValue", *put], [self.arn])
        if self._key is None:
            return
        actions = ["kms:Decrypt", *(["kms:GenerateDataKey"] if write else [])]
        via = {"StringEquals": {"kms:ViaService": [self._via]}}
        function.may(actions, [self._key.key_arn], via)
        if write and self._replica_keys:
            # A new value is encrypted for each region, for whoever has written it (ReplicateSecretToRegions).
            regions = (Aws.REGION, *(arn.split(":")[3] for arn in self._replica_keys))
            function.may(
                ["kms:Encrypt", "kms:GenerateDataKey"],
                self._replica_keys,
                {"StringEquals": {"kms:ViaService": [f"secretsmanager.{region}.amazonaws.com" for region in regions]}},
            )
        self._key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ArnPrincipal(function.role.role_arn)], actions=actions, resources=["*"], conditions=via
            )
        )


class Keys(Construct):
    """A keys function for one consumer, so that none can ask for more than is its own to ask for."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        common: Common,
        storage: Storage,
        sealing_key: SealingKey,
        consumer: str,
        do: Sequence[str],
        write: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self._function = Function(
            self,
            "Function",
            common=common,
            capability=NAME,
            name=f"{NAME}-{consumer}",
            memory=MEMORY,
            timeout=TIMEOUT,
            environment={
                "SLIPWAY_SEALING_SECRET": sealing_key.arn,
                "SLIPWAY_TABLE": storage.table.table_name,
                "SLIPWAY_KEYS_DO": ",".join(sorted(do)),
            },
        )
        sealing_key.allow(self._function, write=write)
        items = {"LEASE#sealing-key": write, "RATE#sealed values of *": "check" in do}
        storage.allow_items(self._function, *(item for item, needed in items.items() if needed))

    @property
    def function_name(self) -> str:
        """What the consumer invokes."""
        return self._function.function.function_name

    def allow_invoke(self, function: Function) -> None:
        """Let the consumer invoke it: this very function, no version or alias of it."""
        function.may(["lambda:InvokeFunction"], [self._function.function.function_arn])

    def ensure_on_deployment(self, sealing_key: SealingKey) -> None:
        """Have it make the first pair, or adopt the one that is there, when the stack is deployed."""
        pair = CustomResource(
            self,
            "Pair",
            resource_type="Custom::SlipwaySealingKey",
            service_token=self._function.function.function_arn,
            properties={"Secret": sealing_key.arn},
        )
        # Not before it may do that.
        pair.node.add_dependency(self._function.role)
