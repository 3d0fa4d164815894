"""`kubectl kustomize`, the reference engine."""

from __future__ import annotations

import errno
import os
import posixpath
import re
import tempfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from slipway.errors import RetryLater, ToolError
from slipway.fleet.errors import BuildError
from slipway.tools import process
from slipway.tools.layer import find_tool

TIMEOUT_SECONDS = 60
"""One build; the largest known real one takes 3 s."""
MAX_OUTPUT_BYTES = 64 * 1024 * 1024
"""Output of one build."""
MAX_MESSAGE = 4_000
"""Characters of a message that are passed on."""
MAX_MEMORY_BYTES = 1024 * 1024 * 1024
"""What one build may allocate; kubectl starts with 60 MiB, and builds of thousands of objects need 200 to 300."""


NO_NETWORK: Mapping[str, str] = {
    # Kustomize fetches by git, which it shall not find, and by HTTP, which shall go nowhere.
    "PATH": "/nonexistent",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
}
"""Environment of a process that runs kustomize."""
_ENVIRONMENT: Mapping[str, str] = {
    # Nothing of our own environment: a build of somebody's pull request must not see our credentials. Nothing of the
    # tree either: kubectl takes defaults for its flags, programs to run included, from ~/.kube/kuberc.
    **NO_NETWORK,
    "HOME": "/nonexistent",
    "KUBECTL_KUBERC": "false",
    "KUBERC": "off",
    "KUBECONFIG": "/dev/null",
}


class Kubectl:
    """The engine `kubectl kustomize`, a process for each build."""

    def __init__(self, executable: Path) -> None:
        self.executable = executable

    @cached_property
    def version(self) -> str:
        """The versions of kubectl and of the kustomize in it."""
        result = self._run(["version", "--client"], cwd=Path("/"))
        if result.code != 0:
            raise ToolError(f"{self.executable} is no kubectl: {result.errors.strip()[:MAX_MESSAGE]}")
        return "kubectl " + " ".join(line.partition(": ")[2] for line in result.output.splitlines())

    def build(self, files: Mapping[str, bytes], directory: str) -> str:
        """See `slipway.fleet.kustomize.Engine`."""
        with tempfile.TemporaryDirectory(prefix="slipway-") as scratch:
            root = Path(scratch).resolve()
            _write(files, root)
            arguments = ["kustomize", "--load-restrictor=LoadRestrictionsNone", str(root / directory)]
            result = self._run(arguments, cwd=root)
        if result.code != 0:
            raise BuildError(_message(result.errors, root))
        return result.output

    def _run(self, arguments: list[str], cwd: Path) -> process.Result:
        return process.run(
            "kustomize",
            [self.executable, *arguments],
            cwd=cwd,
            environment=_ENVIRONMENT,
            limits=process.Limits(TIMEOUT_SECONDS, MAX_OUTPUT_BYTES, MAX_MEMORY_BYTES),
        )


def _write(files: Mapping[str, bytes], root: Path) -> None:
    for path, content in files.items():
        if path.startswith("/") or "\0" in path or posixpath.normpath(path) != path or path.split("/")[0] == "..":
            raise BuildError("is no path of a file in a repository", file=path)
        target = root / path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except OSError as err:
            if err.errno in (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE):
                raise RetryLater(f"cannot write what kustomize is to read: {err.strerror}", after=30) from err
            raise BuildError(f"kustomize cannot read this file: {err.strerror}", file=path) from None


def find(environ: Mapping[str, str] = os.environ) -> Path:
    """Where kubectl is; see `slipway.tools.layer.find_tool`."""
    return find_tool("kubectl", environ)


def _message(stderr: str, root: Path) -> str:
    """The error of kustomize, without warnings, a panic's stack, our scratch directory, and values of objects."""
    text = "\n".join(line for line in stderr.splitlines() if not line.startswith("# Warning:"))
    text = text.partition("\n\ngoroutine ")[0].strip().removeprefix("error: ")
    for pattern, replacement in _VALUES:
        text = pattern.sub(replacement, text)
    return text.replace(f"{root}/", "").replace(str(root), ".")[:MAX_MESSAGE]


# Where kustomize quotes whole objects, which may be Secrets.
_VALUES = (
    (re.compile(r"map\[string\]interface \{\}\{.*\}", re.DOTALL), "an object"),
    (re.compile(r"\bvalue: \{.*\}", re.DOTALL), "value: …"),
    (re.compile(r"(SecretGenerator with config: )`.*?`", re.DOTALL), r"\1…"),
    (re.compile(r"(literal sources? )(?:\[.*\]|.*?)(?=: |, expected)"), r"\1…"),
    (
        re.compile(r"(node contents:|following resource:|empty item at .* in object|bounds for value).*", re.DOTALL),
        r"\1 …",
    ),
)
