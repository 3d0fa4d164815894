"""Patches of objects: strategic merge and JSON 6902, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.generators.dice import Dice
from tests.generators.objects import NAMES, Object, image, one
from tests.generators.scalars import Plain, scalar, text, value
from tests.generators.writer import write


def patch(dice: Dice, known: Sequence[Object]) -> tuple[str, Mapping[str, Any] | None]:
    """The text of a patch of one of these objects, and its target."""
    if not known:
        known = [one(dice)]
    aim = dice.pick(known)
    if dice.rarely(5):
        return dice.pick(("", "# nothing\n", "null\n", "[]\n", "{}\n", "text\n", "a: [\n", "---\n---\n")), _target(
            dice, aim
        )
    if dice.chance(45):
        return operations(dice, aim), _exact(aim) if dice.chance(60) else _target(dice, aim)
    if dice.chance(8):
        return "---\n".join(write(dice, merge(dice, dice.pick(known))) for _ in range(2)), None
    return write(dice, merge(dice, aim)), _target(dice, aim) if dice.chance(40) else None


def merge(dice: Dice, aim: Object) -> Object:
    """A strategic merge patch of an object."""
    metadata = aim["metadata"]
    made: Object = {"apiVersion": aim.get("apiVersion"), "kind": aim.get("kind")}
    made["metadata"] = {key: metadata[key] for key in ("name", "namespace") if key in metadata}
    if dice.rarely(6):
        made["metadata"]["name"] = dice.pick(("absent", *NAMES))
    if dice.chance(4):
        made["$patch"] = dice.either(20, ("odd",), ("delete", "replace", "merge"))
    if dice.chance(25):
        field = dice.pick(("annotations", "labels"))
        made["metadata"][field] = dice.pick(
            (
                {"patched": text(dice)},
                {"note": None},
                None,
                {},
                {"app": None, "tier": Plain("1")},
                {"$patch": "replace", "x": "y"},
            )
        )
    make = _BODIES.get(str(aim.get("kind")), _any_body)
    return {**made, **make(dice)}


def _config_body(dice: Dice) -> Object:
    return {
        "data": dice.pick(
            ({"key": text(dice)}, {"new": scalar(dice)}, {"key": None}, None, {"$patch": "replace", "x": "y"})
        )
    }


def _pod_body(dice: Dice) -> Object:
    container: Object = {"name": dice.pick(("main", "sidecar", "extra"))}
    if dice.chance(40):
        container["image"] = image(dice)
    if dice.chance(35):
        container["env"] = [{"name": dice.pick(("E", "E0", "NEW")), "value": text(dice)}]
    if dice.chance(20):
        container["ports"] = [{"containerPort": dice.pick((80, 8080, 9090)), "protocol": dice.pick(("TCP", "UDP"))}]
    if dice.chance(10):
        container["args"] = [scalar(dice)]
    if dice.chance(10):
        container["$patch"] = dice.pick(("delete", "replace"))
    containers: list[Any] = [container]
    if dice.chance(5):
        containers.append({"$patch": "replace"})
    pod: Object = {"containers": containers}
    if dice.chance(8):
        pod["$setElementOrder/containers"] = [{"name": "sidecar"}, {"name": "main"}]
    if dice.chance(8):
        pod["$deleteFromPrimitiveList/finalizers"] = ["x"]
    if dice.chance(10):
        pod["volumes"] = [{"name": "config", "emptyDir": {}, "configMap": None}]
    if dice.chance(8):
        pod[dice.pick(("nodeSelector", "tolerations", "affinity"))] = None
    return pod


def _workload_body(dice: Dice) -> Object:
    spec: Object = {}
    if dice.chance(40):
        spec["replicas"] = dice.pick((1, 0, None, Plain("2"), Plain("1e1")))
    if dice.chance(70):
        spec["template"] = {"spec": _pod_body(dice)}
    return {"spec": spec}


def _service_body(dice: Dice) -> Object:
    port = {"port": dice.pick((80, 81)), "protocol": dice.pick(("TCP", "UDP")), "name": "patched"}
    return {
        "spec": dice.pick(
            ({"type": "NodePort"}, {"ports": [port]}, {"selector": None}, {"ports": [{**port, "$patch": "delete"}]})
        )
    }


def _any_body(dice: Dice) -> Object:
    return {dice.pick(("spec", "data", "new")): value(dice)}


_BODIES = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet"), _workload_body),
    **dict.fromkeys(("ConfigMap", "Secret"), _config_body),
    "Service": _service_body,
}


def operations(dice: Dice, aim: Object) -> str:
    """A JSON 6902 patch of an object."""
    found = [_operation(dice, aim)]
    if dice.chance(40):
        found = [{"op": "add", "path": "/added", "value": value(dice)}, *found]
    if dice.rarely(50):
        found += [_operation(dice, aim) for _ in range(dice.number(1, 3))]
    return json.dumps(found, ensure_ascii=False) if dice.chance(30) else write(dice, found)


def _operation(dice: Dice, aim: Object) -> Object:
    pointers = list(_pointers(aim, ""))
    known = dice.pick(pointers) if pointers else "/kind"
    kind = dice.number(0, 12)
    if kind < 5:
        new = dice.pick(
            ("/metadata/annotations/x", "/metadata/labels/x", "/data/new", "/spec/new", "/metadata/annotations")
        )
        if new.rpartition("/")[0] not in pointers and not dice.rarely(30):
            new = "/metadata/annotations" if dice.chance(30) else "/new"
        new_value: Any = {"x": "y"} if new.endswith("annotations") else scalar(dice)
        return {"op": "add", "path": new, "value": new_value}
    if kind < 7:
        return {"op": "replace", "path": known, "value": value(dice) if dice.chance(30) else scalar(dice)}
    if kind < 9:
        return {"op": "remove", "path": known}
    if kind == 9:
        lists = [pointer for pointer in pointers if pointer.endswith(("/env", "/ports", "/containers", "/args"))]
        added = f"{dice.pick(lists)}/{dice.pick(('-', '0'))}" if lists else known
        return {"op": "add", "path": added, "value": {"name": "x", "value": text(dice)}}
    if kind == 10:
        return {
            "op": dice.pick(("copy", "move")),
            "from": known,
            "path": dice.pick(("/metadata/copied", "/copied", "/spec/copied")),
        }
    if kind == 11:
        return (
            {"op": "test", "path": known, "value": dice.pick((scalar(dice), "web"))}
            if dice.rarely(20)
            else {"op": "remove", "path": known}
        )
    if not dice.rarely(50):
        return {"op": "replace", "path": known, "value": scalar(dice)}
    odd = (
        {"op": "add", "path": "/spec", "value": None},
        {"op": "remove", "path": "/gone"},
        {"op": "merge", "path": "/a"},
        {"path": "/a"},
    )
    return dict(dice.pick(odd))


def _pointers(node: Any, at: str) -> list[str]:
    """JSON pointers into an object, but for what makes it an object."""
    if isinstance(node, Mapping):
        inner = [(f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}", item) for key, item in node.items()]
    elif isinstance(node, list):
        inner = [(f"{at}/{index}", item) for index, item in enumerate(node)]
    else:
        return []
    found = []
    for pointer, item in inner:
        if pointer not in ("/apiVersion", "/kind", "/metadata", "/metadata/name"):
            found.append(pointer)
        found.extend(_pointers(item, pointer))
    return found


def _exact(aim: Object) -> Mapping[str, Any]:
    return {"kind": str(aim.get("kind")), "name": str(aim["metadata"].get("name"))}


def _target(dice: Dice, aim: Object) -> Mapping[str, Any]:
    metadata = aim["metadata"]
    target: Object = dict(_exact(aim))
    kind = dice.number(0, 9)
    if kind < 3:
        del target["name"]
    elif kind == 3:
        target = {
            "labelSelector": dice.either(
                15, ("app==", "a b"), ("app=web", "app in (web, api)", "!app", "tier", "app!=web")
            )
        }
    elif kind == 4:
        target = {"annotationSelector": dice.pick(("note", "note=a", "!note", "example.org/x"))}
    elif kind == 5:
        target["name"] = dice.either(20, ("[", "absent"), (".*", "a|b", "w.*", "web"))
    elif kind == 6:
        group, _, version = str(aim.get("apiVersion") or "").rpartition("/")
        target |= {"group": group, "version": version}
    elif kind == 7:
        target["namespace"] = metadata.get("namespace") or "default"
    elif kind == 8:
        target["kind"] = dice.pick(("Deployment|ConfigMap", "Service", ".*"))
    return {field: str(item) for field, item in target.items() if isinstance(item, str)}
