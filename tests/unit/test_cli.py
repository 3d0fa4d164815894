"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway import cli
from slipway.tools import kubectl, progress
from slipway.tools.layer import find_tool
from tests.unit.small_fleets import (
    SOURCE,
    config_map,
    helm_release,
    helm_repository,
    kustomization,
    schemas,
    sync,
    write,
)

VERSION = kubectl.Kubectl.version
SOUND = {**sync("staging"), "clusters/staging/a.yaml": config_map("a", size="1")}
BAD = {**SOUND, "clusters/staging/b.yaml": config_map("Web_1")}
SUSPECT = {**SOUND, "docs/example.yaml": "a: [\n"}
BROKEN = {**SOUND, "clusters/staging/web.yaml": kustomization("web")}
TWO = {**sync("a"), **sync("b"), "clusters/a/x.yaml": config_map("x"), "clusters/b/x.yaml": config_map("Web_1")}


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of these tests' own, but neither a kubectl to unpack, to ask for its version, nor schemas to read."""
    monkeypatch.setattr(cli, "load_schemas", schemas)
    monkeypatch.setattr(kubectl.Kubectl, "version", "1.35")
    monkeypatch.setenv("SLIPWAY_KUBECTL", str(kubectl.find({**os.environ})))
    monkeypatch.setenv("SLIPWAY_HELM", str(find_tool("helm")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


class Shell:
    """Runs commands in a directory."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self._capsys = capsys
        self.output = ""
        self.errors = ""

    def has(self, name: str, files: Mapping[str, str | bytes]) -> str:
        return str(write(files, self.directory / name))

    def run(self, *arguments: str) -> int:
        code = cli.main(arguments)
        self.output, self.errors = self._capsys.readouterr()
        return code


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys)


class TestCheck:
    @pytest.mark.parametrize(
        ("files", "options", "code"),
        [
            (SOUND, [], 0),
            (BAD, [], 1),
            (BROKEN, [], 1),
            (SUSPECT, [], 0),
            (SUSPECT, ["--fail-on", "warning"], 1),
            ({**SUSPECT, "slipway.yaml": "failOn: warning\n"}, [], 1),
            ({**SUSPECT, "slipway.yaml": "failOn: warning\n"}, ["--fail-on", "error"], 0),
            (TWO, [], 1),
            (TWO, ["--cluster", "b"], 1),
            (TWO, ["--cluster", "a"], 0),
            (TWO, ["--cluster", "a", "--cluster", "b"], 1),
        ],
    )
    def test_exit_codes(self, shell: Shell, files: dict[str, str], options: list[str], code: int) -> None:
        assert shell.run("check", shell.has("fleet", files), *options) == code
        assert shell.errors == ""

    @pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
    @pytest.mark.parametrize(("files", "code"), [(SOUND, 0), (BAD, 1)])
    def test_the_format_does_not_matter_to_the_exit_code(
        self, shell: Shell, form: str, files: dict[str, str], code: int
    ) -> None:
        assert shell.run("check", shell.has("fleet", files), "--format", form) == code

    def test_a_second_run_says_the_same(self, shell: Shell) -> None:
        fleet = shell.has("fleet", BAD)

        outputs = [(shell.run("check", fleet), shell.output) for _ in range(2)]

        assert outputs[0] == outputs[1]

    def test_json_is_the_document(self, shell: Shell) -> None:
        shell.run("check", shell.has("fleet", BAD), "--format", "json")

        document = json.loads(shell.output)
        assert (document["schema"], document["verdict"]) == ("slipway/v1", "fail")
        assert [finding["file"] for finding in document["findings"]] == ["clusters/staging/b.yaml"]

    def test_of_a_change_only_what_is_new_fails(self, shell: Shell) -> None:
        base, head = shell.has("base", BAD), shell.has("head", {**BAD, "docs/x.yaml": "a: [\n"})

        assert shell.run("check", head) == 1
        assert shell.run("check", head, "--base", base) == 0
        assert "Findings that the base has already (1):" in shell.output
        assert shell.run("check", head, "--base", base, "--fail-on", "warning") == 1

    def test_a_change_is_judged_by_the_policy_of_its_base(self, shell: Shell) -> None:
        off = {"slipway.yaml": "rules:\n- {rules: [SLW203], severity: off}\n"}
        base, head = shell.has("base", sync("staging")), shell.has("head", {**BAD, **off})

        assert shell.run("check", head) == 0
        assert shell.run("check", head, "--base", base) == 1

    def test_a_change_that_destroys_something_may_be_approved(self, shell: Shell) -> None:
        namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
        base = shell.has("base", {**sync("staging"), "clusters/staging/shop.yaml": namespace})
        head = shell.has("head", sync("staging"))

        assert shell.run("check", head, "--base", base) == 1
        assert shell.run("check", head, "--base", base, "--approved", "slipway/approve-destructive") == 0
        assert "Approved findings (1):" in shell.output

    def test_sarif_has_our_version_and_paths_from_here(self, shell: Shell) -> None:
        shell.has("fleet", BAD)

        shell.run("check", "fleet", "--format", "sarif")

        [run] = json.loads(shell.output)["runs"]
        assert run["tool"]["driver"]["version"] == "0.1.0"
        location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
        assert location == {"uri": "fleet/clusters/staging/b.yaml"}

    @pytest.mark.parametrize(
        ("here", "directory", "file"),
        [
            (".", "fleet", "fleet/clusters/staging/b.yaml"),
            ("fleet", ".", "clusters/staging/b.yaml"),
            ("elsewhere", "../fleet", "clusters/staging/b.yaml"),
        ],
    )
    def test_github_gets_paths_from_its_workspace(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch, here: str, directory: str, file: str
    ) -> None:
        shell.has("fleet", BAD)
        (shell.directory / "elsewhere").mkdir()
        monkeypatch.chdir(shell.directory / here)

        shell.run("check", directory, "--format", "github")

        assert f"::error file={file},line=4,title=SLW203 " in shell.output

    def test_a_source_is_given_by_name_or_by_url(self, shell: Shell) -> None:
        workloads = {
            "apiVersion": SOURCE,
            "kind": "GitRepository",
            "metadata": {"name": "workloads", "namespace": "flux-system"},
            "spec": {"url": "ssh://git@github.com/acme/gitops-workloads.git", "interval": "1m"},
        }
        fleet = shell.has(
            "fleet",
            {
                **SOUND,
                "clusters/staging/workloads.yaml": f"{yaml.safe_dump(workloads)}---\n"
                + kustomization("web", sourceRef={"kind": "GitRepository", "name": "workloads"}),
            },
        )
        shell.has("there", {"apps/web/b.yaml": config_map("Web_1")})

        assert shell.run("check", fleet) == 0
        assert "give its files with --source workloads=DIR" in shell.output
        for name in ("workloads", "flux-system/workloads", "https://github.com/acme/gitops-workloads"):
            assert shell.run("check", fleet, "--source", f"{name}=there") == 1
            assert f"error: {name}:apps/web/b.yaml:4 [SLW203 " in shell.output


class TestRender:
    def test_prints_what_flux_would_apply(self, shell: Shell) -> None:
        assert shell.run("render", shell.has("fleet", SOUND)) == 0

        objects = list(yaml.safe_load_all(shell.output))
        assert sorted(obj["kind"] for obj in objects) == ["ConfigMap", "GitRepository", "Kustomization"]
        assert "---\n# cluster staging, from clusters/staging/a.yaml:1\napiVersion: v1\n" in shell.output
        assert shell.errors == ""

    def test_only_a_cluster_that_is_asked_for(self, shell: Shell) -> None:
        shell.run("render", shell.has("fleet", TWO), "--cluster", "a")

        assert "# cluster a, from clusters/a/x.yaml:1\n" in shell.output
        assert "# cluster b" not in shell.output

    def test_writes_a_file_for_each_cluster(self, shell: Shell) -> None:
        assert shell.run("render", shell.has("fleet", TWO), "-o", "new/out") == 0

        files = sorted((shell.directory / "new/out").iterdir())
        assert [file.name for file in files] == ["a.yaml", "b.yaml"]
        assert [len(list(yaml.safe_load_all(file.read_text()))) for file in files] == [3, 3]
        assert shell.output == ""

    def test_names_of_clusters_name_no_other_directory(self, shell: Shell) -> None:
        settings = yaml.safe_dump({"clusters": {"../../etc/x": {"path": "clusters/staging"}}})

        shell.run("render", shell.has("fleet", {**SOUND, "slipway.yaml": settings}), "-o", "out")

        assert [file.name for file in (shell.directory / "out").iterdir()] == ["..%2F..%2Fetc%2Fx.yaml"]

    def test_what_is_not_rendered_is_said_beside_the_output(self, shell: Shell) -> None:
        charts = {"clusters/staging/c.yaml": helm_release("a") + "---\n" + helm_repository()}

        assert shell.run("render", shell.has("fleet", {**SOUND, **charts}), "--charts", "kept") == 1
        assert shell.errors == (
            "slipway: not rendered:\n"
            "  its chart is not fetched: that is switched off, and no earlier run has kept it (1)\n"
            "    HelmRelease on staging: flux-system/a\n"
        )

    def test_what_fails_is_said_and_what_works_is_printed(self, shell: Shell) -> None:
        assert shell.run("render", shell.has("fleet", BROKEN)) == 1
        assert "path ./apps/web does not exist" in shell.errors
        assert "name: a\n" in shell.output

    def test_what_is_not_at_hand_is_no_success(self, shell: Shell) -> None:
        """Whoever pipes the output into something must not take it for all."""
        source = {"kind": "GitRepository", "name": "other"}
        files = {**SOUND, "clusters/staging/web.yaml": kustomization("web", sourceRef=source)}

        assert shell.run("render", shell.has("fleet", files)) == 1
        assert "give its files with --source other=DIR" in shell.errors

    def test_a_name_cannot_add_an_object(self, shell: Shell) -> None:
        files = {**SOUND, "clusters/staging/a\nkind: Secret\n#.yaml": config_map("b")}

        shell.run("render", shell.has("fleet", files))

        assert "Secret" not in [obj["kind"] for obj in yaml.safe_load_all(shell.output)]
        assert shell.output.count("\nkind: Secret") == 0


class TestDiff:
    @pytest.mark.parametrize(
        ("base", "head", "code", "last"),
        [
            (SOUND, SOUND, 0, "Nothing changes on any cluster"),
            (SOUND, BAD, 0, "1 change on 1 cluster"),
            (SOUND, BROKEN, 1, "1 change on 1 cluster; 1 Kustomization not compared"),
        ],
        ids=["nothing", "a change", "something that cannot be compared"],
    )
    def test_exit_codes(self, shell: Shell, base: dict[str, str], head: dict[str, str], code: int, last: str) -> None:
        assert shell.run("diff", shell.has("base", base), shell.has("head", head)) == code
        assert shell.output.splitlines()[-1] == last

    @pytest.mark.parametrize(
        ("form", "start"), [("text", "On staging: "), ("markdown", "### On `staging`: "), ("json", "{\n")]
    )
    def test_formats(self, shell: Shell, form: str, start: str) -> None:
        shell.run("diff", shell.has("base", SOUND), shell.has("head", BAD), "--format", form)

        assert shell.output.startswith(start)
        assert "Web_1" in shell.output

    def test_charts_are_said_not_to_be_compared(self, shell: Shell) -> None:
        fleet = shell.has(
            "fleet", {**SOUND, "clusters/staging/c.yaml": helm_release("a") + "---\n" + helm_repository()}
        )

        assert shell.run("diff", fleet, fleet, "--charts", "kept") == 1
        assert "its chart is not fetched" in shell.errors
        assert "HelmRelease on staging: flux-system/a" in shell.output


def test_graph_prints_a_chart(shell: Shell) -> None:
    fleet = shell.has("fleet", TWO)

    assert shell.run("graph", fleet) == 0
    assert shell.output.startswith('flowchart LR\n  subgraph n0["a and b"]\n')
    assert shell.run("graph", fleet, "--cluster", "a") == 0
    assert shell.output.startswith('flowchart LR\n  subgraph n0["a"]\n')


class TestWhatCannotRun:
    """Exit code 2, one message on standard error, nothing on standard output, and never a traceback."""

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["check", "nowhere"], "slipway: nowhere is no directory\n"),
            (["check", "fleet/slipway.yaml"], "slipway: fleet/slipway.yaml is no directory\n"),
            (
                ["check", "empty"],
                "slipway: no cluster found in empty: no Flux Kustomization and no FluxInstance; is it the root of a "
                "Flux repository?\n",
            ),
            (["check", "fleet", "--cluster", "b"], "slipway: there is no cluster b; there are staging\n"),
            (["graph", "fleet", "--cluster", "b"], "slipway: there is no cluster b; there are staging\n"),
            (["render", "fleet", "--cluster", "b"], "slipway: there is no cluster b; there are staging\n"),
            (
                ["check", "fleet", "--source", "x"],
                "slipway: --source x: write NAME=DIR, NAME being the name or the URL of a Flux source\n",
            ),
            (
                ["check", "fleet", "--source", "x="],
                "slipway: --source x=: write NAME=DIR, NAME being the name or the URL of a Flux source\n",
            ),
            (["check", "fleet", "--source", "x=nowhere"], "slipway: --source x=nowhere: nowhere is no directory\n"),
            (["diff", "fleet", "empty"], "slipway: no cluster found in empty: "),
            (["diff", "nowhere", "fleet"], "slipway: nowhere is no directory\n"),
            (["render", "fleet", "-o", "fleet/slipway.yaml"], "slipway: fleet/slipway.yaml: File exists\n"),
            (["check", "wrong"], "slipway: slipway.yaml:1: "),
        ],
    )
    def test_wrong_input(self, shell: Shell, arguments: list[str], message: str) -> None:
        shell.has("fleet", {**SOUND, "slipway.yaml": "failOn: error\n"})
        shell.has("wrong", {**SOUND, "slipway.yaml": "failOn: never\n"})
        (shell.directory / "empty").mkdir()

        assert shell.run(*arguments) == 2
        assert shell.errors.startswith(message)
        assert shell.output == ""

    @pytest.mark.parametrize(
        "arguments", [[], ["check"], ["launch"], ["check", ".", "--format", "xml"], ["check", ".", "--form", "json"]]
    )
    def test_wrong_usage(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as stopped:
            cli.main(arguments)

        assert stopped.value.code == 2
        assert capsys.readouterr().err.startswith("usage: slipway")

    def test_a_file_that_cannot_be_read(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        fleet = shell.has("fleet", SOUND)
        readable = Path.open

        def refuse(path: Path, *arguments: Any, **options: Any) -> Any:
            if path.is_relative_to(fleet):
                raise PermissionError(13, "Permission denied", str(path))
            return readable(path, *arguments, **options)

        monkeypatch.setattr(Path, "open", refuse)

        assert shell.run("check", fleet) == 2
        assert shell.errors.endswith(": Permission denied\n")

    def test_a_directory_that_cannot_be_read_is_not_taken_for_empty(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(path: str) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        fleet = shell.has("fleet", SOUND)
        monkeypatch.setattr(os, "scandir", refuse)

        assert (shell.run("check", fleet), shell.errors) == (
            2,
            f"slipway: {fleet}: cannot be read: Permission denied\n",
        )

    def test_no_home_to_keep_a_cache_in(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        def homeless() -> Path:
            raise RuntimeError("Could not determine home directory.")

        fleet = shell.has("fleet", SOUND)
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setattr(Path, "home", homeless)

        assert shell.run("check", fleet) == 2
        assert shell.errors.startswith("slipway: this user has no home directory: set XDG_CACHE_HOME")

    def test_no_kubectl(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        fleet = shell.has("fleet", SOUND)
        monkeypatch.setattr(kubectl.Kubectl, "version", VERSION)
        monkeypatch.setenv("SLIPWAY_KUBECTL", "/nowhere/kubectl")

        assert shell.run("check", fleet) == 2
        assert shell.errors.startswith("slipway: /nowhere/kubectl is missing")

    def test_no_place_to_unpack_kubectl(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        fleet = shell.has("fleet", SOUND)
        monkeypatch.setenv("XDG_CACHE_HOME", str(shell.directory / "fleet/clusters/staging/a.yaml"))
        monkeypatch.delenv("SLIPWAY_KUBECTL")

        assert shell.run("check", fleet) == 2
        assert shell.errors.startswith("slipway: cannot unpack kubectl and helm: ")
        assert "set XDG_CACHE_HOME to a directory that can be written" in shell.errors

    def test_a_bug_does_not_look_like_findings(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        def crash(*_: object, **__: object) -> None:
            raise ZeroDivisionError("division by zero")

        fleet = shell.has("fleet", SOUND)
        monkeypatch.setattr(cli, "check_fleet", crash)

        assert shell.run("check", fleet) == 2
        assert shell.errors == (
            "slipway: a bug of Slipway, please report it: ZeroDivisionError: division by zero. "
            "SLIPWAY_DEBUG=1 shows where it is.\n"
        )
        monkeypatch.setenv("SLIPWAY_DEBUG", "1")
        with pytest.raises(ZeroDivisionError):
            shell.run("check", fleet)

    def test_an_interrupt_is_quiet(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        fleet = shell.has("fleet", SOUND)
        monkeypatch.setattr(cli, "check_fleet", interrupt)

        assert (shell.run("check", fleet), shell.output, shell.errors) == (130, "", "")


def test_a_cache_that_cannot_be_written_is_no_problem(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = shell.has("fleet", SOUND)
    monkeypatch.setenv("XDG_CACHE_HOME", str(shell.directory / "fleet/clusters/staging/a.yaml"))

    assert (shell.run("check", fleet), shell.errors) == (0, "")


def test_a_damaged_cache_is_no_problem(shell: Shell) -> None:
    fleet = shell.has("fleet", SOUND)
    shell.run("check", fleet)
    for entry in Path(os.environ["XDG_CACHE_HOME"]).rglob("builds/*"):
        entry.write_bytes(b"\x00damaged")

    assert (shell.run("check", fleet), shell.errors) == (0, "")


class TestGit:
    """A work tree shows what Git would commit."""

    def git(self, directory: str, *arguments: str) -> None:
        settings = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always"]
        subprocess.run(["git", "-C", directory, *settings, *arguments], check=True, capture_output=True)

    def test_what_git_ignores_is_not_checked(self, shell: Shell) -> None:
        fleet = shell.has("fleet", {**SOUND, ".gitignore": "scratch\n", "scratch/x.yaml": "a: [\n"})
        self.git(fleet, "init", "-q")

        assert (shell.run("check", fleet, "--fail-on", "info"), shell.errors) == (0, "")

    def test_a_tag_of_the_repository_is_read_from_its_history(self, shell: Shell) -> None:
        sources = [yaml.safe_load(document) for document in sync("staging").popitem()[1].split("---\n")]
        source = {**sources[0], "metadata": {"name": "live", "namespace": "flux-system"}}
        source["spec"] = {**source["spec"], "ref": {"tag": "v1.0.0"}}
        live = kustomization("web", sourceRef={"kind": "GitRepository", "name": "live"})
        files = {**SOUND, "clusters/staging/live.yaml": f"{yaml.safe_dump(source)}---\n{live}"}
        fleet = shell.has("fleet", {**files, "apps/web/b.yaml": config_map("Web_1")})

        assert shell.run("check", fleet) == 0
        assert "is this repository at tag v1.0.0, and the directory is no Git clone" in " ".join(shell.output.split())
        for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"], ["tag", "v1.0.0"]):
            self.git(fleet, *arguments)
        shell.has("fleet", {"apps/web/b.yaml": config_map("web")})
        assert shell.run("check", fleet) == 1
        assert "error: tag v1.0.0:apps/web/b.yaml:4 [SLW203 " in shell.output

    def test_a_submodule_is_told(self, shell: Shell) -> None:
        other, fleet = shell.has("other", {"a.yaml": config_map("a")}), shell.has("fleet", SOUND)
        for directory in (other, fleet):
            self.git(directory, "init", "-q")
        self.git(other, "add", ".")
        self.git(other, "commit", "-q", "-m", "x")
        self.git(fleet, "submodule", "add", "-q", other, "shared")

        shell.run("check", fleet)

        assert "info: shared [SLW006 A file that is left out]\n  a submodule" in shell.output

    def test_a_link_is_told(self, shell: Shell) -> None:
        fleet = shell.has("fleet", SOUND)
        (Path(fleet) / "clusters/staging/link.yaml").symlink_to("a.yaml")

        shell.run("check", fleet)

        assert "info: clusters/staging/link.yaml [SLW006 " in shell.output


class TestStreams:
    """In a process of its own, with the streams that a shell gives it."""

    def start(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "slipway.cli", *arguments]
        package = str(Path(cli.__file__).parents[1])
        environment = {**os.environ, "PYTHONPATH": package}
        return subprocess.run(command, env=environment, check=False, **options)  # type: ignore[call-overload, no-any-return]

    def test_names_that_are_not_utf_8_and_a_terminal_that_is_not_either(self, shell: Shell) -> None:
        fleet = shell.has("fleet", {**SOUND, "docs/ü.yaml": "a: [\n"})
        (Path(fleet) / os.fsdecode(b"docs/\xff.yaml")).write_text("a: [\n")

        done = self.start("check", fleet, "--format", "json", capture_output=True)

        assert (done.returncode, done.stderr) == (0, b"")
        assert [item["file"] for item in json.loads(done.stdout)["findings"]] == ["docs/ü.yaml", "docs/\\xff.yaml"]

    def test_a_reader_that_goes_away_changes_no_exit_code(self, shell: Shell) -> None:
        reading, writing = os.pipe()
        os.close(reading)

        done = self.start("check", shell.has("fleet", BAD), stdout=writing, stderr=subprocess.PIPE)
        os.close(writing)

        assert (done.returncode, done.stderr) == (1, b"")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
    def test_output_that_cannot_be_written_is_no_success(self, shell: Shell) -> None:
        with Path("/dev/full").open("w") as full:
            done = self.start("check", shell.has("fleet", SOUND), stdout=full, stderr=subprocess.PIPE)

        assert (done.returncode, done.stderr) == (2, b"slipway: output: No space left on device\n")

    @pytest.mark.parametrize(
        ("closed", "code", "errors"), [(1, 2, b"slipway: standard output is closed\n"), (2, 0, b"")]
    )
    def test_a_closed_stream(self, shell: Shell, closed: int, code: int, errors: bytes) -> None:
        done = self.start("check", shell.has("fleet", SOUND), capture_output=True, preexec_fn=lambda: os.close(closed))

        assert (done.returncode, done.stderr) == (code, errors)
        assert done.stdout.endswith(b"2 not validated\n") == (closed == 2)


class TestProgress:
    """On a terminal only, which is left clean."""

    def shown(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, terminal: bool) -> str:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
        with progress.progress() as say:
            say("reading \x1b[2J …")
        return capsys.readouterr().err

    def test_shows_what_goes_on(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.setenv("TERM", "xterm")

        assert self.shown(monkeypatch, capsys, terminal=True) == "\rreading \\x1b[2J …\x1b[K\r\x1b[K"

    def test_is_silent_in_a_pipe(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.shown(monkeypatch, capsys, terminal=False) == ""

    def test_is_silent_on_a_terminal_that_cannot_erase(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("TERM", "dumb")

        assert self.shown(monkeypatch, capsys, terminal=True) == ""

    def test_leaves_the_terminal_clean_when_something_fails(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)

        with pytest.raises(ValueError, match="x"), progress.progress():
            raise ValueError("x")

        assert capsys.readouterr().err == "\r\x1b[K"


def test_the_version_is_ours(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(["--version"])

    assert (stopped.value.code, capsys.readouterr().out) == (0, "slipway 0.1.0\n")
