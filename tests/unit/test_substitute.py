"""Post-build substitution by Flux's rules; tests/interop compares the same with Flux's own code at length."""

from collections.abc import Mapping

import pytest

from slipway.errors import LimitError
from slipway.fleet.substitute import KEEP, Keep, Reference, SubstitutionError, references, substitute, valid_name

VARIABLES = {
    "v": "Hello/World",
    "path": "a/b/c.tar.gz",
    "accents": "né€x",
    "three": "3",
    "empty": "",
    "sharp": "ßeta ǆ",
    "dotted": "İI",
    "star": "*x",
}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        # what is text
        ("plain $v $(v) $ {v} 100%", "plain $v $(v) $ {v} 100%"),
        ("$${v} $$v $$$${v}", "${v} $v $${v}"),
        ("$$${v}", "$Hello/World"),
        ("${v}${three}\n- ${v}", "Hello/World3\n- Hello/World"),
        # defaults: all operators alike, and an empty value counts as none
        ("${v:=d} ${no:=d} ${no:-d} ${no=d} ${no:+d} ${no:?d} ${empty=d}", "Hello/World d d d d d d"),
        ("${no:=}|${no:=a: 'b'}", "|a: 'b'"),
        ("${no:=<${three}> and ${v}}", "<3> and Hello/World"),
        ("${no:=$$ \\/ $x}", "$$ \\/ $x"),
        # length, offset, case
        ("${#v} ${#accents} ${#empty}", "11 7 0"),
        ("${v:6} ${v:0:5} ${v:${three}:2} ${v:6:99}", "World Hello lo World"),
        ("${v:-3}|${v: -3}|${v:1:-1}|${v:8:-8}", "Hello/World|Hello/World|ello/Worl|"),
        ("${v:99}|${v:x}|${v:1:x}|${v:2:::3}|${v:+1}", "|Hello/World|Hello/World|llo|Hello/World"),
        ("${v:0-1}|${v:${no:=-5}}", "Hello/World|World"),
        ("${accents:0:3}${accents:3:3}", "né€"),
        ("${no:=${accents:0:2}${accents:2:1}}", "né"),
        ("${v^^} ${v,,} ${v,} ${sharp^} ${sharp^^}", "HELLO/WORLD hello/world hello/World ßeta ǆ ßETA Ǆ"),
        ("${dotted,,} ${v,^} ${empty^}", "ii Hello/World "),
        # prefixes and suffixes: wildcards
        ("${path#*/} ${path##*/} ${path%.*} ${path%%.*}", "b/c.tar.gz c.tar.gz a/b/c.tar a/b/c"),
        (
            "${path#a} ${path%gz} ${path#x} ${path#?} ${path##[a-c]/}",
            "/b/c.tar.gz a/b/c.tar. a/b/c.tar.gz /b/c.tar.gz b/c.tar.gz",
        ),
        ("${path#[^a-b]}|${path#[}|${path%[a-z]}|${star#\\*}|${star#*}", "a/b/c.tar.gz|a/b/c.tar.gz|a/b/c.tar.gz|x|x"),
        ("${path###*}|${path#*b*t}|${path##*}|${empty#*}|${accents%%€x}", "a/b/c.tar.gz|ar.gz|||né"),
        # replacement: no wildcards
        ("${v/o/0} ${v//o/0} ${v/l/} ${v//l/}", "Hell0/World Hell0/W0rld Helo/World Heo/Word"),
        (
            "${v/#Hello/Bye} ${v/%World/You} ${v/#World/x} ${v/#Hello/} ${v/*/x}",
            "Bye/World Hello/You Hello/World Hello/World Hello/World",
        ),
        ("${v/\\//-} ${v//o/\\/} ${three/3/\\\\$$}", "Hello-World Hell//W/rld \\$"),
        ("${v//l//x} ${v/${no:=Hello}/${three}} ${empty//${no}/x}", "Hexxo/Worxd 3/World x"),
        ("${three/3/{\\}}", "{\\}"),
    ],
)
def test_an_expression_gives_what_flux_gives(text: str, result: str) -> None:
    assert substitute(text, VARIABLES, strict=False) == result


@pytest.mark.parametrize("text", ["", "a: b\n", "cost: 5$", "$v $(v)"])
def test_text_without_expressions_is_returned_as_it_is(text: str) -> None:
    assert substitute(text, {}, strict=True) is text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("${}", "no variable name"),
        ("${ v}", "no variable name"),
        ("${.Values.x}", "no variable name"),
        ("${#}", "no variable name"),
        ("${v", "closing `}` is missing"),
        ("${v:=${v}", "closing `}` is missing"),
        ("${v-d}", "write ${v:=default}"),
        ("${v?d}", "write ${v:=default}"),
        ("${a.b}", "`.` stands where"),
        ("${v^^^}", "`^` stands where"),
        ("${v#a${v}}", "it takes one word there"),
        ("${v#}", "a word is missing"),
        ("${v:}", "a word is missing"),
        ("${v:1:}", "a word is missing"),
        ("${v:${three}1}", "`1` stands where"),
        ("${v:é}", "an offset must be a number"),
        ("${v/a}", "the `/` after the pattern is missing"),
        ("${v/${v}x/y}", "the `/` after the pattern is missing"),
    ],
)
def test_what_flux_cannot_read_is_refused_with_its_line_and_a_way_out(text: str, reason: str) -> None:
    with pytest.raises(SubstitutionError) as caught:
        substitute(f"a: b\nc: {text}\n", VARIABLES, strict=False)
    assert reason in caught.value.message
    assert caught.value.line == 2


def test_an_error_shows_no_more_of_the_text_than_the_name() -> None:
    with pytest.raises(SubstitutionError, match=r"Flux cannot read `\$\{v`: ") as caught:
        substitute("password: ${v-hunter2}", {"v": "hunter3"}, strict=True)
    assert "hunter" not in str(caught.value)


@pytest.mark.parametrize("text", ["${no}", "${#no}", "${no^^}", "${no/a/b}", "${no:1}", "${v:=${no}}", "${v#${no}}"])
def test_a_variable_that_is_not_set_is_refused_if_strict_and_empty_if_not(text: str) -> None:
    with pytest.raises(SubstitutionError, match=r"the variable no is not set: .* \$\{no:=default\}"):
        substitute(text, VARIABLES, strict=True)
    assert isinstance(substitute(text, VARIABLES, strict=False), str)


@pytest.mark.parametrize("operator", [":=", ":-", "=", ":+", ":?"])
def test_a_default_makes_up_for_a_variable_that_is_not_set(operator: str) -> None:
    assert substitute(f"${{no{operator}d}}", {}, strict=True) == "d"


def test_variables_may_come_from_a_function() -> None:
    assert substitute("${a}-${b}", str.upper, strict=True) == "A-B"


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("${kept} ${v}", "${kept} Hello/World"),
        ("${#kept} ${kept:=d} ${kept##*/}", "${#kept} ${kept:=d} ${kept##*/}"),
        ("${v:=${kept}} ${no:=a ${kept} ${three}}", "Hello/World a ${kept} 3"),
        ("${v#${kept}} ${v#${no:=${kept}}}", "${v#${kept}} ${v#${no:=${kept}}}"),
        ("${v#${three:=${kept}}}", "Hello/World"),
    ],
)
def test_an_expression_stays_as_written_if_it_needs_a_kept_variable(text: str, result: str) -> None:
    variables: Mapping[str, str | Keep] = {**VARIABLES, "kept": KEEP}
    assert substitute(text, variables, strict=True) == result


def test_a_kept_expression_does_not_hide_a_missing_variable_in_it() -> None:
    with pytest.raises(SubstitutionError, match="the variable no is not set"):
        substitute("${kept:=${no}}", {"kept": KEEP}, strict=True)


@pytest.mark.parametrize("text", ["${v:0:1}", "a ${v#?} b", "${no:=${v:1}}"])
def test_a_character_cut_in_two_is_refused(text: str) -> None:
    with pytest.raises(SubstitutionError, match="not UTF-8"):
        substitute(text, {"v": "é"}, strict=True)


@pytest.mark.parametrize("text", ["${v}", "${v^^}", "${#v}"])
def test_a_value_that_is_no_unicode_text_is_refused(text: str) -> None:
    with pytest.raises(SubstitutionError, match="not UTF-8"):
        substitute(text, {"v": "\ud800"}, strict=True)


def test_an_offset_at_which_flux_panics_is_refused() -> None:
    with pytest.raises(SubstitutionError, match="so large"):
        substitute(f"${{v:{2**63 - 1}:1}}", VARIABLES, strict=True)


@pytest.mark.parametrize(
    ("text", "value", "limit"),
    [
        ("${v:=" * 33 + "}" * 33, "x", "nested more than 32 deep"),
        ("${v}" * 17, "x" * 1024 * 1024, "larger than 16777216"),
        ("${v:=" + "${v}" * 17 + "}", "x" * 1024 * 1024, "larger than 16777216"),
        ("${v//x/xxxxxxxxxxxxxxxxx}", "x" * 1024 * 1024, "larger than 16777216"),
        ("${v#*a}", "x" * 3000, "more than 10000000 steps"),
        ("${v#*a}" * 200, "x" * 300, "more than 10000000 steps"),
    ],
    ids=["depth", "size", "size of a default", "size of a replacement", "one long match", "many matches"],
)
def test_limits_stop_a_hostile_text(text: str, value: str, limit: str) -> None:
    with pytest.raises(LimitError, match=limit):
        substitute(text, {"v": value}, strict=True)


def test_long_literal_prefixes_are_no_effort() -> None:
    value = "x" * 100_000
    assert substitute(f"${{v#{value}}}${{v%{value}}}", {"v": value}, strict=True) == ""


def test_references_are_all_that_is_looked_up_with_their_lines() -> None:
    text = "a: ${one}\nb: $${two} $three\nc: ${four:=${five}\n${six:-x}}\nd: ${seven##${eight}}\n"
    assert references(text) == (
        Reference("one", 1, has_default=False),
        Reference("four", 3, has_default=True),
        Reference("five", 3, has_default=False),
        Reference("six", 4, has_default=True),
        Reference("seven", 5, has_default=False),
        Reference("eight", 5, has_default=False),
    )
    assert references("$v $$ {v}") == ()


@pytest.mark.parametrize(
    ("name", "is_valid"),
    [
        ("a", True),
        ("_A1", True),
        ("1a", False),
        ("a-b", False),
        ("é", False),
        ("", False),
        ("a\n", False),
        ("a.b", False),
    ],
)
def test_variable_names_are_ascii_words(name: str, is_valid: bool) -> None:
    assert valid_name(name) is is_valid
