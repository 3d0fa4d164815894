"""What makes a tree wrong."""

from __future__ import annotations

from collections.abc import Mapping

from tests.generators.dice import Dice


def damage(dice: Dice, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with one of them lost, cut, doubled or altered."""
    left = dict(files)
    path = dice.pick(sorted(left))
    content = left[path]
    at = dice.number(0, len(content))
    match dice.number(0, 5):
        case 0:
            del left[path]
        case 1:
            left[path] = content[:at]
        case 2:
            left[path] = content + b"---\n" + content
        case 3:
            left[path] = (
                content[:at]
                + dice.pick((b"\x00", b"\xff", b"\t", b"{", b": ", b"\n", b"'", b"- ", b"&a ", b"*b"))
                + content[at:]
            )
        case 4:
            end = dice.number(at, min(len(content), at + 20))
            left[path] = content[:at] + content[end:]
        case _:
            left[path] = b""
    return left or {path: content}
