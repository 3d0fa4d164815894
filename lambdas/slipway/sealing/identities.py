"""Key pairs by which a cluster's Flux reads a Git repository over SSH, sealed for the cluster.

The SealedSecret of one says in clear what it is, by a label and two annotations of its own: which repository it may
read, and the public key. Whoever reviews it sees that, and the deploy key can be registered, and one day removed,
without opening anything. They are no part of the Secret, whose metadata are those of the template.

Source: fluxcd/source-controller, GitRepository, "Secret reference": `identity`, `identity.pub` and `known_hosts`;
GitHub, "GitHub's SSH key fingerprints"; RFC 8709 for the form of the public key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from slipway.errors import InputError
from slipway.fleet.events import Path
from slipway.fleet.manifests import dump, load_documents
from slipway.fleet.objects import mapping, text
from slipway.sealing.certificates import Certificate
from slipway.sealing.places import Places, places
from slipway.sealing.published import CERTIFICATE_FILE as CERTIFICATE_FILE
from slipway.sealing.rewriting import rewritten
from slipway.sealing.scope import own_label
from slipway.sealing.seal import seal_secret, seal_value
from slipway.sealing.unseal import sealed_in

KNOWN_HOSTS = (
    "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "github.com ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt"
    "5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=",
)
"""Of github.com (https://api.github.com/meta, `ssh_keys`)."""

GIT_IDENTITY = "slipway.dev/git-identity"
"""Label of a SealedSecret that holds such a key pair: `"true"`."""
REPOSITORY = "slipway.dev/repository"
"""Annotation: what it may read, `owner/name`, or the name alone of one of the same owner."""
PUBLIC_KEY = "slipway.dev/public-key"
"""Annotation: the public half in one line."""
MARK = GIT_IDENTITY.encode()
"""In every file that holds a marked SealedSecret, in whatever style it is written."""

_PUBLIC_KEY = re.compile(r"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}")
_REPOSITORY = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]*/)?(?!\.{1,2}$)[A-Za-z0-9._-]+")
_VALUES = ("spec", "encryptedData")
_SHOWN = ("metadata", "annotations", PUBLIC_KEY)
_SHARED = "has an anchor, an alias, a merge or a tag, so that its text may be of others, too"


@dataclass(frozen=True)
class GitIdentity:
    """What the mark of a SealedSecret says."""

    name: str
    namespace: str
    repository: str
    """That it may read: `owner/name`, or the name alone of one of the same owner as the repository that has it."""
    public_key: str
    """In one line, as GitHub takes it for a deploy key: `ssh-ed25519 AAAA…`, without a comment."""


@dataclass(frozen=True)
class SealedIdentity:
    """A key pair whose private half only the fleet's sealing key opens."""

    manifest: bytes
    """The SealedSecret."""
    public_key: str
    """In one line, as GitHub takes it for a deploy key."""


@dataclass(frozen=True)
class RemadeFile:
    """A file whose identities are new."""

    content: bytes
    identities: tuple[GitIdentity, ...]
    """The new ones, in their order; none if the file had none."""


def make_identity(
    name: str, namespace: str, repository: str, certificate: Certificate, known_hosts: Sequence[str] = KNOWN_HOSTS
) -> SealedIdentity:
    """Make a key pair (ed25519) and seal it; the private key is in no other place.

    Args:
        name: of the Secret.
        namespace: that it is for.
        repository: that it may read, as in `GitIdentity`.
        certificate: of the fleet's sealing key.
        known_hosts: keys of the Git server.

    Raises:
        InputError: the repository has no such name.
    """
    _check_repository(repository)
    public, values = _new_pair(known_hosts)
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": values,
    }
    sealed = seal_secret(secret, certificate)
    sealed["metadata"] |= {
        "labels": {GIT_IDENTITY: "true"},
        "annotations": {REPOSITORY: repository, PUBLIC_KEY: public},
    }
    return SealedIdentity(dump(sealed).encode(), public)


def identity_of(sealed: Mapping[str, Any]) -> GitIdentity | None:
    """What the mark of a SealedSecret says; None if it has none.

    Raises:
        InputError: it has one that is malformed.
    """
    metadata = mapping(sealed.get("metadata"))
    if text(mapping(metadata.get("labels")).get(GIT_IDENTITY)) != "true":
        return None
    annotations = mapping(metadata.get("annotations"))
    template = mapping(mapping(mapping(sealed.get("spec")).get("template")).get("metadata"))
    name, namespace = (text(metadata.get(key)) or text(template.get(key)) for key in ("name", "namespace"))
    repository, public = text(annotations.get(REPOSITORY)), text(annotations.get(PUBLIC_KEY)).strip()
    if not name or not namespace:
        raise InputError(f"it has the label {GIT_IDENTITY}, and names no Secret: metadata.name and .namespace")
    _check_repository(repository)
    if not _PUBLIC_KEY.fullmatch(public):
        raise InputError(f"the annotation {PUBLIC_KEY} is no public key in one line: ssh-ed25519 AAAA…, no comment")
    return GitIdentity(name, namespace, repository, public)


def remade(data: bytes, file: str, certificate: Certificate, known_hosts: Sequence[str] = KNOWN_HOSTS) -> RemadeFile:
    """Replace every marked identity of a file by a new pair, sealed for the certificate.

    Only the values of these SealedSecrets and the public keys in their annotations change; comments, quotes, order and
    line ends stay, and so does whatever else is in the file.

    Args:
        data: YAML or JSON.
        file: its path, for errors.
        certificate: of the key that shall open them.
        known_hosts: keys of the Git server.

    Raises:
        InputError: the file cannot be read, a mark is malformed, the file does not say what an identity is bound to, or
            it is written in a way in which its values cannot be replaced.
        LimitError: it is beyond a limit of `slipway.fleet.manifests`.
    """
    if MARK not in data:
        return RemadeFile(data, ())
    documents = load_documents(data, file)
    found = list(places(data, file, _is_wanted))
    identities: list[GitIdentity] = []
    changes: dict[int, dict[Path, str]] = {}
    for document in documents:
        for path, sealed in sealed_in(document.value):
            try:
                identity = identity_of(sealed)
                if identity is None:
                    continue
                public, wanted = _anew(sealed, path, certificate, known_hosts, found[document.index])
            except InputError as err:
                raise InputError(err.message, file=file, line=document.line) from err
            identities.append(replace(identity, public_key=public))
            changes.setdefault(document.index, {}).update(wanted)
    return RemadeFile(rewritten(data, file, documents, found, changes), tuple(identities))


def _is_wanted(path: Path) -> bool:
    return path[-3:-1] == _VALUES or path[-3:] == _SHOWN


def _anew(
    sealed: Mapping[str, Any], path: Path, certificate: Certificate, known_hosts: Sequence[str], found: Places
) -> tuple[str, dict[Path, str]]:
    """A new public key, and what changes for it."""
    bound = own_label(sealed)
    if bound is None:
        raise InputError("the file does not say what the identity is sealed for: name and namespace without variables")
    public, values = _new_pair(known_hosts)
    there = mapping(mapping(sealed.get("spec")).get("encryptedData"))
    if "identity" not in there:
        raise InputError(f"it has the label {GIT_IDENTITY}, and no spec.encryptedData.identity")
    changes = {
        (*path, *_VALUES, key): seal_value(value.encode(), certificate, bound)
        for key, value in values.items()
        if key in there
    }
    changes[(*path, *_SHOWN)] = public
    for changed in changes:
        place = found.get(changed)
        if place is None or place.is_shared:
            raise InputError(f"{'.'.join(map(str, changed))} {_SHARED}")
    return public, changes


def _new_pair(known_hosts: Sequence[str]) -> tuple[str, dict[str, str]]:
    """A new public key, and the values of the Secret that has it."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return public, {
        "identity": key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode(),
        "identity.pub": f"{public}\n",
        "known_hosts": "".join(f"{line}\n" for line in known_hosts),
    }


def _check_repository(repository: str) -> None:
    if not _REPOSITORY.fullmatch(repository):
        raise InputError(
            f"{repository!r} is no repository that a Git identity may read; give owner/name ({REPOSITORY})"
        )
