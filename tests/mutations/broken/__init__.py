"""The ways to break the fleet, a module for each family of rules."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mutations.broken import crossplane, fleet, graph, policy, render, risk, schema, secrets, tenancy, upgrade
from tests.mutations.mutation import Mutation

FAMILIES: Mapping[str, tuple[Mutation, ...]] = {
    "render": render.MUTATIONS,
    "graph": graph.MUTATIONS,
    "schema": schema.MUTATIONS,
    "upgrade": upgrade.MUTATIONS,
    "change risk": risk.MUTATIONS,
    "tenancy": tenancy.MUTATIONS,
    "secrets": secrets.MUTATIONS,
    "fleet": fleet.MUTATIONS,
    "Crossplane": crossplane.MUTATIONS,
    "policy": policy.MUTATIONS,
}
MUTATIONS = tuple(mutation for family in FAMILIES.values() for mutation in family)
