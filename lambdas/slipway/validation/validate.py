"""One pull request, from event to check run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from slipway.aws.protocol import Bucket, Leases
from slipway.checks.consent import Consent
from slipway.checks.finding import Finding
from slipway.checks.rendering import LIMIT
from slipway.checks.schema import Schemas
from slipway.checks.subject import Against
from slipway.checks.verdict import check_fleet
from slipway.errors import Busy, InputError, RetryLater
from slipway.events import PullRequestEvent
from slipway.fleet.diff import diff_fleets
from slipway.fleet.head_lines import HeadLines
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import NotRendered
from slipway.fleet.objects import Location
from slipway.fleet.render import render
from slipway.fleet.settings import Severity, load_settings
from slipway.fleet.tree import Tree
from slipway.github.cut import MAX_TEXT_BYTES, cut
from slipway.github.protocol import Annotation, CheckRun, Conclusion, GitHub, Level, PullRequest
from slipway.report.pull_request import Judgement, details, sentence, summary, title
from slipway.tools.charts import ChartStore
from slipway.validation.builds import PackedBuilds
from slipway.validation.catalogues import catalogue
from slipway.validation.charts import ChartPolicy, Helm
from slipway.validation.consent import consent, mark
from slipway.validation.kept import Base, KeptBase
from slipway.validation.repositories import Merge, Repositories
from slipway.validation.sealing import PullRequestKeys, Sealing

CHECK_NAME = "Slipway"
MERGE_WAIT_SECONDS = 5
"""GitHub computes a would-be merge within seconds; asking for the pull request starts it."""
RESERVE_SECONDS = 20.0
"""Time kept of a run for reporting: rendering stops before it is used up."""
LINES_SECONDS = 60.0
"""Time kept of a run: from then on, no more is built to find the lines of findings."""
BUSY_SECONDS = 5.0
"""When to look again whether another worker has finished with the same head, which takes it about as long."""
OUT_OF_TIME = "the time for one check ran out; split the pull request, or give the validation function more time"
EVERYWHERE = "."
"""Path of a finding that is about the repository as a whole."""

MAX_ANNOTATIONS = 200
"""Of one check run, the gravest first: GitHub takes 50 at a time, each a write. The report has all of them."""

Outcome = Literal["reported", "superseded", "closed", "already reported", "given up"]


@dataclass(frozen=True)
class Surroundings:
    """What a validation works with, made once per execution environment."""

    github: Callable[[int, str], GitHub]
    """GitHub for one installation, with a token for one repository."""
    leases: Leases
    bucket: Bucket
    bucket_name: str
    builder: Builder
    helm: Helm
    kept: KeptBase
    schemas: Schemas
    kept_schemas: ChartStore
    """Keeps what catalogues of schemas said."""
    github_host: str
    """Host name that Flux sources have in their URLs."""
    system_repository: str
    lease_seconds: int
    sealing: Sealing | None = None
    """None if the deployment has no sealing key."""


@dataclass(frozen=True)
class Attempt:
    """One try at one event."""

    owner: str
    """Different for every attempt."""
    remaining: Callable[[], float]
    """Seconds until this attempt is cut off."""


def validate(event: PullRequestEvent, around: Surroundings, attempt: Attempt) -> Outcome:
    """Give the pull request's head its check run, once, however often the event comes.

    Raises:
        RetryLater: GitHub or AWS is down or asks us to wait, the would-be merge is not computed yet, or another worker
            is at it: the event must be tried again.
    """
    return _Validation(event, around, attempt).run()


def give_up(event: PullRequestEvent, around: Surroundings, reason: str) -> Outcome:
    """Say on the pull request that it could not be checked, when no attempt is left; never green.

    Raises:
        RetryLater: GitHub or AWS is down.
    """
    return _Validation(event, around, Attempt("", lambda: 0.0)).give_up(reason)


class _Validation:
    def __init__(self, event: PullRequestEvent, around: Surroundings, attempt: Attempt) -> None:
        self._event = event
        self._around = around
        self._attempt = attempt
        self._repository = event.delivery.repository
        self._github = self._for(self._repository)
        self._what = f"{self._repository}#{event.number}@{event.head_sha}"
        self._edition = "?"
        """What makes this run another one than the head's earlier ones: the merge and what people have said of it, or
        the request to run again."""
        self._stopped = False
        """True once rendering was stopped for want of time."""

    def run(self) -> Outcome:
        pull = self._github.pull_request(self._repository, self._event.number)
        if pull.state != "open":
            return "closed"
        if pull.head_sha != self._event.head_sha:
            return "superseded"  # the newer head has an event of its own
        if pull.mergeable is None:
            raise RetryLater(f"{self._what}: GitHub has not computed the merge yet", after=MERGE_WAIT_SECONDS)
        consents = self._consents(pull)
        self._edition = self._edition_of(pull, consents)
        if self._around.leases.done(self._what) == self._edition:
            return "already reported"
        lease = self._around.leases.acquire(self._what, self._attempt.owner, self._around.lease_seconds)
        if lease is None:
            raise Busy(f"{self._what}: another worker is at it", after=BUSY_SECONDS)
        try:
            outcome = self._work(pull, consents)
        except BaseException:
            self._around.leases.release(lease)
            raise
        self._around.leases.mark_done(lease, self._edition)
        return outcome

    def give_up(self, reason: str) -> Outcome:
        """Conclude the run that was begun, if there is one, without a verdict."""
        pull = self._github.pull_request(self._repository, self._event.number)
        self._edition = self._edition_of(pull, self._consents(pull))
        if self._around.leases.done(self._what) == self._edition:
            return "already reported"
        self.conclude(
            "failure",
            "Slipway could not check this pull request",
            f"**Not checked.** {reason}\n\nTo try again, re-run this check.\n",
        )
        return "given up"

    def _consents(self, pull: PullRequest) -> Consent:
        return consent(pull, self._github.reviews(self._repository, self._event.number))

    def _edition_of(self, pull: PullRequest, consents: Consent) -> str:
        """What is judged; with the event's id if something else has been judged since.

        GitHub shows the run that was made last: one that says what held before must not be filled anew, or a check
        stays green when the approval that made it so is taken back.
        """
        delivery = self._event.delivery.id
        if self._event.rerun:
            return delivery
        merge = pull.merge_sha[:12] or f"conflict-{pull.base_sha[:12]}"
        judged = "+".join(filter(None, (merge, mark(consents))))
        last = self._around.leases.done(self._what) or judged
        return last if last.partition("~")[0] == judged else f"{judged}~{delivery}"

    def _work(self, pull: PullRequest, consents: Consent) -> Outcome:
        if not pull.mergeable:
            self.conclude(
                "action_required",
                "Not checked: the pull request conflicts with its base",
                "**Not checked.** What would be merged cannot be computed while the pull request conflicts with "
                f"`{pull.base_ref}`. Resolve the conflicts; the push starts a new check.\n",
            )
            return "reported"
        self._github.put_check_run(self._repository, self._check_run("in_progress", "Rendering the fleet …", ""))
        try:
            judgement = self._judge(pull, consents)
        except InputError as err:
            self._refuse(err)
            return "reported"
        if self._github.pull_request(self._repository, self._event.number).head_sha != self._event.head_sha:
            self.conclude("cancelled", "Superseded by a newer push", "A newer head of this pull request is checked.\n")
            return "superseded"
        self._report(judgement)
        return "reported"

    def _judge(self, pull: PullRequest, consents: Consent) -> Judgement:
        merge = self._merge(pull)
        repositories = Repositories(
            github=self._for,
            host=self._around.github_host,
            pull=pull,
            merge=merge,
            system=self._around.system_repository or self._repository,
        )
        base_root, head_root = repositories.base_root(), repositories.head_root()
        if head_root is not base_root:
            head_root.previous = base_root
        settings = load_settings(base_root)
        around, stop = self._around, self._stop
        builds = PackedBuilds(around.builder.cache, around.bucket, repositories.system)
        builder = replace(around.builder, cache=builds)
        # A fork's pull request may see less than others: nothing is taken over from theirs.
        installation = self._event.delivery.installation
        kept = None if pull.from_fork else around.kept.get(installation, repositories.system)
        last_root = kept.rendering.walk.sources.root if kept else None
        if base_root.previous is None and last_root is not base_root:
            base_root.previous = last_root
        policy = ChartPolicy(from_fork=pull.from_fork, known=kept.chart_repositories if kept else frozenset())
        helm = around.helm(builds, policy)
        base_sources = repositories.base_sources(base_root)
        before = kept.rendering if kept else None
        rendered_base = render(base_sources, builder, settings, helm=helm, before=before, stop=stop)
        if not pull.from_fork:
            around.kept.put(installation, repositories.system, Base(rendered_base, policy.known))
        base_fleet = rendered_base.fleet
        base_trees = list(repositories.read)
        # Policy is the base's: a pull request does not loosen the rules that it is judged by. What clusters there are
        # and how to read them is its own.
        head_settings = load_settings(head_root)
        head_sources = repositories.head_sources(head_root, settings)
        policy.judge_head(settings.charts)
        rendered_head = render(head_sources, builder, head_settings, helm=helm, before=rendered_base, stop=stop)
        head_fleet = rendered_head.fleet
        if why := repositories.not_followed(rendered_head.walk):
            branch = NotRendered(f"Branch {merge.base_ref} of {self._repository}", why, "")
            head_fleet = replace(head_fleet, not_rendered=(branch, *head_fleet.not_rendered))
        builds.save(whole=rendered_base.generation == 0)
        merged = self._github.tree(self._repository, merge.merge_sha)
        head_trees = [*repositories.read, merged]
        diff = diff_fleets(base_fleet, head_fleet)
        check = partial(
            check_fleet,
            schemas=around.schemas,
            catalogue=catalogue(around.kept_schemas, settings, head_root, from_fork=pull.from_fork),
            settings=settings,
            policy_root=base_root,
            builder=builder,
            may_go_on=lambda: self._attempt.remaining() > LINES_SECONDS,
        )
        base = check(base_fleet, base_trees, root=base_root)
        against = Against(base_fleet, base_root, diff, base_trees, consents)
        key_holder = PullRequestKeys(around.sealing, pull) if around.sealing else None
        head = check(head_fleet, head_trees, root=head_root, against=against, key_holder=key_holder)
        builds.forget()
        findings = self._on_the_head(head.findings, merged, pull)
        approved = self._on_the_head(tuple(item.finding for item in head.approved), merged, pull)
        head = replace(
            head,
            findings=(*self._out_of_time(head_root), *findings),
            approved=tuple(replace(item, finding=found) for item, found in zip(head.approved, approved, strict=True)),
        )
        return Judgement(self._repository, base, head, diff)

    def _out_of_time(self, root: Tree) -> tuple[Finding, ...]:
        """What was not rendered for want of time might hide anything: that fails, as every limit does."""
        return (Finding(LIMIT, OUT_OF_TIME, Location(root.name, EVERYWHERE, 0)),) if self._stopped else ()

    def _on_the_head(self, findings: tuple[Finding, ...], merged: Tree, pull: PullRequest) -> tuple[Finding, ...]:
        """The findings in this repository on the lines of the head, where its author and GitHub's pages look."""
        if not any(self._is_ours(finding) for finding in findings):
            return findings
        lines = HeadLines(merged, self._github.tree(self._repository, pull.head_sha))
        return tuple(
            replace(
                finding,
                where=replace(where, line=lines.line(where.path, where.line), revision=pull.head_sha),
            )
            if self._is_ours(finding) and where.path in merged
            else finding
            for finding in findings
            for where in [finding.where]
        )

    def _is_ours(self, finding: Finding) -> bool:
        return finding.where.source in ("", self._repository)

    def _merge(self, pull: PullRequest) -> Merge:
        """The would-be merge, whose first parent is the base that it was computed with."""
        commit = self._github.commit(self._repository, pull.merge_sha)
        if len(commit.parents) < 2 or commit.parents[1] != pull.head_sha:
            raise RetryLater(
                f"{self._what}: GitHub has not computed the merge of this head yet", after=MERGE_WAIT_SECONDS
            )
        return Merge(self._repository, pull.base_ref, commit.parents[0], pull.merge_sha)

    def _stop(self) -> str:
        if self._attempt.remaining() > RESERVE_SECONDS:
            return ""
        self._stopped = True
        return OUT_OF_TIME

    def _report(self, judgement: Judgement) -> None:
        long_summary, long_details = summary(judgement), details(judgement)
        key = f"reports/{self._repository}/{self._event.number}/{self._event.head_sha}.md"
        report = f"# {self._what}\n\n{long_summary}\n{long_details}"
        self._around.bucket.put(key, report.encode(), content_type="text/markdown; charset=utf-8")
        pointer = f"\n\n… cut here. The full report: `s3://{self._around.bucket_name}/{key}`\n"
        run = self._check_run(
            "completed",
            title(judgement),
            cut(long_summary, MAX_TEXT_BYTES, pointer),
            text=cut(long_details, MAX_TEXT_BYTES, pointer),
            conclusion="success" if judgement.passed else "failure",
            annotations=tuple(
                _annotation(item) for item in judgement.new if self._is_ours(item) and item.where.path != EVERYWHERE
            )[:MAX_ANNOTATIONS],
        )
        self._github.put_check_run(self._repository, run)

    def _refuse(self, err: InputError) -> None:
        """The repository itself is beyond what Slipway reads."""
        where = f"`{err.file}`: " if err.file else ""
        annotations = (
            (Annotation(err.file, max(err.line, 1), "failure", "Slipway cannot read this repository", err.message),)
            if err.file
            else ()
        )
        self.conclude(
            "failure", "The repository cannot be read", f"**Failed.** {where}{err.message}\n", annotations=annotations
        )

    def conclude(
        self, conclusion: Conclusion, title_: str, summary_: str, *, annotations: tuple[Annotation, ...] = ()
    ) -> None:
        """Complete the check run with a few words."""
        run = self._check_run("completed", title_, summary_, conclusion=conclusion, annotations=annotations)
        self._github.put_check_run(self._repository, run)

    def _check_run(
        self,
        status: Literal["in_progress", "completed"],
        title_: str,
        summary_: str,
        *,
        text: str = "",
        conclusion: Conclusion | None = None,
        annotations: tuple[Annotation, ...] = (),
    ) -> CheckRun:
        return CheckRun(
            name=CHECK_NAME,
            head_sha=self._event.head_sha,
            external_id=f"slipway:{self._what}/{self._edition}",
            status=status,
            title=title_,
            summary=summary_,
            text=text,
            conclusion=conclusion,
            annotations=annotations,
        )

    def _for(self, repository: str) -> GitHub:
        return self._around.github(self._event.delivery.installation, repository)


_LEVELS: Mapping[Severity, Level] = {"error": "failure", "warning": "warning", "info": "notice"}


def _annotation(finding: Finding) -> Annotation:
    heading = f"{finding.rule.id} {finding.rule.title}"
    level = _LEVELS[finding.rule.severity]
    return Annotation(finding.where.path, max(finding.where.line, 1), level, heading, sentence(finding))
