"""The reference itself works: kustomize-controller's own steps, on a small fleet."""

import json
from pathlib import Path

import pytest

from tests.interop.reference import BuildCase, FluxReference


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Two directories: `plain` has no kustomization.yaml, `overlay` has one with a base outside of it."""
    files = {
        "plain/config.yaml": _config_map("plain", "region: ${region}\n  count: ${count:=3}"),
        "plain/deeper/more.yml": _config_map("more", 'kept: "$${region}"'),
        "base/config.yaml": _config_map("base", "who: ${who}"),
        "base/kustomization.yaml": "resources: [config.yaml]\n",
        "overlay/kustomization.yaml": "resources: [../base]\nnamePrefix: kept-\nnamespace: lost\n",
    }
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    return tmp_path


def test_a_directory_without_a_kustomization_is_built_whole(flux: FluxReference, fleet: Path) -> None:
    answer = flux.build(fleet, "./plain", _kustomization(), {"region": "eu"})
    assert answer.error == ""
    assert [(o["metadata"]["name"], o["data"]) for o in flux.documents(answer)] == [
        ("plain", {"region": "eu", "count": 3}),
        ("more", {"kept": "${region}"}),
    ]
    assert not (fleet / "plain/kustomization.yaml").exists()


def test_the_kustomizations_fields_go_into_the_overlay(flux: FluxReference, fleet: Path) -> None:
    patch = {"patch": '[{"op": "add", "path": "/data/patched", "value": "1"}]', "target": {"kind": "ConfigMap"}}
    answer = flux.build(fleet, "overlay", _kustomization(targetNamespace="apps", patches=[patch]), {"who": "me"})
    (built,) = flux.documents(answer)
    assert built["metadata"] == {"name": "kept-base", "namespace": "apps"}
    assert built["data"] == {"who": "me", "patched": "1"}


def test_inline_variables_beat_sources_and_later_sources_earlier_ones(flux: FluxReference, fleet: Path) -> None:
    post_build = {
        "substitute": {"region": "inline"},
        "substituteFrom": [
            {"kind": "ConfigMap", "name": "first"},
            {"kind": "Secret", "name": "second"},
            {"kind": "Secret", "name": "absent", "optional": True},
        ],
    }
    sources = {
        "ConfigMap/first": {"region": "first", "count": "1"},
        "Secret/second": {"region": "second", "count": "2"},
    }
    case = BuildCase(fleet, "plain", _kustomization(postBuild=post_build), sources)
    assert flux.documents(flux.builds([case])[0])[0]["data"] == {"region": "inline", "count": 2}


@pytest.mark.parametrize(
    ("strict", "variables", "message"),
    [
        (True, {"other": "x"}, "variable not set"),
        (True, {"no-name": "x", "region": "x"}, "var name is invalid"),
        (True, {"region": "a: b"}, "mapping values are not allowed"),
        (False, {"region": "a: b"}, "mapping values are not allowed"),
    ],
)
def test_what_flux_refuses_is_an_error(
    flux: FluxReference, fleet: Path, strict: bool, variables: dict[str, str], message: str
) -> None:
    assert message in flux.build(fleet, "plain", _kustomization(), variables, strict=strict).error


def test_half_a_character_is_refused_by_the_yaml_parser(flux: FluxReference, fleet: Path) -> None:
    (fleet / "plain/config.yaml").write_text(_config_map("plain", "half: ${v:0:1}"))
    assert "UTF-8" in flux.build(fleet, "plain", _kustomization(), {"v": "é", "region": "x"}).error


def test_missing_paths_and_sources_are_errors(flux: FluxReference, fleet: Path) -> None:
    absent = _kustomization(postBuild={"substituteFrom": [{"kind": "ConfigMap", "name": "absent"}]})
    assert "path not found" in flux.build(fleet, "nowhere", _kustomization()).error
    assert '"absent" not found' in flux.build(fleet, "plain", absent).error


def test_yaml_is_read_as_kubernetes_reads_it(flux: FluxReference) -> None:
    texts = ["a: yes\nb: 0o17\nc: 017\nd: 12345678901234567\ne: 1e3\n", "a: 1\na: 2\n", "a: [\n"]
    first, duplicate, broken = flux.yaml_to_json(texts)
    assert first.output == b'{"a":true,"b":15,"c":15,"d":12345678901234567,"e":1000}'
    assert json.loads(duplicate.output) == {"a": 2}
    assert broken.error
    assert "already set" in flux.yaml_to_json(texts, strict=True)[1].error


def _kustomization(**spec: object) -> dict[str, object]:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "apps", "namespace": "flux-system"},
        "spec": {"interval": "10m", "prune": True, "sourceRef": {"kind": "GitRepository", "name": "fleet"}, **spec},
    }


def _config_map(name: str, data: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  {data}\n"
