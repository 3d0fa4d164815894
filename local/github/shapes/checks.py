"""Check runs and their annotations."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from local.github.model import CheckRun, Json
from local.github.shapes.accounts import node_id
from local.github.shapes.repositories import url_of


def suite_id(run: CheckRun) -> int:
    """The check suite of a run: there is one for each commit."""
    return zlib.crc32(f"{run.repository}@{run.head_sha}".encode())


def check_run(base: str, run: CheckRun, app: Json, pulls: Sequence[Json]) -> Json:
    """A `check-run`."""
    url = f"{url_of(base, run.repository)}/check-runs/{run.id}"
    html_url = f"{base}/{run.repository}/runs/{run.id}"
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CheckRun", run.id),
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": url,
        "html_url": html_url,
        "details_url": run.details_url or app["external_url"],
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": suite_id(run)},
        "app": app,
        "pull_requests": list(pulls),
    }


def hooked(shown: Json, base: str, run: CheckRun, head_branch: str | None) -> Json:
    """A check run as webhook payloads have it: with more of its suite."""
    suite = {
        "id": suite_id(run),
        "node_id": node_id("CheckSuite", suite_id(run)),
        "head_branch": head_branch,
        "head_sha": run.head_sha,
        "status": run.status,
        "conclusion": run.conclusion,
        "url": f"{url_of(base, run.repository)}/check-suites/{suite_id(run)}",
        "before": None,
        "after": run.head_sha,
        "pull_requests": shown["pull_requests"],
        "app": shown["app"],
        "created_at": run.started_at,
        "updated_at": run.completed_at or run.started_at,
    }
    return {**shown, "check_suite": suite}
