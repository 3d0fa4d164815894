"""Rules about sealing keys that are rotated: SLW627, SLW628.

Source: bitnami/sealed-secrets v0.40.0, `pkg/controller/main.go`: a controller looks for keys when it starts, and later
only with `--watch-for-secrets`; `pkg/controller/controller.go`, `watchKeySecrets`: then it sees Secrets that get the
label, and none that change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slipway.checks.finding import Finding
from slipway.checks.said import Said, once_per_line
from slipway.checks.secrets.controllers import controllers_of
from slipway.checks.secrets.key_secrets import key_bringers
from slipway.checks.secrets.rules import SEALING_KEY_UNSEEN, SECOND_KEY
from slipway.checks.secrets.trust import Lack, keys_brought
from slipway.checks.subject import Subject


def rotation_findings(subject: Subject) -> Iterator[Finding]:
    """Clusters that get their key by External Secrets, and would not trust the next one without a restart."""
    return once_per_line(_said(subject), subject.lines)


def _said(subject: Subject) -> Iterator[Said]:
    landed = {id(one.obj): one for one in subject.distinct}
    for name, controllers in controllers_of(subject.fleet).items():
        cluster = subject.fleet.clusters[name]
        for controller in controllers:
            bringers = key_bringers(cluster, controller.namespace)
            says = landed.get(id(controller.obj))
            if bringers and says and controller.watches is False:
                message = f"it gets its key by {bringers[0].key}, and looks for keys only when it starts"
                hint = f"one that comes later, or is rotated, opens nothing until a restart; {controller.fix}"
                yield Said(SEALING_KEY_UNSEEN, says, controller.path, message, hint, (name,))
            trust = keys_brought(cluster, controller)
            brings = landed.get(id(trust.at))
            if brings and trust.lack in _WHY:
                message = _WHY[trust.lack].format(secret=trust.secret)
                hint = "a rotation has to stop there; docs/sealing.md has what brings two pairs"
                yield Said(SECOND_KEY, brings, ("metadata", "name"), message, hint, (name,))


_WHY: Mapping[Lack, str] = {
    "pair": "it brings one of the two pairs of {secret} only",
    "change": "the Secret with the second pair of {secret} has the label before, and a change of it is not seen",
}
"""What keeps a second pair from being trusted, of what can be mended in an ExternalSecret."""
