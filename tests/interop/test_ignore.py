"""We leave out of an artifact what source-controller leaves out."""

from random import Random

from slipway.fleet.ignore import artifact
from slipway.fleet.tree import Tree
from tests.interop.reference import FluxReference
from tests.unit.test_ignore import FILES, PATTERNS

CASES = 500
NAMES = (
    "a",
    "b",
    "ab",
    "abc",
    "a.yaml",
    "b.yml",
    "x.jpg",
    ".github",
    ".git",
    "a-b",
    "é",
    "[a]",
    "a b",
    "!a",
    "#a",
    "**",
    "\\a",
)
PARTS = (
    *("a", "b", "ab", "*", "?", "a*", "*b", "*.yaml", "a.*", "[ab]", "[^a]", "[a-c]*", "**", "a**", "**b", "*a*b*c*"),
    *(
        "[",
        "[]",
        "[]a]",
        "[a",
        "[-a]",
        "[a-",
        "[b-a]",
        "\\a",
        "\\*",
        "a\\",
        "é",
        "?b",
        ".git",
        "a ",
        " a",
        "!a",
        "#a",
        "[!a]",
    ),
)


def test_the_table_is_true(flux: FluxReference) -> None:
    answers = flux.left_out((dict.fromkeys(FILES, ""), ignore) for ignore, _ in PATTERNS.values())
    assert [set(FILES) - set(answer) for answer in answers] == [left for _, left in PATTERNS.values()]


def test_random_patterns_leave_the_same_files_out(flux: FluxReference) -> None:
    random = Random(1)
    cases = [(_files(random), _patterns(random)) for _ in range(CASES)]
    wrong = [
        (files, ignore, theirs, ours)
        for (files, ignore), theirs in zip(cases, flux.left_out(cases), strict=True)
        if (ours := _ours(files, ignore)) != theirs
    ]
    assert wrong == []


def _ours(files: dict[str, str], ignore: str) -> list[str]:
    tree = Tree({path: text.encode() for path, text in files.items()})
    return sorted(set(tree) - set(artifact(tree, ignore)))


def _files(random: Random) -> dict[str, str]:
    files = {"/".join(random.choices(NAMES, k=random.randint(1, 4))): "" for _ in range(random.randint(1, 12))}
    for _ in range(random.randint(0, 2)):
        path = "/".join([*random.choices(NAMES, k=random.randint(0, 2)), ".sourceignore"])
        files[path] = _patterns(random)
    # A file is no directory.
    return {path: text for path, text in files.items() if not any(other.startswith(f"{path}/") for other in files)}


def _patterns(random: Random) -> str:
    return "\n".join(_pattern(random) for _ in range(random.randint(0, 5)))


def _pattern(random: Random) -> str:
    parts = random.choices(PARTS, k=random.choice((1, 1, 2, 2, 3)))
    return "".join(
        (
            random.choice(("", "", "", "!", "#", " ")),
            random.choice(("", "", "/")),
            "/".join(parts),
            random.choice(("", "", "/", " ", "\\ ", "\r", "//")),
        )
    )
