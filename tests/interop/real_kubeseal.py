"""The real kubeseal, which `make test-interop` builds into build/interop."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slipway.fleet.manifests import load_documents
from tests.interop.reference import PROGRAMS


class Kubeseal:
    """Runs it, with no cluster in reach.

    Raises:
        FileNotFoundError: it is not built.
    """

    def __init__(self) -> None:
        self._program = PROGRAMS / "kubeseal"
        if not self._program.exists():
            raise FileNotFoundError(f"no kubeseal in {PROGRAMS}: run make test-interop, which builds it (it needs Go)")

    def seal(self, secrets: Sequence[Mapping[str, Any]], certificate: Path, *options: str) -> list[dict[str, Any]]:
        """The SealedSecrets of Secrets."""
        text = "\n---\n".join(json.dumps(secret) for secret in secrets)
        done = self.run("--cert", str(certificate), "--format", "yaml", *options, text=text)
        return [document.value for document in load_documents(done.stdout)]

    def unseal(self, sealed: Mapping[str, Any], keys: Sequence[Path]) -> dict[str, Any]:
        """The Secret of a SealedSecret, by `--recovery-unseal`."""
        done = self.run(
            "--recovery-unseal", "--recovery-private-key", ",".join(map(str, keys)), text=json.dumps(sealed)
        )
        found: dict[str, Any] = json.loads(done.stdout)
        # Go's empty value becomes null; the API server takes both for the same.
        return {**found, "data": {key: value or "" for key, value in found["data"].items()}}

    def refuses(self, *arguments: str, text: str) -> str:
        """What it says when it does not want to."""
        done = self._run(arguments, text)
        assert done.returncode == 1, done.stdout
        return done.stderr.decode()

    def run(self, *arguments: str, text: str) -> subprocess.CompletedProcess[bytes]:
        """A run that succeeds."""
        done = self._run(arguments, text)
        assert done.returncode == 0, done.stderr.decode()
        return done

    def _run(self, arguments: Sequence[str], text: str) -> subprocess.CompletedProcess[bytes]:
        environment = {"PATH": os.defpath, "HOME": str(PROGRAMS)}
        return subprocess.run(
            [self._program, *arguments], input=text.encode(), env=environment, capture_output=True, check=False
        )
