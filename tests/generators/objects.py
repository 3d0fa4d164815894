"""Kubernetes objects: those that kustomize knows, with the references between them, and custom ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.generators.dice import Dice
from tests.generators.scalars import PLAINS, TEXTS, Plain, scalar, text, value

Object = dict[str, Any]

NAMES = ("a", "b", "web", "api")
NAMESPACES = ("apps", "default", "infra")
IMAGES = ("nginx", "ghcr.io/acme/app", "busybox", "localhost:5000/a/b")
_ODD_NAMES = ("yes", "1e3", "0777", "null", "", "web.example.org", "é", "x" * 70, "web-2024-01-01", "A", "1", "${VAR}")


def name(dice: Dice) -> str:
    """A name that several objects may have, an odd one rarely."""
    if dice.rarely(4):
        return dice.pick(_ODD_NAMES)
    return dice.either(1, PLAINS, NAMES)


def objects(dice: Dice, most: int = 3) -> list[Object]:
    """Some objects of a file; lists of objects among them."""
    found = [one(dice) for _ in range(dice.number(1, most))]
    if dice.chance(7):
        kind = dice.pick(("List", "ConfigMapList"))
        items = [_config_map(dice) for _ in found] if kind == "ConfigMapList" else found
        return [{"apiVersion": "v1", "kind": kind, "items": items}]
    return found


def flat(written: list[Object]) -> list[Object]:
    """The objects, those of lists in the place of the lists."""
    return [item for top in written for item in top.get("items", [top])]


def one(dice: Dice) -> Object:
    """One object."""
    made = dice.pick(_MAKERS if dice.chance(45) else (_config_map, _deployment, _service))(dice)
    _add_metadata(dice, made)
    if dice.chance(2):
        made["status"] = value(dice)
    return made


def image(dice: Dice) -> str:
    """An image, with a tag or digest or not."""
    tags = (":1.27", "", ":latest", ":1.27@sha256:" + "0" * 64, "@sha256:" + "a" * 64, ":${VAR}")
    return dice.pick(IMAGES) + dice.either(3, ("@sha512:" + "0" * 8, "/more", ":"), tags)


def some_labels(dice: Dice) -> Mapping[str, Any]:
    """Some labels."""
    return {
        key: dice.either(10, (Plain("yes"), Plain("1"), "", "1.0", "${VAR}", None), ("web", "api", "x"))
        for key in dice.some(("app", "tier", "app.kubernetes.io/name"), 2)
    }


def some_annotations(dice: Dice) -> Mapping[str, Any]:
    """Some annotations, among them those that kustomize and Flux read."""
    return {key: scalar(dice) if dice.chance(20) else text(dice) for key in dice.some(_ANNOTATIONS[:4], 2)} | (
        {dice.pick(_ANNOTATIONS[4:]): dice.pick(("true", "disabled", "x", "enabled", Plain("true")))}
        if dice.chance(5)
        else {}
    )


_ANNOTATIONS = (
    *("note", "example.org/x", "a.b/c d", "checksum"),
    *("config.kubernetes.io/origin", "config.kubernetes.io/local-config", "kustomize.toolkit.fluxcd.io/substitute"),
    *("internal.config.kubernetes.io/index", "kustomize.config.k8s.io/behavior", "config.kubernetes.io/path"),
    *(
        "internal.config.kubernetes.io/helm-generated",
        "kustomize.config.k8s.io/needs-hash",
        "config.kubernetes.io/depends-on",
    ),
)


def _add_metadata(dice: Dice, made: Object) -> None:
    metadata = made["metadata"]
    if dice.chance(25):
        metadata["namespace"] = dice.either(4, (Plain("1"), "", None), NAMESPACES)
    if dice.chance(30):
        metadata.setdefault("labels", some_labels(dice))
    if dice.chance(35):
        metadata.setdefault("annotations", some_annotations(dice))
    if dice.chance(4):
        opted_out = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
        field = dice.pick(("annotations", "labels"))
        if isinstance(found := metadata.setdefault(field, {}), dict):
            metadata[field] = found | opted_out
    if dice.rarely(6):
        odd = ((None, "annotations"), ({}, "annotations"), ({}, "labels"), (None, "labels"), ("x", "generateName"))
        given, field = dice.pick(odd)
        metadata[field] = given
    if dice.chance(2):
        metadata["creationTimestamp"] = None
    if dice.chance(30):
        made["metadata"] = dict(reversed(metadata.items()))


def _made(api_version: str, kind: str, own_name: str, **fields: Any) -> Object:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": own_name}, **fields}


def _config_map(dice: Dice) -> Object:
    if dice.chance(3):
        shared = dict.fromkeys(("a", "b"), text(dice)) if dice.chance(50) else {"a": "1"}
        return _anchored(dice, shared)
    data = {dice.pick(("key", "a.conf", "b", "c")): text(dice) for _ in range(dice.number(0, 3))}
    made = _made("v1", "ConfigMap", name(dice), data=data)
    if dice.rarely(12):
        made["data"] = dice.pick((None, {"k": Plain("yes")}, {"k": 1}, {"k": None}, {}, {"k": {"nested": 1}}))
    if dice.chance(4):
        made["binaryData"] = {"bin": "AAECAw=="}
    if dice.chance(4):
        made["immutable"] = True
    return made


def _anchored(dice: Dice, shared: Mapping[str, str]) -> Object:
    """With an alias or a merge key."""
    made: Object = {"data": Plain('&shared {a: "1", b: x}' if len(shared) > 1 else "&shared {a: x}")}
    metadata: Object = {"name": name(dice), "annotations": Plain("*shared")}
    if dice.chance(50):
        metadata["annotations"] = {Plain("<<"): Plain("*shared"), "a": "own"}
    return {**made, "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def _secret(dice: Dice) -> Object:
    made = _made("v1", "Secret", name(dice), type="Opaque")
    if dice.chance(50):
        made["stringData"] = {"password": text(dice), "token": "x"}
    if dice.chance(60):
        made["data"] = {"password": dice.pick(("cGFzcw==", "cGFz\ncw==", "", "not base64"))}
    if dice.chance(10):
        made["data"] = {"password": "ENC[AES256_GCM,data:x,type:str]"}
        made["sops"] = {"version": "3.9.0", "mac": "ENC[x]"}
    return made


def _pod(dice: Dice) -> Object:
    containers = [_container(dice, own_name) for own_name in ("main", "sidecar")[: dice.number(1, 2)]]
    pod: Object = {"containers": containers}
    if dice.chance(15):
        pod["initContainers"] = [_container(dice, "init")]
    if dice.chance(25):
        volumes = (
            {"name": "config", "configMap": {"name": name(dice), "items": [{"key": "a.conf", "path": "a"}]}},
            {"name": "secret", "secret": {"secretName": name(dice)}},
            {"name": "data", "persistentVolumeClaim": {"claimName": name(dice)}},
            {"name": "cache", "emptyDir": {}},
            {"name": "all", "projected": {"sources": [{"configMap": {"name": name(dice)}}, {"secret": {"name": "a"}}]}},
            {"name": "image", "image": {"reference": image(dice), "pullPolicy": "Always"}},
        )
        pod["volumes"] = dice.some(volumes, 3)
    if dice.chance(15):
        pod["serviceAccountName"] = name(dice)
    if dice.chance(8):
        pod["imagePullSecrets"] = [{"name": name(dice)}]
    if dice.chance(8):
        pod["tolerations"] = dice.pick(([], None, [{"operator": "Exists"}], [{"key": "a", "value": Plain("true")}]))
    if dice.chance(6):
        pod["topologySpreadConstraints"] = [
            {"maxSkew": 1, "topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}}
        ]
    return pod


def _container(dice: Dice, own_name: str) -> Object:
    made: Object = {"name": own_name, "image": image(dice)}
    if dice.chance(40):
        made["env"] = [
            dice.pick(
                (
                    {"name": f"E{at}", "value": scalar(dice)},
                    {"name": f"E{at}", "value": text(dice)},
                    {"name": "E", "valueFrom": {"configMapKeyRef": {"name": name(dice), "key": "a"}}},
                    {"name": f"E{at}", "valueFrom": {"secretKeyRef": {"name": name(dice), "key": "password"}}},
                    {"name": f"E{at}"},
                )
            )
            for at in range(dice.number(0, 3))
        ]
    if dice.chance(15):
        made["envFrom"] = [
            {"configMapRef": {"name": name(dice)}},
            {"secretRef": {"name": name(dice), "optional": True}},
        ]
    if dice.chance(30):
        ports = (
            {"containerPort": 8080},
            {"containerPort": 80, "name": "http"},
            {"containerPort": 8080, "protocol": "UDP"},
        )
        made["ports"] = dice.some(ports, 3)
    if dice.chance(25):
        made["args"] = [scalar(dice) for _ in range(dice.number(0, 3))]
    if dice.chance(15):
        made["resources"] = {"limits": {"cpu": dice.pick((Plain("1"), "500m", 0.5, Plain("1e3"))), "memory": "1Gi"}}
    if dice.chance(10):
        made["command"] = ["sh", "-c", dice.pick(TEXTS)]
    if dice.chance(8):
        made["livenessProbe"] = {"httpGet": {"path": "/", "port": dice.pick((80, "http"))}, "periodSeconds": 10}
    if dice.chance(8):
        made["volumeMounts"] = [{"name": "config", "mountPath": "/a"}, {"name": "data", "mountPath": "/b"}]
    return made


def _template(dice: Dice, app: str) -> Object:
    template: Object = {"metadata": {"labels": {"app": app}}, "spec": _pod(dice)}
    if dice.chance(15):
        template["metadata"]["annotations"] = some_annotations(dice)
    return template


def _deployment(dice: Dice) -> Object:
    own_name = name(dice)
    spec: Object = {"selector": {"matchLabels": {"app": own_name}}, "template": _template(dice, own_name)}
    if dice.chance(50):
        spec = {"replicas": dice.number(0, 3), **spec}
    return _made(dice.either(2, ("extensions/v1beta1",), ("apps/v1",)), "Deployment", own_name, spec=spec)


def _stateful_set(dice: Dice) -> Object:
    own_name = name(dice)
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "gp3"}}
    spec: Object = {
        "serviceName": name(dice),
        "selector": {"matchLabels": {"app": own_name}},
        "template": _template(dice, own_name),
    }
    if dice.chance(60):
        spec["volumeClaimTemplates"] = [claim]
    return _made("apps/v1", "StatefulSet", own_name, spec=spec)


def _daemon_set(dice: Dice) -> Object:
    spec = {"selector": {"matchLabels": {"app": "agent"}}, "template": _template(dice, "agent")}
    return _made("apps/v1", "DaemonSet", name(dice), spec=spec)


def _cron_job(dice: Dice) -> Object:
    job = {"template": {"spec": {**_pod(dice), "restartPolicy": "Never"}}}
    spec = {"schedule": dice.pick(("0 0 * * *", "*/5 * * * *", "@daily")), "jobTemplate": {"spec": job}}
    return _made("batch/v1", "CronJob", name(dice), spec=spec)


def _service(dice: Dice) -> Object:
    ports: list[Object] = [{"port": 80, "name": "http", "targetPort": dice.pick((8080, "http"))}]
    if dice.chance(25):
        ports.append({"port": 80, "protocol": "UDP"})
    spec: Object = {"ports": ports}
    if dice.chance(70):
        spec["selector"] = {"app": name(dice)}
    if dice.chance(10):
        spec["externalTrafficPolicy"] = None
    return _made("v1", "Service", name(dice), spec=spec)


def _ingress(dice: Dice) -> Object:
    backend = {"service": {"name": name(dice), "port": {"number": 80}}}
    rule = {
        "host": dice.pick(("a.example.org", "${host}", "*.example.org")),
        "http": {"paths": [{"path": "/", "backend": backend}]},
    }
    return _made(
        "networking.k8s.io/v1", "Ingress", name(dice), spec={"rules": [rule], "tls": [{"secretName": name(dice)}]}
    )


def _role_binding(dice: Dice) -> Object:
    kind = dice.pick(("RoleBinding", "ClusterRoleBinding"))
    role = dice.pick(("ClusterRole", "Role"))
    subject: Object = {"kind": "ServiceAccount", "name": dice.pick(("default", *NAMES))}
    if dice.chance(60):
        subject["namespace"] = dice.pick(NAMESPACES)
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": name(dice)}
    return _made("rbac.authorization.k8s.io/v1", kind, name(dice), roleRef=reference, subjects=[subject])


def _role(dice: Dice) -> Object:
    rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": [name(dice)]}
    return _made("rbac.authorization.k8s.io/v1", dice.pick(("Role", "ClusterRole")), name(dice), rules=[rule])


def _small(dice: Dice) -> Object:
    api_version, kind = dice.pick((("v1", "ServiceAccount"), ("v1", "Namespace"), ("v1", "PersistentVolumeClaim")))
    made = _made(api_version, kind, dice.pick(NAMESPACES) if kind == "Namespace" else name(dice))
    if kind == "ServiceAccount" and dice.chance(50):
        made["secrets"] = [{"name": name(dice)}]
    return made


def _scaler(dice: Dice) -> Object:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name(dice)}
    return _made(
        "autoscaling/v2", "HorizontalPodAutoscaler", name(dice), spec={"scaleTargetRef": target, "maxReplicas": 3}
    )


def _policy(dice: Dice) -> Object:
    if dice.chance(30):
        api_version, kind = "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"
        return _made(api_version, kind, name(dice), spec={"validations": [{"expression": "object.spec.replicas <= 5"}]})
    selector = {"podSelector": {"matchLabels": {"app": name(dice)}}}
    return _made(
        "networking.k8s.io/v1", "NetworkPolicy", name(dice), spec={**selector, "ingress": [{"from": [selector]}]}
    )


def _custom(dice: Dice) -> Object:
    """Of a kind that kustomize does not know: its lists have no keys, its fields may be anything."""
    spec = value(dice)
    if dice.chance(50):
        spec = {"items": [{"name": "a", "value": scalar(dice)}, {"name": "b"}], "more": value(dice)}
    return _made("example.org/v1", "Widget", name(dice), spec=spec)


def _definition(dice: Dice) -> Object:
    scope = dice.pick(("Namespaced", "Cluster"))
    names = {"kind": "Widget", "plural": "widgets"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    spec = {"group": "example.org", "scope": scope, "names": names, "versions": [version]}
    return _made("apiextensions.k8s.io/v1", "CustomResourceDefinition", "widgets.example.org", spec=spec)


def _helm_release(dice: Dice) -> Object:
    values = value(dice)
    reference = [{"kind": "ConfigMap", "name": name(dice), "valuesKey": "values.yaml"}]
    return _made(
        "helm.toolkit.fluxcd.io/v2", "HelmRelease", name(dice), spec={"values": values, "valuesFrom": reference}
    )


def _kustomization(dice: Dice) -> Object:
    spec = {"path": "./x", "prune": True, "interval": "10m", "postBuild": {"substitute": {"a": text(dice)}}}
    return _made("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name(dice), spec=spec)


def _malformed(dice: Dice) -> Object:
    made = _config_map(dice)
    if not dice.rarely(25):
        return made
    odd: tuple[Callable[[], object], ...] = (
        lambda: made.pop("kind"),
        lambda: made.pop("apiVersion"),
        lambda: made["metadata"].pop("name"),
        lambda: made.update(kind=Plain("1")),
        lambda: made["metadata"].update(labels=["a"]),
        lambda: made.update(apiVersion=None),
        lambda: made["metadata"].update(annotations="text"),
        lambda: made["metadata"].update(annotations={"a": {"b": "c"}}),
        lambda: made["metadata"].update(annotations={"a": 1, "b": True}),
    )
    dice.pick(odd)()
    return made


_MAKERS: tuple[Callable[[Dice], Object], ...] = (
    *(_secret, _stateful_set, _daemon_set, _cron_job, _ingress, _role_binding, _role, _small, _scaler, _policy),
    *(_custom, _custom, _definition, _helm_release, _kustomization, _malformed),
)
