"""What is wrong with an object, and where."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum

Path = tuple[str | int, ...]
"""The way from the object's root to a value: keys of maps, 0-based indexes of lists."""

SHOWN_CHARACTERS = 70
"""How much of a key or value a message quotes: enough for the longest label."""

_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$-]*")


class Reason(StrEnum):
    """The sort of error, for those who treat some sorts differently."""

    FORMAT = "format"
    """The right type, but not a value that the field takes: a quantity, base64, a range, a pattern."""
    NAME = "name"
    """A name, label or annotation key that breaks the rules for names."""
    DUPLICATE = "duplicate"
    """Two entries with the same key in a list that is keyed."""
    NOT_JSON = "not-json"
    """A value that YAML knows and JSON does not, or an object beyond our limits."""
    NOT_SERVED = "not-served"
    """This version of Kubernetes does not serve the apiVersion and kind."""
    REQUIRED = "required"
    """A field that must be set is not."""
    TOGETHER = "together"
    """Values that each are right, and do not go together: a selector and the labels that it is to match."""
    TYPE = "type"
    """A value of the wrong type."""
    UNKNOWN_FIELD = "unknown-field"
    """A field that the kind does not have. Server-side apply refuses it; a client-side create only warns."""


@dataclass(frozen=True)
class SchemaError:
    """One thing that the API server would refuse."""

    path: Path
    """Where; for a missing field, where it would be. Empty: the object as a whole."""
    message: str
    """What is wrong and, if we know, what to do; never a value of a Secret."""
    reason: Reason
    """The sort of error."""

    def __str__(self) -> str:
        return f"{dotted(self.path)}: {self.message}" if self.path else self.message


def dotted(path: Path) -> str:
    """A path as people write it.

    Example:
        >>> dotted(("spec", "containers", 0, "image")), dotted(("metadata", "annotations", "acme.io/owner"))
        ('spec.containers[0].image', 'metadata.annotations["acme.io/owner"]')
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step) and len(step) <= SHOWN_CHARACTERS:
            text += f".{step}" if text else step
        else:
            text += f"[{quoted(step)}]"
    return text


def quoted(text: str) -> str:
    """A text of somebody else's, in quotes: on one line and of bounded length."""
    return json.dumps(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "…", ensure_ascii=False)
