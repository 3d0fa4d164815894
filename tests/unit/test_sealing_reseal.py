"""Files whose SealedSecrets are sealed anew: the values open with the new key, and nothing else changes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.errors import InputError, LimitError
from slipway.fleet.events import MAX_FILE_BYTES
from slipway.fleet.manifests import load_documents
from slipway.sealing.merge import merged
from slipway.sealing.reseal import NotReplaced, ResealedFile, reseal
from slipway.sealing.unseal import sealed_in, unseal
from tests.unit.sealing_world import CLEAR, encoded, pair, ring, sealed, sealed_text, with_metadata

VALUE = re.compile(rb"[A-Za-z0-9+/=]{300,}")
OPENED = {"password": encoded(CLEAR)}


def value(key: str = "old") -> str:
    return str(sealed(key)["spec"]["encryptedData"]["password"])


def document(entries: str, before: str = "", after: str = "") -> str:
    return (
        f"{before}apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: db, namespace: shop}}\n"
        f"spec:\n  encryptedData:{entries}{after}"
    )


def run(text: str | bytes, *keys: str) -> ResealedFile:
    data = text.encode() if isinstance(text, str) else text
    return reseal(data, "a.yaml", ring(*keys), pair("new").certificate)


def opened(content: bytes, *keys: str) -> list[dict[str, str]]:
    found = [obj for each in load_documents(content) for _, obj in sealed_in(each.value)]
    return [unseal(obj, ring(*keys or ("new",)))["data"] for obj in found]


def without_values(content: str | bytes) -> bytes:
    return VALUE.sub(b"-", content.encode() if isinstance(content, str) else content)


STYLES = {
    "plain": lambda: f"\n    password: {value()}\n",
    "plain, with a comment": lambda: f" # ours\n    # theirs\n    password:   {value()}   # until May\n",
    "quoted": lambda: f"\n    'password': '{value()}'\n",
    "quoted twice": lambda: f'\n    "password": "{value()}"\n',
    "on the next line": lambda: f"\n    password:\n      {value()}\n",
    "block": lambda: f"\n    password: |\n      {value()}\n",
    "block without its end": lambda: f"\n    password: |-  # whole\n\n      {value()}\n\n\n",
    "folded": lambda: f"\n    password: >-\n        {value()}\n  template: {{}}\n",
    "block with an indent of its own": lambda: f"\n    password: |2-\n      {value()}\n",
    "flow": lambda: f' {{ "password" : {value()} }}\n',
    "flow over lines": lambda: f" {{\n    password: '{value()}',\n  }}\n",
    "explicit key": lambda: f"\n    ? password\n    : {value()}\n",
    "line ends of Windows": lambda: f"\n    password: {value()}\n".replace("\n", "\r\n"),
    "no line end at all": lambda: f"\n    password: {value()}",
}


@pytest.mark.parametrize("style", STYLES)
def test_only_the_value_changes(style: str) -> None:
    before = document(STYLES[style](), before="# für Ω 🔑\n---\nname: other\n---\n")
    done = run(before)
    assert opened(done.content) == [OPENED]
    assert [(each.changed, each.answer.line) for each in done.sealed] == [(1, 5)]
    assert without_values(done.content) == without_values(before)
    assert done.content != before.encode()


def test_a_value_that_is_wrapped_becomes_one_line() -> None:
    lines = "\n      ".join(re.findall(".{1,76}", value()))
    done = run(document(f"\n    password: |\n      {lines}\n  template: {{}}\n"))
    assert opened(done.content) == [OPENED]
    assert done.content.endswith(b"\n  template: {}\n")


def test_bytes_at_the_start_and_json_stay() -> None:
    text = json.dumps(
        {"kind": "List", "apiVersion": "v1", "items": [sealed(), {"kind": "Other"}, sealed("new")]}, indent=4
    )
    done = run(b"\xef\xbb\xbf" + text.encode(), "old", "new")
    assert done.content.startswith(b"\xef\xbb\xbf{")
    assert [each.changed for each in done.sealed] == [1, 0]
    assert opened(done.content) == [OPENED, OPENED]


@given(
    st.lists(st.sampled_from(sorted(STYLES)), min_size=1, max_size=5),
    st.text(
        st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff\u2028\u2029\x85"), max_size=30
    ),
)
@settings(max_examples=25)
def test_many_documents_in_any_style(styles: list[str], comment: str) -> None:
    texts = [document(STYLES[style](), before=f"# {comment}\n") for style in styles]
    before = "".join(f"---\n{text}\n" for text in texts)
    done = run(before)
    assert opened(done.content) == [OPENED] * len(styles)
    assert without_values(done.content) == without_values(before)
    again = run(done.content, "old", "new")
    assert (again.content, {each.changed for each in again.sealed}) == (done.content, {0})


@pytest.mark.parametrize("scope", ["strict", "namespace-wide", "cluster-wide"])
def test_it_stays_bound_to_what_it_was_bound_to(scope: Any) -> None:
    obj = sealed(scope=scope)
    done = reseal(json.dumps(obj).encode(), "a", ring(), pair("new").certificate)
    assert opened(done.content) == [OPENED]
    assert load_documents(done.content)[0].value["metadata"] == obj["metadata"]


def test_what_the_controller_could_not_open_it_cannot_open_afterwards() -> None:
    moved = with_metadata(sealed(), name="web")
    done = run(json.dumps(moved))
    assert done.sealed[0].changed == 1
    with pytest.raises(InputError, match="was sealed for the name db in namespace shop"):
        opened(done.content)


def test_one_value_that_does_not_open_keeps_its_document_as_it_is() -> None:
    good, bad = sealed_text(), sealed_text().replace("  template", f"    user: {value('other')}\n  template")
    before = f"{good}---\n{bad}"
    done = run(before)
    assert [(each.changed, sorted(each.answer.failed)) for each in done.sealed] == [(1, []), (0, ["user"])]
    assert done.content.endswith(bad.encode())


def test_a_value_that_is_sealed_for_the_key_already_is_left() -> None:
    text = sealed_text("new").replace("  template", f"    user: {value()}\n  template")
    done = run(text, "old", "new")
    assert done.sealed[0].changed == 1
    assert value_line(done.content, "password") == value_line(text.encode(), "password")


def value_line(content: bytes, key: str) -> str:
    return next(line for line in content.decode().splitlines() if f"{key}: " in line)


@pytest.mark.parametrize(
    "entries",
    [
        lambda: f"\n    password: &a {value()}\n    user: *a\n",
        lambda: f"\n    password: !!str {value()}\n",
        lambda: f"\n    <<: {{password: {value()}}}\n",
    ],
)
def test_values_whose_text_may_be_of_others_are_left(entries: Any) -> None:
    before = document(entries())
    done = run(before)
    assert done.content == before.encode()
    assert {err.message for err in done.sealed[0].answer.failed.values()} == {
        "has an anchor, an alias, a merge or a tag, so that its text may be of others, too; seal it by hand"
    }


def test_values_that_others_name_by_an_alias_keep_the_file_as_it_is() -> None:
    head = "apiVersion: v1\nkind: List\nitems:\n- "
    first = document(f" &all\n    password: {value()}\n").replace("\n", "\n  ")
    with pytest.raises(NotReplaced, match="its values cannot be replaced") as raised:
        run(f"{head}{first}\n- {{kind: Other, values: *all}}\n")
    assert [each.answer.fingerprints for each in raised.value.sealed] == [(pair().certificate.fingerprint,)]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"kind: SealedSecret\n\xff", InputError),
        (b"kind: SealedSecret\na: [", InputError),
        (b"# SealedSecret\n" + b"#" * MAX_FILE_BYTES, LimitError),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"^a\.yaml"):
        run(data)


def test_other_files_are_not_even_read() -> None:
    assert run(b"a: [\n") == ResealedFile(b"a: [\n", ())


class TestMerge:
    def test_keys_are_replaced_and_added_and_nothing_else_changes(self) -> None:
        before = document(f"\n    # first\n    password: {value()} # last\n", after="  template:\n    type: Opaque\n")
        done = merged(before.encode(), "a", sealed(stringData={"password": "p", "user": "u"}))
        assert opened(done, "old") == [{"password": encoded("p"), "user": encoded("u")}]
        lines = without_values(done).decode().splitlines()
        assert lines[5:8] == ["    # first", "    password: - # last", "    user: -"]

    @pytest.mark.parametrize("style", [style for style in STYLES if style != "explicit key"])
    def test_in_any_style(self, style: str) -> None:
        done = merged(
            document(STYLES[style]()).encode(), "a", sealed(stringData={"password": "p", "true": "u", "z": ""})
        )
        assert opened(done, "old") == [{"password": encoded("p"), "true": encoded("u"), "z": ""}]

    @pytest.mark.parametrize("indent", [None, 2])
    def test_into_json(self, indent: int | None) -> None:
        empty = {**sealed(), "spec": {"encryptedData": {}}}
        done = merged(json.dumps(empty, indent=indent).encode(), "a", sealed(stringData={"a": "b", "c": "d"}))
        again = merged(done, "a", sealed(stringData={"e": "f"}))
        assert opened(again, "old") == [{"a": encoded("b"), "c": encoded("d"), "e": encoded("f")}]
        assert json.loads(again)

    def test_labels_of_the_secret_come_along(self) -> None:
        before = document(" {}\n", after="  template:\n    metadata:\n      labels:\n        app: shop\n")
        other = sealed()
        other["spec"]["template"]["metadata"]["labels"] = {"app": "shop", "team": "a: b"}
        (done,) = load_documents(merged(before.encode(), "a", other))
        assert done.value["spec"]["template"]["metadata"]["labels"] == {"app": "shop", "team": "a: b"}

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (
                lambda: f"{sealed_text()}---\n{sealed_text()}",
                "a: one SealedSecret and nothing else is expected in this file",
            ),
            (lambda: "kind: Secret\n", "a: one SealedSecret and nothing else is expected in this file"),
            (lambda: document("\n"), "a: has no spec.encryptedData to merge into; write an empty one first: {}"),
            (lambda: document(f"\n    password: &a {value()}\n"), "a:6: spec.encryptedData.password has an anchor"),
        ],
    )
    def test_what_cannot_be_merged_says_why(self, text: Any, says: str) -> None:
        with pytest.raises(InputError) as caught:
            merged(text().encode(), "a", sealed())
        assert str(caught.value).startswith(says)
