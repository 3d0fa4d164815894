"""Rule about the numbers of AWS accounts: SLW712.

Source: AWS, "Identify AWS resources with Amazon Resource Names (ARNs)", by which an ARN is
`arn:partition:service:region:account:resource`, and "View AWS account identifiers": an account's id has 12 digits. Some
ARNs have none, or a word in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.checks.custom import AWS_PROVIDERS
from slipway.checks.finding import Rule
from slipway.checks.said import Said
from slipway.checks.subject import Subject
from slipway.fleet.flux import is_helm_release
from slipway.fleet.manifests import Path
from slipway.fleet.model import Expanded
from slipway.fleet.objects import KubeObject

ACCOUNT_ID = Rule("SLW712", "A number that is no AWS account's", "error")

MAX_TEXT = 100_000
"""Characters of a text that is looked at; a policy of AWS has 20480 at most."""
MAX_SHOWN = 120
"""Characters of an ARN in a message."""

_ARN = re.compile(r"arn:aws(?:-[a-z]+)*:[a-z0-9-]+:[a-z0-9-]*:([0-9]+):[^\s\"']+")
_QUOTED = re.compile(rf'"({_ARN.pattern})"')
_REGISTRY = re.compile(r"([0-9]+)\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?:[/:].*)?")
_DIGITS = 12
_HOLDS_ACCOUNT = frozenset(
    ("accountId", "awsAccountId", "sourceAccount", "peerOwnerId", "registryId", "sourceAccountId")
)
"""Fields of AWS's resources that hold the id of an account."""
_OF_AWS = ("eks.amazonaws.com/role-arn", "alb.ingress.kubernetes.io/certificate-arn")
"""Annotations that AWS's own controllers read."""
_LEFT_OUT = ("CustomResourceDefinition", "CompositeResourceDefinition", "Secret", "SealedSecret")


def account_id_findings(subject: Subject) -> Iterator[Said]:
    """ARNs and fields with the number of an account that has more or fewer digits.

    It is an error where AWS is asked with it for certain, else a warning. What a chart makes of values is found there.
    """
    for landed in subject.distinct:
        obj = landed.obj
        of_chart = isinstance(landed.owner, Expanded) and is_helm_release(landed.owner.definition)
        if of_chart or obj.kind in _LEFT_OUT:
            continue
        is_aws = obj.kind == "Composition" or obj.group.endswith(AWS_PROVIDERS)
        for path, shown, number in _wrong(obj, is_aws=is_aws):
            rule = ACCOUNT_ID if is_aws or path[-1] in _OF_AWS else ACCOUNT_ID.at("warning")
            message = f"{shown} has an account's number of {len(number)} digits; that of an AWS account has {_DIGITS}"
            hint = "AWS has no such account"
            if len(number) == _DIGITS - 1:
                hint += "; a number that starts with 0 loses that where YAML has no quotes around it"
            yield Said(rule, landed, path, message, hint)


def _wrong(obj: KubeObject, *, is_aws: bool) -> Iterator[tuple[Path, str, str]]:
    """The fields, with what they say and the number in it; values of Secrets are not looked at."""
    todo: list[tuple[Path, Any]] = [((), obj.value if obj.shown is None else obj.shown)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, Mapping):
            todo += [((*path, name), item) for name, item in reversed(list(value.items())) if name != "status"]
        elif isinstance(value, list):
            todo += [((*path, index), item) for index, item in reversed(list(enumerate(value)))]
        elif isinstance(value, str) and len(value) <= MAX_TEXT:
            yield from ((path, shown, number) for shown, number in _numbers(value) if len(number) != _DIGITS)
        if is_aws and path and path[-1] in _HOLDS_ACCOUNT and isinstance(value, str | int):
            number = str(value)
            if number.isascii() and number.isdigit() and len(number) != _DIGITS:
                yield path, number, number


def _numbers(value: str) -> Iterator[tuple[str, str]]:
    """The numbers of accounts in a text that is an ARN, an image of ECR or a policy, each with what it is in."""
    if value.startswith("arn:aws"):
        if match := _ARN.fullmatch(value):
            yield _short(value), match[1]
    elif ".dkr.ecr." in value:
        if match := _REGISTRY.fullmatch(value):
            yield _short(value), match[1]
    elif '"Statement"' in value and '"arn:aws' in value:
        for match in _QUOTED.finditer(value):
            yield _short(match[1]), match[2]


def _short(arn: str) -> str:
    return arn if len(arn) <= MAX_SHOWN else f"{arn[:MAX_SHOWN]}…"
