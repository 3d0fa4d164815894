"""Recipes: what they may say, what becomes of it, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import yaml

from slipway.errors import InputError
from slipway.fleet.settings import Environment
from slipway.fleet.tree import Tree
from slipway.requests.command import read_words
from slipway.requests.facts import Facts
from slipway.requests.kinds import KINDS
from slipway.requests.plan import Plan, plan, steps_of
from slipway.requests.recipe import is_writable, read_recipe
from slipway.requests.request import RequestError

FACTS = Facts(
    {"a-staging": "1.34", "b-staging": "1.35", "c-production": "1.34"},
    (Environment("staging", ("*-staging",)), Environment("production", ("*-production",))),
    (),
    ("1.34", "1.35"),
)
FILE = ".slipway/recipes/{}.yaml"
ADD = "add-application shop --clusters a-staging"
UPDATE = "update-application shop"
ONBOARD = "onboard-application shop"


def planned(recipe: str, words: str, files: Mapping[str, str] | None = None, *, step: int = 0) -> Plan:
    """What a request comes to in a repository with a recipe for it."""
    request = read_words(words.split())
    content = {FILE.format(request.kind.name): recipe, **(files or {})}
    tree = Tree({path: text.encode() for path, text in content.items()}, name="workloads")
    return plan(request, [tree], FACTS, step=step)


def changed(recipe: str, words: str, files: Mapping[str, str] | None = None, *, step: int = 0) -> dict[str, str | None]:
    """The files that it changes."""
    made = planned(recipe, words, files, step=step)
    return {path: None if text is None else text.decode() for part in made.parts for path, text in part.files.items()}


WRONG = {
    "- a": "line 1: the file must be a mapping",
    "files:\n  a.yaml: 1": "line 2: files.a.yaml must be text",
    "edit: []": "line 1: the file has no field 'edit'; it has defaults, delete, edits",
    "steps: []": "line 1: steps has none",
    "steps:\n- delete: [a]": "line 2: steps.0.name is missing",
    "steps: []\nfiles: {}": "line 1: give steps, or delete, edits, ensure, files, identities of the only one",
    "edits:\n- {file: a, at: /b}": "line 2: edits.0 must have one of set, add, remove",
    "edits:\n- {file: a, at: /b, set: 1, add: 2}": "line 2: edits.0 must have one of set, add, remove",
    "edits:\n- {file: a, at: b, set: 1}": "line 2: 'b' is no JSON pointer",
    "edits:\n- {file: a, set: 1}": "line 2: edits.0.at is missing",
    "edits:\n- {at: /a, set: 1}": "line 2: edits.0.file is missing",
    "edits:\n- {file: a, at: /b, set: 1, document: {kind: A}}": "line 2: edits.0.document.name is missing",
    "edits:\n- {file: a, at: /b, set: 1, when: {zone: a}}": "line 2: there is no field 'zone'",
    "edits:\n- {file: a, at: /b, set: 1, when: {tag: 1}}": "line 2: edits.0.when.tag.0 must be text",
    "edits:\n- {file: a, at: /b, set: <tga>}": "line 2: <tga> stands for nothing; there are application,",
    "edits:\n- {file: a, at: /b, set: {x: [<TGA>]}}": "line 2: <tga> stands for nothing",
    "files:\n  a/<app>.yaml: x": "line 2: <app> stands for nothing",
    "identities:\n- {file: a, name: b, namespace: c}": "line 2: identities.0.repository is missing",
    "where: [a]": "line 1: where must be text",
    "defaults:\n  overlay: a/b": "line 2: defaults.overlay is 'a/b'; give the name of a folder",
}
OUTSIDE = (
    *("/etc/passwd", "../a", "a/..", "./a", "a//b", ".", "..", ".git", ".git/config", ".GIT/config", "a/.git/x"),
    *(".slipway", ".slipway/recipes", ".slipway/recipes/x.yaml", ".Slipway/Recipes/x", "a\\b", "a\nb", "a\0b"),
)  # fmt: skip


@pytest.mark.parametrize(("recipe", "problem"), WRONG.items())
def test_a_wrong_value_is_named_with_file_and_line(recipe: str, problem: str) -> None:
    with pytest.raises(InputError) as stopped:
        planned(recipe, ADD)
    assert problem in stopped.value.message
    assert stopped.value.file == FILE.format("add-application")


def test_all_wrong_values_are_named_at_once() -> None:
    with pytest.raises(InputError) as stopped:
        planned("foo: 1\nwhere: 1\ndelete: [../a]\n", ADD)
    assert [f"line {n}: " in stopped.value.message for n in (1, 2, 3)] == [True] * 3


@pytest.mark.parametrize("path", OUTSIDE, ids=repr)
def test_a_recipe_writes_nothing_outside(path: str) -> None:
    quoted = path.encode("unicode_escape").decode().replace("\\\\", "\\\\")
    for recipe in (
        f'delete: ["{quoted}"]',
        f'edits: [{{file: "{quoted}", at: /a, set: b}}]',
        f'files: {{"{quoted}": a}}',
    ):
        with pytest.raises(InputError):
            planned(recipe, ADD)
    assert not is_writable(path)


@pytest.mark.parametrize("path", ["a", "a/b.yaml", ".github/x", ".slipway/certificate.pem", "a..b", ".gitignore", "a/"])
def test_everything_else_may_be_written(path: str) -> None:
    assert is_writable(path)


def test_nothing_is_named_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"'' is no path"):
        planned('delete: [""]', ADD)


def test_files_hold_what_the_request_says() -> None:
    text = "    name: <application>\n    env: <environment>\n    VAR: <APPLICATION>\n"
    recipe = f"files:\n  <cluster>/<application>.yaml: |\n{text}"

    assert changed(recipe, "add-application my-shop --clusters a-staging,c-production") == {
        "a-staging/my-shop.yaml": "name: my-shop\nenv: staging\nVAR: MY_SHOP\n",
        "c-production/my-shop.yaml": "name: my-shop\nenv: production\nVAR: MY_SHOP\n",
    }


def test_a_default_stands_for_what_is_not_said() -> None:
    recipe = "defaults: {overlay: base, repo: <application>-manifests}\nfiles: {a.txt: <overlay> <repo>}\n"

    assert changed(recipe, ADD) == {"a.txt": "base shop-manifests"}
    assert changed(recipe, f"{ADD} --overlay v2") == {"a.txt": "v2 shop-manifests"}


def test_a_value_that_nobody_gives_stops_a_file() -> None:
    with pytest.raises(
        InputError, match=r"names <tag>, which the request does not give; give it a value below defaults"
    ):
        planned("files: {a.txt: <tag>}", ADD)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("tag: <tag>", "--tag 1.10"),
        ("tag: <tag>", "--tag 012"),
        ("tag: <tag>", "--tag null"),
        ("path: <overlay>", "--overlay 1e3"),
        ("list: [<overlay>]", "--overlay yes"),
    ],
)
def test_text_stays_text(line: str, words: str) -> None:
    with pytest.raises(InputError, match="is no text any more with the value in it; put it in quotes"):
        planned(f"files:\n  a.yaml: |\n    {line}\n", f"{ADD} {words}")
    quoted = line.replace("<", '"<').replace(">", '>"')
    assert changed(f"files:\n  a.yaml: |\n    {quoted}\n", f"{ADD} {words}")


def test_a_number_may_be_one() -> None:
    recipe = 'files:\n  a.yaml: |\n    least: <nodes-min>\n    text: "<nodes-max>"\n'
    words = "add-cluster d-staging --environment staging --account 111122223333 --region eu-west-1"

    assert changed(recipe, f"{words} --nodes-min 2 --nodes-max 4") == {"a.yaml": 'least: 2\ntext: "4"\n'}


def test_what_is_required_has_to_be_there() -> None:
    needs = "  apps/<application>.yaml: <application> is not there\n  v.yaml#/data/<APPLICATION>: no version\n"
    recipe = f"require:\n{needs}files: {{a: b}}\n"
    there = {"apps/shop.yaml": "a: b\n", "v.yaml": "data: {SHOP: '1'}\n"}

    assert changed(recipe, ADD, there) == {"a": "b"}
    with pytest.raises(RequestError, match="shop is not there; no version"):
        planned(recipe, ADD)
    with pytest.raises(RequestError, match=r"^no version$"):
        planned(recipe, ADD, there | {"v.yaml": "data: {}\n"})


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"a/b.yaml": "x: y\n"}, "workloads/a/b.yaml exists already"),
        ({"a": "x\n"}, "workloads/a/b.yaml cannot be: a folder of it is a file"),
        ({"a/b.yaml/c": "x\n"}, "workloads/a/b.yaml exists already"),
    ],
)
def test_a_new_file_needs_its_place(files: dict[str, str], says: str) -> None:
    with pytest.raises(RequestError, match=says):
        planned("files: {a/b.yaml: 'x: z'}", ADD, files)


def test_what_is_there_already_is_no_change() -> None:
    assert planned("files: {a.yaml: 'x: <application>'}", ADD, {"a.yaml": "x: shop"}).parts == ()


EDIT = "edits:\n- {file: a.yaml, at: /items, add: <application>}\n- {file: a.yaml, at: /ref, set: {tag: <tag>}}\n"


def test_edits_leave_out_what_is_not_said_and_may_meet_in_one_file() -> None:
    files = {"a.yaml": "items: # ours\n- a\nref: {}\n"}

    assert changed(EDIT, ADD, files) == {"a.yaml": "items: # ours\n- a\n- shop\nref: {}\n"}
    assert changed(EDIT, f"{ADD} --tag 1.10", files) == {"a.yaml": 'items: # ours\n- a\n- shop\nref:\n  tag: "1.10"\n'}


@pytest.mark.parametrize("files", [{}, {"a.yaml/b": "x\n"}])
def test_an_edit_needs_its_file(files: dict[str, str]) -> None:
    with pytest.raises(RequestError, match=r"workloads/a\.yaml is not there"):
        planned(EDIT, ADD, files)


def test_a_file_is_made_when_an_edit_needs_it() -> None:
    recipe = "ensure: {a.yaml: 'app: <application>', b.yaml: x}\nedits: [{file: a.yaml, at: /tag, set: <tag>}]\n"

    assert changed(recipe, f"{ADD} --tag v1") == {"a.yaml": "app: shop\ntag: v1"}
    assert changed(recipe, ADD) == {}


def test_a_value_is_one_step_of_a_pointer() -> None:
    recipe = "edits: [{file: a.yaml, at: /refs/<tag>, set: there}]\n"

    assert changed(recipe, f"{ADD} --tag release/12", {"a.yaml": "refs: {}\n"}) == {
        "a.yaml": "refs:\n  release/12: there\n"
    }
    assert changed(recipe, f"{ADD} --tag 12", {"a.yaml": "refs: {}\n"}) == {"a.yaml": 'refs:\n  "12": there\n'}


@pytest.mark.parametrize(
    ("edit", "result"),
    [
        ("add: <components>", ["rds", "sqs"]),
        ("add: x/<components>", ["x/rds", "x/sqs"]),
        ("add: {name: <components>}", [{"name": "rds"}, {"name": "sqs"}]),
        ("set: <components>", ["rds", "sqs"]),
        ("add: x, when: {components: sqs}", ["x"]),
        ("add: x, when: {components: [dynamodb, s*]}", ["x"]),
        ("add: x, when: {components: dynamodb}", []),
        ("add: x, when: {policy: '*'}", []),
    ],
)
def test_an_edit_that_names_a_list_is_made_for_each_of_it(edit: str, result: list[Any]) -> None:
    words = f"{ONBOARD} --components rds,sqs"

    found = changed(f"edits: [{{file: a.yaml, at: /a, {edit}}}]", words, {"a.yaml": "a: []\n"})

    assert yaml.safe_load(found.get("a.yaml") or "a: []") == {"a": result}


def test_what_is_removed_may_be_gone_already() -> None:
    edits = "- {file: a.yaml, at: /a, remove: <application>}\n- {file: a.yaml, at: /b, remove: true}\n"
    recipe = f"edits:\n{edits}delete: [c, d.yaml]\nwhere: a.yaml\n"
    words = "remove-application shop --confirmation shop"

    assert changed(recipe, words, {"a.yaml": "a: [shop, x]\nb: 1\n", "c/e": "1", "c/f/g": "2", "cc": "3"}) == {
        "a.yaml": "a: [x]\n",
        "c/e": None,
        "c/f/g": None,
    }
    assert changed(recipe, words, {"a.yaml": "a: [x]\n"}) == {}


def test_an_edit_finds_its_document() -> None:
    recipe = "where: a.yaml\nedits: [{file: a.yaml, document: {kind: B, name: x}, at: /v, set: <tag>}]"
    file = "kind: A\nmetadata: {name: x}\nv: 1\n---\nkind: B\nmetadata: {name: x}\nv: 1\n"

    assert changed(recipe, f"{UPDATE} --tag v2", {"a.yaml": file}) == {"a.yaml": file.removesuffix("1\n") + "v2\n"}


def test_keys_are_wanted_where_there_are_none() -> None:
    recipe = (
        "identities: [{file: <cluster>/key.yaml, name: git, namespace: <application>, repository: <application>-m}]"
    )

    [part] = planned(recipe, "add-application shop --clusters a-staging,b-staging", {"a-staging/key.yaml": "x"}).parts

    assert [vars(identity) for identity in part.identities] == [
        {"file": "b-staging/key.yaml", "name": "git", "namespace": "shop", "repository": "shop-m"}
    ]


def test_steps_come_one_after_the_other() -> None:
    recipe = "steps:\n- {name: one, files: {a: '1'}}\n- {name: two, files: {b: '2'}, delete: [a]}\n"
    request = read_words(ADD.split())
    tree = Tree({FILE.format("add-application"): recipe.encode()})

    assert steps_of(request, [tree]) == 2
    assert changed(recipe, ADD) == {"a": "1"}
    assert changed(recipe, ADD, {"a": "1"}, step=1) == {"a": None, "b": "2"}
    assert [(planned(recipe, ADD, step=n).name, planned(recipe, ADD, step=n).is_last) for n in (0, 1)] == [
        ("one", False),
        ("two", True),
    ]
    for step in (-1, 2):
        with pytest.raises(RequestError, match="there is none after the last"):
            planned(recipe, ADD, step=step)


def test_where_tells_the_clusters_that_have_it() -> None:
    recipe = "where: <cluster>/<application>.yaml\nedits: [{file: <cluster>/<application>.yaml, at: /tag, set: <tag>}]"
    files = {f"{name}/shop.yaml": "tag: a\n" for name in ("a-staging", "c-production")}

    assert planned(recipe, f"{UPDATE} --tag b", files).clusters == ("a-staging", "c-production")
    assert planned(recipe, f"{UPDATE} --tag b --environment staging", files).clusters == ("a-staging",)
    assert planned(recipe, f"{UPDATE} --tag b --clusters c-production", files).clusters == ("c-production",)
    for words, says in (
        ("--clusters b-staging", "shop is not on b-staging"),
        ("--clusters z-staging", "there is no cluster z-staging; there are a-staging, b-staging, c-production"),
        ("--environment lab", "there is no environment lab; there are staging, production"),
    ):
        with pytest.raises(RequestError, match=says):
            planned(recipe, f"{UPDATE} --tag b {words}", files)
    with pytest.raises(RequestError, match="shop is on no cluster of production"):
        planned(recipe, f"{UPDATE} --tag b --environment production", {"a-staging/shop.yaml": "tag: a\n"})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--nodes-min 5", "would have at least 5 nodes and at most 4"),
        ("--nodes-max 1", "would have at least 2 nodes and at most 1"),
    ],
)
def test_one_limit_has_to_go_with_the_other_that_the_cluster_has(words: str, says: str) -> None:
    recipe = "edits:\n" + "".join(
        f"- {{file: info.yaml, at: /data/{name.upper()}, set: <nodes-{name}>}}\n" for name in ("min", "max")
    )
    files = {"info.yaml": "data:\n  MIN: '2'\n  MAX: '4'\n"}

    with pytest.raises(RequestError, match=says):
        planned(recipe, f"change-cluster a-staging {words}", files)
    assert changed(recipe, "change-cluster a-staging --nodes-min 5 --nodes-max 6", files)
    assert changed(recipe, "change-cluster a-staging --nodes-min 4", files)


def test_one_limit_has_to_go_with_the_others_default() -> None:
    words = "add-cluster d-staging --environment staging --account 111122223333 --region eu-west-1 --nodes-min 5"

    with pytest.raises(RequestError, match="at least 5 nodes and at most 4"):
        planned('defaults: {nodes-max: "4"}\nfiles: {a: b}\n', words)


def test_the_recipes_of_the_request_alone_are_read() -> None:
    assert read_recipe(KINDS["add-cluster"], Tree({FILE.format("remove-cluster"): b"- wrong"})) is None
    with pytest.raises(
        RequestError, match=r"no repository of the fleet has a recipe for it: \.slipway/recipes/add-app"
    ):
        plan(read_words(ADD.split()), [Tree({})], FACTS)


def test_facts_of_clusters() -> None:
    assert FACTS.usual_version("staging") == "1.35"  # as many have one as the other
    assert FACTS.usual_version("production") == "1.34"
    assert FACTS.usual_version("lab") == "1.35"
    assert replace(FACTS, offered=("1.35", "1.36")).usual_version("production") == "1.36"
    assert (FACTS.environment("a-staging"), FACTS.environment("hub")) == ("staging", "")
