"""boto3's clients, which import boto3 only once somebody makes them (docs/decisions/boto3-made-when-needed.md)."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.config import Config
    from botocore.model import OperationModel
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

ATTEMPTS = 3
"""How often a call is tried before it is left to whoever asked to try later."""

CONNECT_SECONDS = 2.0
"""To connect; services of the own region are a few milliseconds away."""

READ_SECONDS = 3.0
"""For each piece of an answer."""

INVOKE_READ_SECONDS = 30.0
"""The same for a function that is invoked, which may have to start and then asks GitHub."""

KEYS_READ_SECONDS = 130.0
"""The same for a keys function, which may have thousands of values to open; longer than it may run (infra/keys.py)."""

MAX_CONNECTIONS = 10
"""That a client keeps open; one for each thread that calls at the same time is enough."""


class Clients:
    """One client for each service, made when it is first asked for.

    boto3 takes region, credentials and, for the local cloud, `AWS_ENDPOINT_URL` from the environment. The clients may
    be shared between threads; `Clients` may not.
    """

    def __init__(self) -> None:
        import boto3

        self._session = boto3.Session()
        self._session.events.register("before-parse", _refuse_cut_off)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        """DynamoDB."""
        return self._session.client("dynamodb", config=_config(READ_SECONDS))

    @cached_property
    def eks(self) -> EKSClient:
        """EKS."""
        return self._session.client("eks", config=_config(READ_SECONDS))

    @cached_property
    def events(self) -> EventBridgeClient:
        """EventBridge."""
        return self._session.client("events", config=_config(READ_SECONDS))

    @cached_property
    def functions(self) -> LambdaClient:
        """Lambda."""
        return self._session.client("lambda", config=_config(INVOKE_READ_SECONDS))

    @cached_property
    def keys_functions(self) -> LambdaClient:
        """Lambda, for keys functions."""
        return self._session.client("lambda", config=_config(KEYS_READ_SECONDS))

    @cached_property
    def s3(self) -> S3Client:
        """S3."""
        return self._session.client("s3", config=_config(READ_SECONDS))

    @cached_property
    def secretsmanager(self) -> SecretsManagerClient:
        """Secrets Manager."""
        return self._session.client("secretsmanager", config=_config(READ_SECONDS))

    @cached_property
    def stepfunctions(self) -> SFNClient:
        """Step Functions."""
        return self._session.client("stepfunctions", config=_config(READ_SECONDS))

    @cached_property
    def sqs(self) -> SQSClient:
        """SQS."""
        return self._session.client("sqs", config=_config(READ_SECONDS))


def _config(read_seconds: float) -> Config:
    from botocore.config import Config

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        tcp_keepalive=True,
        max_pool_connections=MAX_CONNECTIONS,
        # What stands in for all of AWS has no host name for each bucket.
        s3={"addressing_style": "path" if "AWS_ENDPOINT_URL" in os.environ else "auto"},
    )


def _refuse_cut_off(operation_model: OperationModel, response_dict: dict[str, Any], **_: object) -> None:
    """Raise on an answer that was cut off, which botocore takes for an empty one unless it is a stream."""
    from botocore.exceptions import IncompleteReadError

    body, announced = response_dict["body"], response_dict["headers"].get("content-length")
    if announced is None or not isinstance(body, bytes) or operation_model.http["method"] == "HEAD":
        return
    if len(body) != int(announced):
        raise IncompleteReadError(actual_bytes=len(body), expected_bytes=int(announced))
