"""Rule about policies of AWS's own that are attached by their ARNs: SLW530.

Sources: AWS Managed Policy Reference, by which `AdministratorAccess` allows `*` on `*`, `PowerUserAccess` all but IAM,
`IAMFullAccess` `iam:*`, and a policy named `…FullAccess` nearly all of its service. Where objects name them: the CRDs
of provider-upjet-aws, provider-aws, and ACK's controller of IAM. EKS's own access policies are not looked at: every
cluster needs somebody who may do everything on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from slipway.checks.finding import Finding, Rule
from slipway.checks.said import Said, once_per_line
from slipway.checks.subject import Landed, Subject
from slipway.checks.tenancy.documents import aws_objects
from slipway.fleet.manifests import Path
from slipway.fleet.objects import group_of, mapping, sequence, text

NEARLY_ALL = Rule("SLW530", "A policy of AWS that allows nearly everything", "warning")

RULES = (NEARLY_ALL,)

_OWN = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/(?:[\w-]+/)*([\w+=,.@-]+)")
_FULL = re.compile(r"[A-Za-z0-9_]+FullAccess(?:_?[vV][0-9]+)?")
_GRAVE: Mapping[str, str] = {
    "AdministratorAccess": "everything in the account",
    "PowerUserAccess": "everything in the account but to change who may do what",
    "IAMFullAccess": "everything in IAM: whoever has it can give themselves all rights in the account",
}
"""What a policy allows whoever has it, on every resource."""
_HINT = "attach a policy that names the actions that are needed, and the resources by their ARNs"


def managed_policy_findings(subject: Subject) -> Iterator[Finding]:
    """Roles, users and groups with a policy of AWS's that allows far more than they can need."""
    yield from once_per_line((said for landed in subject.distinct for said in _said(landed)), subject.lines)


def _said(landed: Landed) -> Iterator[Said]:
    for value, before in aws_objects(landed.obj):
        group, kind = group_of(text(value.get("apiVersion"))), text(value.get("kind"))
        is_ack = group.endswith("services.k8s.aws")
        place: Path = ("spec",) if is_ack else ("spec", "forProvider")
        fields = mapping(value.get("spec")) if is_ack else mapping(mapping(value.get("spec")).get("forProvider"))
        for path, arn in _attached(group, kind, fields):
            if found := _OWN.fullmatch(arn):
                yield from _of_policy(landed, (*before, *place, *path), found[1])


def _of_policy(landed: Landed, path: Path, name: str) -> Iterator[Said]:
    if name in _GRAVE:
        yield Said(NEARLY_ALL, landed, path, f"{name} allows {_GRAVE[name]}", _HINT)
    elif _FULL.fullmatch(name):
        message = f"{name} allows nearly all that its service can do, on every resource of the account"
        yield Said(NEARLY_ALL.at("info"), landed, path, message, _HINT)


def _attached(group: str, kind: str, fields: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The policies of IAM that an object attaches, with their fields."""
    if not group.startswith("iam."):
        return
    if kind.endswith("PolicyAttachment"):
        yield ("policyArn",), text(fields.get("policyArn"))
    elif kind in ("Role", "User", "Group"):
        for name in ("managedPolicyArns", "policies"):
            for index, arn in enumerate(sequence(fields.get(name))):
                yield (name, index), text(arn)
