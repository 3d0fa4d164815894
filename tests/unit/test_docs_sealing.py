"""docs/sealing.md is true: its examples, run one after another, and its options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from slipway import cli
from tests.unit.doc_examples import blocks, document, files_in
from tests.unit.sealing_world import pair
from tests.unit.small_fleets import write

PAGE = document("sealing.md")
CONSOLE = "\n".join(block.removesuffix("```") for block in blocks(PAGE, "console"))
COMMANDS = re.findall(r"^\$ (slipway .*)\n((?:(?!\$ ).*\n?)*)", CONSOLE, re.MULTILINE)


def test_the_examples_print_what_the_page_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for block in blocks(PAGE, "yaml"):
        write(files_in(block), tmp_path)
    for name in ("old", "new"):
        write({f"{name}.crt": pair(name).certificate.pem, f"{name}.key": pair(name).key.pem()}, tmp_path)
        write({f"{name}.json": pair(name).to_json()}, tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("fleet").mkdir()
    for command, expected in COMMANDS:
        cli.main(shlex.split(command)[1:])
        pattern = re.escape(expected.strip("\n")).replace("Ag…", ".*").replace("…", ".*")
        assert re.fullmatch(pattern, capsys.readouterr().out.strip("\n")), command


def test_there_are_examples_of_every_command() -> None:
    assert {command.split()[1] for command, _ in COMMANDS} == {"seal", "unseal-check", "reseal"}


def test_every_option_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("seal", "unseal-check", "reseal"):
        with pytest.raises(SystemExit):
            cli.main([command, "--help"])
        for option in re.findall(r"--[a-z-]+", capsys.readouterr().out):
            assert option in PAGE or option == "--help", f"{command} {option}"
