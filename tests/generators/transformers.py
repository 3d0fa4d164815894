"""replacements, and the configurations of kustomize's own generators and transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.generators.dice import Dice
from tests.generators.objects import NAMES, Object
from tests.generators.scalars import text

FIELD_SPECS: Sequence[Mapping[str, Any]] = (
    {"path": "spec/labels", "create": True},
    {"path": "metadata/labels", "create": True, "kind": "Service"},
    {"path": "spec/template/metadata/labels", "kind": "Deployment", "group": "apps", "version": "v1"},
)
"""Where a transformer may change something."""


def replacement(dice: Dice, known: Sequence[Object]) -> Object:
    """An entry of `replacements`."""
    source = dice.pick(known) if known else {"kind": "ConfigMap", "metadata": {"name": "a"}}
    paths = (
        "data.key",
        "spec.replicas",
        "metadata.labels.app",
        "data.[a.conf]",
        "spec.template.spec.containers.0.image",
    )
    made: Object = {
        "source": {
            "kind": source.get("kind"),
            "name": source["metadata"].get("name"),
            "fieldPath": dice.either(30, paths, ("metadata.name", "kind")),
        }
    }
    if dice.chance(25):
        made["source"]["options"] = {"delimiter": dice.pick(("-", ":")), "index": dice.pick((0, 1, -1))}
    select: Object = {"kind": dice.pick(("Deployment", "ConfigMap", "Service", "Widget"))}
    if dice.chance(30):
        select["name"] = dice.pick((*NAMES, "w.*"))
    fields = (
        *(
            "metadata.annotations.replaced",
            "data.replaced",
            "spec.template.spec.containers.[name=main].image",
            "data.key",
        ),
        *("spec.ports.0.port", "metadata.labels.app", "spec.template.spec.containers.*.env.0.value", "data.key.inner"),
    )
    target: Object = {"select": select, "fieldPaths": [dice.pick(fields)]}
    if dice.chance(60):
        target["options"] = {"create": True}
    if dice.chance(15):
        target["reject"] = [{"name": dice.pick(NAMES)}]
    made["targets"] = [target]
    return made


def plugin(dice: Dice, field: str) -> Object:
    """The configuration of a plugin, for `generators` or `transformers`."""
    made: Object = {"apiVersion": "builtin", "metadata": {"name": "plugin"}}
    if field == "generators":
        return {**made, "kind": "ConfigMapGenerator", "literals": [f"a={text(dice)}"]}
    bodies: tuple[Object, ...] = (
        {"kind": "PrefixTransformer", "prefix": "t-", "fieldSpecs": [{"path": "metadata/name"}]},
        {"kind": "LabelTransformer", "labels": {"t": "x"}, "fieldSpecs": [{"path": "metadata/labels", "create": True}]},
        {
            "kind": "AnnotationsTransformer",
            "annotations": {"t": text(dice)},
            "fieldSpecs": [{"path": "metadata/annotations", "create": True}],
        },
        {
            "kind": "PatchTransformer",
            "patch": '[{"op": "add", "path": "/x", "value": 1}]',
            "target": {"kind": "ConfigMap"},
        },
        {"kind": "NamespaceTransformer", "metadata": {"name": "n", "namespace": "t"}, "unsetOnly": True},
    )
    return {**made, **dice.pick(bodies)}
