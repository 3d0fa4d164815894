"""The signature of a webhook.

Source: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping

from slipway.aws.protocol import Secrets
from slipway.errors import ConfigError


def is_signed(body: bytes, signature: str, keys: Iterable[bytes]) -> bool:
    """True if one of the keys signed exactly these bytes; takes the same time whatever differs.

    Args:
        body: raw bytes, as they came.
        signature: `X-Hub-Signature-256`: `sha256=` and 64 hexadecimal digits.
        keys: the accepted ones; two while the secret is rotated.
    """
    given = signature.encode("utf-8", "surrogatepass")
    matches = [hmac.compare_digest(b"sha256=" + hmac.digest(key, body, "sha256").hex().encode(), given) for key in keys]
    return any(matches)


def is_signed_by(secrets: Secrets, name: str, body: bytes, signature: str) -> bool:
    """True if the secret signed the body, as cached or, if that does not match, as it is now.

    Raises:
        ConfigError: the secret holds no key.
        RetryLater: the secret cannot be read.
    """
    if not signature:
        return False
    cached = secrets.get(name)
    if is_signed(body, signature, _keys(name, cached)):
        return True
    fresh = secrets.refetch(name)
    return fresh != cached and is_signed(body, signature, _keys(name, fresh))


def _keys(name: str, secret: Mapping[str, str]) -> list[bytes]:
    keys = [secret[part].encode() for part in ("current", "previous") if secret.get(part)]
    if not keys:  # an empty key would let anybody sign
        raise ConfigError(f"secret {name} has no `current`; put the webhook's secret there")
    return keys
