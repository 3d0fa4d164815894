"""Objects in S3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slipway.aws.errors import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Bucket:
    """`slipway.aws.protocol.Bucket` in S3.

    The role needs `s3:ListBucket` besides the object's own actions wherever an object may be missing: without it, S3
    says 403 in place of 404.
    """

    def __init__(self, client: S3Client, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> None:
        """See `Bucket`."""
        with aws_errors(self._place(key)):
            self._client.put_object(Bucket=self._name, Key=key, Body=body, ContentType=content_type)

    def get(self, key: str) -> bytes | None:
        """See `Bucket`."""
        with aws_errors(self._place(key)):
            try:
                return self._client.get_object(Bucket=self._name, Key=key)["Body"].read()
            except self._client.exceptions.NoSuchKey:
                return None

    def exists(self, key: str) -> bool:
        """See `Bucket`."""
        with aws_errors(self._place(key)):
            try:
                self._client.head_object(Bucket=self._name, Key=key)
            except self._client.exceptions.ClientError as err:
                if err.response["Error"]["Code"] == "404":  # there is no better name: the answer to HEAD has no body
                    return False
                raise
            return True

    def _place(self, key: str) -> str:
        return f"s3://{self._name}/{key}"
