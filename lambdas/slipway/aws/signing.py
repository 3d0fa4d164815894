"""AWS Signature Version 4.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html; the tests compare
every signature with botocore's.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Credentials:
    """Who signs."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    """Set for temporary credentials, as every Lambda has them."""


@dataclass(frozen=True)
class Scope:
    """What a signature is good for."""

    service: str
    """The service's signing name, e.g. `dynamodb`."""
    region: str


def signed_headers(
    method: str,
    host: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    scope: Scope,
    credentials: Credentials,
    now: datetime,
) -> dict[str, str]:
    """The headers of a request, in lower case, with those added that authenticate it.

    Args:
        method: HTTP method.
        host: what the `Host` header will say, with the port if it is not the scheme's own.
        path: percent-encoded path; a query is not supported.
        headers: headers to sign, by lower-case name.
        body: the whole body.
        scope: service and region.
        credentials: who signs.
        now: time of signing, UTC; AWS accepts it for some minutes.
    """
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    body_hash = hashlib.sha256(body).hexdigest()
    signed = {**headers, "host": host, "x-amz-date": stamp}
    if credentials.session_token:
        signed["x-amz-security-token"] = credentials.session_token
    if scope.service == "s3":  # S3 alone wants the hash as a header, and the path encoded once, not twice
        signed["x-amz-content-sha256"] = body_hash
    names = ";".join(sorted(signed))
    canonical = "\n".join(
        (
            method,
            path if scope.service == "s3" else quote(path, safe="/-_.~"),
            "",
            *(f"{name}:{' '.join(signed[name].split())}" for name in sorted(signed)),
            "",
            names,
            body_hash,
        )
    )
    day = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    to_sign = "\n".join((ALGORITHM, stamp, day, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = _hmac(_key(day, credentials), to_sign).hex()
    signed["authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{day}, SignedHeaders={names}, Signature={signature}"
    )
    return signed


def _key(day: str, credentials: Credentials) -> bytes:
    key = f"AWS4{credentials.secret_key}".encode()
    for part in day.split("/"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
