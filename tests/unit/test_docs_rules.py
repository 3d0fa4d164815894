"""docs/rules.md is true: every rule is on it as the code has it, and every example does what the page says."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from slipway.checks.rules import RULES
from slipway.checks.verdict import Verdict
from slipway.report.terminal import verdict_text
from slipway.tools.directory import tree_from_directory
from tests.unit.doc_examples import blocks, document, files_in
from tests.unit.small_fleets import checked, write

INTRODUCTION, *SECTIONS = re.split(r"^(?=## SLW)", document("rules.md"), flags=re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """What the page says about a rule."""

    id: str
    title: str
    severity: str
    fails: str
    """Markdown with the example that the rule is about."""
    says: str
    """What `slipway check` prints about it."""
    passes: str


def page(section: str) -> Page:
    heading, text = section.split("\n", 1)
    _, rule, title = heading.split(" ", 2)
    meaning, example, cure = re.split(r"^(?:Fails|Passes):\n", text, flags=re.MULTILINE)
    severity = re.match(r"\s*\*\*([a-z]+)", meaning)
    assert severity, f"{rule} has no severity"
    [says] = blocks(example, "text")
    return Page(rule, title, severity[1], example, says.removesuffix("```"), cure)


PAGES = [page(section) for section in SECTIONS]
RULE = pytest.mark.parametrize("page", PAGES, ids=[page.id for page in PAGES])


def test_every_rule_is_on_the_page_as_the_code_has_it() -> None:
    assert [(page.id, page.title, page.severity) for page in PAGES] == [
        (rule.id, rule.title, rule.severity) for rule in RULES.values()
    ]


def test_the_table_leads_to_every_rule() -> None:
    rows = re.findall(r"^\| \[(SLW\d+)\]\(#(.*)\) \| (\w+) \| (.*) \|$", INTRODUCTION, re.MULTILINE)

    assert rows == [(page.id, _anchor(f"{page.id} {page.title}"), page.severity, page.title) for page in PAGES]


@RULE
def test_the_example_that_fails_gives_the_finding_that_the_page_shows(page: Page, tmp_path: Path) -> None:
    verdict = _checked(page.fails, tmp_path)

    assert {finding.rule.id for finding in verdict.findings} == {page.id}
    assert verdict_text(verdict).split("\n\n")[-2] + "\n" == page.says


@RULE
def test_the_example_that_passes_has_no_findings(page: Page, tmp_path: Path) -> None:
    assert _checked(page.passes, tmp_path).findings == ()


def _checked(example: str, directory: Path) -> Verdict:
    for block in (*blocks(INTRODUCTION, "yaml"), *blocks(example, "yaml")):
        write(files_in(block), directory)
    for line in "\n".join(blocks(example, "sh")).removesuffix("```").splitlines():
        command, *arguments = shlex.split(line)
        if command == "ln":
            (directory / arguments[2]).symlink_to(arguments[1])
        else:
            shutil.copy(directory / arguments[0], directory / arguments[1])
    return checked(tree_from_directory(directory))


def _anchor(heading: str) -> str:
    """How GitHub names a heading in a link."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
