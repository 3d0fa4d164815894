"""Key pairs by which a cluster's Flux reads a Git repository over SSH, sealed for the cluster.

Source: fluxcd/source-controller, GitRepository, "Secret reference": `identity`, `identity.pub` and `known_hosts`;
GitHub, "GitHub's SSH key fingerprints".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from slipway.fleet.manifests import dump
from slipway.sealing.certificates import Certificate
from slipway.sealing.seal import seal_secret

CERTIFICATE_FILE = ".slipway/sealing-certificate.pem"
"""Where `gitops-system` has the certificate of the fleet's sealing key."""
KNOWN_HOSTS = (
    "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "github.com ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt"
    "5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=",
)
"""Of github.com (https://api.github.com/meta, `ssh_keys`)."""


@dataclass(frozen=True)
class SealedIdentity:
    """A key pair whose private half only the fleet's sealing key opens."""

    manifest: bytes
    """The SealedSecret."""
    public_key: str
    """In one line, as GitHub takes it for a deploy key."""


def make_identity(
    name: str, namespace: str, certificate: Certificate, known_hosts: Sequence[str] = KNOWN_HOSTS
) -> SealedIdentity:
    """Make a key pair (ed25519) and seal it; the private key is in no other place.

    Args:
        name: of the Secret.
        namespace: that it is for.
        certificate: of the fleet's sealing key.
        known_hosts: keys of the Git server.
    """
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": {
            "identity": private,
            "identity.pub": f"{public}\n",
            "known_hosts": "".join(f"{line}\n" for line in known_hosts),
        },
    }
    return SealedIdentity(dump(seal_secret(secret, certificate)).encode(), public)
