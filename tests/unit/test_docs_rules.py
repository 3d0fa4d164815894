"""docs/rules is true: every rule is on a page as the code has it, and every example does what the page says."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from slipway.checks.families import FAMILIES, RULES
from slipway.checks.verdict import Verdict
from slipway.fleet.settings import load_settings
from slipway.fleet.settings.policy import Match, SeverityRule
from slipway.fleet.tree import Tree
from slipway.report.terminal import verdict_text
from slipway.tools.directory import tree_from_directory
from tests.rules_table import INDEX, with_table
from tests.unit.doc_examples import blocks, document, files_in
from tests.unit.doc_keys import holder
from tests.unit.doc_rules import Page, pages
from tests.unit.small_fleets import checked, write

PAGES = pages()
RULE = pytest.mark.parametrize("page", PAGES, ids=[page.id for page in PAGES])


def test_every_rule_is_on_its_familys_page_as_the_code_has_it() -> None:
    assert [(page.family, page.id, page.title, page.severity) for page in PAGES] == [
        (family.name, rule.id, rule.title, rule.severity) for family in FAMILIES for rule in family.rules
    ]
    assert list(RULES) == sorted(RULES)


def test_the_table_has_every_rule_with_its_example() -> None:
    assert document(INDEX) == with_table(document(INDEX)), "run: .venv/bin/python -m tests.rules_table"


@RULE
def test_the_example_that_fails_gives_the_finding_that_the_page_shows(page: Page, tmp_path: Path) -> None:
    verdict = _checked(page, page.fails, tmp_path)

    assert {finding.rule.id for finding in verdict.findings} == {page.id}
    assert verdict_text(verdict).split("\n\n")[-2] + "\n" == page.says


@pytest.mark.parametrize("page", [page for page in PAGES if page.family != "policy"], ids=lambda page: page.id)
def test_without_the_rule_nothing_is_found_in_the_example_that_fails(page: Page, tmp_path: Path) -> None:
    """So the test above fails without it. What judges findings cannot be switched off itself."""
    off = SeverityRule(Match((page.id,)), "off", 0)

    verdict = _checked(page, page.fails, tmp_path, off)

    assert verdict.findings == ()
    assert {waived.finding.rule.id for waived in verdict.waived} == {page.id}


@RULE
def test_the_example_that_passes_has_no_findings(page: Page, tmp_path: Path) -> None:
    assert _checked(page, page.passes, tmp_path).findings == ()


def _checked(page: Page, example: str, directory: Path, *severities: SeverityRule) -> Verdict:
    base = _tree(page.common + page.base, directory / "base") if page.base else None
    head = _tree(page.common + page.base + example, directory / "head")
    settings = load_settings(head)
    policy = replace(settings.policy, severities=(*settings.policy.severities, *severities))
    return checked(head, base=base, settings=replace(settings, policy=policy), key_holder=holder())


def _tree(example: str, directory: Path) -> Tree:
    """The repository of all examples with the files of one; a later file of the same name is in place of the first."""
    for block in (*blocks(document(INDEX), "yaml"), *blocks(example, "yaml")):
        write(files_in(block), directory)
    for line in "\n".join(blocks(example, "sh")).removesuffix("```").splitlines():
        command, *arguments = shlex.split(line)
        if command == "ln":
            (directory / arguments[2]).symlink_to(arguments[1])
        elif command == "rm":
            (directory / arguments[0]).unlink()
        else:
            shutil.copy(directory / arguments[0], directory / arguments[1])
    return tree_from_directory(directory)
