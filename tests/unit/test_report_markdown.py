"""Nothing that a repository says is more than text on a GitHub page."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from slipway.report.markdown import code, fenced, html_code, prose

MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

HOSTILE = [
    "`code` ``more`` `",
    "</code></summary></details><script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!-- comment",
    "a | b || c",
    "[link](https://evil.example) ![image](https://evil.example/x.png) <https://evil.example>",
    "[label][1] [^1] [1]: https://evil.example",
    "*bold* __bold__ _italic_ ~~gone~~ ~gone~",
    "$\\frac{1}{2}$ \\* \\` \\",
    "&lt;b&gt; &#64;octocat",
    "# heading",
    "- item\n1. item\n> quote\n\n    code\n---\n===\n```\nfence",
    "line\r\nbreak\u2028\u0085\x0b\x0c",
    "\x1b[31m\x00",
    "end",
    " ",
    "",
]
_TEXT = st.text(st.sampled_from(list("`<>&|[]()!*_~\\$#@:/.-+ \nawx1é")), max_size=40) | st.sampled_from(HOSTILE)


def tags(rendered: str) -> list[str]:
    return re.findall(r"</?[a-z][^>]*>", rendered)


def words(rendered: str) -> str:
    """What a reader sees of HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", rendered)).replace("\u200b", "")


@pytest.mark.parametrize("text", HOSTILE)
@given(other=_TEXT)
def test_prose_is_only_text(text: str, other: str) -> None:
    for one in (text, other):
        rendered = MARKDOWN.render(f"- start {prose(one)} end\n")

        assert set(tags(rendered)) <= {"<ul>", "</ul>", "<li>", "</li>", "<br>"}
        assert words(rendered).split() == ["start", *words(rendered).split()[1:-1], "end"]


@given(_TEXT)
def test_prose_shows_every_letter(text: str) -> None:
    visible = re.sub(r"[\s\x00-\x1f\x7f-\x9f\u2028]", "", text)

    shown = re.sub(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|r|n)", "", words(MARKDOWN.render(f"- {prose(text)}\n")))

    assert re.sub(r"\s", "", shown) == re.sub(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|r|n)", "", visible)


@given(_TEXT, _TEXT)
def test_a_cell_of_a_table_stays_one_cell(first: str, second: str) -> None:
    table = f"| A | B |\n|---|---|\n| {prose(first)} | {code(second)} |\n"

    rendered = MARKDOWN.render(table)

    assert rendered.count("<td>") == 2
    assert rendered.count("<tr>") == 2


@given(_TEXT)
def test_a_name_is_one_piece_of_code(text: str) -> None:
    rendered = MARKDOWN.render(f"- before {code(text)} after\n")

    assert set(tags(rendered)) <= {"<ul>", "</ul>", "<li>", "</li>", "<code>", "</code>"}
    assert len(re.findall(r"<code>[^<]*</code>", rendered)) == 1
    assert re.search(r"before <code>.*</code> after", rendered, re.DOTALL)


@given(_TEXT)
def test_a_name_in_html_stays_there(text: str) -> None:
    rendered = MARKDOWN.render(f"<details><summary>{html_code(text)}</summary>\n\nbody\n\n</details>\n")

    assert rendered.startswith("<details><summary><code>")
    assert tags(rendered) == ["<details>", "<summary>", "<code>", "</code>", "</summary>", "<p>", "</p>", "</details>"]


def test_an_ordinary_name_is_written_as_people_write_it() -> None:
    assert code("HelmRelease flux-system/karpenter") == "`HelmRelease flux-system/karpenter`"
    assert code("clusters/staging/apps.yaml:7") == "`clusters/staging/apps.yaml:7`"


def test_ordinary_text_is_left_as_it_is() -> None:
    text = 'spec.containers[0].image: MAX_FILE_BYTES, "quoted" (and so on); it\'s #fine'

    assert prose(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@octocat and @acme/team", "@&#8203;octocat and @&#8203;acme/team"),
        ("fixes #12, acme/x#3, GH-4", "fixes #&#8203;12, acme/x#&#8203;3, GH-&#8203;4"),
        ("https://evil.example www.evil.example", "https:&#8203;//evil.example www&#8203;.evil.example"),
        ("oci://ghcr.io/acme", "oci://ghcr.io/acme"),
        ("me@evil.example", "me@&#8203;evil.example"),
    ],
    ids=["people", "issues", "addresses", "what is no link on GitHub", "mail"],
)
def test_github_finds_nobody_to_notify_and_nothing_to_link_to(text: str, expected: str) -> None:
    """It looks in the text after Markdown, so that an entity in place of the character would not do."""
    assert prose(text) == expected


def test_lines_stay_lines() -> None:
    assert prose("first\n\n  second") == "first<br>  second"


@given(st.text("`~\n> x-", max_size=60))
def test_a_code_block_ends_where_we_end_it(content: str) -> None:
    rendered = MARKDOWN.render("\n".join([*fenced(content, "diff"), "", "after"]))

    assert rendered.startswith('<pre><code class="language-diff">')
    assert rendered.endswith("</code></pre>\n<p>after</p>\n")
    assert rendered.count("<pre>") == 1
