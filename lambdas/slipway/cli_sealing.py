"""`slipway seal`, `unseal-check` and `reseal`: docs/sealing.md is their manual.

What they need is imported where it is used: the other commands start without it.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from typing import Any

from slipway.sealing.scope import SCOPES


def add_sealing(commands: Any) -> None:
    """Add the commands to those of the command line."""
    _add_seal(commands)
    check = commands.add_parser("unseal-check", help="say whether private keys open SealedSecrets", allow_abbrev=False)
    _places_and_keys(check)
    check.add_argument("--format", choices=("text", "json"), default="text")
    check.set_defaults(run=_command("unseal_check"))

    reseal = commands.add_parser("reseal", help="seal SealedSecrets anew for another key", allow_abbrev=False)
    _places_and_keys(reseal)
    _certificate(reseal)
    reseal.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
    reseal.set_defaults(run=_command("reseal"))


def _add_seal(commands: Any) -> None:
    seal = commands.add_parser("seal", help="make SealedSecrets of Secrets, as kubeseal does", allow_abbrev=False)
    _certificate(seal)
    seal.add_argument(
        "--scope", choices=SCOPES, help="what to bind it to; default: the Secret's annotations, else strict"
    )
    seal.add_argument("--name", default="", help="name to seal for, in the place of the Secret's")
    seal.add_argument("-n", "--namespace", default="", help="namespace to seal for, where the Secret names none")
    seal.add_argument("-o", "--format", choices=("json", "yaml"), default="json", help="default: json, as kubeseal")
    seal.add_argument("-f", "--secret-file", metavar="FILE", default="-", help="where the Secrets are; default: stdin")
    seal.add_argument("-w", "--sealed-secret-file", metavar="FILE", help="write there; YAML if its name ends so")
    seal.add_argument("--merge-into", metavar="FILE", help="put the values into the SealedSecret of a file")
    seal.add_argument("--allow-empty-data", action="store_true", help="also seal Secrets without data")
    seal.add_argument("--raw", action="store_true", help="seal one value, and print nothing but what is sealed")
    seal.add_argument("--from-file", metavar="[KEY=]FILE", help="with --raw, where the value is; default: stdin")
    seal.set_defaults(run=_command("seal"))


def _places_and_keys(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("places", nargs="+", metavar="DIR|FILE", help="YAML and JSON, or directories with such files")
    parser.add_argument(
        "--key",
        action="append",
        required=True,
        metavar="FILE",
        help="private keys: PEM, a TLS Secret or a List of them, or JSON with crt and key; repeatable",
    )


def _certificate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cert", required=True, metavar="FILE", help="certificate of the key to seal for, in PEM")


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        code: int = getattr(importlib.import_module("slipway.sealing_commands"), name)(options)
        return code

    return run
