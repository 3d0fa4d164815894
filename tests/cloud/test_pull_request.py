"""The way of a pull request: from what people do on GitHub to what its check says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from local.cloud import Cloud
from local.github.control import Control
from local.github.faults import FaultRule
from local.github.files import Files
from tests.cloud.deliver import held_back, letters, post
from tests.cloud.fleet import COLLECTOR, DEPLOYMENT, FILES, MANIFESTS, OWNER, SYSTEM, WORKLOADS, edited, line_of, linked
from tests.cloud.follow import Json, Pull, begun, eventually, open_pull, runs, settle, verdict

MORE_MEMORY = edited(COLLECTOR, "memory: 256Mi", "memory: 512Mi")
QUOTED_REPLICAS = edited(COLLECTOR, "replicas: 1", 'replicas: "2"')
SLOW_RENDERING = FaultRule("delay", path=".*/tarball/.*", seconds=1.5, times=1)
"""Time to do something while a check is in progress."""
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n  namespace: default\ndata:\n  key: {content}\n"
MEMORY = "spec.template.spec.containers[name=collector].resources.limits.memory"


# What a check says


def test_a_sound_change_passes_and_shows_what_would_change(local_cloud: Cloud, github: Control) -> None:
    run = verdict(local_cloud, open_pull(github, MORE_MEMORY))
    assert (run["name"], run["conclusion"], run["annotations"]) == ("Slipway", "success", [])
    assert table(run) == {"production": "~1", "staging": "~1"}
    assert difference(run) == [f"- {MEMORY}: 256Mi", f"+ {MEMORY}: 512Mi"]


def test_a_mistake_fails_on_the_line_that_causes_it(local_cloud: Cloud, github: Control) -> None:
    run = verdict(local_cloud, open_pull(github, QUOTED_REPLICAS))
    assert run["conclusion"] == "failure"
    assert marks(run) == [(COLLECTOR, line_of('replicas: "2"', QUOTED_REPLICAS[COLLECTOR]), "failure")]
    assert '"2"' in run["annotations"][0]["message"]


def test_the_whole_report_is_kept(local_cloud: Cloud, github: Control) -> None:
    pull = open_pull(github, MORE_MEMORY)
    run = verdict(local_cloud, pull)
    key = f"reports/{pull.repository}/{pull.number}/{pull.head}.md"
    kept = local_cloud.client("s3").get_object(Bucket=local_cloud.outputs["Bucket"], Key=key)["Body"].read().decode()
    assert run["output"]["summary"] in kept
    assert run["output"]["text"] in kept


# What controllers on the clusters make

RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: echo
  namespace: default
spec:
  interval: 10m
  chart:
    spec:
      chart: charts/echo
      sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}
  values: {port: {port}}
"""
CHART: Files = {
    "charts/echo/Chart.yaml": "apiVersion: v2\nname: echo\nversion: 1.0.0\n",
    "charts/echo/templates/service.yaml": (
        "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\n"
        "spec: {ports: [{port: {{ .Values.port }}}]}\n"
    ),
}
TEAMS = """\
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: teams, namespace: flux-system}
spec:
  inputs: [{team: web}, {team: shop}]
  resources:
    - apiVersion: v1
      kind: Namespace
      metadata: {name: << inputs.team >>}
"""


def test_what_a_chart_installs_is_rendered_and_checked(local_cloud: Cloud, github: Control) -> None:
    sound = {**CHART, "clusters/staging/echo.yaml": RELEASE.replace("{port}", "80")}
    run = verdict(local_cloud, open_pull(github, sound))
    assert run["conclusion"] == "success"
    assert "added Service default/echo" in plain(run["output"]["text"])
    broken = {**CHART, "clusters/staging/echo.yaml": RELEASE.replace("{port}", "many")}
    run = verdict(local_cloud, open_pull(github, broken))
    assert run["conclusion"] == "failure"
    assert "spec.ports[0].port" in run["output"]["summary"]


def test_what_a_resource_set_makes_is_rendered(local_cloud: Cloud, github: Control) -> None:
    run = verdict(local_cloud, open_pull(github, {"clusters/staging/teams.yaml": TEAMS}))
    assert run["conclusion"] == "success"
    assert "added Namespace shop" in plain(run["output"]["text"])


# Several repositories


def test_an_application_is_rendered_on_the_clusters_that_run_it(local_cloud: Cloud, github: Control) -> None:
    files = edited(DEPLOYMENT, "replicas: 1", "replicas: 3", repository=MANIFESTS)
    run = verdict(local_cloud, open_pull(github, files, repository=MANIFESTS))
    assert run["conclusion"] == "success"
    assert table(run) == {"production": "~1", "staging": "~1"}
    assert difference(run) == ["- spec.replicas: 1", "+ spec.replicas: 3"]


def test_a_mistake_in_an_application_is_marked_in_its_repository(local_cloud: Cloud, github: Control) -> None:
    files = edited(DEPLOYMENT, "replicas: 1", "replicas: many", repository=MANIFESTS)
    run = verdict(local_cloud, open_pull(github, files, repository=MANIFESTS))
    assert run["conclusion"] == "failure"
    assert marks(run) == [(DEPLOYMENT, line_of("replicas: many", files[DEPLOYMENT]), "failure")]


def test_taking_an_application_off_a_cluster_changes_that_cluster_alone(local_cloud: Cloud, github: Control) -> None:
    run = verdict(local_cloud, open_pull(github, {"staging/podinfo.yaml": "# gone\n"}, repository=WORKLOADS))
    assert table(run)["production"] == "none"
    assert table(run)["staging"].startswith("-")


def test_a_repository_outside_the_fleet_changes_nothing(local_cloud: Cloud, github: Control) -> None:
    github.create_repository("acme/elsewhere", {"app.yaml": "kind: Thing\n"})
    run = verdict(local_cloud, open_pull(github, {"app.yaml": "kind: Other\n"}, repository="acme/elsewhere"))
    assert run["conclusion"] == "success"
    assert table(run) == {"production": "none", "staging": "none"}


# Pushed again, closed, reopened


def test_a_push_gets_a_check_of_its_own(local_cloud: Cloud, github: Control) -> None:
    first = open_pull(github, QUOTED_REPLICAS)
    assert verdict(local_cloud, first)["conclusion"] == "failure"
    second = push(github, first, MORE_MEMORY)
    assert verdict(local_cloud, second)["conclusion"] == "success"
    assert [run["conclusion"] for run in runs(github, first)] == ["failure"]


def test_a_push_meanwhile_supersedes_the_old_head(local_cloud: Cloud, github: Control) -> None:
    github.set_faults(SLOW_RENDERING)
    first = open_pull(github, QUOTED_REPLICAS)
    begun(github, first)
    second = push(github, first, MORE_MEMORY)
    assert verdict(local_cloud, second)["conclusion"] == "success"
    assert verdict(local_cloud, first)["conclusion"] == "cancelled"


def test_a_force_push_meanwhile_supersedes_the_old_head(local_cloud: Cloud, github: Control) -> None:
    github.set_faults(SLOW_RENDERING)
    first = open_pull(github, MORE_MEMORY)
    begun(github, first)
    second = push(github, first, QUOTED_REPLICAS, force=True, onto="main")
    assert verdict(local_cloud, second)["conclusion"] == "failure"
    assert verdict(local_cloud, first)["conclusion"] == "cancelled"


def test_closing_meanwhile_does_no_harm(local_cloud: Cloud, github: Control) -> None:
    github.set_faults(SLOW_RENDERING)
    pull = open_pull(github, MORE_MEMORY)
    begun(github, pull)
    github.close_pull_request(pull.repository, pull.number)
    assert verdict(local_cloud, pull)["status"] == "completed"


def test_a_pull_request_that_was_reopened_is_checked_as_it_is_now(local_cloud: Cloud, github: Control) -> None:
    first = open_pull(github, MORE_MEMORY)
    verdict(local_cloud, first)
    github.close_pull_request(first.repository, first.number)
    second = push(github, first, QUOTED_REPLICAS)
    settle(local_cloud)
    assert runs(github, second) == []
    github.reopen_pull_request(first.repository, first.number)
    assert verdict(local_cloud, second)["conclusion"] == "failure"


def test_a_draft_is_checked_once_and_not_again_when_it_is_ready(local_cloud: Cloud, github: Control) -> None:
    pull = open_pull(github, MORE_MEMORY, draft=True)
    as_draft = verdict(local_cloud, pull)
    github.mark_ready(pull.repository, pull.number)
    assert verdict(local_cloud, pull) == as_draft


def test_another_base_branch_is_another_check(local_cloud: Cloud, github: Control) -> None:
    github.commit(SYSTEM, "release", MORE_MEMORY)
    pull = open_pull(github, MORE_MEMORY)
    verdict(local_cloud, pull)
    github.edit_pull_request(pull.repository, pull.number, base="release")
    settle(local_cloud)
    into_main, into_release = runs(github, pull)
    assert (table(into_main)["staging"], table(into_release)["staging"]) == ("~1", "none")


def test_re_run_makes_a_new_check(local_cloud: Cloud, github: Control) -> None:
    pull = open_pull(github, QUOTED_REPLICAS)
    first = verdict(local_cloud, pull)
    github.rerequest_check_run(first["id"])
    eventually(lambda: len(runs(github, pull)) == 2, "no second check run")
    settle(local_cloud)
    again, second = runs(github, pull)
    assert again == first
    assert (second["conclusion"], marks(second)) == (first["conclusion"], marks(first))


# Merges


def test_a_conflict_asks_for_action_until_it_is_resolved(local_cloud: Cloud, github: Control) -> None:
    notes = ".changes/conflict.md"
    first = open_pull(github, {notes: "ours"})
    verdict(local_cloud, first)
    github.commit(SYSTEM, "main", {notes: "theirs"})
    second = push(github, first, {notes: "still ours"})
    conflict = verdict(local_cloud, second)
    assert conflict["conclusion"] == "action_required"
    assert "conflict" in conflict["output"]["title"]
    third = push(github, first, {notes: "ours"}, force=True, onto="main")
    assert verdict(local_cloud, third)["conclusion"] == "success"


def test_a_finding_is_on_its_line_of_the_head_though_the_base_has_moved(local_cloud: Cloud, github: Control) -> None:
    github.commit(SYSTEM, "moving", {"README.md": "A base that moves"})
    with held_back(local_cloud) as receiver:
        pull = open_pull(github, QUOTED_REPLICAS, base="moving")
        above = {COLLECTOR: "# Above\n# all\n# else\n" + FILES[SYSTEM][COLLECTOR]}
        github.commit(SYSTEM, "moving", above)
    (opened,) = letters(receiver, "opened", pull)
    post(local_cloud, opened)
    run = verdict(local_cloud, pull)
    assert marks(run) == [(COLLECTOR, line_of('replicas: "2"', QUOTED_REPLICAS[COLLECTOR]), "failure")]


def test_a_merge_that_github_has_not_computed_yet_is_waited_for(local_cloud: Cloud, github: Control) -> None:
    github.set_options(mergeable_null_reads=1)
    assert verdict(local_cloud, open_pull(github, MORE_MEMORY))["conclusion"] == "success"


# Forks


def test_a_fork_is_checked_without_the_other_repositories(local_cloud: Cloud, github: Control) -> None:
    fork = github.fork(SYSTEM, "mallory")
    run = verdict(local_cloud, open_pull(github, MORE_MEMORY, head_repository=fork, author="mallory"))
    assert difference(run) == [f"- {MEMORY}: 256Mi", f"+ {MEMORY}: 512Mi"]
    assert f"{WORKLOADS} is not read for a pull request from a fork" in run["output"]["summary"]


@pytest.mark.parametrize("author", ["octocat", "trudy"])
def test_no_pull_request_shows_what_another_repository_hides(local_cloud: Cloud, github: Control, author: str) -> None:
    secret = f"{OWNER}/secret-of-{author}"
    github.create_repository(secret, {"map.yaml": CONFIG_MAP.format(content="the-hidden-text")})
    files = {"clusters/staging/secret.yaml": linked("secret", secret, path="")}
    head = github.fork(SYSTEM, author) if author == "trudy" else ""
    run = verdict(local_cloud, open_pull(github, files, head_repository=head, author=author))
    assert f"{secret} is " in run["output"]["summary"]
    assert "the-hidden-text" not in str(run)


def push(github: Control, pull: Pull, files: Files, **more: Any) -> Pull:
    """Push another commit to the pull request's branch."""
    return replace(pull, head=github.commit(pull.repository, pull.branch, files, **more))


def table(run: Json) -> dict[str, str]:
    """The column "Changes" of the table by cluster."""
    rows = [line.strip("| ").split(" | ") for line in run["output"]["summary"].splitlines() if line.startswith("| `")]
    return {cells[0].strip("`"): cells[5] for cells in rows if len(cells) == 7}


def plain(text: str) -> str:
    """Markdown without its HTML."""
    return re.sub(r"<[^>]*>", "", text)


def difference(run: Json) -> list[str]:
    """The lines of the rendered diff that are taken away or added, without their indentation."""
    blocks = re.findall(r"```diff\n(.*?)```", run["output"]["text"], re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith(("-", "+"))]
    return [f"{line[0]} {line[1:].strip()}" for line in lines]


def marks(run: Json) -> list[tuple[str, int, str]]:
    """Path, line and level of the annotations."""
    return [(it["path"], it["start_line"], it["annotation_level"]) for it in run["annotations"]]
