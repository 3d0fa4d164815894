"""Rights by which one can take further rights in AWS.

Source of the list: Rhino Security Labs, "AWS IAM Privilege Escalation - Methods and Mitigation" (its repository
AWS-IAM-Privilege-Escalation), as salesforce/cloudsplaining sorts it (docs/glossary/privilege-escalation.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from slipway.checks.tenancy.policy import Policy, Statement

WAYS: tuple[tuple[str, ...], ...] = (
    ("iam:CreatePolicyVersion",),
    ("iam:SetDefaultPolicyVersion",),
    ("iam:AttachUserPolicy",),
    ("iam:AttachGroupPolicy",),
    ("iam:AttachRolePolicy",),
    ("iam:PutUserPolicy",),
    ("iam:PutGroupPolicy",),
    ("iam:PutRolePolicy",),
    ("iam:AddUserToGroup",),
    ("iam:CreateAccessKey",),
    ("iam:CreateLoginProfile",),
    ("iam:UpdateLoginProfile",),
    ("iam:UpdateAssumeRolePolicy",),
    ("sts:AssumeRole",),
    ("iam:PassRole", "ec2:RunInstances"),
    ("iam:PassRole", "lambda:CreateFunction"),
    ("iam:PassRole", "cloudformation:CreateStack"),
    ("iam:PassRole", "datapipeline:CreatePipeline"),
    ("iam:PassRole", "glue:CreateDevEndpoint"),
    ("iam:PassRole", "codestar:CreateProject"),
    ("iam:PassRole", "ecs:RunTask"),
    ("iam:PassRole", "sagemaker:CreateNotebookInstance"),
    ("iam:PassRole",),
)
"""Each is enough with every resource; the last one stands for services that are not named."""


@dataclass(frozen=True)
class Way:
    """A way to further rights that a policy opens."""

    actions: tuple[str, ...]
    statement: Statement
    """What allows the first of them."""


def ways(policy: Policy) -> Iterator[Way]:
    """The ways that a policy opens on every resource and under no condition.

    What `*`, `iam:*` and `NotAction` allow is not looked at: that is told of by rules of its own.
    """
    statements = [item for item in policy.statements if item.allows and not item.conditions and is_any(item.resources)]
    passed = False
    for actions in WAYS:
        if actions == ("iam:PassRole",) and passed:
            continue
        first = next((item for item in statements if _allows(item, actions[0], whole=False)), None)
        rest = (any(_allows(item, action, whole=True) for item in statements) for action in actions[1:])
        if first is not None and all(rest) and not any(_denied(policy, action) for action in actions):
            passed = passed or actions[0] == "iam:PassRole"
            yield Way(actions, first)


def is_any(resources: tuple[str, ...]) -> bool:
    """True if resources are all that there are, of one account at least."""
    return any(_ANY.fullmatch(resource) for resource in resources)


_ANY = re.compile(r"\*|arn:[^:]*:(iam|sts|\*):[^:]*:[^:]*:(\*|(role|policy|user|group)/\*)")


def matches(pattern: str, action: str) -> bool:
    """True if an action of a policy, with `*` and `?`, stands for one; no pattern takes long."""
    wanted, at, step, star, mark = action.lower(), 0, 0, -1, 0
    while at < len(wanted):
        if step < len(pattern) and pattern[step] == "*":
            star, mark = step, at
            step += 1
        elif step < len(pattern) and pattern[step] in ("?", wanted[at]):
            at, step = at + 1, step + 1
        elif star >= 0:
            mark += 1
            at, step = mark, star + 1
        else:
            return False
    return pattern[step:].strip("*") == ""


def is_whole_service(pattern: str) -> bool:
    """True for `*`, `*:*` and `ec2:*`."""
    return pattern == "*" or (pattern.endswith(":*") and "*" not in pattern[:-2]) or pattern == "*:*"


def _allows(statement: Statement, action: str, *, whole: bool) -> bool:
    patterns = (pattern for pattern in statement.actions if whole or not is_whole_service(pattern))
    return any(matches(pattern, action) for pattern in patterns)


def _denied(policy: Policy, action: str) -> bool:
    """True if another statement takes it back, as far as one that has no conditions can."""
    return any(
        not item.allows
        and not item.conditions
        and "*" in item.resources
        and any(matches(pattern, action) for pattern in item.actions)
        for item in policy.statements
    )
