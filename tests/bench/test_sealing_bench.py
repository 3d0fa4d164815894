"""How long it takes to seal 10,000 secrets anew, and in how much memory, against kubeseal.

kubeseal seals anew only by way of a cluster's controller. What it does offline is two runs for each secret: one opens
it (`--recovery-unseal`), the other seals what comes of that. They are measured over some of the secrets.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from slipway.fleet.manifests import dump, load_documents
from slipway.sealing.certificates import make_key_pair
from slipway.sealing.seal import seal_secret
from tests.bench.processes import Run, run
from tests.interop.reference import PROGRAMS

SECRETS = 10_000
BY_KUBESEAL = 50
DIRECTORIES = 100
MEBIBYTE = 1024 * 1024
MAX_MEMORY = 200 * MEBIBYTE
KUBESEAL = PROGRAMS / "kubeseal"


@pytest.mark.timeout(1800)
def test_ten_thousand_secrets_are_sealed_anew(tmp_path: Path) -> None:
    keys, fleet = tmp_path / "keys", tmp_path / "fleet"
    keys.mkdir()
    old, new = (make_key_pair(datetime.now(UTC)) for _ in range(2))
    (keys / "old.key").write_text(old.key.pem())
    (keys / "new.crt").write_text(new.certificate.pem)
    (keys / "new.key").write_text(new.key.pem())
    random = Random(1)
    files = []
    for number in range(SECRETS):
        file = fleet / f"app-{number % DIRECTORIES}" / f"secret-{number}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dump(seal_secret(secret(number, random), old.certificate)))
        files.append(file)

    command = [sys.executable, "-m", "slipway.cli", "reseal", str(fleet)]
    given = ["--key", str(keys / "old.key"), "--cert", str(keys / "new.crt")]
    theirs = by_kubeseal(files[:BY_KUBESEAL], keys) if KUBESEAL.exists() else None
    ours = run([*command, *given])

    assert ours.output.decode().splitlines()[-1].startswith(f"{SECRETS:,} SealedSecrets: {SECRETS:,} sealed anew")
    for file in files[:: SECRETS // 20]:
        check = run([sys.executable, "-m", "slipway.cli", "unseal-check", str(file), "--key", str(keys / "new.key")])
        assert check.code == 0, check.output
    print(f"\n{SECRETS:,} secrets sealed anew: {told(ours)}, {ours.peak / MEBIBYTE:.0f} MiB")
    if theirs is not None:
        times = SECRETS / BY_KUBESEAL
        took, used = (times * sum(getattr(each, name) for each in theirs) for name in ("seconds", "processor_seconds"))
        peak = max(each.peak for each in theirs) / MEBIBYTE
        print(
            f"  kubeseal, two runs each, from {BY_KUBESEAL} of them: {took:.0f} s ({used:.0f} s CPU), {peak:.0f} MiB",
            end="",
        )
        print(f": {took / ours.seconds:.0f} times as long, {used / ours.processor_seconds:.0f} times the CPU")
        assert used > ours.processor_seconds
    assert ours.peak < MAX_MEMORY


def secret(number: int, random: Random) -> dict[str, Any]:
    metadata = {"name": f"secret-{number}", "namespace": f"app-{number % DIRECTORIES}"}
    value = random.randbytes(random.choice((16, 32, 64, 1_000))).hex()
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"password": value}}


def by_kubeseal(files: list[Path], keys: Path) -> list[Run]:
    """Both runs for each file."""
    runs = []
    for file in files:
        for options in (
            f"--recovery-unseal --recovery-private-key {keys}/old.key -f {file} -w {file}.open",
            f"--cert {keys}/new.crt --format yaml -f {file}.open -w {file}.new",
        ):
            runs.append(run([str(KUBESEAL), *options.split()]))
            assert runs[-1].code == 0, runs[-1].errors
        (document,) = load_documents(Path(f"{file}.new").read_bytes())
        assert json.dumps(document.value)
        Path(f"{file}.open").unlink()
        Path(f"{file}.new").unlink()
    return runs


def told(done: Run) -> str:
    return f"{done.seconds:.1f} s ({done.processor_seconds:.1f} s CPU)"


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
