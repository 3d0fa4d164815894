"""Rules about AWS policies in Crossplane's and ACK's objects: SLW520 to SLW524 and SLW529.

Source of the rules: `slipway.checks.tenancy.policy`, `.escalation` and `.trust`; of the limits, IAM User Guide, "IAM
and AWS STS quotas".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slipway.checks.finding import Finding, NotValidated, Rule
from slipway.checks.lines import Lines
from slipway.checks.subject import Landed, Subject
from slipway.checks.tenancy.documents import Document, documents
from slipway.checks.tenancy.escalation import is_any, is_whole_service, matches, ways
from slipway.checks.tenancy.policy import Policy, read_policy, size
from slipway.checks.tenancy.trust import openings
from slipway.errors import InputError
from slipway.fleet.events import line_of
from slipway.fleet.manifests import Path

IAM_REFUSED = Rule("SLW520", "An IAM policy that AWS refuses", "error")
IAM_WILDCARD = Rule("SLW521", "An IAM policy that allows all of a service", "warning")
IAM_ESCALATION = Rule("SLW522", "An IAM policy that opens a way to further rights", "warning")
IAM_OPEN = Rule("SLW523", "An IAM policy that lets in anybody", "warning")
IAM_ALL_BUT = Rule("SLW524", "An IAM policy that allows all but what it names", "warning")

IAM_DELETES = Rule("SLW529", "An IAM policy that may delete everybody's data", "info")

RULES = (IAM_REFUSED, IAM_WILDCARD, IAM_ESCALATION, IAM_OPEN, IAM_ALL_BUT)
RULES_OF_DATA = (IAM_DELETES,)

DELETING = (
    *("dynamodb:DeleteTable", "s3:DeleteBucket", "s3:DeleteObject", "rds:DeleteDBInstance", "rds:DeleteDBCluster"),
    *(
        "sqs:DeleteQueue",
        "kms:ScheduleKeyDeletion",
        "secretsmanager:DeleteSecret",
        "elasticfilesystem:DeleteFileSystem",
    ),
    *("ec2:DeleteVolume", "ec2:DeleteSnapshot", "backup:DeleteRecoveryPoint", "eks:DeleteCluster"),
)
"""Actions by which data are gone, or what they are read with."""

MAX_SIZES: Mapping[str, int] = {"Policy": 6_144, "RolePolicy": 10_240, "GroupPolicy": 5_120, "UserPolicy": 2_048}
"""Characters of a policy by the kind that holds it; those of one role, group or user together for the last three."""
MAX_TRUST = 4_096
"""Characters of a trust policy, where the quota of 2,048 was raised as far as it goes."""
MAX_NAMED = 6
"""Ways to further rights that a finding names; the others are counted."""

UNREADABLE_WHY = "it is no JSON before variables are filled in whose values only the cluster knows, or it is very long"


def iam_findings(subject: Subject) -> Iterator[Finding | NotValidated]:
    """What is wrong with the policy documents in a fleet's objects."""
    for landed in subject.distinct:
        for document in documents(landed.obj):
            policy = read_policy(document.value, document.use)
            if policy is None:
                yield NotValidated(f"IAM policy of {landed.obj.key}", UNREADABLE_WHY, 1)
            else:
                yield from _Document(landed, document, policy, subject.lines).findings()


class _Document:
    """One policy document, and how to tell of it."""

    def __init__(self, landed: Landed, document: Document, policy: Policy, lines: Lines) -> None:
        self._landed = landed
        self._document = document
        self._policy = policy
        self._lines = lines

    def findings(self) -> Iterator[Finding]:
        """Everything that is wrong with it: what AWS refuses has no rights yet."""
        refused = [*self._refused()]
        yield from refused
        if refused:
            return
        if not self._policy.statements:
            yield self._at(IAM_REFUSED.at("warning"), "it has no statement, so that it allows nothing", ("Statement",))
        if self._document.use == "identity":
            yield from self._wildcards()
            yield from self._escalations()
            yield from self._deletions()
        yield from self._all_but()
        for opening in openings(self._policy, self._document.use):
            rule = IAM_OPEN.at("info") if opening.is_public else IAM_OPEN
            yield self._at(rule, opening.message, opening.path, opening.hint)

    def _refused(self) -> Iterator[Finding]:
        for wrong in self._policy.refused:
            yield self._at(IAM_REFUSED, wrong.message, wrong.path, line=wrong.line)
        is_trust = self._document.use == "trust"
        limit = MAX_TRUST if is_trust else MAX_SIZES.get(self._document.owner)
        if limit and (characters := size(self._document.value)) > limit and "${" not in str(self._document.value):
            message = f"it has {characters:,} characters, white space not counted; AWS takes {limit:,}"
            yield self._at(IAM_REFUSED, message, (), "split it into several policies")

    def _wildcards(self) -> Iterator[Finding]:
        for statement in self._policy.statements:
            if not statement.allows or "*" not in statement.resources:
                continue
            rule = IAM_WILDCARD.at("info") if statement.conditions else IAM_WILDCARD
            under = " under conditions" if statement.conditions else ""
            for index, action in enumerate(statement.actions):
                if not is_whole_service(action):
                    continue
                service = action.partition(":")[0]
                what = "everything in the account" if service == "*" else f"every action of {service}"
                yield self._at(
                    rule,
                    f"it allows {what} on every resource{under}",
                    (*statement.path, "Action", index),
                    "name the actions that are needed, and the resources by their ARNs",
                )

    def _escalations(self) -> Iterator[Finding]:
        found = list(ways(self._policy))
        if not found:
            return
        names = [" with ".join(way.actions) for way in found]
        if len(names) > MAX_NAMED:
            names = [*names[:MAX_NAMED], f"{len(names) - MAX_NAMED} more"]
        statement, action = found[0].statement, found[0].actions[0].lower()
        index = statement.actions.index(action) if action in statement.actions else 0
        yield self._at(
            IAM_ESCALATION,
            "whoever has it can give themselves further rights",
            (*statement.path, "Action", index),
            f"by {', '.join(names)} on every resource; name the resources, or set a condition such as "
            "iam:PermissionsBoundary",
        )

    def _deletions(self) -> Iterator[Finding]:
        for statement in self._policy.statements:
            if not statement.allows or statement.conditions or "*" not in statement.resources:
                continue
            for index, pattern in enumerate(statement.actions):
                if is_whole_service(pattern):
                    continue
                if found := next((action for action in DELETING if matches(pattern, action)), ""):
                    message = f"it allows {found} on every resource, whoever it belongs to"
                    yield self._at(IAM_DELETES, message, (*statement.path, "Action", index), "name the resources")

    def _all_but(self) -> Iterator[Finding]:
        for statement in self._policy.statements:
            if not statement.allows or statement.conditions:
                continue
            if statement.not_actions and (is_any(statement.resources) or statement.not_resources):
                message = "it allows every action but those that NotAction names, also those that AWS adds later"
                yield self._at(IAM_ALL_BUT, message, (*statement.path, "NotAction"), "name what is allowed in Action")
            if statement.not_resources:
                message = "it allows its actions on everything but what NotResource names"
                yield self._at(
                    IAM_ALL_BUT, message, (*statement.path, "NotResource"), "name what is allowed in Resource"
                )

    def _at(self, rule: Rule, message: str, path: Path, hint: str = "", *, line: int = 0) -> Finding:
        """A finding on an element of the document, or on the field that holds it."""
        obj, document = self._landed.obj, self._document
        if isinstance(document.value, str):
            cause = self._lines.cause(obj, self._landed.owner, document.path)
            where = self._lines.within(cause.where, document.value, line or _line(document.value, path))
        else:
            cause = self._lines.cause(obj, self._landed.owner, (*document.path, *path))
            where = cause.where
        return Finding(rule, message, where, str(obj.key), self._landed.clusters, hint or cause.hint)


def _line(document: str, path: Path) -> int:
    """1-based line of an element in a document, which is as good as YAML; an action may stand there for a list."""
    try:
        return line_of(document.encode(), 0, path)
    except InputError:
        return 1
