"""Form, comment, event and command line: the same request by each, and bad input by none."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from slipway.errors import LimitError
from slipway.generation.words import refused
from slipway.requests.command import MAX_COMMENT, MAX_WORDS, read_comment, read_words, write_command
from slipway.requests.event import read_event
from slipway.requests.form import MAX_BODY, form_kind, read_form, write_form
from slipway.requests.kinds import KINDS, Kind
from slipway.requests.request import MAX_QUOTED, Request, RequestError, read_request, shown
from slipway.requests.values import Value
from tests.unit.test_request_forms import EXAMPLES

Given = Mapping[str, str]
ADD = "/slipway add-cluster crm-staging --environment staging --account 111122223333 --region eu-west-1"
REMOVE = KINDS["remove-cluster"]


def by_form(kind: Kind, said: Given) -> Request:
    fields = [(field.label, said[field.name]) for field in kind.fields if field.name in said]
    return read_form(kind, "\n".join(f"### {label}\n\n{text}\n" for label, text in fields))


def by_comment(kind: Kind, said: Given) -> Request:
    words = [word for name, text in list(said.items())[1:] for word in (f"--{name}", text)]
    command = read_comment(shlex.join(["/slipway", kind.name, said[kind.subject.name], *words]))
    if command is None or command.verb != "request":
        raise RequestError(())
    return command.request()


def by_event(kind: Kind, said: Given) -> Request:
    detail = {"schema": "slipway/v1", "id": "order-1", "requester": "dora", "request": said}
    return read_event(kind.event, detail).request


def by_line(kind: Kind, said: Given) -> Request:
    return read_words([kind.name, *(f"--{name}={text}" for name, text in said.items())])


WAYS: Mapping[str, Callable[[Kind, Given], Request]] = {
    "form": by_form,
    "comment": by_comment,
    "event": by_event,
    "line": by_line,
}
TEXTS = {
    name: {
        key: ", ".join(value) if isinstance(value, list) else str(value)
        for key, value in said.items()
        if not isinstance(value, dict | bool | int)
    }
    for name, said in EXAMPLES.items()
}
"""What is said in text."""
HOSTILE = (
    *("../", "/..", "\\", ".git/", "/.git/hooks/", ".slipway/recipes/", "~", "\0", "C:", "//"),
    *("\n", "\r\n", "\r", "\u2028", "\x1b[2J", "\u202e", "\u200b", "\ufeff", "\ud800"),
    *(": ", " #", "- ", "{}", "[]", "&a ", "*a", "!!python/object:x", "<<", "| ", "'", '"', "%", "---\n"),
    *("${X}", "{{ x }}", "<%= x %>"),
    *("`", "```\n", "<img src=x>", "<!--", "-->", "![x](y)", "](javascript:x)", "@acme/all ", "#1", "| x |", "**"),
    *("$(id)", ";id", "&&", "|id", ">x", "`id`", "$IFS", "--", " --unchecked", "-"),
    *("\u0430", "\u0131", "\uff0e", "\u2215", "\u0661", "\u212a", "\u2160", "e\u0301"),
    "a" * 300,
)  # fmt: skip


@st.composite
def hostile_requests(draw: st.DrawFn) -> tuple[Kind, Given]:
    """A good request, in one field of which stands something else, or something besides."""
    kind = KINDS[draw(st.sampled_from(sorted(k for k in TEXTS if k != "change-cluster")))]
    said = dict(TEXTS[kind.name])
    name = draw(st.sampled_from([field.name for field in kind.fields]))
    text = said.get(name, "")
    at = draw(st.integers(0, len(text)))
    piece = draw(st.sampled_from(HOSTILE) | st.text(max_size=20))
    said[name] = draw(st.sampled_from([text[:at] + piece + text[at:], piece]))
    return kind, said


@given(hostile_requests(), st.sampled_from(sorted(WAYS)))
def test_whatever_is_said_is_refused_in_safe_words_or_safe(asked: tuple[Kind, Given], way: str) -> None:
    kind, said = asked
    try:
        request = WAYS[way](kind, said)
    except RequestError as err:
        _is_safe_to_show(err)
    else:
        for value in request.values.values():
            _is_safe(value)


@given(
    st.text(max_size=200) | st.lists(st.sampled_from((*HOSTILE, "### Name", "/slipway ", "add-cluster"))).map("".join)
)
def test_whatever_text_comes_is_read_or_refused(text: str) -> None:
    for read in (lambda: read_comment(text), lambda: read_form(REMOVE, text), lambda: read_words(text.split(" "))):
        try:
            read()
        except RequestError as err:
            _is_safe_to_show(err)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_event_comes_is_read_or_refused(detail: Any) -> None:
    for sent in (detail, {"schema": "slipway/v1", "id": "a", "requester": "dora", "request": detail}):
        with pytest.raises(RequestError) as stopped:
            read_event("ClusterRequested", sent)
        _is_safe_to_show(stopped.value)


def _is_safe_to_show(err: RequestError) -> None:
    message = str(err)
    outside = re.sub(r"`[^`]*`", "", message)
    for problem in err.problems:
        assert "`" not in problem.quote
        assert problem.quote.isprintable()
        assert len(problem.quote) <= MAX_QUOTED + 30
        assert problem.field.isprintable()
        assert len(problem.field) <= MAX_QUOTED + 1
        outside = outside.replace(f"{problem.field}: ", "", 1)
    assert message.isprintable()
    assert not re.search(r"[<>`$!\\]|\]\(", outside), outside
    assert "<img" not in re.sub(r"`[^`]*`|```.*?```", "", refused(err.problems), flags=re.DOTALL)


def _is_safe(value: Value) -> None:
    if isinstance(value, tuple):
        for item in value:
            _is_safe(item)
    if not isinstance(value, str):
        return
    assert re.fullmatch(r"@?[A-Za-z0-9_](?:[A-Za-z0-9_./+-]*[A-Za-z0-9_])?", value), value
    assert shlex.quote(value) == value
    assert not {"", ".", "..", ".git"} & set(value.lower().split("/"))
    assert yaml.safe_load(f'a: "{value}"') == {"a": value}


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_written_as_a_command_is_read_from_it(name: str) -> None:
    request = read_request(KINDS[name], EXAMPLES[name])

    command = read_comment(f"Please:\r\n\r\n{write_command(request)}\r\n")

    assert command is not None
    assert command.request() == request


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", [name for name in TEXTS if name != "change-cluster"])
def test_all_ways_ask_the_same(name: str, way: str) -> None:
    kind, said = KINDS[name], TEXTS[name]

    assert WAYS[way](kind, said) == read_request(kind, said)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "/slipways add-cluster",
        f"> {ADD}",
        f"    {ADD}",
        f"```\n{ADD}\n```",
        f"~~~ sh\n{ADD}\n~~~",
        f"````\n```yaml\n{ADD}\n```\n````",
        f"```\n~~~\n{ADD}\n~~~\n```",
        f"```\n```not the end\n{ADD}\n```",
        f"<!-- as for example\n{ADD}\n-->",
        f"See `{ADD}`",
    ],
)
def test_what_is_quoted_is_no_command(body: str) -> None:
    assert read_comment(body) is None


@pytest.mark.parametrize(
    "body",
    [ADD, f"{ADD}\r\n", f"```\nx\n```\n{ADD}", f"<!-- x -->\n{ADD}", f"``` a ` b\n{ADD}", ADD.replace(" ", "\t", 1)],
)
def test_what_stands_on_a_line_of_its_own_is_one(body: str) -> None:
    command = read_comment(body)

    assert command is not None
    assert command.request().subject == "crm-staging"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (f"{ADD}\n/slipway help", "one command"),
        (f"{ADD} --network '10.50", "quotes come in pairs"),
        (f"/slipway {'a ' * MAX_WORDS}b", "MAX_WORDS"),
        ("/slipway destroy everything", "there is no request `destroy`"),
        (f"{ADD} other", "`other` belongs to nothing"),
        (f"{ADD} --network", "network: has no value"),
        (f"{ADD} --nodes-min --nodes-max 3", "nodes-min: has no value"),
        (f"{ADD} --region eu-west-2", "region: is given twice"),
        (f"{ADD} --colour red", "add-cluster has no field `colour`; it has cluster, environment"),
        (f"{ADD} --nodes-min 5 --nodes-max 4", "nodes-max: is 4, less than nodes-min, 5"),
        ("/slipway update-application a --tag b --branch c", "a tag or a branch, not both"),
        ("/slipway update-application a --tag b --environment c --clusters d", "clusters or an environment, not both"),
        ("/slipway update-application a --environment staging", "it changes nothing"),
        ("/slipway change cluster a", "it changes nothing"),
        ("/slipway remove-cluster a --confirmation b", "and not `a`"),
        ("/slipway remove-cluster a", "confirmation: is missing"),
    ],
)
def test_a_command_that_cannot_be_is_refused(body: str, says: str) -> None:
    with pytest.raises(RequestError, match=re.escape(says)):
        command = read_comment(body)
        assert command is not None
        command.request()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("Hello\n### Name\n\na\n### Its name once more\n\na", "belongs to nothing"),
        ("### Name\n\na\n### Name\n\nb\n### Its name once more\n\na", "`Name` is there twice"),
        ("### Name\n\na\n### Owner\n\nb\n### Its name once more\n\na", "the form has no `Owner`"),
        ("### Name\n\na\nb\n### Its name once more\n\na", "cluster: is `a?b`"),
        ("### Name\n\na\n### Its name once more\n\n_No response_", "confirmation: is missing"),
        ("### Name\n\n```\n### Its name once more\n\na", "confirmation: is missing"),
    ],
)
def test_a_form_that_cannot_be_is_refused(body: str, says: str) -> None:
    with pytest.raises(RequestError, match=re.escape(says)):
        read_form(REMOVE, body)


def test_a_form_of_other_line_breaks_is_the_same() -> None:
    body = write_form(read_words(["remove-cluster", "a", "--confirmation", "a"]))

    assert read_form(REMOVE, body.replace("\n", "\r\n")) == read_form(REMOVE, body)


def test_boxes_are_read_strictly() -> None:
    kind = KINDS["onboard-application"]
    body = "### Name\n\ncrm\n\n### What it makes in AWS\n\n- [X] dynamodb\n- [ ] rds\n- [x] sqs\n"

    assert read_form(kind, body).values["components"] == ("dynamodb", "sqs")
    with pytest.raises(RequestError, match="components"):
        read_form(kind, f"{body}and more\n")


def test_a_label_tells_the_form_and_else_the_title() -> None:
    assert form_kind(["bug", "slipway/remove-cluster"], "Add a cluster: x") is REMOVE
    assert form_kind(["slipway/everything"], "Remove a cluster: x") is REMOVE
    assert form_kind(["slipway/everything"], "Remove all clusters: x") is None


def test_what_is_too_long_is_refused() -> None:
    with pytest.raises(LimitError):
        read_comment("a" * (MAX_COMMENT + 1))
    with pytest.raises(LimitError):
        read_form(REMOVE, "a" * (MAX_BODY + 1))


EVENT = {
    "schema": "slipway/v1",
    "id": "order-17",
    "requester": "dora",
    "request": {"cluster": "a", "confirmation": "a"},
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"schema": "slipway/v2"}, "schema: is `slipway/v2`; give slipway/v1"),
        ({"id": "a b"}, "id: is `a b`"),
        ({"id": "a\n"}, "id: is `a`"),
        ({"requester": "@acme/all"}, "requester: is `@acme/all`"),
        ({"request": []}, "request: is missing"),
        ({"admin": True}, "the detail has no field `admin`"),
        ({"x\n": True}, "the detail has no field `x`"),
        ({"request": {"cluster": ["a"], "confirmation": "a"}}, 'cluster: is `["a"]`'),
        ({"request": {"cluster": "a", "confirmation": "a", "<b>": 1}}, "remove-cluster has no field `<b>`"),
    ],
)
def test_an_event_that_cannot_be_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(RequestError, match=re.escape(says)):
        read_event("ClusterRemovalRequested", EVENT | change)


def test_an_event_of_no_type_of_ours_is_refused() -> None:
    with pytest.raises(RequestError, match="no request has the detail type `ClusterDeleted`"):
        read_event("ClusterDeleted", EVENT)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(RequestError) as stopped:
        read_words(["add-cluster", "UPPER", "--account", "1", "--colour", "red"])

    assert [problem.field for problem in stopped.value.problems] == [
        *("", "cluster", "environment", "account", "region")
    ]
    assert stopped.value.problems[3].quote == "--account 1"


def test_the_digest_is_of_what_is_asked() -> None:
    one = read_words(["upgrade-tool", "karpenter", "--version", "1.8.2"])
    same = read_words(["upgrade", "tool", "--version=1.8.2", "karpenter"])
    other = read_words(["upgrade-tool", "karpenter", "--version", "1.8.3"])

    assert one.digest == same.digest != other.digest


@pytest.mark.parametrize(
    ("text", "shows"), [("a\tb`c", "a?b?c"), ("a" * 61, "a" * 60 + "…"), (["a"], '["a"]'), (None, "null")]
)
def test_somebodys_text_is_shown_harmless(text: Any, shows: str) -> None:
    assert shown(text) == shows
