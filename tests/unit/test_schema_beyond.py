"""What the API server refuses beyond the published schemas."""

from typing import Any

import pytest
import yaml

from slipway.checks.schema import validate
from slipway.checks.schema.beyond.schedules import wrong_schedule
from slipway.tools.schemas import published_schemas

SCHEMAS = published_schemas()


def said(text: str) -> list[str]:
    return [str(error) for error in validate(yaml.safe_load(text), "1.35", SCHEMAS).errors]


def one(text: str) -> str:
    (error,) = said(text)
    return error


def workload(container: str = "", *, kind: str = "Deployment", spec: str = "", pod: str = "") -> str:
    return f"""
apiVersion: apps/v1
kind: {kind}
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  {spec}
  template:
    metadata: {{labels: {{app: web, tier: front}}}}
    spec:
      containers: [{{name: web, image: web, {container}}}]
      {pod}
"""


def of_kind(api_version: str, kind: str, spec: str) -> str:
    return f"{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: web}}, spec: {spec}}}"


SOUND = [
    workload(),
    workload(
        "ports: [{name: http, containerPort: 80}], env: [{name: A, value: '', valueFrom: {fieldRef: {fieldPath: a}}}]"
    ),
    workload("resources: {requests: {cpu: 500m, memory: 1Gi}, limits: {cpu: 1, memory: 1024Mi}}"),
    workload("livenessProbe: {httpGet: {port: http}}, lifecycle: {preStop: {sleep: {seconds: 5}}}"),
    workload("volumeMounts: [{name: a, mountPath: /a}]", pod="volumes: [{name: a, emptyDir: {}}]"),
    workload(
        "volumeMounts: [{name: data, mountPath: /data}]",
        kind="StatefulSet",
        spec="volumeClaimTemplates: [{metadata: {name: data}, spec: {}}]",
    ),
    of_kind("v1", "Service", "{ports: [{port: 80, targetPort: 0}]}"),
    of_kind("v1", "Service", "{clusterIP: None}"),
    of_kind("v1", "Service", "{clusterIPs: [None]}"),
    of_kind("v1", "Service", "{type: ExternalName, externalName: example.org}"),
    of_kind("policy/v1", "PodDisruptionBudget", "{minAvailable: null, maxUnavailable: 1}"),
    of_kind("autoscaling/v2", "HorizontalPodAutoscaler", "{maxReplicas: 1, scaleTargetRef: {kind: A, name: a}}"),
    of_kind(
        "networking.k8s.io/v1", "NetworkPolicy", "{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 90}]}]}"
    ),
    of_kind("networking.k8s.io/v1", "Ingress", "{defaultBackend: {service: {name: a, port: {name: http}}}}"),
    of_kind("batch/v1", "Job", "{template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}"),
]


@pytest.mark.parametrize("text", SOUND)
def test_what_is_sound_is_taken(text: str) -> None:
    assert said(text) == []


CONTAINER = "spec.template.spec.containers[0]"

CONTAINERS = [
    ("ports: [{containerPort: 80808}]", "ports[0].containerPort: 80808 is not a port number, which is 1 to 65535"),
    ("ports: [{containerPort: 80, hostPort: 70000}]", "ports[0].hostPort: 70000 is not a port number, which is 1 to"),
    ("ports: [{containerPort: 80, name: a--b}]", 'ports[0].name: "a--b" is not the name of a port: '),
    ("livenessProbe: {tcpSocket: {port: '80'}}", 'livenessProbe.tcpSocket.port: "80" is not the name of a port: '),
    ("livenessProbe: {periodSeconds: 5}", "livenessProbe: says nothing to do"),
    ("startupProbe: {exec: {command: [a]}, httpGet: {port: 1}}", "startupProbe: may have one of exec and httpGet only"),
    ("lifecycle: {preStop: {httpGet: {port: 0}}}", "lifecycle.preStop.httpGet.port: 0 is not a port number"),
    ("volumeMounts: [{name: a, mountPath: /a}]", 'volumeMounts[0].name: the pod has no volume "a"; it has none'),
    ("env: [{name: A, value: a, valueFrom: {fieldRef: {fieldPath: a}}}]", "env[0].valueFrom: value is given too"),
    ("env: [{name: A, valueFrom: {}}]", "env[0].valueFrom: says nothing to take the value from"),
    (
        "resources: {requests: {cpu: 2}, limits: {cpu: 1500m}}",
        'resources.requests.cpu: "2" is more than its limit, "1500m"',
    ),
    (
        "resources: {requests: {acme.example/gpu: 1}, limits: {acme.example/gpu: 2}}",
        'resources.requests["acme.example/gpu"]: "1" is not its limit, "2"',
    ),
]


@pytest.mark.parametrize(("container", "message"), CONTAINERS)
def test_containers(container: str, message: str) -> None:
    assert one(workload(container)).startswith(f"{CONTAINER}.{message}")


PODS = [
    ("restartPolicy: Never", 'spec.template.spec.restartPolicy: "Never" is not taken here, only Always'),
    (
        "initContainers: [{name: web, image: a}]",
        'spec.template.spec.initContainers[0].name: "web" is the name of another',
    ),
    (
        "initContainers: [{name: a}]",
        "spec.template.spec.initContainers[0].image: required; a container of a pod template",
    ),
]


@pytest.mark.parametrize(("pod", "message"), PODS)
def test_pods(pod: str, message: str) -> None:
    assert one(workload(pod=pod)).startswith(message)


SELECTORS = [
    (
        "{matchLabels: {app: webs}}",
        'spec.selector.matchLabels.app: its pods\' label "app" is "web": the selector has to',
    ),
    (
        "{matchLabels: {name: web}}",
        'spec.selector.matchLabels.name: its pods\' labels have no "name": the selector has',
    ),
    (
        "{matchExpressions: [{key: app, operator: In, values: [a, b]}]}",
        'spec.selector.matchExpressions[0]: its pods\' label "app" is "web"',
    ),
    ("{matchExpressions: [{key: app, operator: DoesNotExist}]}", "spec.selector.matchExpressions[0]: its pods' label"),
    ("{matchExpressions: [{key: a, operator: Exists}]}", "spec.selector.matchExpressions[0]: its pods' labels have no"),
    ("{}", "spec.selector: empty: it must match the labels of the pod template"),
]


@pytest.mark.parametrize(("selector", "message"), SELECTORS)
def test_selectors(selector: str, message: str) -> None:
    text = workload().replace("{matchLabels: {app: web}}", selector, 1)
    assert one(text).startswith(message)


def test_expressions_that_match() -> None:
    asked = "{key: app, operator: NotIn, values: [a]}, {key: tier, operator: Exists}, {key: x, operator: DoesNotExist}"
    assert said(workload().replace("{matchLabels: {app: web}}", f"{{matchExpressions: [{asked}]}}", 1)) == []


OTHERS = [
    (
        "v1",
        "Service",
        "{ports: [{port: 65536}]}",
        "spec.ports[0].port: 65536 is not a port number, which is 1 to 65535",
    ),
    (
        "v1",
        "Service",
        "{ports: [{port: 80, targetPort: '80'}]}",
        'spec.ports[0].targetPort: "80" is not the name of a port',
    ),
    ("v1", "Service", "{ports: [{port: 80, name: a}, {port: 81}]}", "spec.ports[1].name: required; of several ports"),
    ("v1", "Service", "{type: ExternalName}", "spec.externalName: required; a Service of type ExternalName"),
    ("v1", "Service", "{selector: {app: web}}", "spec.ports: required; at least one"),
    (
        "policy/v1",
        "PodDisruptionBudget",
        "{minAvailable: 1, maxUnavailable: 1}",
        "spec.maxUnavailable: minAvailable is given too",
    ),
    (
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "{minReplicas: 3, maxReplicas: 2, scaleTargetRef: {kind: A, name: a}}",
        "spec.maxReplicas: 2 is less than minReplicas, 3",
    ),
    (
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        "{maxReplicas: 0, scaleTargetRef: {kind: A, name: a}}",
        "spec.maxReplicas: 0 is less than 1",
    ),
    ("networking.k8s.io/v1", "Ingress", "{ingressClassName: a}", "spec: has neither rules nor a defaultBackend"),
    (
        "networking.k8s.io/v1",
        "Ingress",
        "{defaultBackend: {}}",
        "spec.defaultBackend: has neither a service nor a resource",
    ),
    (
        "networking.k8s.io/v1",
        "Ingress",
        "{rules: [{http: {paths: [{pathType: Prefix, path: /, backend: {service: {name: a}}}]}}]}",
        "spec.rules[0].http.paths[0].backend.service.port: has neither a name nor a number",
    ),
    (
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "{podSelector: {}, egress: [{ports: [{port: 90, endPort: 80}]}]}",
        "spec.egress[0].ports[0].endPort: 80 is less than port, 90",
    ),
    (
        "networking.k8s.io/v1",
        "NetworkPolicy",
        "{podSelector: {}, ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}",
        "spec.ingress[0].from[0]: may not have ipBlock and podSelector at once",
    ),
    (
        "batch/v1",
        "Job",
        "{template: {spec: {containers: [{name: a, image: a}]}}}",
        "spec.template.spec.restartPolicy: required; OnFailure or Never",
    ),
    (
        "batch/v1",
        "CronJob",
        "{schedule: '* * * *', jobTemplate: {spec: {template: {spec: {restartPolicy: Never, "
        "containers: [{name: a, image: a}]}}}}}",
        'spec.schedule: "* * * *" is no schedule: it has 4 fields, not 5',
    ),
]


@pytest.mark.parametrize(("api_version", "kind", "spec", "message"), OTHERS)
def test_other_kinds(api_version: str, kind: str, spec: str, message: str) -> None:
    assert one(of_kind(api_version, kind, spec)).startswith(message)


@pytest.mark.parametrize(
    "schedule", ["*/5 * * * *", "0 3 ? * MON-FRI", "5/10,30 0-23/2 1 jan,DEC 0,6", "@daily", "@every 1h", " 0 0 * * 0 "]
)
def test_schedules_that_are_taken(schedule: str) -> None:
    assert wrong_schedule(schedule) == ""


@pytest.mark.parametrize(
    "schedule",
    ["60 * * * *", "* * 0 * *", "* * * * 7", "*/0 * * * *", "5-1 * * * *", "a * * * *", "1-2-3 * * * *", "@often"],
)
def test_schedules_that_are_refused(schedule: str) -> None:
    assert wrong_schedule(schedule)


def definition(schema: str, *, name: str = "caches.acme.example", versions: str = "", storage: str = "true") -> str:
    return f"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: {name}}}
spec:
  group: acme.example
  scope: Namespaced
  names: {{kind: Cache, plural: caches}}
  versions:
    - {{name: v1, served: true, storage: {storage}, schema: {schema}}}
    {versions}
"""


def of(schema: str) -> str:
    return f"{{openAPIV3Schema: {{type: object, properties: {{spec: {schema}}}}}}}"


SPEC = "spec.versions[0].schema.openAPIV3Schema.properties.spec"


def test_definitions_that_are_sound() -> None:
    for schema in (
        "{x-kubernetes-preserve-unknown-fields: true}",
        "{x-kubernetes-int-or-string: true, anyOf: [{type: integer}, {type: string}]}",
        "{type: array, items: {type: object, additionalProperties: {type: string}}}",
    ):
        assert said(definition(of(schema))) == []


def test_definitions_that_are_refused() -> None:
    assert one(definition(of("{type: any}"))).startswith(f'{SPEC}.type: "any" is no type')
    assert one(definition(of("{description: a}"))).startswith(f"{SPEC}.type: required; every field has one")
    assert one(definition(of("{type: array}"))).startswith(f"{SPEC}.items: required")
    assert one(definition("{openAPIV3Schema: {type: string}}")).endswith(
        '"string" is not taken of the whole, only object'
    )
    assert one(definition("{}")).endswith("openAPIV3Schema: required; every version has one")
    assert one(definition(of("{type: object}"), name="cache.acme.example")).startswith("metadata.name: ")
    assert one(definition(of("{type: object}"), storage="false")).startswith("spec.versions: no version is stored")


def test_what_flux_merges_into_another_object_is_left_to_that() -> None:
    obj: Any = yaml.safe_load(workload().replace("app: web}}", "app: webs}}", 1))
    obj["metadata"]["annotations"] = {"kustomize.toolkit.fluxcd.io/ssa": "Merge"}
    assert validate(obj, "1.35", SCHEMAS).valid
