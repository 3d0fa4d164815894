"""Policies that let anybody in.

Source of the rules: IAM User Guide, "AWS JSON policy elements: Principal" and "Create a role for OpenID Connect
federation"; EKS User Guide, "Assign IAM roles to Kubernetes service accounts", by which the claim `sub` says whose
token it is, and everybody in the cluster has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from slipway.checks.tenancy.policy import Policy, Statement, Use
from slipway.fleet.manifests import Path


@dataclass(frozen=True)
class Open:
    """A statement that lets in others than are meant."""

    message: str
    path: Path
    hint: str
    is_public: bool = False
    """True if it is to read something, or to call an API: what a website is made for."""


def openings(policy: Policy, use: Use) -> Iterator[Open]:
    """The statements of a trust or resource policy that let in anybody."""
    for statement in policy.statements:
        if not statement.allows or use == "identity":
            continue
        if "*" in statement.principals.get("AWS", ()) and not _restricts(statement):
            whom = "every AWS account may take the role" if use == "trust" else "everybody may do this, with no account"
            is_public = use == "resource" and _only_reads(statement)
            hint = "name accounts or roles, or add a condition"
            yield Open(whom, (*statement.path, "Principal"), hint, is_public=is_public)
        elif use == "trust" and "sts:assumerolewithwebidentity" in statement.actions:
            yield from _federated(statement)


def _restricts(statement: Statement) -> bool:
    """True for conditions on who asks; one that is not known may be one."""
    return any(keys for operator, keys in statement.conditions.items() if not operator.endswith("IfExists"))


def _only_reads(statement: Statement) -> bool:
    return bool(statement.actions) and all(_READING.fullmatch(action) for action in statement.actions)


_READING = re.compile(r"s3:(get|list)[a-z*]*|execute-api:invoke|cloudsearch:(search|suggest)|es:eshttp(get|head)")


def _federated(statement: Statement) -> Iterator[Open]:
    providers = [name for name in statement.principals.get("Federated", ()) if "oidc-provider/" in name]
    keys = [key for by_key in statement.conditions.values() for key in by_key]
    if not providers or any("${" in key.rpartition(":")[2] for key in keys):
        return
    subjects = [
        (operator, key, value)
        for operator, by_key in statement.conditions.items()
        for key, values in by_key.items()
        if key.lower().endswith((":sub", ":job_workflow_ref", ":repository_id", ":repository", ":amr"))
        for value in values
    ]
    if not subjects:
        yield Open(
            "whoever has a token of the OIDC provider may take the role: no condition is on its subject",
            (*statement.path, "Condition") if statement.conditions else statement.path,
            "add StringEquals on the provider's key that ends in :sub, with system:serviceaccount:<namespace>:<name>",
        )
    for operator, key, value in subjects:
        path = (*statement.path, "Condition", operator, key)
        bare = operator.rpartition(":")[2].removesuffix("IfExists")
        if bare == "StringLike" and _EVERYBODY.fullmatch(value):
            yield Open(f"every subject matches {value!r}", path, "name the namespace and the service account")
        elif bare == "StringEquals" and "*" in value:
            message = f"StringEquals takes {value!r} as it is, so that no subject matches"
            yield Open(message, path, "use StringLike for *")


_EVERYBODY = re.compile(r"\*+|system:serviceaccount:\*+(:\*+)?|repo:\*+(:\*+)?|system:\*+")
