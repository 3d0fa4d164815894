"""Pull requests that mean harm: each check fails and names the file and the limit, and the function lives on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.cloud import Cloud
from local.github.control import Control
from tests.cloud.fleet import COLLECTOR, FILES, SYSTEM, flux_kustomization, kustomization
from tests.cloud.follow import Json, open_pull, open_pulls, runs, settle, verdict

TOOLS, MORE = "tools/kustomization.yaml", "tools/more.yaml"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: map\n  namespace: default\ndata:\n  key: "
DICE = random.Random(5)


@dataclass(frozen=True)
class Attack:
    """A change, and what the check must say of it."""

    files: Mapping[str, str | bytes | None]
    file: str
    """That the finding names."""
    says: str
    """Part of the finding."""


def _built(content: str | bytes, says: str) -> Attack:
    """A file that the build reads."""
    return Attack({TOOLS: kustomization("collector.yaml", "more.yaml"), MORE: content}, MORE, says)


def _reads(path: str) -> Attack:
    """A build that reads a file from elsewhere."""
    generator = f"configMapGenerator:\n  - name: stolen\n    files:\n      - {path}\n"
    return Attack({TOOLS: kustomization("collector.yaml") + generator}, TOOLS, "outside of the repository")


def _bomb() -> str:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12)]
    return f"{CONFIG_MAP}x\nl0: &l0 [x, x, x, x, x, x, x, x, x]\n{''.join(levels)}"


def _overlays() -> Attack:
    """Two overlays that both take the next two: sixteen levels make 65,536 copies."""
    files = {TOOLS: kustomization("collector.yaml", "0a", "0b")}
    for level in range(16):
        for side in "ab":
            below = (f"../{level + 1}a", f"../{level + 1}b") if level < 15 else ("../leaf",)
            files[f"tools/{level}{side}/kustomization.yaml"] = f"namePrefix: {side}{level}-\n" + kustomization(*below)
    files |= {"tools/leaf/kustomization.yaml": kustomization("map.yaml"), "tools/leaf/map.yaml": f"{CONFIG_MAP}x\n"}
    return Attack(files, "", "MAX_READS")


def _substitution() -> Attack:
    variable = f"  postBuild:\n    substitute:\n      X: {'x' * 100_000}\n"
    files = {
        "clusters/staging/tools.yaml": FILES[SYSTEM]["clusters/staging/tools.yaml"] + variable,
        TOOLS: kustomization("collector.yaml", "more.yaml"),
        MORE: f'{CONFIG_MAP}"{"${X}" * 5000}"\n',
    }
    return Attack(files, MORE, "larger than 16777216 characters")


def _endless() -> Attack:
    """A Kustomization that applies another one of another name, which applies another one …"""
    files = {
        "clusters/staging/endless.yaml": flux_kustomization("e", "endless", {"N": "1"}),
        "endless/kustomization.yaml": kustomization("next.yaml"),
        "endless/next.yaml": flux_kustomization("e-${N}", "endless", {"N": "x${N}"}),
    }
    return Attack(files, "endless/next.yaml", "MAX_DEPTH")


def _random(size: int) -> str:
    """A block of text that does not compress to nothing, as YAML; `size` in bytes, about."""
    return f"{CONFIG_MAP}|\n" + "".join(f"    {DICE.randbytes(500).hex()}\n" for _ in range(size // 1005))


PLUGIN = """\
apiVersion: example.com/v1
kind: Plugin
metadata:
  name: plugin
  annotations:
    config.kubernetes.io/function: |
      exec:
        path: /bin/id
"""
HELM = "helmCharts:\n  - name: chart\n    repo: https://charts.example.com\n    version: 1.0.0\n"

ATTACKS = {
    "a file in Latin-1": Attack(
        {COLLECTOR: FILES[SYSTEM][COLLECTOR].encode() + b"# caf\xe9\n"}, COLLECTOR, "not UTF-8"
    ),
    "a file in UTF-16": Attack({COLLECTOR: FILES[SYSTEM][COLLECTOR].encode("utf-16")}, COLLECTOR, "not UTF-8"),
    "control characters": _built("apiVersion: v1\0\n", "control characters"),
    "a YAML bomb": _built(_bomb(), "MAX_NODES"),
    "YAML without a bottom": _built(f"{CONFIG_MAP}{'[' * 5000}{']' * 5000}\n", "MAX_DEPTH"),
    "documents without end": _built("---\n".join([f"{CONFIG_MAP}x\n"] * 5001), "MAX_DOCUMENTS"),
    "a YAML file beyond the limit": _built(_random(9_000_000), "MAX_FILE_BYTES"),
    "a file beyond the archive's limit": _built(_random(11_000_000), "manifest_bytes"),
    "a bomb in the archive": Attack({"zeros.bin": b"\0" * 12_000_000}, "", "limit ratio"),
    "a path without end": Attack({"/".join(["d"] * 70): "x"}, "/".join(["d"] * 65), "limit depth"),
    "a cycle of kustomizations": Attack(
        {TOOLS: kustomization("collector.yaml", "../loop"), "loop/kustomization.yaml": kustomization("../tools")},
        TOOLS,
        "cycle",
    ),
    "Kustomizations without end": _endless(),
    "overlays that multiply": _overlays(),
    "variables that multiply": _substitution(),
    "a file of the machine": _reads("/etc/passwd"),
    "a file of the machine, relatively": _reads("../../../../../../../../etc/passwd"),
    "a plugin": Attack(
        {TOOLS: kustomization("collector.yaml") + "generators:\n  - plugin.yaml\n", "tools/plugin.yaml": PLUGIN},
        TOOLS,
        "plugin",
    ),
    "a chart for kustomize": Attack({TOOLS: kustomization("collector.yaml") + HELM}, TOOLS, "helm"),
    "settings that are none": Attack({"slipway.yaml": "clusters: [\n"}, "slipway.yaml", "not valid YAML"),
    "no clusters": Attack({path: None for path in FILES[SYSTEM] if path.startswith("clusters/")}, "", "No cluster"),
}


@pytest.fixture(scope="module")
def checks(local_cloud: Cloud, _fleet: None) -> Iterator[dict[str, list[Json]]]:
    """The check runs of each attack; all attack at once."""
    pulls = open_pulls(local_cloud.github, [attack.files for attack in ATTACKS.values()])
    settle(local_cloud)
    yield {name: runs(local_cloud.github, pull) for name, pull in zip(ATTACKS, pulls, strict=True)}


@pytest.mark.parametrize(("name", "attack"), ATTACKS.items(), ids=list(ATTACKS))
def test_the_check_fails_and_says_why_on(checks: dict[str, list[Json]], name: str, attack: Attack) -> None:
    (run,) = checks[name]
    assert (run["status"], run["conclusion"]) == ("completed", "failure")
    said = [f"{it['path']}: {it['message']}" for it in run["annotations"]]
    said.append(f"{run['output']['title']}: {run['output']['summary']}")
    assert any(attack.file in text and attack.says in text for text in said), said


def test_nothing_of_the_machine_is_shown(checks: dict[str, list[Json]]) -> None:
    assert "root:x:" not in str(checks)


def test_the_function_neither_crashed_nor_timed_out(
    local_cloud: Cloud, github: Control, checks: dict[str, list[Json]]
) -> None:
    failed = [line for line in local_cloud.aws.process.log.read_text().splitlines() if "Sandbox.Timedout" in line]
    assert failed == []
    assert "Slipway could not check" not in str(checks)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside"])
def test_a_link_out_of_the_repository_is_refused(
    local_cloud: Cloud, github: Control, tmp_path: Path, target: str
) -> None:
    (tmp_path / "README.md").write_text("hello")
    (tmp_path / "escape.yaml").symlink_to(target)
    repository = f"acme/link-{len(target)}"
    github.create_repository(repository, tmp_path)
    run = verdict(local_cloud, open_pull(github, {"README.md": "hello again"}, repository=repository))
    assert run["conclusion"] == "failure"
    assert [it["path"] for it in run["annotations"]] == ["escape.yaml"]
    assert target in run["annotations"][0]["message"]
