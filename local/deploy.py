"""A real `cdk bootstrap` and `cdk deploy`, onto the emulator.

Everything here lives in one directory, which is worth nothing once the emulator has been restarted.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from local.aws import ACCOUNT, CREDENTIALS, REGION, ROOT
from local.process import tail
from slipway.errors import ToolError

VENV = ROOT / ".venv" / "bin"
CDK = ROOT / "node_modules" / ".bin" / "cdk"
STACK = "slipway"
INPUTS = ("app.py", "cdk.json", "requirements.txt", "package-lock.json", "infra", "lambdas")
"""What a deployment is made of, besides its context."""
MADE_OF = "made-of"


class Deployment:
    """The stack, deployed or to be deployed onto the emulator at `endpoint`."""

    def __init__(self, directory: Path, endpoint: str, context: Mapping[str, str]) -> None:
        """Say what to deploy; nothing happens yet.

        Args:
            directory: for the assembly, the log, and what is known of the deployment.
            endpoint: URL of the emulator.
            context: the CDK context, without the prefix `slipway:`.
        """
        self._directory = directory.resolve()
        self._endpoint = endpoint
        self._context = context

    def is_current(self) -> bool:
        """True if what is deployed was made of what is in the work tree now."""
        made_of = self._directory / MADE_OF
        return made_of.exists() and made_of.read_text() == self.digest()

    def digest(self) -> str:
        """Name of what a deployment would be made of now."""
        digest = hashlib.sha256(json.dumps([self._endpoint, dict(self._context)], sort_keys=True).encode())
        for path in _files():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode() + content)
        return digest.hexdigest()

    def outputs(self) -> dict[str, str]:
        """Outputs of the stack; empty if it is not deployed."""
        file = self._directory / "outputs.json"
        outputs: dict[str, str] = json.loads(file.read_text())[STACK] if file.exists() else {}
        return outputs

    def forget(self) -> None:
        """Forget what was deployed: the emulator that had it is gone."""
        shutil.rmtree(self._directory, ignore_errors=True)

    def bootstrap(self) -> None:
        """`cdk bootstrap`, once for each emulator.

        Raises:
            ToolError: the CDK failed.
        """
        done = self._directory / "bootstrapped"
        if not done.exists():
            # From a directory without cdk.json: bootstrapping needs no app, and the app takes seconds to start.
            self._cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", cwd=self._directory)
            done.touch()

    def synth(self) -> None:
        """`cdk synth`; can run while the emulator starts.

        Raises:
            ToolError: the app failed.
        """
        shutil.rmtree(self._assembly, ignore_errors=True)
        digest = self.digest()
        context = [f"--context=slipway:{key}={value}" for key, value in self._context.items()]
        self._cdk("synth", "--quiet", f"--output={self._assembly}", *context, cwd=ROOT)
        (self._assembly / MADE_OF).write_text(digest)

    def deploy(self) -> None:
        """`cdk deploy` of what was synthesised.

        Raises:
            ToolError: the CDK or the emulator failed.
        """
        outputs = f"--outputs-file={self._directory / 'outputs.json'}"
        self._cdk("deploy", f"--app={self._assembly}", "--require-approval=never", outputs, STACK, cwd=self._directory)
        shutil.copyfile(self._assembly / MADE_OF, self._directory / MADE_OF)

    @property
    def _assembly(self) -> Path:
        return self._directory / "cdk.out"

    def _cdk(self, *arguments: str, cwd: Path) -> None:
        if not CDK.exists():
            raise ToolError(f"{CDK} is missing: run `make setup`")
        self._directory.mkdir(parents=True, exist_ok=True)
        command = [str(CDK), "--ci", "--no-color", "--no-notices", "--no-version-reporting", *arguments]
        output = self._directory / f"{arguments[0]}.log"
        with output.open("w") as log:
            done = subprocess.run(
                command, cwd=cwd, env=self._environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
        if done.returncode:
            raise ToolError(f"`cdk {arguments[0]}` failed; {output} says:\n{tail(output)}")

    def _environment(self) -> dict[str, str]:
        """Ours, for caches and proxies, but with neither the user's AWS nor another Node."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
        return environment | {
            "PATH": f"{VENV}:/usr/bin:/bin",
            "NO_PROXY": "127.0.0.1",
            "AWS_ENDPOINT_URL": self._endpoint,
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            **CREDENTIALS,
        }


def _files() -> Iterator[Path]:
    for name in INPUTS:
        path = ROOT / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)
