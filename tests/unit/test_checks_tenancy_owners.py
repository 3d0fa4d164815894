"""CODEOWNERS: SLW526 to SLW528."""

from __future__ import annotations

import pytest

from slipway.checks.tenancy.codeowners import MAX_BYTES, PLACES, code_owners
from slipway.fleet.tree import Dropped
from tests.unit.small_fleets import checked, config_map, findings, kustomization, sync, tree_of

DOCUMENTED = r"""
# Everything is somebody's.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
*.txt @octo-org/octocats
/build/logs/ @doctocat
docs/* docs@example.com
apps/ @octocat
/docs/ @doctocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/github
with\ space/ @octocat
"""
"""After the example of GitHub's documents."""


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("README.md", "*"),
        ("src/main.c", "*"),
        ("src/index.js", "*.js"),
        ("main.go", "*.go"),
        ("build/logs/today/a.bin", "**/logs"),
        ("build/other/a.bin", "*"),
        ("docs/getting-started.md", "/docs/"),
        ("sub/docs/a.md", "*"),
        ("sub/apps/a.md", "apps/"),
        ("apps/github", "/apps/github"),
        ("apps/github/a.md", "/apps/github"),
        ("apps/github.md", "apps/"),
        ("scripts/a.sh", "/scripts/"),
        ("sub/scripts/a.sh", "*"),
        ("deeply/nested/logs/a.md", "**/logs"),
        ("with space/a.md", "with\\ space/"),
    ],
)
def test_the_last_line_that_matches_says_who_owns_a_file(path: str, pattern: str) -> None:
    owners = code_owners(tree_of({"CODEOWNERS": DOCUMENTED}))
    assert owners

    line = owners.line(path)

    assert owners.unread == ()
    assert line
    assert line.pattern == pattern


@pytest.mark.parametrize(
    ("pattern", "path", "is_match"),
    [
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/build/a.md", False),
        ("/*", "a.md", True),
        ("/*", "docs/a.md", False),
        ("docs/**", "docs/build/a.md", True),
        ("/docs/**/a.md", "docs/a.md", True),
        ("a{b,c}", "ab", False),
        ("a{b,c}", "a{b,c}", True),
        ("Docs/", "docs/a.md", False),
        ("docs/?.md", "docs/a.md", True),
        ("docs/", "docs", False),
    ],
)
def test_patterns_are_githubs(pattern: str, path: str, *, is_match: bool) -> None:
    owners = code_owners(tree_of({"CODEOWNERS": f"{pattern} @octocat"}))

    assert owners
    assert (owners.line(path) is not None) is is_match


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("!docs/ @octocat", "a pattern cannot be negated with !"),
        ("\\#a @octocat", "a pattern cannot start with #"),
        ("*.[ch] @octocat", "a pattern cannot have ranges of characters"),
        ("/ @octocat", "/ matches nothing; * is everything"),
        ("docs/ octocat", "'octocat' is neither @user, @organisation/team nor an email address"),
        ("docs/ @octo/cat/s", "'@octo/cat/s' is neither @user, @organisation/team nor an email address"),
        ("docs/ @octocat # and others, later", ""),
        ("docs/ @octo-org/team_1.a @octocat_octo a.b+c@example.com", ""),
    ],
)
def test_lines_that_github_cannot_read_are_told(line: str, why: str) -> None:
    owners = code_owners(tree_of({"CODEOWNERS": f"# Owners\n{line}\n"}))

    assert owners
    assert [(one.number, one.why) for one in owners.unread] == ([(2, why)] if why else [])


def test_the_first_place_counts() -> None:
    for place in PLACES:
        owners = code_owners(tree_of({"docs/CODEOWNERS": "* @octocat", place: "* @octocat"}))
        assert owners
        assert owners.path == place


def test_gitlabs_file_is_none_of_githubs() -> None:
    assert code_owners(tree_of({"CODEOWNERS": "[Documentation][2] @docs\ndocs/\n"})) is None
    assert code_owners(tree_of({"README.md": ""})) is None


def test_a_file_that_is_too_large_is_not_read_by_github_either() -> None:
    owners = code_owners(tree_of({"CODEOWNERS": "#" * MAX_BYTES}))

    assert owners
    assert [one.why for one in owners.unread] == ["GitHub reads no file of 3 MB or more"]


def test_a_link_is_there_though_flux_leaves_it_out() -> None:
    files = {**sync("staging"), "CODEOWNERS": "* @octocat\n/link.yaml @octocat\n"}
    verdict = checked(tree_of(files, dropped=(Dropped("link.yaml", "a symbolic link"),)))

    assert [one for one in verdict.findings if one.rule.id == "SLW527"] == []


def test_only_what_clusters_read_needs_an_owner() -> None:
    apps = {"clusters/staging/web.yaml": kustomization("web"), "apps/web/a.yaml": config_map("a"), "README.md": ""}
    [found] = findings({**apps, "CODEOWNERS": "/clusters/ @octocat\n"}, "SLW528")

    assert found.text == (
        "files that clusters read have no owner; nobody in particular is asked about a change of apps/web/"
    )
    assert findings({**apps, "CODEOWNERS": "/clusters/ @octocat\n/apps/ @octocat\n"}, "SLW528") == []
    assert findings(apps, "SLW52") == []


def test_a_pattern_of_nothing_is_told_but_for_wildcards() -> None:
    found = findings({"CODEOWNERS": "* @octocat\n/apps/ @octocat\n*.tf @octocat\n"}, "SLW527")

    assert [(one.where.line, one.message) for one in found] == [
        (2, "/apps/ is neither a file nor a directory of the repository")
    ]
