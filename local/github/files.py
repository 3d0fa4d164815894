"""Files on their way to a stand-in: as callers give them, as JSON carries them, as git takes them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from local.github.git import EXECUTABLE, FILE, SYMLINK, Content

Files = Mapping[str, str | bytes | None]
"""Path → content; None deletes."""


def encoded(files: Files | Path) -> dict[str, tuple[str, str] | None]:
    """Files as the control takes them: path → mode and content in base64."""
    if isinstance(files, Path):
        return {
            path.relative_to(files).as_posix(): _file(path)
            for path in sorted(files.rglob("*"))
            if (path.is_symlink() or path.is_file()) and ".git" not in path.relative_to(files).parts
        }
    return {
        path: None if content is None else (FILE, _base64(content.encode() if isinstance(content, str) else content))
        for path, content in files.items()
    }


def _file(path: Path) -> tuple[str, str]:
    if path.is_symlink():
        return SYMLINK, _base64(str(path.readlink()).encode())
    return EXECUTABLE if path.stat().st_mode & 0o100 else FILE, _base64(path.read_bytes())


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def decoded(files: Mapping[str, tuple[str, str] | None]) -> dict[str, Content | None]:
    """Files as git takes them: path → mode and content."""
    return {
        path: None if content is None else (content[0], base64.b64decode(content[1])) for path, content in files.items()
    }
