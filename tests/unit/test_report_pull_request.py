"""What a check run says about a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import pytest
from markdown_it import MarkdownIt

from slipway.checks.families import RULES
from slipway.checks.finding import Finding, NotValidated
from slipway.checks.keyholder import SealedAnswer
from slipway.checks.verdict import Verdict
from slipway.fleet.diff import FleetDiff, diff_fleets
from slipway.fleet.model import Cluster, Fleet, NotRendered
from slipway.fleet.settings import Severity
from slipway.report.pull_request import MAX_ROWS, MAX_SHOWN, Judgement, details, sentence, summary, title
from tests.unit.small_fleets import (
    at,
    checked,
    config_map,
    empty_fleet,
    helm_release,
    helm_repository,
    kustomization,
    sync,
    tree_of,
)

HERE = "acme/gitops-system"
BASE = {**sync("staging"), "clusters/staging/a.yaml": config_map("a", size="1")}
NO_DIFF = FleetDiff((), ())
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table"])


def judged(base: Mapping[str, str], head: Mapping[str, str], **options: Severity) -> Judgement:
    before = checked(tree_of(base, HERE), **options)
    after = checked(tree_of(head, HERE), **options)
    return Judgement(HERE, before, after, diff_fleets(before.fleet, after.fleet))


def of(base: Iterable[Finding] = (), head: Iterable[Finding] = (), fleet: Fleet | None = None) -> Judgement:
    fleet = fleet or empty_fleet("a", "b", "c")
    return Judgement(HERE, Verdict(fleet, tuple(base), ()), Verdict(fleet, tuple(head), ()), NO_DIFF)


def found(*clusters: str, rule: str = "SLW102", message: str = "it is wrong", path: str = "a.yaml") -> Finding:
    return Finding(RULES[rule], message, at(path, 3, HERE), "Deployment web/api", clusters)


class TestWhatItAnswersFor:
    """A pull request answers for what it adds, not for what it finds."""

    def test_a_finding_that_the_base_has_is_not_its_fault(self) -> None:
        judgement = of([found("a")], [found("a")])

        assert (judgement.new, judgement.old, judgement.passed) == ((), (found("a"),), True)

    def test_a_finding_that_the_base_does_not_have_is(self) -> None:
        judgement = of([], [found("a")])

        assert (judgement.new, judgement.old, judgement.passed) == ((found("a"),), (), False)

    def test_a_finding_that_moves_to_another_line_is_not_new(self) -> None:
        moved = replace(found("a"), where=at("a.yaml", 9, HERE))

        assert of([found("a")], [moved]).new == ()

    def test_a_finding_on_one_more_cluster_is_new_on_that_cluster(self) -> None:
        """Say, a broken tool that another cluster gets."""
        judgement = of([found("a")], [found("a", "b")])

        assert (judgement.new, judgement.old, judgement.passed) == ((found("b"),), (found("a"),), False)

    def test_a_finding_about_no_cluster_is_known_by_its_cause(self) -> None:
        judgement = of([found(rule="SLW005")], [found(rule="SLW005")])

        assert (judgement.new, judgement.old) == ((), (found(rule="SLW005"),))

    @pytest.mark.parametrize(("rule", "passed"), [("SLW102", False), ("SLW005", True), ("SLW006", True)])
    def test_only_grave_findings_fail(self, rule: str, *, passed: bool) -> None:
        assert of([], [found("a", rule=rule)]).passed is passed

    def test_the_rules_of_the_base_decide_how_grave(self) -> None:
        """A pull request does not loosen the rules that it is judged by."""
        judgement = of([], [found("a", rule="SLW005")])
        strict = replace(judgement, base=replace(judgement.base, fail_on="warning"))

        assert not strict.passed

    def test_without_a_cluster_nothing_passes(self) -> None:
        judgement = of(fleet=Fleet({}, (), ()))

        assert not judgement.passed
        assert title(judgement) == "No cluster found: nothing was checked"


class TestTitle:
    """One line, in the list of checks."""

    @pytest.mark.parametrize(
        ("head", "expected"),
        [
            (BASE, "Nothing would change; 2 not validated"),
            (
                {**BASE, "clusters/staging/a.yaml": config_map("a", size="2")},
                "1 object would change on staging; 2 not validated",
            ),
            (
                {**BASE, "clusters/staging/b.yaml": config_map("Web_1"), "docs/x.yaml": "a: [\n"},
                "1 error, 1 warning, 1 object would change on staging; 2 not validated",
            ),
            (
                {**BASE, "clusters/staging/web.yaml": kustomization("web")},
                "1 error, 1 object would change on staging, 1 Kustomization not compared; 3 not validated",
            ),
            (
                {**BASE, "clusters/staging/c.yaml": helm_release("a") + "---\n" + helm_repository()},
                "2 objects would change on staging, 1 HelmRelease not compared; 1 not rendered; 4 not validated",
            ),
        ],
        ids=["nothing", "a change", "findings", "something not compared", "something not rendered"],
    )
    def test_says_what_is_wrong_what_would_change_and_what_is_not_known(
        self, head: dict[str, str], expected: str
    ) -> None:
        assert title(judged(BASE, head)) == expected

    def test_nothing_is_never_said_of_what_was_not_rendered(self) -> None:
        broken = {**BASE, "clusters/staging/web.yaml": kustomization("web")}

        assert title(judged(broken, broken)) == (
            "Nothing else would change, 1 Kustomization not compared; 3 not validated"
        )


class TestSummary:
    """The page of the check run."""

    def test_reads_from_the_most_to_the_least_important(self) -> None:
        head = {
            **BASE,
            "clusters/staging/a.yaml": config_map("a", size="2"),
            "clusters/staging/b.yaml": config_map("Web_1"),
            "clusters/staging/c.yaml": helm_release("a") + "---\n" + helm_repository(),
        }

        assert (
            summary(judged({**BASE, "docs/x.yaml": "a: [\n"}, {**head, "docs/x.yaml": "a: ["}))
            == """\
**Failed.** 1 error, 4 objects would change on staging, 1 HelmRelease not compared; 1 not rendered; 4 not validated.

| Cluster | Kubernetes | Kustomizations | HelmReleases | Objects | Changes | Findings |
|---|---|--:|--:|--:|---|--:|
| `staging` | 1.35 (assumed) | 1 | 1 | 6 | +3, ~1 | 1 |

### Findings of this pull request

- **error** SLW203 `clusters/staging/b.yaml:4`<br>ConfigMap default/Web_1 on staging: metadata.name: "Web_1" is not a \
DNS subdomain: at most 253 lower-case letters, digits, '-' and '.', a letter or digit first and last of every part

<details><summary>1 finding that the base branch has already</summary>

- **warning** SLW005 `docs/x.yaml:2`<br>not valid YAML: did not find expected node content

</details>

<details><summary>Not rendered: 1</summary>

- its chart is not fetched: offline (1)
  - HelmRelease on `staging`: `flux-system/a`

</details>

<details><summary>Not validated: 4</summary>

no schema for this kind is at hand (4):

| Count | What |
|--:|---|
| 1 | `helm.toolkit.fluxcd.io/v2 HelmRelease` |
| 1 | `kustomize.toolkit.fluxcd.io/v1 Kustomization` |
| 1 | `source.toolkit.fluxcd.io/v1 GitRepository` |
| 1 | `source.toolkit.fluxcd.io/v1 HelmRepository` |

</details>

"""
        )

    @pytest.mark.parametrize(
        ("base", "head", "row"),
        [
            (BASE, BASE, "| 1.35 (assumed) | 1 | 0 | 3 | none | 0 |"),
            ({**BASE, **sync("old")}, BASE, "| `old` | removed | 0 | 0 | 0 | -2 | 0 |"),
            (BASE, {**BASE, **sync("young")}, "| `young` | 1.35 (assumed) | 1 | 0 | 2 | new cluster: +2 | 0 |"),
            (
                BASE,
                {**BASE, "clusters/staging/web.yaml": kustomization("web")},
                "| `staging` | 1.35 (assumed) | 2 | 0 | 4 | +1, 1 not compared | 1 |",
            ),
            (
                {**BASE, "clusters/staging/kustomization.yaml": "resources: [nowhere]\n"},
                BASE,
                "| `staging` | 1.35 (assumed) | 1 | 0 | 3 | none, 1 not compared | 0 |",
            ),
        ],
        ids=["unchanged", "removed", "new", "in part not rendered", "not rendered before"],
    )
    def test_has_a_row_for_every_cluster(self, base: dict[str, str], head: dict[str, str], row: str) -> None:
        assert row in summary(judged(base, head))

    def test_clusters_with_the_same_numbers_share_a_row_where_there_are_many(self) -> None:
        names = [f"cluster-{number:03}" for number in range(MAX_ROWS + 1)]

        text = summary(of(head=[found(names[7])], fleet=empty_fleet(*names)))

        rows = [line for line in text.splitlines() if line.startswith("| `")]
        assert rows == [
            "| `cluster-000`, `cluster-001`, `cluster-002`, `cluster-003`, `cluster-004` and 25 more"
            " | 1.35 | 0 | 0 | 0 | none | 0 |",
            "| `cluster-007` | 1.35 | 0 | 0 | 0 | none | 1 |",
        ]

    def test_a_finding_in_another_repository_names_it(self) -> None:
        finding = replace(found("a"), where=at("web/a.yaml", 3, "acme/web-manifests"))

        assert "`acme/web-manifests:web/a.yaml:3`<br>Deployment web/api on a: it is wrong" in summary(of([], [finding]))

    def test_many_findings_are_counted_here_and_all_of_them_are_in_the_details(self) -> None:
        many = [found("a", message=f"mistake {number:03}") for number in range(MAX_SHOWN + 30)]

        judgement = of([], many)

        assert summary(judgement).count("mistake") == MAX_SHOWN
        assert "- … and 30 more, in the details\n" in summary(judgement)
        assert details(judgement).count("mistake") == MAX_SHOWN + 30
        assert "mistake" not in details(of([], many[:MAX_SHOWN]))

    def test_charts_of_many_releases_are_named_under_one_reason(self) -> None:
        items = [
            NotRendered(f"HelmRelease apps/app-{number}", "its chart is not fetched: offline", "a")
            for number in range(60)
        ]

        text = summary(of(fleet=replace(empty_fleet("a"), not_rendered=tuple(items))))

        assert text.count("its chart is not fetched: offline") == 1
        assert all(f"`apps/app-{number}`" in text for number in range(60))


class TestDetails:
    """What is under the summary."""

    def test_has_the_diff_and_the_graph_of_the_clusters_that_change(self) -> None:
        base = {**BASE, **sync("other")}

        text = details(judged(base, {**base, "clusters/staging/a.yaml": config_map("a", size="2")}))

        assert text.startswith("## What would change\n\n### On `staging`: 1 changed\n")
        assert "## Dependencies on `staging`\n" in text
        assert text.count("```mermaid\nflowchart LR\n") == 1
        assert "other" not in text

    def test_without_changes_there_is_no_graph(self) -> None:
        assert details(judged(BASE, BASE)) == "## What would change\n\nNothing changes on any cluster.\n\n"

    def test_a_cluster_that_goes_has_a_diff_and_no_graph(self) -> None:
        text = details(judged({**BASE, **sync("old")}, BASE))

        assert "### On `old`: 2 removed" in text
        assert "mermaid" not in text


def test_a_sentence_names_the_object_and_the_clusters() -> None:
    assert sentence(found("a", "b")) == "Deployment web/api on a and b: it is wrong"
    assert sentence(replace(found(), object="")) == "it is wrong"


def test_a_sentence_hides_nothing_in_an_annotation() -> None:
    finding = replace(found("a"), object="Deployment \u202egnp.exe\n", message="one\ntwo \x1b[31m")

    assert sentence(finding) == "Deployment \\u202egnp.exe\n on a: one\ntwo \\x1b[31m"


HOSTILE = "\x1b[2J\n```\n</details></summary>|@octocat #1 `x` [a](https://evil.example)<script>\n# x"


def test_nothing_in_a_pull_request_breaks_out_of_its_place() -> None:
    finding = Finding(RULES["SLW102"], HOSTILE, at(HOSTILE, 3, HOSTILE), HOSTILE, (HOSTILE,))
    fleet = Fleet(
        {HOSTILE: Cluster(HOSTILE, HOSTILE, version_known=False)}, (), (NotRendered(HOSTILE, HOSTILE, HOSTILE),)
    )
    verdict = Verdict(
        fleet, (finding, replace(finding, message="other " + HOSTILE)), (NotValidated(HOSTILE, HOSTILE, 2),)
    )
    judgement = Judgement(HERE, replace(verdict, findings=(finding,)), verdict, FleetDiff((), (HOSTILE,)))

    text = summary(judgement) + details(judgement)
    html = MARKDOWN.render(text + "\nafter\n")

    assert "\x1b" not in title(judgement) + text
    assert html.count("<details>") == html.count("</details>") == html.count("</summary>") == 3
    assert html.count("<tr>") == html.count("</tr>") == 4
    assert not {"<script", "<a ", "<pre>"} & set(html.split(">"))
    assert "<script" not in html
    assert "<a " not in html
    assert "<h1>" not in html
    assert html.endswith("<p>after</p>\n")


class TestWhatWasAskedOfTheSealingKey:
    """Somebody who seals a value sees that it was tried."""

    def test_it_has_a_table_with_what_does_not_open_first(self) -> None:
        answers = (
            SealedAnswer("SealedSecret a/db", ("eu", "us"), 2, 0, ("SHA256:x+/",), date(2036, 11, 23)),
            SealedAnswer("SealedSecret a/web", ("eu",), 1_200, 1_100, (), None),
        )
        judgement = of()
        text = details(replace(judgement, head=replace(judgement.head, sealed=answers)))

        assert [line for line in text.splitlines() if line.startswith("| `")] == [
            "| `SealedSecret a/web` | `eu` | no: 1,100 of 1,200 values |  |  |",
            "| `SealedSecret a/db` | `eu` and `us` | yes | `SHA256:x+/` | 2036-11-23 |",
        ]
        assert "<table>" in MARKDOWN.render(text)

    def test_many_are_cut_off_and_counted(self) -> None:
        many = tuple(SealedAnswer(f"SealedSecret a/{n}", ("eu",), 1, n % 2, (), None) for n in range(MAX_SHOWN + 20))
        judgement = of()
        text = details(replace(judgement, head=replace(judgement.head, sealed=many)))

        assert sum(line.startswith("| `") for line in text.splitlines()) == MAX_SHOWN
        assert "… and 20 more. Of all, 60 do not open." in text

    def test_without_any_nothing_is_said(self) -> None:
        assert "sealing key" not in details(of())
