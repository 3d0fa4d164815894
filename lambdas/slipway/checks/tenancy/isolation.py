"""Rules about tenants on a shared cluster: SLW510, SLW512 to SLW514.

Source of the rules: fluxcd.io, "Flux multi-tenancy"; kustomize-controller, `kustomization_controller.go`
(`getSource`, `build`), helm-controller, `internal/acl/acl.go`, image-reflector-controller and
image-automation-controller, by which references into other namespaces and remote
bases are refused where the controllers are told so.
"""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Finding, Rule
from slipway.checks.subject import Landed, Subject
from slipway.checks.tenancy.rbac import PLATFORM_KINDS
from slipway.checks.tenancy.world import World, is_chart
from slipway.fleet.flux import HELM_GROUP, KUSTOMIZE_GROUP, is_helm_release, is_kustomization
from slipway.fleet.kustomization import KUSTOMIZATION_FILES
from slipway.fleet.manifests import Path
from slipway.fleet.model import Cluster, Owner, RenderedKustomization
from slipway.fleet.objects import KubeObject, Location, mapping, text

NO_ACCOUNT = Rule("SLW510", "A tenant's Kustomization without a service account", "warning")
ACROSS_NAMESPACES = Rule("SLW512", "A reference into another namespace that Flux refuses", "error")
REMOTE_BASE = Rule("SLW513", "A remote base that Flux refuses", "error")
OUT_OF_BOUNDS = Rule("SLW514", "A tenant that leaves its place", "warning")

RULES = (NO_ACCOUNT, ACROSS_NAMESPACES, REMOTE_BASE, OUT_OF_BOUNDS)

_IMAGE_GROUP = "image.toolkit.fluxcd.io"
_REFERENCES: dict[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    (KUSTOMIZE_GROUP, "Kustomization"): (("spec", "sourceRef"),),
    (HELM_GROUP, "HelmRelease"): (("spec", "chart", "spec", "sourceRef"), ("spec", "chartRef")),
    (_IMAGE_GROUP, "ImagePolicy"): (("spec", "imageRepositoryRef"),),
    (_IMAGE_GROUP, "ImageUpdateAutomation"): (("spec", "sourceRef"),),
}
"""Fields that refer to objects in a namespace that they may name."""
_REMOTE = "remote base "
"""How `slipway.fleet.closure` begins to say that a build needs the network."""


def isolation_findings(subject: Subject, world: World) -> Iterator[Finding]:
    """What tenants do that they should not, and what the clusters' Flux will not let them."""
    for cluster in subject.fleet.clusters.values():
        yield from _remote_bases(subject, world, cluster)
        owners: tuple[Owner, ...] = (*cluster.kustomizations, *cluster.expanded)
        for owner in owners:
            yield from _without_account(subject, world, cluster, owner)
    for landed in subject.distinct:
        if references := list(_elsewhere(landed.obj)):
            yield from _across_namespaces(subject, world, landed, references)
        if subject.settings.tenants:
            yield from _out_of_bounds(subject, world, landed)


def _across_namespaces(
    subject: Subject, world: World, landed: Landed, references: list[tuple[Path, str]]
) -> Iterator[Finding]:
    clusters = subject.fleet.clusters
    locked = tuple(name for name in landed.clusters if world.lockdown(clusters[name]).across_namespaces is False)
    for path, namespace in references if locked else ():
        where = subject.lines.cause(landed.obj, landed.owner, (*path, "namespace")).where
        message = f"it refers to {namespace}, and Flux is told to follow no reference into another namespace"
        hint = "bring what it refers to into its own namespace; --no-cross-namespace-refs is set"
        yield Finding(ACROSS_NAMESPACES, message, where, str(landed.obj.key), locked, hint)


def _without_account(subject: Subject, world: World, cluster: Cluster, owner: Owner) -> Iterator[Finding]:
    definition = owner.definition
    if not (is_kustomization(definition) or is_helm_release(definition)):
        return
    spec = definition.spec
    tenant = world.tenant(owner)
    if not tenant or text(spec.get("serviceAccountName")) or mapping(spec.get("kubeConfig")):
        return
    if world.lockdown(cluster).default_account != "":
        return
    if isinstance(owner, RenderedKustomization):
        where = subject.lines.cause_of_definition(owner, ("spec", "serviceAccountName")).where
    else:
        where = subject.lines.of(definition, ("spec", "serviceAccountName"))
    message = f"{tenant} may do with it whatever Flux may do: it names no service account"
    hint = "set spec.serviceAccountName, or --default-service-account of Flux's controllers for all of them"
    yield Finding(NO_ACCOUNT, message, where, str(owner.key), (cluster.name,), hint)


def _remote_bases(subject: Subject, world: World, cluster: Cluster) -> Iterator[Finding]:
    if world.lockdown(cluster).remote_bases is not False:
        return
    why = {item.what: item.why for item in subject.fleet.not_rendered if item.cluster == cluster.name}
    for done in cluster.kustomizations:
        if done.failed and why.get(str(done.key), "").startswith(_REMOTE):
            base = why[str(done.key)].removeprefix(_REMOTE).removesuffix(" is not fetched")
            where = _line_of(base, done, subject)
            message = f"it needs {base} from the network, and Flux is told to build without"
            hint = "bring the files into the repository; --no-remote-bases is set"
            yield Finding(REMOTE_BASE, message, where, str(done.key), (cluster.name,), hint)


def _line_of(base: str, done: RenderedKustomization, subject: Subject) -> Location:
    """The line that names a remote base, else that of what is built: a build that ends early says no more."""
    directory = done.kustomization.path
    files = [path for path in subject.root if path.rpartition("/")[2] in KUSTOMIZATION_FILES]
    for path in sorted(files, key=lambda path: (not f"{path}/".startswith(f"{directory}/"), path)):
        for number, line in enumerate(subject.root.read(path).split(b"\n"), start=1):
            if base.encode() in line and not line.lstrip().startswith(b"#"):
                return subject.root.at(path, number)
    return subject.lines.cause_of_definition(done, ("spec", "path")).where


def _elsewhere(obj: KubeObject) -> Iterator[tuple[Path, str]]:
    """The references of an object into other namespaces: the field and the namespace."""
    for path in _REFERENCES.get((obj.group, obj.kind), ()):
        value = obj.value
        for step in path:
            value = mapping(value.get(step))
        namespace = text(value.get("namespace"))
        if namespace and "${" not in namespace and obj.namespace not in ("", namespace):
            yield path, namespace


def _out_of_bounds(subject: Subject, world: World, landed: Landed) -> Iterator[Finding]:
    obj, owner = landed.obj, landed.owner
    name = world.tenant(owner)
    if not name or "${" in f"{obj.namespace}{obj.name}":
        return
    tenant = subject.settings.tenants[name]
    is_namespace = (obj.group, obj.kind) == ("", "Namespace")
    namespace = obj.name if is_namespace else obj.namespace
    path: Path
    if namespace and not tenant.may_land_in(namespace):
        path = ("metadata", "name" if is_namespace else "namespace")
        message = f"{name} has no place in the namespace {namespace}"
        hint = f"slipway.yaml gives it {', '.join(tenant.namespaces)}"
    elif obj.kind in PLATFORM_KINDS and not namespace and not is_chart(owner):
        path = ("kind",)
        message = f"{name} brings what is for the whole cluster"
        hint = "the platform's own repository is the place for it"
    else:
        return
    where = subject.lines.cause(obj, owner, path).where
    yield Finding(OUT_OF_BOUNDS, message, where, str(obj.key), landed.clusters, hint)
