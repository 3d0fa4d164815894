"""A process that builds kustomizations with kustomize as a library, one after the other.

Run as a program by `slipway.tools.workers`. It reads from standard input and writes to standard output: a length of
four bytes, then that many bytes of JSON. A question is `{"files": {path: base64}, "directory": …}`, an answer
`{"output": …}` or `{"error": …}`.

It is a process of its own because the library is Go code in ours otherwise: a panic there would end us, a build that
never ends could not be stopped, and a pull request's build should not share memory with tokens.
"""

from __future__ import annotations

import base64
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

LENGTH_BYTES = 4

_OPTIONS = {
    "load_restrictions": 1,  # none: bases lie beside their overlays; what may be read was settled before
    "reorder": "unspecified",
    "add_managedby_label": False,
    "enable_plugins": False,
    "enable_helm": False,
    "helm_command": "",
}
_PREFIX = "kustomize build failed: "


def main() -> None:
    """Answer questions until standard input ends."""
    build = _library()
    with tempfile.TemporaryDirectory(prefix="slipway-worker-") as scratch:
        root = Path(scratch).resolve()
        while (question := read(sys.stdin.buffer)) is not None:
            write(sys.stdout.buffer, _answer(build, question, root))


def read(stream: IO[bytes], limit: int | None = None) -> Any:
    """A message, or None at the end of the stream or if the message is longer than a limit."""
    head = stream.read(LENGTH_BYTES)
    length = int.from_bytes(head, "big")
    if len(head) < LENGTH_BYTES or (limit is not None and length > limit):
        return None
    body = stream.read(length)
    return json.loads(body) if len(body) == length else None


def write(stream: IO[bytes], message: Any) -> None:
    """Send a message."""
    body = json.dumps(message).encode()
    stream.write(len(body).to_bytes(LENGTH_BYTES, "big") + body)
    stream.flush()


def _answer(build: Any, question: Any, root: Path) -> dict[str, str]:
    try:
        for path, content in question["files"].items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(base64.b64decode(content))
        return {"output": build(str(root / question["directory"]))}
    except RuntimeError as err:
        return {"error": str(err).removeprefix(_PREFIX).replace(f"{root}/", "").replace(str(root), ".")}
    finally:
        for entry in root.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()


def _library() -> Any:
    """The library's build function; its own Python interface is asynchronous and starts a thread for each build."""
    from pykustomize import _ffi

    library = _ffi.get_library()
    options = _ffi.ffi.new("char[]", json.dumps(_OPTIONS).encode())

    def build(directory: str) -> str:
        result = _ffi.ffi.new("char**")
        code = library.pykustomize_build(_ffi.ffi.new("char[]", directory.encode()), options, result)
        try:
            _ffi.check_error(code)
        except _ffi.KustomizeError as err:
            raise RuntimeError(str(err)) from None
        text: str = _ffi.string_from_c(result[0])
        return text

    return build


if __name__ == "__main__":
    main()
