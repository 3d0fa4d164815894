"""Whether asking kustomize for origins (`slipway.fleet.origins`) could change more than it adds.

The annotation is there while patches are applied, and most of them cannot tell. But a copy of all annotations copies
it; the older kind of JSON patches fails to add to annotations where there are none; and where kustomize adds one, it
reads and writes all of them anew, so that one that is a number may come out with other digits. The words of such builds
are easily found; whether one of them does no harm is not looked into any closer than is cheap.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from slipway.fleet.kustomization import KUSTOMIZATION_FILES


def leaves_traces(files: Mapping[str, bytes]) -> bool:
    """True if the objects could differ by more than the annotation.

    Args:
        files: those of the build, by path.
    """
    contents = files.values()
    if any(_ORIGIN in data or (_METADATA in data and _POINTER.search(data)) for data in contents):
        return True
    kustomizations = [data for path, data in files.items() if path.rpartition("/")[2] in KUSTOMIZATION_FILES]
    if any(field in data for data in kustomizations for field in _FIELDS):
        return True
    if not any(b"patches" in data for data in kustomizations):
        return False
    return any(_ODD_POINTER.search(data) or _has_odd_annotations(data) for data in contents)


_ORIGIN = b"config.kubernetes.io/origin"
_METADATA = b"/metadata"
_POINTER = re.compile(rb"/metadata(?:/annotations)?(?![/\w.-])")
"""A JSON pointer to all annotations, or to all metadata."""
_FIELDS = (
    *(b"transformerAnnotations", b"replacements:", b"vars:", b"generators:", b"transformers:", b"validators:"),
    *(b"configurations:", b"patchesJson6902"),
)
"""Fields of kustomizations that may see any annotation."""
_ODD_POINTER = re.compile(rb"(?:path|from)[\"']?: *(?:[\"']{2}|\"[^\"\n]*\\[ux])")
"""A JSON pointer to the whole object, or one with escapes."""
_ANNOTATIONS = re.compile(rb"^( *)[\"']?annotations[\"']?:(.*)\n((?:\1 .*\n|[ \t\r]*\n)*)", re.MULTILINE)
_TEXT = re.compile(
    rb"""\s*(?:\#.*|["']?[\w./-]+["']?:[ ]+(?:["'|>]|(?!(?:y|yes|n|no|on|off|true|false|null)\b)[a-z/]).*)?""",
    re.IGNORECASE,
)
"""A line of a mapping with text: in quotes, in a block, or a word that means nothing else."""


def _has_odd_annotations(data: bytes) -> bool:
    """True if some annotation may be no text."""
    return b"annotations" in data and any(
        found[2].strip() or any(not _TEXT.fullmatch(line) for line in found[3].splitlines())
        for found in _ANNOTATIONS.finditer(data + b"\n")
    )
