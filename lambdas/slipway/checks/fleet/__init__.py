"""Rules about what the clusters of a fleet share, and what AWS takes of it: SLW7xx."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, NotValidated
from slipway.checks.fleet import (
    account_ids,
    add_ons,
    aws_asks,
    clusters,
    environments,
    identities,
    images,
    names,
    networks,
    overlays,
    placeholders,
)
from slipway.checks.said import Said, once_per_line
from slipway.checks.subject import Subject

RULES = (
    *networks.RULES,
    names.NAME_REFUSED,
    clusters.ONE_NAME,
    placeholders.PLACEHOLDER,
    *environments.RULES,
    add_ons.TWICE,
    images.IMAGE_UNPINNED,
    identities.TAKEN_FOR_ANOTHER,
    overlays.OTHERS_DIRECTORY,
    account_ids.ACCOUNT_ID,
    aws_asks.ASKED,
)


def fleet_findings(subject: Subject) -> Iterator[Finding | NotValidated]:
    """What is wrong between clusters, or with what they ask of AWS."""
    yield from networks.network_findings(subject)
    yield from placeholders.copy_findings(subject.root)
    yield from overlays.overlay_findings(subject)
    said = [
        *names.name_findings(subject),
        *clusters.cluster_findings(subject),
        *placeholders.placeholder_findings(subject),
        *environments.environment_findings(subject),
        *add_ons.add_on_findings(subject),
        *images.image_findings(subject),
        *identities.identity_findings(subject),
        *account_ids.account_id_findings(subject),
        *aws_asks.aws_asks_findings(subject),
    ]
    yield from (item for item in said if isinstance(item, NotValidated))
    yield from once_per_line((item for item in said if isinstance(item, Said)), subject.lines)
