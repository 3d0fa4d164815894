"""What a keys function is asked, and what it answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from slipway.errors import InputError
from slipway.keys.vault import Vault
from slipway.sealing.exchange import PullRequestHead, SealedText, files_payload, told_payload

_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
_SHA = re.compile(r"[0-9a-f]{40,64}")


def answered(event: Mapping[str, Any], vault: Vault, allowed: Collection[str]) -> dict[str, Any]:
    """Do what is asked.

    Args:
        event: see `slipway.sealing.exchange`.
        vault: the pairs.
        allowed: what this function does.

    Raises:
        InputError: it is malformed, or not for this function to do.
        RetryLater: another invocation is at it, or AWS is down.
    """
    do = event.get("do")
    if not isinstance(do, str) or do not in _DOINGS or do not in allowed:
        raise InputError(f"this keys function does {', '.join(sorted(allowed))}, and not {do!r}")
    fields, doing = _DOINGS[do]
    if set(event) != {"do", *fields}:
        raise InputError(f"{do} is asked for with {', '.join(sorted(fields)) or 'nothing'} and nothing else")
    return doing(event, vault)


def _state(_: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    return vault.state().to_payload()


def _prepare(event: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    return vault.prepare(_number(event, "quietSeconds")).to_payload()


def _retire(event: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    return vault.retire(_text(event, "to")).to_payload()


def _check(event: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    about = event["about"]
    if not isinstance(about, dict) or set(about) != {"repository", "number", "head"}:
        raise InputError("about has repository, number and head, and nothing else")
    repository, head = _text(about, "repository"), _text(about, "head")
    if type(about["number"]) is not int or not _REPOSITORY.fullmatch(repository) or not _SHA.fullmatch(head):
        raise InputError("about is no pull request: owner/name, a number, and the head's full id")
    return told_payload(vault.check(PullRequestHead(repository, about["number"], head), _list(event, "sealed")))


def _reseal(event: Mapping[str, Any], vault: Vault) -> dict[str, Any]:
    files = []
    for file in _list(event, "files"):
        if not isinstance(file, dict) or set(file) != {"path", "content"}:
            raise InputError("each of the files has path and content, and nothing else")
        files.append(SealedText(_text(file, "path"), _text(file, "content")))
    return files_payload(vault.reseal(_text(event, "to"), files))


def _number(event: Mapping[str, Any], name: str) -> float:
    value = event[name]
    if type(value) not in (int, float) or value < 0:
        raise InputError(f"{name} is {value!r}, not a number")
    return float(value)


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event[name]
    if not isinstance(value, str):
        raise InputError(f"{name} is no text")
    return value


def _list(event: Mapping[str, Any], name: str) -> list[Any]:
    value = event[name]
    if not isinstance(value, list):
        raise InputError(f"{name} is no list")
    return value


_DOINGS: Mapping[str, tuple[Collection[str], Callable[[Mapping[str, Any], Vault], dict[str, Any]]]] = {
    "state": ((), _state),
    "prepare": (("quietSeconds",), _prepare),
    "retire": (("to",), _retire),
    "check": (("about", "sealed"), _check),
    "reseal": (("to", "files"), _reseal),
}
DOINGS = frozenset(_DOINGS)
"""All that keys functions do."""
