"""`slipway request`: what it writes into directories, what it prints, and when it writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway import cli
from tests.unit.small_fleets import config_map, schemas, sync, write

RECIPE = """\
require: {"clusters/<cluster>/size.yaml": <cluster> has no size}
edits:
- {file: clusters/<cluster>/size.yaml, at: /data/size, set: <node-size>}
- {file: clusters/<cluster>/size.yaml, at: /metadata/namespace, set: gone, when: {nodes-max: "9"}}
identities:
- {file: clusters/<cluster>/key/key.txt, name: git, namespace: flux-system, repository: gitops-system}
"""
FLEET = {
    **sync("staging"),
    "clusters/staging/size.yaml": config_map("size", size="small"),
    ".slipway/recipes/change-cluster.yaml": RECIPE,
}
CHANGE = ("change-cluster", "staging", "--node-size", "large")


class Shell:
    """Runs requests on a fleet in a directory."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.fleet = directory / "fleet"
        self._capsys = capsys
        self.output = self.errors = ""
        write(FLEET, self.fleet)

    def ask(self, *words: str) -> int:
        code = cli.main(["request", *words, "--in", str(self.fleet)])
        self.output, self.errors = self._capsys.readouterr()
        return code

    def files(self) -> dict[str, str]:
        found = (path for path in sorted(self.fleet.rglob("*")) if path.is_file())
        return {str(path.relative_to(self.fleet)): path.read_text(encoding="utf-8") for path in found}


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setattr("slipway.request_command.load_schemas", schemas)
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys)


def test_it_writes_what_was_asked_and_says_so_shortly(shell: Shell) -> None:
    before = shell.files()

    assert shell.ask(*CHANGE) == 0

    changed = {path for path, text in shell.files().items() if before.get(path) != text}
    assert changed == {"clusters/staging/size.yaml"}
    assert "large" in shell.files()["clusters/staging/size.yaml"]
    assert shell.output.startswith("changes (--diff shows all of it):\n  staging: 1 object\nwrote:\n  ~ ")
    assert "still to do" in shell.output


def test_a_dry_run_writes_nothing(shell: Shell) -> None:
    before = shell.files()

    assert shell.ask(*CHANGE, "--dry-run", "--diff") == 0

    assert shell.files() == before
    assert "would write:\n  ~ " in shell.output
    assert "On staging: 1 changed" in shell.output


def test_asked_again_there_is_nothing_to_do(shell: Shell) -> None:
    (shell.fleet / "clusters/staging/key").mkdir()
    (shell.fleet / "clusters/staging/key/key.txt").write_text("sealed")
    shell.ask(*CHANGE)
    before = shell.files()

    assert shell.ask(*CHANGE) == 0
    assert (shell.output, shell.files()) == ("nothing to do: the repositories have it already\n", before)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("change-cluster", "production", "--node-size", "large"), "there is no cluster production; there are staging"),
        (("change-cluster", "staging", "--node-size", "huge"), "node-size: is `huge`; give small, medium or large"),
        (("change-cluster", "../x", "--node-size", "large"), "cluster: is `../x`; give lower case letters"),
        (("remove-cluster", "staging", "--confirmation", "staging"), "no repository of the fleet has a recipe for it"),
        ((*CHANGE, "--step", "2"), "it has 1 steps; there is none after the last"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(shell: Shell, words: tuple[str, ...], says: str) -> None:
    before = shell.files()

    assert shell.ask(*words) == 2

    assert says in shell.errors
    assert (shell.output, shell.files()) == ("", before)


@pytest.mark.parametrize("place", ["clusters/staging/key", "clusters/staging/key/key.txt"])
def test_nothing_is_written_through_a_symbolic_link(shell: Shell, place: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    link = shell.fleet / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(outside / "nowhere")
    before = shell.files()

    assert shell.ask(*CHANGE) == 2

    assert "is a symbolic link, or below one" in shell.errors
    assert (shell.files(), list(outside.iterdir())) == (before, [])
