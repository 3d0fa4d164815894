"""Every example of docs/cli.md, run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from slipway import cli
from tests.unit.doc_examples import blocks, document, files_in
from tests.unit.small_fleets import schemas, write

CLI = document("cli.md")
COMMANDS = re.findall(r"^\$ (slipway .*)\n((?:.*\n)*?)(?=```)", "\n".join(blocks(CLI, "console")), re.MULTILINE)


def test_there_are_examples_of_every_command() -> None:
    assert {command.split()[1] for command, _ in COMMANDS} == {"check", "render", "diff", "graph"}


@pytest.mark.parametrize(("command", "expected"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_an_example_prints_what_the_page_says(
    command: str,
    expected: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for block in blocks(CLI, "yaml"):
        write(files_in(block), tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cli, "load_schemas", schemas)

    cli.main(shlex.split(command)[1:])

    pattern = re.escape(expected).replace("…\\\n", "(?s:.*)").replace("…", ".*")
    assert re.fullmatch(pattern, capsys.readouterr().out)


@pytest.mark.parametrize("variable", ["SLIPWAY_KUBECTL", "XDG_CACHE_HOME", cli.DEBUG])
def test_the_environment_is_told(variable: str) -> None:
    assert f"| `{variable}` |" in CLI


def test_every_option_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("check", "render", "diff", "graph", "request remove-cluster"):
        with pytest.raises(SystemExit):
            cli.main([*command.split(), "--help"])
        for option in re.findall(r"--[a-z-]+", capsys.readouterr().out):
            assert option in CLI or option in ("--help", "--confirmation"), f"{command} {option}"
