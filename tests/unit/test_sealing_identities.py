"""Git identities: what their mark says, and files in which they are made anew."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from slipway.errors import InputError
from slipway.fleet.manifests import dump, load_document, load_documents
from slipway.sealing.identities import (
    GIT_IDENTITY,
    KNOWN_HOSTS,
    PUBLIC_KEY,
    REPOSITORY,
    GitIdentity,
    identity_of,
    make_identity,
    remade,
)
from slipway.sealing.unseal import unseal
from tests.unit.sealing_world import pair, ring, sealed, sealed_text

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def made(repository: str = "acme/gitops-system") -> dict[str, Any]:
    manifest = make_identity("git-identity", "flux-system", repository, pair().certificate).manifest
    found: dict[str, Any] = load_document(manifest)
    return found


def marked(**annotations: str) -> dict[str, Any]:
    """A SealedSecret whose mark says something else."""
    found = made()
    found["metadata"]["annotations"] |= {
        f"slipway.dev/{name.replace('_', '-')}": it for name, it in annotations.items()
    }
    return found


def opened(obj: dict[str, Any], key: str = "old") -> dict[str, str]:
    return {name: base64.b64decode(value).decode() for name, value in unseal(obj, ring(key))["data"].items()}


def public_half(private: str) -> str:
    key = load_ssh_private_key(private.encode(), None)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def test_the_mark_says_what_the_key_is_for_and_which_it_is() -> None:
    obj = made()
    identity = identity_of(obj)
    assert identity is not None
    assert identity == GitIdentity("git-identity", "flux-system", "acme/gitops-system", identity.public_key)
    assert public_half(opened(obj)["identity"]) == identity.public_key


def test_the_mark_is_no_part_of_the_secret() -> None:
    obj = made()
    secret = unseal(obj, ring())
    assert not {"labels", "annotations"} & secret["metadata"].keys()
    assert obj["spec"]["template"]["metadata"] == {"name": "git-identity", "namespace": "flux-system"}
    assert opened(obj)["known_hosts"].splitlines() == list(KNOWN_HOSTS)


def test_a_secret_without_the_mark_is_no_identity() -> None:
    assert identity_of(sealed()) is None
    other = made()
    other["metadata"]["labels"][GIT_IDENTITY] = "false"
    assert identity_of(other) is None


def test_the_name_alone_is_a_repository_of_the_same_owner() -> None:
    identity = identity_of(made("gitops-system"))
    assert identity is not None
    assert identity.repository == "gitops-system"


@pytest.mark.parametrize("repository", ["", "a/b/c", "acme/..", "acme/", "/x", "acme/a b", "https://github.com/acme/x"])
def test_a_repository_that_is_none_is_refused(repository: str) -> None:
    with pytest.raises(InputError, match="is no repository that a Git identity may read; give owner/name"):
        made(repository)
    with pytest.raises(InputError, match="is no repository"):
        identity_of(marked(repository=repository))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "ssh-ed25519",
        KEY[:-1],
        f"{KEY} somebody@somewhere",
        f"{KEY}\n{KEY}",
        KEY.replace("AAAAI", "AAAAJ"),
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==",
    ],
)
def test_a_public_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(InputError, match=r"slipway\.dev/public-key is no public key in one line"):
        identity_of(marked(public_key=key))


@pytest.mark.parametrize("missing", ["name", "namespace"])
def test_an_identity_has_a_name_and_a_namespace(missing: str) -> None:
    obj = made()
    for metadata in (obj["metadata"], obj["spec"]["template"]["metadata"]):
        del metadata[missing]
    with pytest.raises(InputError, match="names no Secret"):
        identity_of(obj)


def test_a_namespace_may_stand_in_the_template_alone() -> None:
    obj = made()
    del obj["metadata"]["namespace"]
    identity = identity_of(obj)
    assert identity is not None
    assert identity.namespace == "flux-system"


# Made anew


def anew(content: str) -> tuple[list[Any], bytes, tuple[GitIdentity, ...]]:
    found = remade(content.encode(), "keys.yaml", pair("new").certificate)
    return [each.value for each in load_documents(found.content)], found.content, found.identities


STYLES = {
    "as it is made": dump,
    "with comments": lambda obj: "# ours\n" + dump(obj).replace("\nspec:", "\n# sealed\nspec: # here"),
    "quoted": lambda obj: re.sub(r"(ssh-ed25519 \S+)", r'"\1"', dump(obj)),
    "with other line ends": lambda obj: dump(obj).replace("\n", "\r\n"),
    "in a list": lambda obj: dump({"apiVersion": "v1", "kind": "List", "items": [obj]}),
}


@pytest.mark.parametrize("style", STYLES)
def test_an_identity_is_made_anew_and_nothing_else_changes(style: str) -> None:
    obj = made()
    before = STYLES[style](obj)
    (document,), content, (identity,) = anew(before)
    now = document["items"][0] if document["kind"] == "List" else document
    was = identity_of(obj)
    assert was is not None
    assert identity == identity_of(now)
    assert identity.public_key != was.public_key
    assert (identity.repository, identity.name, identity.namespace) == (was.repository, was.name, was.namespace)
    values = opened(now, "new")
    assert public_half(values["identity"]) == identity.public_key
    assert values["identity.pub"] == f"{identity.public_key}\n"
    assert values["known_hosts"].splitlines() == list(KNOWN_HOSTS)
    assert without_keys(content.decode()) == without_keys(before)


def without_keys(text: str) -> str:
    return re.sub(r"ssh-ed25519 [A-Za-z0-9+/]+|[A-Za-z0-9+/=]{300,}", "-", text)


def test_other_documents_stay_byte_for_byte() -> None:
    other = f"# db\n{sealed_text()}"
    documents, content, identities = anew(f"{other}---\n{dump(made())}---\n{dump(made('acme/shop'))}")
    assert content.startswith(other.encode())
    assert [each.repository for each in identities] == ["acme/gitops-system", "acme/shop"]
    assert opened(documents[0])["password"]
    assert len({each.public_key for each in identities}) == 2


def test_a_file_without_an_identity_stays_as_it_is() -> None:
    other = sealed_text()
    _, content, identities = anew(other)
    assert (content, identities) == (other.encode(), ())
    # Not even read: it may be anything.
    assert remade(b"{", "a.yaml", pair("new").certificate).content == b"{"


def test_what_cannot_be_made_anew_says_where_and_why() -> None:
    unbound = made()
    unbound["metadata"]["namespace"] = "${NAMESPACE}"
    empty = made()
    del empty["spec"]["encryptedData"]["identity"]
    shared = dump(made()).replace("slipway.dev/public-key: ", "slipway.dev/public-key: &key ")
    for text, why in (
        (dump(unbound), "the file does not say what the identity is sealed for"),
        (dump(empty), "no spec.encryptedData.identity"),
        (dump(marked(public_key="x")), "is no public key in one line"),
        (shared, "slipway.dev/public-key has an anchor"),
    ):
        with pytest.raises(InputError, match=why) as caught:
            anew(f"# first\n{text}")
        assert (caught.value.file, caught.value.line) == ("keys.yaml", 2)


def test_the_names_of_the_mark() -> None:
    assert made()["metadata"]["labels"] == {GIT_IDENTITY: "true"}
    assert set(made()["metadata"]["annotations"]) == {REPOSITORY, PUBLIC_KEY}
