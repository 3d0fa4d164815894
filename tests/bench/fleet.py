"""A generated fleet in the shape of a real one: clusters that share tools and applications, told apart by variables."""

from __future__ import annotations

from slipway.fleet.tree import Tree

TOOLS = 12
APPS = 7
KUSTOMIZATIONS = 1 + TOOLS + APPS
"""Of each cluster: its entry point, its tools, its applications."""


def generate(
    clusters: int,
    *,
    changed_tool: int | None = None,
    changed_app: int | None = None,
    changed_cluster: int | None = None,
) -> Tree:
    """A repository of so many clusters.

    Args:
        clusters: how many.
        changed_tool: number of a tool that has another image.
        changed_app: number of an application that has other settings in production.
        changed_cluster: number of a cluster in another region.
    """
    files: dict[str, str] = {}
    for tool in range(TOOLS):
        tag = "1.1.0" if tool == changed_tool else "1.0.0"
        files |= _tool(f"tools/tool-{tool}", f"tool-{tool}", tag)
    for app in range(APPS):
        mode = "fast" if app == changed_app else "slow"
        files |= _app(f"apps/app-{app}", f"app-{app}", mode)
    for number in range(clusters):
        environment = "production" if number % 4 == 0 else "staging"
        region = "eu-central-1" if number == changed_cluster else "eu-west-1"
        files |= _cluster(f"cluster-{number:04}", environment, region)
    return Tree({path: text.encode() for path, text in files.items()}, name="acme/gitops-system")


def _cluster(name: str, environment: str, region: str) -> dict[str, str]:
    directory = f"clusters/{name}"
    kustomizations = [_kustomization(f"tool-{n}", f"./tools/tool-{n}", after=n - 1) for n in range(TOOLS)]
    kustomizations += [_kustomization(f"app-{n}", f"./apps/app-{n}/{environment}", after=0) for n in range(APPS)]
    return {
        f"{directory}/flux-system/gotk-sync.yaml": f"""\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 1m0s
  ref:
    branch: main
  url: https://github.com/acme/gitops-system
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: flux-system
  namespace: flux-system
spec:
  interval: 10m0s
  path: ./{directory}
  prune: true
  sourceRef:
    kind: GitRepository
    name: flux-system
""",
        f"{directory}/cluster-info.yaml": f"""\
apiVersion: v1
kind: ConfigMap
metadata:
  name: cluster-info
  namespace: flux-system
data:
  CLUSTER: {name}
  REGION: {region}
  ACCOUNT: "111122223333"
""",
        f"{directory}/kustomizations.yaml": "---\n".join(kustomizations),
    }


def _kustomization(name: str, path: str, *, after: int) -> str:
    depends = f"  dependsOn:\n    - name: tool-{after}\n" if after >= 0 else ""
    return f"""\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {name}
  namespace: flux-system
spec:
  interval: 10m
  path: {path}
  prune: true
  timeout: 5m
{depends}  sourceRef:
    kind: GitRepository
    name: flux-system
  postBuild:
    substituteFrom:
      - kind: ConfigMap
        name: cluster-info
"""


def _tool(directory: str, name: str, tag: str) -> dict[str, str]:
    return {
        f"{directory}/kustomization.yaml": f"""\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {name}
resources:
  - namespace.yaml
  - deployment.yaml
  - rbac.yaml
images:
  - name: example.com/{name}
    newTag: {tag}
""",
        f"{directory}/namespace.yaml": f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n",
        f"{directory}/deployment.yaml": _deployment(name, f"example.com/{name}"),
        f"{directory}/rbac.yaml": f"""\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
  annotations:
    eks.amazonaws.com/role-arn: arn:aws:iam::${{ACCOUNT}}:role/${{CLUSTER}}-{name}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {name}
rules:
  - apiGroups: ["apps"]
    resources: ["deployments"]
    verbs: ["get", "list", "watch"]
""",
    }


def _app(directory: str, name: str, mode: str) -> dict[str, str]:
    files = {
        f"{directory}/base/kustomization.yaml": "resources: [deployment.yaml, service.yaml]\n",
        f"{directory}/base/deployment.yaml": _deployment(name, f"example.com/apps/{name}:2.3.4"),
        f"{directory}/base/service.yaml": f"""\
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector:
    app: {name}
  ports:
    - port: 80
      targetPort: http
""",
    }
    for environment, replicas in (("staging", 1), ("production", 3)):
        value = mode if environment == "production" else "slow"
        files[f"{directory}/{environment}/kustomization.yaml"] = f"""\
namespace: {name}
resources: [../base]
replicas: [{{name: {name}, count: {replicas}}}]
configMapGenerator:
  - name: {name}
    literals: [mode={value}]
"""
    return files


def _deployment(name: str, image: str) -> str:
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels:
    app: {name}
spec:
  replicas: 1
  selector:
    matchLabels:
      app: {name}
  template:
    metadata:
      labels:
        app: {name}
    spec:
      serviceAccountName: {name}
      containers:
        - name: main
          image: {image}
          args:
            - --cluster=${{CLUSTER}}
            - --region=${{REGION}}
            - --log-level=info
          ports:
            - name: http
              containerPort: 8080
          resources:
            requests:
              cpu: 50m
              memory: 64Mi
            limits:
              memory: 256Mi
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
"""
