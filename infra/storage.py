"""What outlives an invocation: one table, one bucket, two secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnElement, Duration, RemovalPolicy, SecretValue, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.function import Function
from infra.settings import Settings

READ_UPDATE = ("dynamodb:GetItem", "dynamodb:UpdateItem")
"""All that `slipway.aws.table` calls."""
KEEP_DAYS = {"deliveries/": 30, "rejected/": 30, "cache/": 30, "reports/": 90, "requests/": 400}
"""Days that the bucket keeps an object, by the prefix of its key.

Below `requests/` is who has asked for what. It is written with the text, and a request without it waits until somebody
edits the text, so it outlives any on which people still work: a year, in which budgets and audits come round, and more.
"""


class Storage(Construct):
    """The stack's state.

    Attributes:
        table: single table with keys `pk`, `sk` and TTL attribute `expires` (epoch seconds).
        bucket: raw deliveries, rejected bodies, reports, the render cache.
        webhook_secret: `{"current": …, "previous": …}`; `current` is generated.
        app_secret: `{"appId": …, "privateKey": …}`, to be filled by whoever creates the GitHub App.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        removal = RemovalPolicy.DESTROY if settings.local else RemovalPolicy.RETAIN
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute="expires",
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=not settings.local,
            removal_policy=removal,
        )
        # No versioning: an object is written once under a key that names its content (a delivery, a commit), nothing
        # is ever edited, and deleted personal data must not live on in old versions.
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(id=prefix.rstrip("/"), prefix=prefix, expiration=Duration.days(days))
                for prefix, days in KEEP_DAYS.items()
            ]
            + [s3.LifecycleRule(id="unfinished", abort_incomplete_multipart_upload_after=Duration.days(1))],
            removal_policy=removal,
        )
        acknowledge(
            self.bucket,
            "AwsSolutions-S1",
            "Only Slipway's functions reach it, and their logs name what they do; access logs need a second bucket",
        )
        self.webhook_secret = secretsmanager.Secret(
            self,
            "WebhookSecret",
            description="What GitHub signs webhooks with: current, and previous while it is being rotated",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 - the frame that the generated secret is put into
                generate_string_key="current",
                exclude_punctuation=True,
                password_length=64,
            ),
            removal_policy=removal,
        )
        self.app_secret = secretsmanager.Secret(
            self,
            "AppSecret",
            description="The GitHub App: its id and its private key, to be filled by hand once",
            secret_object_value={
                "appId": SecretValue.unsafe_plain_text("fill in"),
                "privateKey": SecretValue.unsafe_plain_text("fill in"),
            },
            removal_policy=removal,
        )
        for secret in (self.webhook_secret, self.app_secret):
            acknowledge(
                secret,
                "AwsSolutions-SMG4",
                "Its other half lives at GitHub and is changed there by hand; docs/deploy.md says how, without loss",
            )

    def allow_items(self, function: Function, *partition_keys: str) -> None:
        """Let a function read and write the items whose partition key matches, and no others."""
        function.may(
            READ_UPDATE,
            [self.table.table_arn],
            {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partition_keys)}},
        )

    def allow_writes(self, function: Function, prefix: str) -> None:
        """Let a function write objects under a prefix."""
        self._allow_objects(function, ["s3:PutObject"], prefix)

    def allow_reads_and_writes(self, function: Function, prefix: str) -> None:
        """Let a function read and write objects under a prefix."""
        self._allow_objects(function, ["s3:GetObject", "s3:PutObject"], prefix)
        # Without it, S3 answers 403 and not 404 where there is no object.
        function.may(["s3:ListBucket"], [self.bucket.bucket_arn])

    def _allow_objects(self, function: Function, actions: Sequence[str], prefix: str) -> None:
        function.may(actions, [self.bucket.arn_for_objects(f"{prefix}*")])
        acknowledge(
            function.role,
            f"AwsSolutions-IAM5[Resource::<{_logical_id(self.bucket)}.Arn>/{prefix}*]",
            f"Keys below {prefix} name deliveries and commits that nobody knows beforehand",
        )

    def allow_secret(self, function: Function, secret: secretsmanager.Secret) -> None:
        """Let a function read a secret."""
        function.may(["secretsmanager:GetSecretValue"], [secret.secret_arn])


def _logical_id(construct: Construct) -> str:
    return Stack.of(construct).get_logical_id(cast("CfnElement", construct.node.default_child))
