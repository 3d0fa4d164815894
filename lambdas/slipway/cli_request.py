"""`slipway request …`: docs/requests.md says what can be asked.

What it needs is imported where it is used: the other commands start without it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from slipway.requests.kinds import KINDS, Kind


def add_parser(parser: argparse.ArgumentParser, common: Callable[[argparse.ArgumentParser], None]) -> None:
    """The options of every kind of request."""
    kinds = parser.add_subparsers(required=True, metavar="KIND", dest="kind")
    for kind in KINDS.values():
        own = kinds.add_parser(kind.name, help=kind.help, description=kind.help, allow_abbrev=False)
        _add_fields(own, kind)
        own.add_argument("--in", dest="directory", default=".", metavar="DIR", help="gitops-system; default: here")
        own.add_argument(
            "--certificate",
            metavar="FILE",
            help="of the fleet's sealing key; default: the one that gitops-system has",
        )
        own.add_argument("--step", type=int, default=1, metavar="N", help="of a request with several; default: 1")
        own.add_argument("--dry-run", action="store_true", help="write nothing, show what would be written")
        own.add_argument("--diff", action="store_true", help="show every object that changes, and not only how many")
        own.add_argument("--unchecked", action="store_true", help="do not render and check what it comes to")
        common(own)


def _add_fields(parser: argparse.ArgumentParser, kind: Kind) -> None:
    parser.add_argument("subject", metavar=kind.subject.name.upper(), help=f"{kind.subject.shape.accepted}")
    for field in kind.fields[1:]:
        required = " (needed)" if field.required else ""
        text = f"{field.help} {field.shape.accepted}{required}".replace("%", "%%")
        parser.add_argument(f"--{field.name}", metavar="X", help=text)
