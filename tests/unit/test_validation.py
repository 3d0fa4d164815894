"""A pull request gets its check: the whole of the validation on the in-memory twins and the real kustomize."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from slipway.aws.memory import MemoryBucket, MemoryLeases
from slipway.checks.schema.catalogue import KindVersion
from slipway.errors import RetryLater
from slipway.events import Delivery, PullRequestEvent
from slipway.fleet.charts import ChartRequest, FetchedChart
from slipway.fleet.errors import NotFetched
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.kustomize import Builder
from slipway.github.memory import MemoryGitHub
from slipway.github.protocol import CheckRun, PullRequest, Review
from slipway.tools import kubectl
from slipway.tools.charts import Network
from slipway.tools.helm import Helm
from slipway.tools.layer import find_tool
from slipway.tools.schema_sources import ServerSchemas
from slipway.tools.schemas import load_schemas
from slipway.tools.store import DiskStore
from slipway.validation.charts import ChartPolicy, KeptCharts
from slipway.validation.kept import KeptBase
from slipway.validation.sealing import Sealing
from slipway.validation.validate import MAX_ANNOTATIONS, Attempt, Surroundings, give_up, validate
from tests.unit import sealing_world
from tests.unit.helm_world import chart_files, fetched
from tests.unit.key_slots import SLOTS
from tests.unit.keys_world import KeysWorld
from tests.unit.memory_store import MemoryStore
from tests.unit.small_fleets import helm_release, helm_repository
from tests.unit.test_checks_secrets_opened import CONTROLLER, SECRET, keys

SYSTEM = "acme/gitops-system"
BASE, HEAD, MERGE, TIP = "b" * 40, "a" * 40, "c" * 40, "d" * 40

SYNC = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: https://github.com/acme/gitops-system, ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/staging, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: default\ndata:\n  mode: slow\n"
FILES: Mapping[str, str] = {
    "clusters/staging/flux-system/gotk-sync.yaml": SYNC,
    "clusters/staging/settings.yaml": CONFIG_MAP,
}


@dataclass
class World:
    """GitHub, AWS and one pull request."""

    github: MemoryGitHub = field(default_factory=MemoryGitHub)
    leases: MemoryLeases = field(default_factory=MemoryLeases)
    bucket: MemoryBucket = field(default_factory=MemoryBucket)
    system: str = SYSTEM
    kept: KeptBase = field(default_factory=KeptBase)
    kept_schemas: MemoryStore = field(default_factory=MemoryStore)
    asked_for: list[str] = field(default_factory=list)
    keys: KeysWorld | None = None
    pull: PullRequest = field(
        default_factory=lambda: PullRequest(
            repository=SYSTEM,
            number=7,
            state="open",
            draft=False,
            head_sha=HEAD,
            head_repository=SYSTEM,
            base_ref="main",
            base_sha=BASE,
            merge_sha=MERGE,
            mergeable=True,
        )
    )

    def propose(self, changes: Mapping[str, str], base: Mapping[str, str] = FILES) -> World:
        """Have the pull request change files of `base`; empty text removes one."""
        merged = {path: text for path, text in {**base, **changes}.items() if text}
        repository = self.pull.repository
        self.github.add_commit(repository, BASE, _encoded(base), refs=["main", "HEAD"])
        self.github.add_commit(repository, HEAD, _encoded(merged), parents=[BASE])
        self.github.add_commit(repository, MERGE, _encoded(merged), parents=[BASE, HEAD])
        self.github.put_pull_request(self.pull)
        return self

    def set_pull(self, **changes: object) -> None:
        self.pull = replace(self.pull, **changes)  # type: ignore[arg-type]
        self.github.put_pull_request(self.pull)

    def around(self) -> Surroundings:
        def github(_installation: int, repository: str) -> MemoryGitHub:
            self.asked_for.append(repository)
            return self.github

        return Surroundings(
            github=github,
            leases=self.leases,
            bucket=self.bucket,
            bucket_name="reports",
            builder=Builder(KUSTOMIZE),
            helm=lambda cache, allow: HelmRenderer(OnlyAllowed(allow), HELM, KUSTOMIZE, cache),
            kept=self.kept,
            schemas=SCHEMAS,
            kept_schemas=self.kept_schemas,
            github_host="github.com",
            system_repository=self.system,
            lease_seconds=60,
            sealing=Sealing(self.keys.keys("check", "state"), SECRET) if self.keys else None,
        )

    def validate(self, *, rerun: bool = False, delivery: str = "d-1", owner: str = "w-1", time: float = 300.0) -> str:
        return validate(self.event(rerun=rerun, delivery=delivery), self.around(), Attempt(owner, lambda: time))

    def event(self, *, rerun: bool = False, delivery: str = "d-1") -> PullRequestEvent:
        source = Delivery(
            id=delivery,
            hook="1",
            event="pull_request",
            action="opened",
            installation=1,
            repository=self.pull.repository,
            sender="dora",
            received_at="2026-11-22T12:00:00Z",
            body_key="deliveries/x.json",
        )
        return PullRequestEvent(source, 7, HEAD, rerun)

    @property
    def runs(self) -> list[CheckRun]:
        return [stored.run for stored in self.github.runs.values()]

    @property
    def run(self) -> CheckRun:
        [run] = self.runs
        return run


SCHEMAS = load_schemas()
KUSTOMIZE, HELM = kubectl.Kubectl(kubectl.find()), Helm(find_tool("helm"))


@dataclass(frozen=True)
class OnlyAllowed:
    """Repositories that all have the same chart `app`."""

    allow: ChartPolicy

    def get(self, request: ChartRequest) -> FetchedChart:
        if reason := self.allow(request.url):
            raise NotFetched(reason)
        return fetched(chart_files({"a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: from-chart}}\n"}))


def _encoded(files: Mapping[str, str]) -> dict[str, bytes]:
    return {path: text.encode() for path, text in files.items()}


def test_a_sound_pull_request_passes_and_shows_what_would_change() -> None:
    world = World().propose({"clusters/staging/settings.yaml": CONFIG_MAP.replace("slow", "fast")})
    assert world.validate() == "reported"
    assert (world.run.status, world.run.conclusion) == ("completed", "success")
    assert world.run.title == "1 object would change on staging; 2 not validated"
    assert "- data.mode: slow\n+ data.mode: fast" in world.run.text
    assert "```mermaid" in world.run.text
    assert world.run.annotations == ()


def test_a_broken_pull_request_fails_with_the_finding_on_its_line() -> None:
    broken = CONFIG_MAP.replace("mode: slow", "mode: slow\n  port: 8080")
    world = World().propose({"clusters/staging/settings.yaml": broken})
    world.validate()
    [annotation] = world.run.annotations
    assert world.run.conclusion == "failure"
    assert (annotation.path, annotation.line, annotation.level) == ("clusters/staging/settings.yaml", 8, "failure")
    assert "data.port" in annotation.message


def test_a_bad_value_in_a_patch_is_annotated_in_the_patch() -> None:
    patch = "resources: [flux-system/gotk-sync.yaml, settings.yaml]\npatches:\n- patch: |\n" + "".join(
        f"    {line}\n" for line in CONFIG_MAP.replace("slow", "7").splitlines()
    )
    world = World().propose({"clusters/staging/kustomization.yaml": patch})
    world.validate()
    [annotation] = world.run.annotations
    assert (annotation.path, annotation.line) == ("clusters/staging/kustomization.yaml", 10)


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("clusters/staging/settings.yaml", "a: [", "not valid YAML"),
        ("clusters/staging/settings.yaml", "a: \x00", "not valid YAML"),
        ("clusters/staging/kustomization.yaml", "resources: [../../../etc]", "outside of the repository"),
        ("clusters/staging/kustomization.yaml", "resources: [gone.yaml]", "does not exist"),
        ("clusters/staging/kustomization.yaml", "resources: [.]", "cycle"),
    ],
)
def test_what_flux_cannot_build_fails_and_names_the_file(path: str, content: str, said: str) -> None:
    world = World().propose({path: content})
    world.validate()
    assert world.run.conclusion == "failure"
    [annotation] = world.run.annotations
    assert annotation.path == path
    assert said in annotation.message


def test_a_failed_build_is_not_shown_as_a_removal() -> None:
    world = World().propose({"clusters/staging/settings.yaml": "a: ["})
    world.validate()
    assert "removed" not in world.run.text
    assert "Not compared" in world.run.text


def test_findings_that_the_base_has_already_do_not_fail_the_pull_request() -> None:
    base = {**FILES, "clusters/staging/old.yaml": CONFIG_MAP.replace("slow", "1").replace("settings", "old")}
    changes = {"clusters/staging/settings.yaml": CONFIG_MAP.replace("slow", "fast")}
    world = World().propose(changes, base)
    world.validate()
    assert world.run.conclusion == "success"
    assert "1 finding that the base branch has already" in world.run.summary.replace("\n", " ")


def test_a_pull_request_cannot_loosen_the_rules_that_it_is_judged_by() -> None:
    strict = {**FILES, "slipway.yaml": "failOn: warning\n"}
    unused_but_broken = {"docs/example.yaml": "a: [", "slipway.yaml": "failOn: error\n"}
    world = World().propose(unused_but_broken, strict)
    world.validate()
    assert world.run.conclusion == "failure"


def test_a_repository_without_clusters_is_never_green() -> None:
    world = World().propose({"README.md": "# nothing"}, {"README.md": "# none"})
    world.validate()
    assert world.run.conclusion == "failure"
    assert "nothing was checked" in world.run.title


def test_the_same_event_again_does_nothing_twice() -> None:
    world = World().propose({"README.md": "hello"})
    assert [world.validate(), world.validate(owner="w-2"), world.validate(delivery="d-2", owner="w-3")] == [
        "reported",
        "already reported",
        "already reported",
    ]
    assert len(world.runs) == 1


def test_a_rerun_makes_one_new_check_run_however_often_its_delivery_comes() -> None:
    world = World().propose({"README.md": "hello"})
    world.validate()
    outcomes = [world.validate(rerun=True, delivery="again"), world.validate(rerun=True, delivery="again")]
    assert outcomes == ["reported", "already reported"]
    assert [run.status for run in world.runs] == ["completed", "completed"]


def test_an_old_head_is_left_to_the_event_of_the_new_one() -> None:
    world = World().propose({"README.md": "hello"})
    world.set_pull(head_sha="e" * 40)
    assert world.validate() == "superseded"
    assert world.runs == []


def test_a_head_that_is_replaced_meanwhile_is_not_reported() -> None:
    world = World().propose({"README.md": "hello"})
    around = world.around()
    unhindered = around.builder.engine.build

    class Slow:
        version = "slow"

        def build(self, files: Mapping[str, bytes], directory: str) -> str:
            world.set_pull(head_sha="e" * 40)
            return unhindered(files, directory)

    around = replace(around, builder=Builder(Slow()))
    assert validate(world.event(), around, Attempt("w", lambda: 300.0)) == "superseded"
    assert (world.run.status, world.run.conclusion) == ("completed", "cancelled")


def test_a_closed_pull_request_gets_no_check() -> None:
    world = World().propose({"README.md": "hello"})
    world.set_pull(state="closed")
    assert world.validate() == "closed"
    assert world.runs == []


@pytest.mark.parametrize("changes", [{"mergeable": None}, {"merge_sha": TIP}], ids=["not computed", "of an older head"])
def test_a_merge_that_github_has_not_computed_is_waited_for(changes: Mapping[str, object]) -> None:
    world = World().propose({"README.md": "hello"})
    world.github.add_commit(SYSTEM, TIP, {}, parents=[BASE, "f" * 40])
    world.set_pull(**changes)
    with pytest.raises(RetryLater):
        world.validate()
    assert all(run.status != "completed" for run in world.runs)


def test_a_conflict_is_said_and_never_green() -> None:
    world = World().propose({"README.md": "hello"})
    world.set_pull(mergeable=False, merge_sha="")
    assert world.validate() == "reported"
    assert world.run.conclusion == "action_required"


def test_a_second_worker_waits_for_the_first() -> None:
    world = World().propose({"README.md": "hello"})
    world.leases.acquire(f"{SYSTEM}#7@{HEAD}", "somebody", 60)
    with pytest.raises(RetryLater, match="another worker"):
        world.validate()
    assert world.runs == []


@pytest.mark.parametrize("call", range(1, 12))
def test_github_failing_at_any_call_leaves_one_check_run_after_the_next_try(call: int) -> None:
    world = World().propose({"clusters/staging/settings.yaml": CONFIG_MAP.replace("slow", "fast")})
    world.github.fail(call, after=1)
    try:
        world.validate()
    except RetryLater:
        world.validate(owner="w-2")
    assert (world.run.status, world.run.conclusion) == ("completed", "success")


def test_without_time_the_rest_is_named_as_not_rendered_and_never_green() -> None:
    world = World().propose({"README.md": "hello"})
    world.validate(time=5.0)
    assert world.run.conclusion == "failure"
    assert "the time for one check ran out" in world.run.summary
    assert "Kustomization on `staging`: `flux-system/flux-system`" in world.run.summary
    assert world.run.annotations == ()


def test_a_pull_request_that_is_given_up_says_so_and_is_never_green() -> None:
    world = World().propose({"README.md": "hello"})
    give_up(world.event(), world.around(), "Slipway failed with KeyError.")
    assert world.run.conclusion == "failure"
    assert "Not checked" in world.run.summary


def test_the_report_is_kept_whole_where_github_cuts_it() -> None:
    many = "".join(f"---\n{CONFIG_MAP.replace('settings', f'settings-{n}')}" for n in range(400))
    world = World().propose({"clusters/staging/many.yaml": many})
    world.validate()
    key = f"reports/{SYSTEM}/7/{HEAD}.md"
    report = world.bucket.get(key)
    assert report is not None
    assert len(world.run.text.encode()) <= 65_535
    assert f"s3://reports/{key}" in world.run.text
    assert b"settings-399" in report


APP = "acme/web-manifests"
SOURCE = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: web, namespace: flux-system}
spec: {interval: 1m, url: "https://github.com/acme/web-manifests", ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec: {interval: 10m, path: ./, prune: true, sourceRef: {kind: GitRepository, name: web}}
"""


def test_a_pull_request_in_an_application_is_rendered_through_the_system_repository() -> None:
    world = World()
    files = _encoded({**FILES, "clusters/staging/web.yaml": SOURCE})
    world.github.add_commit(SYSTEM, TIP, files, refs=["HEAD", "main"])
    world.pull = replace(world.pull, repository=APP, head_repository=APP)
    web = CONFIG_MAP.replace("settings", "web")
    world.propose({"web.yaml": web.replace("slow", "fast")}, {"web.yaml": web})
    world.validate()
    assert world.run.conclusion == "success"
    assert world.run.title == "1 object would change on staging; 4 not validated"


def test_a_repository_that_only_the_pull_request_names_is_not_read() -> None:
    world = World()
    world.github.add_commit(APP, TIP, _encoded({"secret.yaml": CONFIG_MAP}), refs=["main"])
    world.propose({"clusters/staging/web.yaml": SOURCE})
    world.validate()
    assert APP not in world.asked_for
    assert "acme/web-manifests is new in this pull request" in world.run.summary


def test_a_new_repository_that_the_base_allows_is_read() -> None:
    base = {**FILES, "slipway.yaml": "repositories: [acme/*-manifests]\n"}
    world = World()
    world.github.add_commit(APP, TIP, _encoded({"web.yaml": CONFIG_MAP.replace("settings", "web")}), refs=["main"])
    world.propose({"clusters/staging/web.yaml": SOURCE}, base)
    world.validate()
    assert world.run.title == "3 objects would change on staging; 4 not validated"


def test_for_a_fork_no_other_repository_is_read() -> None:
    world = World()
    world.github.add_commit(APP, TIP, _encoded({"web.yaml": CONFIG_MAP.replace("settings", "web")}), refs=["main"])
    world.pull = replace(world.pull, head_repository="mallory/gitops-system")
    world.propose({"README.md": "hello"}, {**FILES, "clusters/staging/web.yaml": SOURCE})
    world.validate()
    assert APP not in world.asked_for
    assert "is not read for a pull request from a fork" in world.run.summary


def test_a_source_elsewhere_is_named_as_not_rendered() -> None:
    elsewhere = SOURCE.replace("github.com/acme/web-manifests", "git.example.com/x/y")
    world = World().propose({"clusters/staging/web.yaml": elsewhere})
    world.validate()
    assert "is no repository on github.com" in world.run.summary


def test_an_artifact_is_named_as_not_rendered_with_where_it_is() -> None:
    bucket = SOURCE.replace("GitRepository", "OCIRepository").replace("https://github.com", "oci://ghcr.io")
    world = World().propose({"clusters/staging/web.yaml": bucket})
    world.validate()
    assert "an artifact that something has pushed to oci:" in world.run.summary


def test_a_token_in_the_url_of_a_source_stays_unsaid() -> None:
    elsewhere = SOURCE.replace("github.com/acme/web-manifests", "dora:sesame@git.example.com/x/y")
    world = World().propose({"clusters/staging/web.yaml": elsewhere})
    world.validate()
    assert "git.example.com/x/y is no repository" in world.run.summary
    assert "sesame@git.example.com/x/y is no" not in world.run.summary


def test_thousands_of_findings_become_a_few_annotations_and_a_whole_report() -> None:
    many = "".join(f"---\n{CONFIG_MAP.replace('settings', f's-{n}').replace('slow', '1')}" for n in range(300))
    world = World().propose({"clusters/staging/many.yaml": many})
    world.validate()
    report = world.bucket.get(f"reports/{SYSTEM}/7/{HEAD}.md")
    assert report is not None
    assert (len(world.run.annotations), world.run.conclusion) == (MAX_ANNOTATIONS, "failure")
    assert b"s-299" in report


CHART = f"{helm_release('app')}---\n{helm_repository()}"


def test_what_a_chart_would_change_is_shown() -> None:
    world = World().propose({"clusters/staging/app.yaml": ""}, {**FILES, "clusters/staging/app.yaml": CHART})
    world.validate()
    assert "ConfigMap flux-system/from-chart" in world.run.text
    assert world.run.title.startswith("3 objects would change on staging")


def test_charts_come_from_where_the_base_has_them_already() -> None:
    changed = CHART.replace("interval: 10m", "interval: 20m")
    world = World().propose({"clusters/staging/app.yaml": changed}, {**FILES, "clusters/staging/app.yaml": CHART})
    world.validate()
    assert world.run.title.startswith("1 object would change on staging")
    assert "not fetched" not in world.run.summary


def test_charts_of_a_repository_that_only_the_pull_request_names_are_not_fetched() -> None:
    world = World().propose({"clusters/staging/app.yaml": CHART})
    world.validate()
    assert "charts.example.com is new in this pull request" in world.run.summary
    allowed = World().propose(
        {"clusters/staging/app.yaml": CHART}, {**FILES, "slipway.yaml": "charts: ['https://charts.example.com*']\n"}
    )
    allowed.validate()
    assert "ConfigMap flux-system/from-chart" in allowed.run.text


def test_for_a_fork_no_chart_is_fetched() -> None:
    world = World()
    world.pull = replace(world.pull, head_repository="mallory/gitops-system")
    world.propose({"README.md": "hello"}, {**FILES, "clusters/staging/app.yaml": CHART})
    world.validate()
    assert "none are for a pull request from a fork" in world.run.summary


CACHE = "apiVersion: acme.io/v1\nkind: Cache\nmetadata: {name: web, namespace: default}\nspec: {size: big}\n"
SCHEMA = '{"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}'
CATALOGUE = "schemas: ['https://schemas.example.com']\n"


def with_kept_schema(world: World) -> World:
    """What `schemas.example.com` has said about the kind, so that nobody is asked."""
    ServerSchemas("https://schemas.example.com", world.kept_schemas, Network(lambda _: "")).keep(
        KindVersion("acme.io", "Cache", "v1"), SCHEMA.encode()
    )
    return world


def test_schemas_come_from_a_catalogue_that_the_base_names() -> None:
    world = with_kept_schema(World()).propose(
        {"clusters/staging/cache.yaml": CACHE}, {**FILES, "slipway.yaml": CATALOGUE}
    )
    world.validate()
    assert "spec.size: expected integer" in world.run.summary


def test_a_catalogue_that_only_the_pull_request_names_is_not_asked() -> None:
    world = with_kept_schema(World()).propose({"clusters/staging/cache.yaml": CACHE, "slipway.yaml": CATALOGUE})
    world.validate()
    assert "spec.size" not in world.run.summary + world.run.text
    assert "no schema for this kind is at hand" in world.run.text + world.run.summary


def test_for_a_fork_no_catalogue_is_asked() -> None:
    world = World()
    world.pull = replace(world.pull, head_repository="mallory/gitops-system")
    world.propose({"clusters/staging/cache.yaml": CACHE}, {**FILES, "slipway.yaml": CATALOGUE})
    world.validate()
    assert "none are for a pull request from a fork" in world.run.text + world.run.summary


def test_a_catalogue_may_be_a_directory_of_the_repository() -> None:
    base = {**FILES, "slipway.yaml": "schemas: [schemas]\n", "schemas/acme.io/cache_v1.json": SCHEMA}
    world = World().propose({"clusters/staging/cache.yaml": CACHE}, base)
    world.validate()
    assert "spec.size: expected integer" in world.run.summary


def test_charts_are_kept_in_the_bucket_behind_the_disk(tmp_path: Path) -> None:
    bucket = MemoryBucket()
    KeptCharts(DiskStore(tmp_path / "one"), bucket).put("a.tgz", b"chart")
    other = DiskStore(tmp_path / "other")
    assert KeptCharts(other, bucket).get("a.tgz") == b"chart"
    assert other.get("a.tgz") == b"chart"
    assert KeptCharts(other, bucket).get("b.tgz") is None


PROMOTED = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: production, namespace: flux-system}
spec: {interval: 1m, url: "https://github.com/acme/gitops-system", ref: {REF}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: production, namespace: flux-system}
spec: {interval: 10m, path: ./apps, prune: true, sourceRef: {kind: GitRepository, name: production}}
"""


@pytest.mark.parametrize(
    ("ref", "title"),
    [
        ("{branch: main}", "1 object would change on staging; 4 not validated"),
        ("{tag: v1.0.0}", "Nothing would change; 4 not validated"),
        ("{semver: 1.x}", "Nothing would change; 4 not validated"),
        ("{name: refs/heads/live}", "Nothing would change; 4 not validated"),
    ],
)
def test_a_change_does_not_reach_what_is_taken_from_a_tag_or_another_branch(ref: str, title: str) -> None:
    app = CONFIG_MAP.replace("settings", "app")
    base = {**FILES, "clusters/staging/production.yaml": PROMOTED.replace("{REF}", ref), "apps/app.yaml": app}
    world = World()
    world.github.add_commit(SYSTEM, TIP, _encoded(base), refs=["live"], tags=["v1.0.0", "v2.0.0-rc.1", "latest"])
    world.propose({"apps/app.yaml": app.replace("slow", "fast")}, base)
    world.validate()
    assert world.run.title == title
    assert len([call for call in world.github.calls if call.startswith("tags of")]) == ("semver" in ref)


def test_a_finding_in_a_tag_is_not_put_on_the_lines_of_the_pull_request() -> None:
    broken = CONFIG_MAP.replace("settings", "app").replace("mode: slow", "mode: slow\n  port: 8080")
    world = World()
    world.github.add_commit(SYSTEM, TIP, _encoded({"apps/app.yaml": broken}), tags=["v1.0.0"])
    promoted = PROMOTED.replace("{REF}", "{tag: v1.0.0}")
    world.propose({"clusters/staging/production.yaml": promoted, "apps/app.yaml": "a: 1\n"})
    world.validate()
    assert (world.run.conclusion, world.run.annotations) == ("failure", ())
    assert "acme/gitops-system@v1.0.0:apps/app.yaml:8" in world.run.summary


def test_a_range_that_no_tag_is_in_fails_the_kustomizations_that_take_from_it() -> None:
    world = World().propose({"clusters/staging/production.yaml": PROMOTED.replace("{REF}", "{semver: '>=3'}")})
    world.validate()
    assert world.run.conclusion == "failure"
    assert "no tag is in the range" in world.run.summary


def test_the_next_pull_request_goes_on_from_the_base_of_the_last_one() -> None:
    base = {**FILES, "clusters/staging/old.yaml": CHART}
    first = World().propose({"clusters/staging/app.yaml": CHART}, base)
    first.validate()
    kept = first.kept.get(1, SYSTEM)
    assert kept is not None
    changed = CHART.replace("interval: 10m", "interval: 20m")
    world = World(kept=first.kept).propose(
        {"clusters/staging/old.yaml": changed}, {**FILES, "clusters/staging/old.yaml": CHART}
    )
    world.validate()
    assert world.run.title.startswith("1 object would change on staging")
    assert "not fetched" not in world.run.summary
    again = first.kept.get(1, SYSTEM)
    assert again is not None
    assert again.rendering.generation == 1
    assert again.rendering.fleet.clusters["staging"] is kept.rendering.fleet.clusters["staging"]


def test_nothing_is_kept_of_other_fleets_or_for_forks() -> None:
    world = World().propose({"README.md": "hello"})
    world.validate()
    assert world.kept.get(2, SYSTEM) is None
    assert world.kept.get(1, APP) is None
    fork = World()
    fork.pull = replace(fork.pull, head_repository="mallory/gitops-system")
    fork.propose({"README.md": "hello"})
    fork.validate()
    assert fork.kept.get(1, SYSTEM) is None


def test_a_pull_request_onto_another_branch_is_checked_as_for_the_one_that_clusters_follow() -> None:
    world = World()
    world.pull = replace(world.pull, base_ref="feature")
    world.propose({"clusters/staging/settings.yaml": CONFIG_MAP.replace("mode: slow", "mode: slow\n  port: 8080")})
    world.validate()
    assert world.run.conclusion == "failure"
    assert "no cluster follows this branch; it is checked as what main would be" in world.run.summary


def test_a_branch_of_an_application_that_no_cluster_takes_files_from_is_named() -> None:
    world = World()
    world.github.add_commit(
        SYSTEM, TIP, _encoded({**FILES, "clusters/staging/web.yaml": SOURCE}), refs=["main", "HEAD"]
    )
    world.github.add_commit(APP, "e" * 40, _encoded({"web.yaml": CONFIG_MAP}), refs=["main"])
    world.pull = replace(world.pull, repository=APP, head_repository=APP, base_ref="feature")
    base = {"web.yaml": CONFIG_MAP}
    world.github.add_commit(APP, BASE, _encoded(base), refs=["feature"])
    world.github.add_commit(APP, HEAD, _encoded({"web.yaml": CONFIG_MAP.replace("slow", "fast")}), parents=[BASE])
    world.github.add_commit(
        APP, MERGE, _encoded({"web.yaml": CONFIG_MAP.replace("slow", "fast")}), parents=[BASE, HEAD]
    )
    world.github.put_pull_request(world.pull)
    world.validate()
    assert "no cluster takes files from this branch" in world.run.summary


NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
SHOP = "clusters/staging/shop.yaml"


def destroying(policy: str = "") -> World:
    """A pull request that takes a Namespace away."""
    return World().propose({SHOP: ""}, base={**FILES, SHOP: NAMESPACE, "slipway.yaml": policy})


def test_what_a_pull_request_destroys_fails_until_it_has_the_label() -> None:
    world = destroying()
    assert world.validate() == "reported"
    assert world.run.conclusion == "failure"
    assert "SLW403" in world.run.summary

    world.set_pull(labels=("slipway/approve-destructive",))
    assert world.validate() == "reported"
    assert world.validate() == "already reported"
    assert world.runs[-1].conclusion == "success"
    assert "### Approved: 1 finding" in world.runs[-1].summary
    assert "approved by label slipway/approve-destructive" in world.runs[-1].summary


def test_an_approval_that_is_taken_back_gets_a_run_of_its_own() -> None:
    world = destroying()
    for labels in ((), ("slipway/approve-destructive",), ()):
        world.set_pull(labels=labels)
        delivery = f"d-{len(world.runs)}"
        assert world.validate(delivery=delivery) == "reported"
        assert world.validate(delivery=delivery) == "already reported"
    assert [run.conclusion for run in world.runs] == ["failure", "success", "failure"]


def test_a_review_of_the_head_approves_where_the_base_names_who() -> None:
    world = destroying("approvals:\n- {by: [mona]}\n")
    world.set_pull(labels=("slipway/approve-destructive",), author="dora")
    world.validate()
    assert world.run.conclusion == "failure"
    assert "it needs an approving review of mona" in world.run.summary

    world.github.put_reviews(SYSTEM, 7, Review("mona", "APPROVED", HEAD))
    world.validate()
    assert world.runs[-1].conclusion == "success"
    assert "approved by review of mona" in world.runs[-1].summary


def test_a_pull_request_cannot_name_who_approves_it() -> None:
    world = World().propose(
        {SHOP: "", "slipway.yaml": "approvals:\n- {label: slipway/mine}\n"}, base={**FILES, SHOP: NAMESPACE}
    )
    world.set_pull(labels=("slipway/mine",))
    world.validate()
    assert world.run.conclusion == "failure"


def test_what_is_gone_is_told_where_it_was() -> None:
    world = destroying()
    world.validate()
    [annotation] = world.run.annotations
    assert (annotation.path, annotation.line) == (SHOP, 1)


# SealedSecrets, asked of the keys function

SEALED = "clusters/staging/db.yaml"
WITH_KEY = {**FILES, "clusters/staging/tools.yaml": "---\n".join((helm_repository(), CONTROLLER, *SLOTS))}


def sealing(key: str = "old", base: Mapping[str, str] = WITH_KEY) -> World:
    """A pull request that adds a SealedSecret, where the fleet seals with the pair `old`."""
    return World(keys=keys()).propose({SEALED: sealing_world.sealed_text(key)}, base)


def test_a_sealed_secret_that_opens_is_shown_to_have_been_asked_for() -> None:
    world = sealing()
    world.validate()
    assert world.run.conclusion == "success"
    certificate = sealing_world.pair().certificate
    row = f"| `SealedSecret.bitnami.com shop/db` | `staging` | yes | `{certificate.fingerprint}` |"
    assert f"{row} {certificate.not_after.date()} |" in world.run.text
    assert world.run.text.startswith("## SealedSecrets of this pull request")
    assert world.keys
    assert [event["do"] for event in world.keys.asked] == ["state", "check"]
    assert world.keys.asked[1]["about"] == {"repository": SYSTEM, "number": 7, "head": HEAD}


def test_a_sealed_secret_that_does_not_open_fails_on_its_line_and_its_value_is_nowhere() -> None:
    world = sealing("other")
    world.validate()
    assert world.run.conclusion == "failure"
    assert [(each.path, each.line) for each in world.run.annotations] == [(SEALED, 8)]
    assert "SLW631" in world.run.annotations[0].title
    assert "| no: 1 of 1 value |" in world.run.text
    assert sealing_world.CLEAR not in f"{world.run}{world.bucket.objects}"


def test_what_the_base_has_sealed_is_not_asked_for() -> None:
    base = {**WITH_KEY, SEALED: sealing_world.sealed_text("other")}
    world = World(keys=keys()).propose({"clusters/staging/settings.yaml": CONFIG_MAP.replace("slow", "fast")}, base)
    world.validate()
    assert world.run.conclusion == "success"
    assert world.keys
    assert world.keys.asked == []


def test_a_fork_is_not_asked_for_and_that_is_said() -> None:
    world = sealing("other")
    world.set_pull(head_repository="mallory/gitops-system")
    world.validate()
    assert world.keys
    assert world.keys.asked == []
    assert "the sealing key is not asked for a pull request from a fork (1)" in world.run.summary
    assert "SealedSecret.bitnami.com shop/db on staging" in world.run.summary


def test_a_keys_function_that_is_down_is_asked_again_with_the_next_try() -> None:
    world = sealing()
    assert world.keys
    world.keys.down = RetryLater("Lambda is down", after=30)
    with pytest.raises(RetryLater, match="Lambda is down"):
        world.validate()
    assert world.run.status == "in_progress"

    world.keys.down = None
    assert world.validate(owner="w-2") == "reported"
    assert (world.run.status, world.run.conclusion) == ("completed", "success")


def test_a_deployment_without_a_sealing_key_asks_nobody() -> None:
    world = sealing("other")
    world.keys = None
    world.validate()
    assert world.run.conclusion == "success"
    assert "SealedSecrets of this pull request" not in world.run.text
