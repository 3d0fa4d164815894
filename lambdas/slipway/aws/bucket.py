"""Objects in S3."""

from __future__ import annotations

from urllib.parse import quote

from slipway.aws.client import AwsClient, AwsError


class S3Bucket:
    """`slipway.aws.protocol.Bucket` in S3.

    The role needs `s3:ListBucket` besides the object's own actions wherever an object may be missing: without it, S3
    says 403 in place of 404.
    """

    def __init__(self, client: AwsClient, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, key: str, body: bytes, *, content_type: str = "application/json") -> None:
        """See `Bucket`."""
        self._client.rest("s3", "PUT", _path(key), bucket=self._name, headers={"content-type": content_type}, body=body)

    def get(self, key: str) -> bytes | None:
        """See `Bucket`."""
        try:
            return self._client.rest("s3", "GET", _path(key), bucket=self._name).body
        except AwsError as err:
            if err.code == "NoSuchKey":
                return None
            raise

    def exists(self, key: str) -> bool:
        """See `Bucket`."""
        try:
            self._client.rest("s3", "HEAD", _path(key), bucket=self._name)
        except AwsError as err:
            if err.status == 404:
                return False
            raise
        return True


def _path(key: str) -> str:
    return "/" + quote(key, safe="/-_.~")
