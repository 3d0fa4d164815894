"""The fleet's own rules: severities and waivers."""

from __future__ import annotations

from tests.mutations.mutation import swap, typo

SYSTEM = "gitops-system"
_SETTINGS = f"{SYSTEM}/slipway.yaml"
_PAYMENTS = "payments-manifests/kubernetes/base/deployment.yaml"


def _waiver(rule: str, expires: str) -> str:
    return f"""\
  - rules: [{rule}]
    owner: team-payments
    reason: until the chart is replaced
    expires: {expires}
"""


_HEAD = "repositories:\n"
_LATEST = swap(
    "storefront-manifests/kubernetes/base/cart.yaml",
    "docker/library/redis:8.2.1",
    "docker/library/redis:latest",
)

MUTATIONS = (
    typo(
        "a waiver that has expired",
        "what it was for goes on, and nobody answers for it any more",
        _SETTINGS,
        _HEAD,
        f"waivers:\n{_waiver('SLW709', '2026-10-31')}{_HEAD}",
        line="  - rules: [SLW709]",
        more=(_LATEST,),
    ),
    typo(
        "a waiver of a rule that there is not",
        "what it was meant for fails, or worse: is thought to be waived",
        _SETTINGS,
        _HEAD,
        f"waivers:\n{_waiver('SLW999', '2027-03-31')}{_HEAD}",
        line="  - rules: [SLW999]",
    ),
    typo(
        "a severity of a rule that there is not",
        "whoever wrote it thinks that the rule is off or fails",
        _SETTINGS,
        _HEAD,
        f"rules:\n  - rules: [SLW799]\n    severity: error\n{_HEAD}",
        line="  - rules: [SLW799]",
    ),
    typo(
        "an object that waives an error by itself",
        "whoever is checked would decide what is checked",
        _PAYMENTS,
        "kind: PodDisruptionBudget\nmetadata:\n",
        "kind: PodDisruptionBudget\nmetadata:\n  annotations:\n"
        '    slipway/waive: "SLW201 by team-payments until 2027-03-31: we know"\n',
        line='    slipway/waive: "SLW201 by team-payments until 2027-03-31: we know"',
        more=(swap(_PAYMENTS, "  minAvailable: 2\n", "  minAvailable: 2\n  maxAvailable: 3\n"),),
    ),
    typo(
        "an object's waiver that has expired",
        "what it was for goes on, and nobody answers for it any more",
        "storefront-manifests/kubernetes/base/cart.yaml",
        "kind: StatefulSet\nmetadata:\n",
        "kind: StatefulSet\nmetadata:\n  annotations:\n"
        '    slipway/waive: "SLW709 by team-shop until 2026-10-31: until the mirror is there"\n',
        line='    slipway/waive: "SLW709 by team-shop until 2026-10-31: until the mirror is there"',
        more=(_LATEST,),
    ),
)
