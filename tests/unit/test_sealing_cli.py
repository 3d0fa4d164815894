"""`slipway seal`, `unseal-check` and `reseal`: what they print and write, and their exit codes."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slipway import cli
from slipway.errors import InputError
from slipway.fleet.manifests import dump, load_documents
from slipway.sealing.certificates import make_key_pair
from slipway.sealing.unseal import unseal
from slipway.tools.sealed_files import FoundFile, found_files, replace_file
from tests.unit.sealing_world import CLEAR, encoded, pair, ring, sealed, sealed_text, secret, tls_secret


class Shell:
    """Runs commands in a directory with keys and certificates."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self.output = self.errors = ""

    def has(self, name: str, text: str) -> str:
        file = self.directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return name

    def read(self, name: str) -> str:
        return (self.directory / name).read_bytes().decode()

    def run(self, *arguments: str, given: str = "") -> int:
        self._monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given.encode())))
        code = cli.main(arguments)
        self.output, self.errors = self._capsys.readouterr()
        assert CLEAR not in self.output + self.errors
        assert "PRIVATE KEY" not in self.output + self.errors
        return code

    def opened(self, text: str, *keys: str) -> list[dict[str, str]]:
        return [unseal(document.value, ring(*keys))["data"] for document in load_documents(text.encode())]


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    made = Shell(tmp_path, capsys, monkeypatch)
    for name in ("old", "new"):
        made.has(f"{name}.crt", pair(name).certificate.pem)
        made.has(f"{name}.key", pair(name).key.pem())
        made.has(f"{name}.json", pair(name).to_json())
    return made


class TestSeal:
    def test_secrets_of_standard_input_become_json(self, shell: Shell) -> None:
        assert shell.run("seal", "--cert", "old.crt", given=json.dumps(secret())) == 0
        assert unseal(json.loads(shell.output), ring())["data"] == {"password": encoded(CLEAR)}

    def test_many_become_yaml_documents(self, shell: Shell) -> None:
        given = f"---\n{dump(secret())}---\n{dump(secret('web'))}"
        assert shell.run("seal", "--cert", "old.crt", "-o", "yaml", given=given) == 0
        assert shell.opened(shell.output) == [{"password": encoded(CLEAR)}] * 2
        assert shell.output.startswith("---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n")

    def test_a_file_becomes_a_file(self, shell: Shell) -> None:
        given = shell.has("secret.yaml", dump(secret()))
        assert shell.run("seal", "--cert", "old.crt", "-f", given, "-w", "sealed.yaml") == 0
        assert (shell.output, shell.opened(shell.read("sealed.yaml"))) == ("", [{"password": encoded(CLEAR)}])

    def test_a_scope_a_name_and_a_namespace_are_given(self, shell: Shell) -> None:
        bare = json.dumps({**secret(), "metadata": {}})
        options = ["--name", "db", "--namespace", "shop", "--scope", "namespace-wide"]
        assert shell.run("seal", "--cert", "old.crt", *options, given=bare) == 0
        found = json.loads(shell.output)
        assert found["metadata"] == sealed(scope="namespace-wide")["metadata"]

    @pytest.mark.parametrize("source", [[], ["--from-file", "value"], ["--from-file", "password=value"]])
    def test_a_raw_value_is_printed_and_nothing_else(self, shell: Shell, source: list[str]) -> None:
        shell.has("value", CLEAR)
        options = ["--raw", "--name", "db", "-n", "shop", *source]
        assert shell.run("seal", "--cert", "old.crt", *options, given=CLEAR) == 0
        obj = sealed()
        obj["spec"]["encryptedData"] = {"password": shell.output}
        assert not shell.output.endswith("\n")
        assert unseal(obj, ring())["data"] == {"password": encoded(CLEAR)}

    def test_values_are_merged_into_a_file_for_what_it_says(self, shell: Shell) -> None:
        shell.has("sealed.yaml", f"# ours\n{dump(sealed(scope='cluster-wide'))}")
        given = dump({**secret(), "metadata": {"name": "x"}, "stringData": {"user": "u"}})
        assert shell.run("seal", "--cert", "old.crt", "--merge-into", "sealed.yaml", given=given) == 0
        assert shell.read("sealed.yaml").startswith("# ours\n")
        assert shell.opened(shell.read("sealed.yaml")) == [{"password": encoded(CLEAR), "user": encoded("u")}]

    @pytest.mark.parametrize(
        ("options", "given", "says"),
        [
            ([], "", "no Secret in the input"),
            ([], dump({**secret(), "metadata": {"name": "a"}}), "1: the Secret has no metadata.namespace"),
            (["-f", "nowhere.yaml"], "", "nowhere.yaml: cannot be read: No such file or directory"),
            (["--from-file", "a"], "", "--from-file needs --raw"),
            (["--raw"], "", "--raw needs --namespace with the scope strict"),
            (["--raw", "-n", "a"], "", "--raw needs --name with the scope strict"),
            (["--merge-into", "old.crt"], "", "old.crt: one SealedSecret and nothing else is expected in this file"),
            (["-w", "nowhere/a.yaml"], dump(secret()), "nowhere/"),
            (["--raw", "--scope", "cluster-wide"], "x" * 2_000_000, "1,048,577 bytes, and a Secret holds 1,048,576"),
        ],
    )
    def test_what_cannot_be_sealed_says_why(self, shell: Shell, options: list[str], given: str, says: str) -> None:
        assert shell.run("seal", "--cert", "old.crt", *options, given=given) == 2
        assert says in shell.errors
        assert shell.output == ""

    def test_one_wrong_secret_of_many_writes_nothing(self, shell: Shell) -> None:
        given = f"{dump(secret())}---\n{dump(secret(stringData={'a': 1}))}"
        assert shell.run("seal", "--cert", "old.crt", "-w", "out.yaml", given=given) == 2
        assert not (shell.directory / "out.yaml").exists()

    def test_an_expired_certificate_is_refused(self, shell: Shell) -> None:
        past = make_key_pair(datetime.now(UTC) - timedelta(days=9), bits=2048, valid_for=timedelta(days=1))
        shell.has("past.crt", past.certificate.pem)
        assert shell.run("seal", "--cert", "past.crt", given=dump(secret())) == 2
        assert "past.crt: the certificate has expired on " in shell.errors


class TestUnsealCheck:
    def test_all_open(self, shell: Shell) -> None:
        shell.has("fleet/a.yaml", sealed_text())
        shell.has("fleet/b.json", json.dumps(sealed("new")))
        assert shell.run("unseal-check", "fleet", "--key", "old.json", "--key", "new.key") == 0
        assert shell.output.splitlines() == [
            f"fleet/a.yaml:1: SealedSecret shop/db: opens with {pair('old').key.fingerprint}",
            f"fleet/b.json:1: SealedSecret shop/db: opens with {pair('new').key.fingerprint}",
            "2 SealedSecrets: 2 open, 0 do not",
        ]

    def test_one_does_not_open(self, shell: Shell) -> None:
        shell.has("a.yaml", f"{sealed_text()}---\n{sealed_text('new', name='web')}")
        keys = shell.has("keys.yaml", dump({"apiVersion": "v1", "kind": "List", "items": [tls_secret("old")]}))
        assert shell.run("unseal-check", "a.yaml", "--key", keys) == 1
        assert shell.output.splitlines()[1:] == [
            "a.yaml:14: SealedSecret shop/web: does not open",
            "  password was sealed with none of the keys at hand, or for another name or namespace",
            "2 SealedSecrets: 1 opens, 1 does not",
        ]

    def test_json_has_all_of_it(self, shell: Shell) -> None:
        shell.has("a.yaml", sealed_text("new"))
        assert shell.run("unseal-check", "a.yaml", "--key", "old.key", "--format", "json") == 1
        document = json.loads(shell.output)
        (entry,) = document["sealedSecrets"]
        (failed,) = entry["failed"]
        assert (document["schema"], document["verdict"], document["keys"]) == (
            "slipway/v1",
            "fail",
            [pair("old").key.fingerprint],
        )
        assert (entry["file"], entry["opens"], failed["key"], failed["reason"]) == (
            "a.yaml",
            False,
            "password",
            "no key",
        )

    def test_a_file_that_cannot_be_read_is_no_success(self, shell: Shell) -> None:
        shell.has("fleet/a.yaml", sealed_text())
        shell.has("fleet/chart.yaml", "kind: SealedSecret\n{{ if .x }}\n")
        assert shell.run("unseal-check", "fleet", "--key", "old.key") == 1
        assert "fleet/chart.yaml:3: not valid YAML" in shell.output
        assert shell.output.endswith("1 SealedSecret: 1 opens, 0 do not; 1 file not looked at\n")

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (["fleet", "--key", "old.key"], "no SealedSecret in fleet"),
            (["nowhere", "--key", "old.key"], "nowhere: cannot be read: No such file or directory"),
            (["fleet", "--key", "old.crt"], "old.crt: no private key in it"),
            (["fleet", "--key", "nowhere"], "nowhere: cannot be read: No such file or directory"),
        ],
    )
    def test_what_could_not_run_says_why(self, shell: Shell, arguments: list[str], says: str) -> None:
        shell.has("fleet/a.yaml", "a: b\n")
        assert shell.run("unseal-check", *arguments) == 2
        assert says in shell.errors


class TestReseal:
    def test_only_what_another_key_opens_is_written(self, shell: Shell) -> None:
        shell.has("fleet/a.yaml", f"# ours\n{sealed_text()}")
        new = shell.has("fleet/b.yaml", sealed_text("new"))
        before = shell.read(new)
        assert shell.run("reseal", "fleet", "--key", "old.key", "--key", "new.key", "--cert", "new.crt") == 0
        assert shell.opened(shell.read("fleet/a.yaml"), "new") == [{"password": encoded(CLEAR)}]
        assert shell.read(new) == before
        assert shell.output.splitlines() == [
            "fleet/a.yaml:2: SealedSecret shop/db: 1 value sealed anew",
            "2 SealedSecrets: 1 sealed anew, 1 sealed for this key already, 0 do not open",
        ]

    def test_a_second_run_has_nothing_to_do(self, shell: Shell) -> None:
        shell.has("a.yaml", sealed_text())
        command = ("reseal", "a.yaml", "--key", "old.key", "--key", "new.key", "--cert", "new.crt")
        assert shell.run(*command) == 0
        once = shell.read("a.yaml")
        assert shell.run(*command) == 0
        assert shell.read("a.yaml") == once

    def test_a_dry_run_writes_nothing(self, shell: Shell) -> None:
        text = sealed_text()
        shell.has("a.yaml", text)
        assert shell.run("reseal", "a.yaml", "--key", "old.key", "--cert", "new.crt", "--dry-run") == 0
        assert shell.read("a.yaml") == text
        assert "1 value would be sealed anew" in shell.output

    def test_what_does_not_open_is_told_and_kept_and_the_rest_is_done(self, shell: Shell) -> None:
        shell.has("fleet/a.yaml", sealed_text("other"))
        shell.has("fleet/b.yaml", sealed_text())
        before = shell.read("fleet/a.yaml")
        assert shell.run("reseal", "fleet", "--key", "old.key", "--cert", "new.crt") == 1
        assert shell.read("fleet/a.yaml") == before
        assert shell.opened(shell.read("fleet/b.yaml"), "new")
        assert "fleet/a.yaml:1: SealedSecret shop/db: is left as it is" in shell.output
        assert "give its private key with --key, too" in shell.errors

    def test_the_permissions_of_a_file_stay(self, shell: Shell) -> None:
        file = shell.directory / shell.has("a.yaml", sealed_text())
        file.chmod(0o640)
        assert shell.run("reseal", "a.yaml", "--key", "old.key", "--cert", "new.crt") == 0
        assert stat.S_IMODE(file.stat().st_mode) == 0o640

    def test_a_file_that_cannot_be_replaced_is_as_it_was(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        text = sealed_text()
        shell.has("fleet/a.yaml", text)

        def full(_: int) -> None:
            raise OSError(28, "No space left on device", "fleet/a.yaml")

        monkeypatch.setattr(os, "fsync", full)
        assert shell.run("reseal", "fleet", "--key", "old.key", "--cert", "new.crt") == 2
        assert shell.read("fleet/a.yaml") == text
        assert [file.name for file in Path("fleet").iterdir()] == ["a.yaml"]
        assert "No space left on device" in shell.errors


class TestFiles:
    def test_links_and_other_files_are_left_out(self, tmp_path: Path) -> None:
        for name in ("a.yaml", "b.yml", "c.json", "d.txt"):
            (tmp_path / name).write_text("x")
        (tmp_path / "e.yaml").symlink_to(tmp_path / "a.yaml")
        assert [file.path.name for file in found_files([str(tmp_path)])] == ["a.yaml", "b.yml", "c.json"]

    def test_a_link_that_is_named_leads_to_its_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("x")
        link = tmp_path / "b.yaml"
        link.symlink_to("a.yaml")
        replace_file(FoundFile(link, b"x"), b"y")
        assert (link.is_symlink(), (tmp_path / "a.yaml").read_text()) == (True, "y")

    def test_what_somebody_has_written_meanwhile_is_not_lost(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("theirs")
        with pytest.raises(InputError, match="written by somebody else"):
            replace_file(FoundFile(tmp_path / "a.yaml", b"x"), b"y")
        assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("a.yaml", "theirs")]


def test_the_other_commands_start_without_cryptography() -> None:
    program = "import sys, slipway.cli; sys.exit(any(name.startswith('cryptography') for name in sys.modules))"
    environment: dict[str, Any] = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert os.spawnve(os.P_WAIT, sys.executable, [sys.executable, "-c", program], environment) == 0
