"""Sealed values that stand in no SealedSecret of a file: in a chart's values or templates, a patch, another file.

Whether they are sealed with the old key cannot be asked: what they are bound to is not known. So they are named, for
somebody to look at while both keys are there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from slipway.fleet.tree import Tree
from slipway.report.words import count
from slipway.sealing.envelope import Malformed, unpack
from slipway.sealing.exchange import ResealedText

_LONG = re.compile(rb"(?<![A-Za-z0-9+/=])A[A-Za-z0-9+/]{190,}={0,2}")
"""What may be a sealed value: its first byte is that of the length of an RSA ciphertext, which is below 4."""


def sealed_elsewhere(tree: Tree, files: Sequence[ResealedText], bits: Collection[int]) -> Iterator[str]:
    """What is to be said of such values, by their files.

    Args:
        tree: all files of a branch.
        files: what came of those with SealedSecrets.
        bits: sizes of the fleet's keys.
    """
    known = {file.path: sum(told.values for told in file.sealed) for file in files}
    for path in tree:
        number = sum(_is_sealed(match[0], bits) for match in _LONG.finditer(tree.read(path))) - known.get(path, 0)
        if number > 0:
            yield (
                f"{path}: {count(number, 'sealed value')} outside of the SealedSecrets that Slipway reads (a chart, a "
                "patch): seal anew by hand what is sealed with the old key"
            )


def _is_sealed(text: bytes, bits: Collection[int]) -> bool:
    try:
        return unpack(text.decode()).bits in bits
    except Malformed:
        return False
