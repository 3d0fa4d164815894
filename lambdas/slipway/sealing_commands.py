"""What `slipway seal`, `unseal-check` and `reseal` do; `cli_sealing` has their options.

Exit codes: 0 all is well, 1 something does not open or could not be looked at, 2 could not run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slipway.errors import InputError
from slipway.fleet.manifests import YAML_SUFFIXES, dump
from slipway.fleet.objects import mapping, text
from slipway.report.words import count, listed, plain
from slipway.sealing.answer import MARK, Answer, answers
from slipway.sealing.certificates import Certificate, read_certificate
from slipway.sealing.key_files import read_private_keys
from slipway.sealing.keys import Keyring
from slipway.sealing.merge import merged, target_of
from slipway.sealing.reseal import Resealed
from slipway.sealing.reseal import reseal as resealed
from slipway.sealing.scope import Scope, label, scope_of
from slipway.sealing.seal import MAX_BYTES, seal_secret, seal_value
from slipway.sealing.secret_files import secrets_in
from slipway.tools.output import as_json, say, write
from slipway.tools.progress import progress
from slipway.tools.sealed_files import FoundFile, found_files, read_file, replace_file, write_file

PASSED, FOUND = 0, 1
STDIN = "-"


def seal(options: argparse.Namespace) -> int:
    """Seal Secrets, or one value."""
    if options.from_file and not options.raw:
        raise InputError("--from-file needs --raw")
    certificate = _certificate(options.cert)
    if options.raw:
        write([_raw(options, certificate)])
    elif options.merge_into:
        _merge(options, certificate)
    else:
        _seal_all(options, certificate)
    return PASSED


def unseal_check(options: argparse.Namespace) -> int:
    """Say whether keys open what is in files."""
    keys = _keys(options.key)
    found: list[tuple[str, Answer]] = []
    unread: list[InputError] = []
    for file in _with_progress(found_files(options.places)):
        try:
            found += ((file.name, answer) for answer in answers(file.content, file.name, keys))
        except InputError as err:
            unread.append(err)
    if not found and not unread:
        raise InputError(f"no SealedSecret in {listed(options.places)}")
    if options.format == "json":
        write([as_json(_document(found, unread, keys))])
    else:
        write(_answered(found, unread))
    return PASSED if not unread and all(answer.opens for _, answer in found) else FOUND


def reseal(options: argparse.Namespace) -> int:
    """Seal what is in files anew, for another key."""
    certificate, keys = _certificate(options.cert), _keys(options.key)
    results: list[tuple[str, Resealed]] = []
    unread: list[InputError] = []
    for file in _with_progress(found_files(options.places)):
        try:
            done = resealed(file.content, file.name, keys, certificate)
            if done.content != file.content and not options.dry_run:
                replace_file(file, done.content)
            results += ((file.name, each) for each in done.sealed)
        except InputError as err:
            unread.append(err)
    write(_told(results, unread, dry=options.dry_run))
    failed = [each for _, each in results if each.answer.failed]
    if failed and not keys.has(certificate.fingerprint):
        say("if those are sealed for the new key already, give its private key with --key, too, to tell them apart")
    return FOUND if failed or unread else PASSED


def _seal_all(options: argparse.Namespace, certificate: Certificate) -> None:
    file = "" if options.secret_file == STDIN else options.secret_file
    is_yaml = options.format == "yaml"
    if options.sealed_secret_file:
        is_yaml = is_yaml or options.sealed_secret_file.endswith(YAML_SUFFIXES)
    written = []
    for line, secret in secrets_in(_input(options.secret_file), file):
        try:
            sealed = seal_secret(
                secret,
                certificate,
                scope=options.scope,
                name=options.name,
                namespace=options.namespace,
                allow_empty=options.allow_empty_data,
            )
        except InputError as err:
            raise InputError(err.message, file=file, line=line) from None
        written.append(f"---\n{dump(sealed)}" if is_yaml else as_json(sealed))
    if not written:
        raise InputError("no Secret in the input", file=file)
    if options.sealed_secret_file:
        write_file(Path(options.sealed_secret_file), "".join(written).encode())
    else:
        write(written)


def _merge(options: argparse.Namespace, certificate: Certificate) -> None:
    file = FoundFile(Path(options.merge_into), read_file(Path(options.merge_into)))
    target = mapping(target_of(file.content, file.name).get("metadata"))
    scope = scope_of(target)
    if options.scope not in (None, scope):
        raise InputError(f"its scope is {scope}, and --scope says {options.scope}", file=file.name)
    content = file.content
    for _, secret in secrets_in(_input(options.secret_file)):
        namespace = text(target.get("namespace")) or options.namespace
        bound = {**mapping(secret.get("metadata")), "name": text(target.get("name")), "namespace": namespace}
        given = {**secret, "metadata": {key: value for key, value in bound.items() if value}}
        allow_empty: bool = options.allow_empty_data
        sealed = seal_secret(given, certificate, scope=scope, allow_empty=allow_empty)
        content = merged(content, file.name, sealed)
    replace_file(file, content)


def _raw(options: argparse.Namespace, certificate: Certificate) -> str:
    scope: Scope = options.scope or "strict"
    if scope != "cluster-wide" and not options.namespace:
        raise InputError(f"--raw needs --namespace with the scope {scope}")
    if scope == "strict" and not options.name:
        raise InputError("--raw needs --name with the scope strict")
    value = _input((options.from_file or STDIN).rpartition("=")[2], MAX_BYTES)
    return seal_value(value, certificate, label(scope, options.namespace, options.name))


def _input(place: str, limit: int | None = None) -> bytes:
    if place != STDIN:
        return read_file(Path(place))
    if sys.stdin is None:
        raise InputError("standard input is closed")
    if sys.stdin.isatty():
        say("reading from the terminal until it says end of file (Control-D)")
    return sys.stdin.buffer.read(-1 if limit is None else limit + 1)


def _certificate(file: str) -> Certificate:
    certificate = read_certificate(read_file(Path(file)), file)
    if certificate.is_expired(datetime.now(UTC)):
        raise InputError(
            f"the certificate has expired on {certificate.not_after:%Y-%m-%d}; seal with a new one", file=file
        )
    return certificate


def _keys(files: Iterable[str]) -> Keyring:
    return Keyring(key for file in files for key in read_private_keys(read_file(Path(file)), file))


def _with_progress(files: Iterator[FoundFile]) -> Iterator[FoundFile]:
    with progress() as tell:
        for number, file in enumerate(files):
            if MARK in file.content:
                tell(f"file {number + 1:,}: {file.name} …")
                yield file


def _answered(found: Iterable[tuple[str, Answer]], unread: Iterable[InputError]) -> Iterator[str]:
    opens = fails = 0
    for file, answer in found:
        opens, fails = (opens + 1, fails) if answer.opens else (opens, fails + 1)
        yield f"{_place(file, answer)}: {_words(answer)}\n"
        yield from _failures(answer)
    yield from _unread(errors := list(unread))
    parts = [f"{opens:,} {'opens' if opens == 1 else 'open'}", f"{fails:,} {'does' if fails == 1 else 'do'} not"]
    yield f"{_summary(opens + fails, parts, errors)}\n"


def _told(results: Iterable[tuple[str, Resealed]], unread: Iterable[InputError], *, dry: bool) -> Iterator[str]:
    anew = before = fails = 0
    would = "would be " if dry else ""
    for file, each in results:
        if each.answer.failed:
            fails += 1
            yield f"{_place(file, each.answer)}: is left as it is\n"
            yield from _failures(each.answer)
        elif each.changed:
            anew += 1
            yield f"{_place(file, each.answer)}: {count(each.changed, 'value')} {would}sealed anew\n"
        else:
            before += 1
    yield from _unread(errors := list(unread))
    not_opened = f"{fails:,} {'does' if fails == 1 else 'do'} not open"
    parts = [f"{anew:,} {would}sealed anew", f"{before:,} sealed for this key already", not_opened]
    yield f"{_summary(anew + before + fails, parts, errors)}\n"


def _summary(number: int, parts: list[str], unread: list[InputError]) -> str:
    rest = f"; {count(len(unread), 'file')} not looked at" if unread else ""
    return f"{count(number, 'SealedSecret')}: {', '.join(parts)}{rest}"


def _place(file: str, answer: Answer) -> str:
    return plain(f"{file}:{answer.line}: {answer}")


def _words(answer: Answer) -> str:
    if not answer.opens:
        return "does not open"
    return f"opens with {listed(answer.fingerprints)}" if answer.values else "has no values"


def _failures(answer: Answer) -> Iterator[str]:
    for key, err in answer.failed.items():
        yield f"  {plain(key)} {plain(err.message)}\n"


def _unread(errors: Iterable[InputError]) -> Iterator[str]:
    for err in errors:
        yield f"{plain(str(err))}\n"


def _document(found: Iterable[tuple[str, Answer]], unread: list[InputError], keys: Keyring) -> Mapping[str, Any]:
    entries = list(found)
    passed = not unread and all(answer.opens for _, answer in entries)
    return {
        "schema": "slipway/v1",
        "verdict": "pass" if passed else "fail",
        "keys": [key.fingerprint for key in keys],
        "sealedSecrets": [
            {
                "file": file,
                "line": answer.line,
                "namespace": answer.namespace,
                "name": answer.name,
                "scope": answer.scope,
                "opens": answer.opens,
                "openedBy": list(answer.fingerprints),
                "values": answer.values,
                "failed": [
                    {"key": key, "reason": err.reason, "why": err.message} for key, err in answer.failed.items()
                ],
            }
            for file, answer in entries
        ],
        "notChecked": [{"file": err.file, "line": err.line, "why": err.message} for err in unread],
    }
