"""All rules about who may do what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from slipway.checks.finding import Finding, NotValidated
from slipway.checks.subject import Subject
from slipway.checks.tenancy import (
    accounts,
    applying,
    belonging,
    grants,
    iam,
    isolation,
    managed_policies,
    owned,
    rbac,
    secret_readers,
)
from slipway.checks.tenancy.world import World

RULES = (
    *rbac.RULES,
    *secret_readers.RULES,
    *sorted((*isolation.RULES, *applying.RULES), key=lambda rule: rule.id),
    *grants.RULES,
    *iam.RULES,
    *accounts.RULES,
    *owned.RULES,
    *iam.RULES_OF_DATA,
    *managed_policies.RULES,
)


def tenancy_findings(subject: Subject) -> Iterator[Finding | NotValidated]:
    """Who may do more than they should, and who may not do what they have to."""
    world = World(subject.fleet, subject.settings)
    yield from rbac.rbac_findings(subject, world)
    yield from secret_readers.secret_reader_findings(subject, world)
    yield from isolation.isolation_findings(subject, world)
    yield from _counted(applying.applying_findings(subject, world))
    yield from iam.iam_findings(subject)
    yield from managed_policies.managed_policy_findings(subject)
    yield from grants.grant_findings(subject, world)
    yield from accounts.account_findings(subject)
    yield from belonging.belonging_findings(subject)
    yield from owned.owned_findings(subject)


def _counted(results: Iterable[Finding | NotValidated]) -> Iterator[Finding | NotValidated]:
    """The results, with what could not be judged for one reason told once."""
    counts: Counter[tuple[str, str]] = Counter()
    for result in results:
        if isinstance(result, NotValidated):
            counts[result.what, result.why] += result.count
        else:
            yield result
    yield from (NotValidated(what, why, count) for (what, why), count in sorted(counts.items()))
