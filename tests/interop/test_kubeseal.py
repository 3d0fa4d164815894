"""What we seal the real kubeseal opens, and what it seals we open: `make test-interop` builds it from its Go module."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from slipway import cli
from slipway.errors import InputError
from slipway.fleet.manifests import dump, load_documents
from slipway.sealing.certificates import KeyPair, make_key_pair
from slipway.sealing.keys import Keyring
from slipway.sealing.scope import CLUSTER_WIDE, NAMESPACE_WIDE, SCOPES
from slipway.sealing.seal import MAX_BYTES, seal_secret
from slipway.sealing.unseal import unseal
from slipway.tools import kubectl
from tests.interop.real_kubeseal import Kubeseal

SECRETS = 1_000
LARGEST = 64 * 1024
SEED = 1
PAIRS = ("first", "second", "third")


@pytest.fixture(scope="module")
def kubeseal() -> Kubeseal:
    return Kubeseal()


@pytest.fixture(scope="module")
def pairs() -> dict[str, KeyPair]:
    """Of RSA 4096, as they are made for a fleet; and a smaller one, as of somebody who has made it by hand."""
    now = datetime.now(UTC)
    return {name: make_key_pair(now, bits=3072 if name == "third" else 4096) for name in PAIRS}


@pytest.fixture(scope="module")
def files(pairs: dict[str, KeyPair], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`NAME.crt`, `NAME.key` and, as the controller's Secrets, `all.yaml`."""
    directory = tmp_path_factory.mktemp("keys")
    for name, pair in pairs.items():
        (directory / f"{name}.crt").write_text(pair.certificate.pem)
        (directory / f"{name}.key").write_text(pair.key.pem())
        (directory / f"{name}.json").write_text(pair.to_json())
    (directory / "all.yaml").write_text(
        dump({"apiVersion": "v1", "kind": "List", "items": [*map(tls_secret, pairs.values())]})
    )
    return directory


def tls_secret(pair: KeyPair) -> dict[str, Any]:
    data = {"tls.crt": encoded(pair.certificate.pem.encode()), "tls.key": encoded(pair.key.pem().encode())}
    metadata = {"generateName": "sealed-secrets-key", "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/tls", "data": data}


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def values(random: Random) -> Iterator[bytes]:
    """Of all sizes, the small ones as often as the large ones, and the bounds for certain."""
    yield from (b"", b"\0", random.randbytes(LARGEST - 1), random.randbytes(LARGEST))
    for _ in range(SECRETS - 4):
        yield random.randbytes(int(2 ** random.uniform(0, 16.0001)) - 1)


def secrets(random: Random) -> list[dict[str, Any]]:
    """A thousand values in Secrets of a few each, in every scope."""
    found: list[dict[str, Any]] = []
    size, room = 0, 0
    for number, value in enumerate(values(random)):
        if room == 0 or size + len(value) > MAX_BYTES:
            size, room = 0, random.choice((1, 10, 50))
            found.append(a_secret(f"s{len(found)}", SCOPES[len(found) % 3], random))
        found[-1]["data"][f"key-{number}"] = encoded(value)
        size, room = size + len(value), room - 1
    return found


def a_secret(name: str, scope: str, random: Random) -> dict[str, Any]:
    annotations = {"namespace-wide": {NAMESPACE_WIDE: "true"}, "cluster-wide": {CLUSTER_WIDE: "true"}}.get(scope, {})
    metadata: dict[str, Any] = {"name": name, "namespace": f"ns-{random.randrange(5)}"}
    metadata |= {"labels": {"app": name}, "annotations": {"acme.com/note": "ä: b", **annotations}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "immutable": True, "data": {}}


def test_what_we_seal_kubeseal_opens(kubeseal: Kubeseal, pairs: dict[str, KeyPair], files: Path) -> None:
    random = Random(SEED)
    made = secrets(random)
    opened = 0
    for secret in made:
        sealed = seal_secret(secret, pairs[random.choice(PAIRS)].certificate)
        found = kubeseal.unseal(sealed, [files / "all.yaml"])
        assert found["data"] == secret["data"]
        assert found == without_nulls(unseal(sealed, Keyring(pair.key for pair in pairs.values())))
        opened += len(found["data"])
    assert opened == SECRETS


def without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if item is not None}


def test_what_kubeseal_seals_we_open(kubeseal: Kubeseal, pairs: dict[str, KeyPair], files: Path) -> None:
    made = secrets(Random(SEED + 1))
    keys = Keyring(pair.key for pair in pairs.values())
    opened = 0
    for index, name in enumerate(PAIRS):
        share = made[index::3]
        for secret, sealed in zip(share, kubeseal.seal(share, files / f"{name}.crt"), strict=True):
            found = unseal(sealed, keys)
            assert found["data"] == secret["data"]
            ours = seal_secret(secret, pairs[name].certificate)
            assert shape(ours) == shape(sealed)
            opened += len(found["data"])
    assert opened == SECRETS


def shape(sealed: dict[str, Any]) -> dict[str, Any]:
    """A SealedSecret without what is another one each time."""
    keys = sorted(sealed["spec"]["encryptedData"])
    return {**sealed, "spec": {**sealed["spec"], "encryptedData": keys}}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_raw_value_goes_both_ways(
    scope: str, kubeseal: Kubeseal, pairs: dict[str, KeyPair], files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "value").write_bytes(b"\xff\0secret")
    options = ["--raw", "--scope", scope, "--namespace", "shop", "--name", "db", "--from-file", str(files / "value")]
    certificate = str(files / "first.crt")
    theirs = kubeseal.run("--cert", certificate, *options, text="").stdout.decode()
    assert cli.main(["seal", "--cert", certificate, *options]) == 0
    annotations = {"namespace-wide": {NAMESPACE_WIDE: "true"}, "cluster-wide": {CLUSTER_WIDE: "true"}}.get(scope, {})
    metadata = {"name": "db", "namespace": "shop", "annotations": annotations}
    spec = {"encryptedData": {"theirs": theirs, "ours": capsys.readouterr().out}, "template": {"metadata": metadata}}
    sealed = {"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": metadata, "spec": spec}
    both = {"theirs": encoded(b"\xff\0secret"), "ours": encoded(b"\xff\0secret")}
    assert kubeseal.unseal(sealed, [files / "first.key"])["data"] == both
    assert unseal(sealed, Keyring([pairs["first"].key]))["data"] == both


@pytest.mark.parametrize(
    "change",
    [{"name": "other"}, {"namespace": "other"}, {"annotations": {CLUSTER_WIDE: "true"}}],
    ids=["name", "namespace", "scope"],
)
def test_what_we_do_not_open_kubeseal_does_not_open(
    change: dict[str, Any], kubeseal: Kubeseal, pairs: dict[str, KeyPair], files: Path
) -> None:
    secret = a_secret("db", "strict", Random(SEED))
    secret["data"] = {"password": encoded(b"x")}
    sealed = seal_secret(secret, pairs["first"].certificate)
    moved = {**sealed, "metadata": {**sealed["metadata"], **change}}
    arguments = ("--recovery-unseal", "--recovery-private-key", str(files / "all.yaml"))
    assert "no key could decrypt secret" in kubeseal.refuses(*arguments, text=json.dumps(moved))
    with pytest.raises(InputError, match="was sealed for"):
        unseal(moved, Keyring(pair.key for pair in pairs.values()))


def test_a_certificate_that_has_expired_is_refused_by_both(
    kubeseal: Kubeseal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = make_key_pair(datetime.now(UTC) - timedelta(days=10), bits=2048, valid_for=timedelta(days=9))
    file = tmp_path / "old.crt"
    file.write_text(old.certificate.pem)
    assert "expired certificate" in kubeseal.refuses("--cert", str(file), text="{}")
    assert cli.main(["seal", "--cert", str(file)]) == 2
    assert "has expired" in capsys.readouterr().err


def test_what_is_sealed_anew_kubeseal_opens_with_the_new_key_alone(
    kubeseal: Kubeseal, pairs: dict[str, KeyPair], files: Path, tmp_path: Path
) -> None:
    made = secrets(Random(SEED + 2))[:9]
    sealed = kubeseal.seal(made, files / "first.crt")
    (tmp_path / "all.yaml").write_text("---\n".join(map(dump, sealed)))
    assert (
        cli.main(["reseal", str(tmp_path), "--key", str(files / "all.yaml"), "--cert", str(files / "second.crt")]) == 0
    )
    for secret, document in zip(made, load_documents((tmp_path / "all.yaml").read_bytes()), strict=True):
        assert kubeseal.unseal(document.value, [files / "second.key"])["data"] == secret["data"]


class TestRecovery:
    """The way back that docs/sealing.md writes down."""

    def test_the_key_of_secrets_manager_becomes_the_controllers_secret(
        self, kubeseal: Kubeseal, pairs: dict[str, KeyPair], files: Path, tmp_path: Path
    ) -> None:
        pair = json.loads((files / "first.json").read_text())
        (tmp_path / "tls.crt").write_text(pair["crt"])
        (tmp_path / "tls.key").write_text(pair["key"])
        made = create("tls", "sealing-key", "--cert", str(tmp_path / "tls.crt"), "--key", str(tmp_path / "tls.key"))
        (tmp_path / "key.yaml").write_text(made)
        sealed = seal_secret(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "a", "namespace": "b"},
                "stringData": {"c": "d"},
            },
            pairs["first"].certificate,
        )
        (tmp_path / "sealed.yaml").write_text(dump(sealed))
        for key in (tmp_path / "key.yaml", tmp_path / "tls.key"):
            assert kubeseal.unseal(sealed, [key])["data"] == {"c": encoded(b"d")}
            assert cli.main(["unseal-check", str(tmp_path / "sealed.yaml"), "--key", str(key)]) == 0

    def test_what_kubectl_makes_goes_through_the_pipe(
        self, kubeseal: Kubeseal, files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = create("generic", "db", "--namespace", "shop", "--from-literal", "password=hunter2")
        (tmp_path / "secret.yaml").write_text(made)
        assert cli.main(["seal", "--cert", str(files / "first.crt"), "-f", str(tmp_path / "secret.yaml")]) == 0
        sealed = json.loads(capsys.readouterr().out)
        assert kubeseal.unseal(sealed, [files / "first.key"])["data"] == {"password": encoded(b"hunter2")}


def create(*arguments: str) -> str:
    """What `kubectl create secret … --dry-run=client -o yaml` prints."""
    command = [str(kubectl.find({**os.environ})), "create", "secret", *arguments, "--dry-run=client", "-o", "yaml"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
