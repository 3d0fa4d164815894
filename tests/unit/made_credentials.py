"""Credentials that open nothing, made when a test runs: no file of this repository has one."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Mapping

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ALPHANUMERIC = f"{LETTERS}0123456789"
BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"


def of(length: int, alphabet: str = ALPHANUMERIC, seed: int = 1) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=length))


def private_key(kind: str = "", lines: int = 3, seed: int = 1) -> str:
    frame = f"{kind} PRIVATE KEY".strip()
    body = "\n".join(of(64, seed=seed + line) for line in range(lines))
    return f"-----BEGIN {frame}-----\n{body}\n-----END {frame}-----\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def jwt(claims: Mapping[str, object]) -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "RS256"}, claims)
    ]
    return ".".join([*parts, of(342)])


SERVICE_ACCOUNT: Mapping[str, object] = {
    "iss": "kubernetes/serviceaccount",
    "sub": "system:serviceaccount:flux-system:reconciler",
    "kubernetes.io/serviceaccount/namespace": "flux-system",
}
