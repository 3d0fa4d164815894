"""Whatever a repository writes, kustomize reads nothing but the repository, and not without bounds."""

import http.server
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from slipway.errors import InputError, LimitError
from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.ignore import artifact
from slipway.fleet.kustomize import Builder, plan_build
from slipway.fleet.manifests import dump, load_document
from slipway.fleet.tree import Dropped, Tree
from slipway.tools import kubectl

ENGINE = kubectl.Kubectl(kubectl.find())
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {speed: slow}\n"
CANARY = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {canary: sings}\n"


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file beside the directory that kustomize runs in; from `app/`, it is `../../canary.yaml`."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = tmp_path / "canary.yaml"
    path.write_text(CANARY)
    return path


def _plugin(kind: str, **fields: Any) -> str:
    return dump({"apiVersion": "builtin", "kind": kind, "metadata": {"name": "plugin"}, **fields})


# What each field of a kustomization makes of a path.
FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    **{
        name: lambda path, name=name: {name: [path]}  # type: ignore[misc]
        for name in (
            *("resources", "bases", "components", "crds", "configurations", "patchesStrategicMerge"),
            *("generators", "transformers", "validators"),
        )
    },
    "openapi": lambda path: {"openapi": {"path": path}},
    "patches": lambda path: {"patches": [{"path": path, "target": {"kind": "ConfigMap"}}]},
    "patchesJson6902": lambda path: {"patchesJson6902": [{"path": path, "target": {"version": "v1", "name": "a"}}]},
    "replacements": lambda path: {"replacements": [{"path": path}]},
    **{
        f"{generator} {what}": lambda path, generator=generator, fields=fields: {  # type: ignore[misc]
            generator: [{"name": "made", **fields(path)}]
        }
        for generator in ("configMapGenerator", "secretGenerator")
        for what, fields in {
            "files": lambda path: {"files": [path]},
            "files with a key": lambda path: {"files": [f"key={path}"]},
            "envs": lambda path: {"envs": [path]},
            "env": lambda path: {"env": path},
        }.items()
    },
}
PLUGINS: dict[str, Callable[[str], str]] = {
    "ConfigMapGenerator files": lambda path: _plugin("ConfigMapGenerator", files=[path]),
    "ConfigMapGenerator files with a key": lambda path: _plugin("ConfigMapGenerator", files=[f"a={path}"]),
    "SecretGenerator envs": lambda path: _plugin("SecretGenerator", envs=[path]),
    "PatchTransformer": lambda path: _plugin("PatchTransformer", path=path, target={"kind": "ConfigMap"}),
    "PatchTransformer without care for case": lambda path: _plugin("PatchTransformer", PaTh=path),
    "PatchJson6902Transformer": lambda path: _plugin("PatchJson6902Transformer", path=path, target={"name": "a"}),
    "PatchStrategicMergeTransformer": lambda path: _plugin("PatchStrategicMergeTransformer", paths=[path]),
    "ReplacementTransformer": lambda path: _plugin("ReplacementTransformer", replacements=[{"path": path}]),
    "ValueAddTransformer": lambda path: _plugin("ValueAddTransformer", targetFilePath=path),
    "several in a list": lambda path: dump(
        {"apiVersion": "v1", "kind": "List", "items": [load_document(_plugin("PatchTransformer", path=path).encode())]}
    ),
    "a later document": lambda path: f"{_plugin('LabelTransformer')}---\n{_plugin('PatchTransformer', path=path)}",
    "an anchor": lambda path: (
        f"apiVersion: builtin\nkind: PatchTransformer\nmetadata: &m {{name: a, annotations: {{path: {path}}}}}\n"
        "x: {y: &y {path: '" + path + "'}}\n<<: *y\n"
    ),
}
OUTSIDE = {
    "up": "../../canary.yaml",
    "up from here": "./../../canary.yaml",
    "down and up": "../app/../../canary.yaml",
    "through a directory that does not exist": "nowhere/../../../canary.yaml",
    "through a file": "settings.yaml/../../../canary.yaml",
    "with a slash at the end": "../../canary.yaml/",
    "with slashes doubled": "..//..//canary.yaml",
    "absolute": "{absolute}",
    "absolute, doubled": "/{absolute}",
    "the directory": "../..",
}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_no_field_leads_out(canary: Path, field: Callable[[str], dict[str, Any]]) -> None:
    for path in OUTSIDE.values():
        outside = path.format(absolute=canary)
        _refused({"app/kustomization.yaml": dump({"resources": ["settings.yaml"], **field(outside)})}, "outside of")


NAMES = (
    "..%2f..%2fcanary.yaml",
    "..\\..\\canary.yaml",
    "\u2024\u2024/\u2024\u2024/canary.yaml",
    "~/canary.yaml",
    "$PWD/canary.yaml",
)


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_what_only_looks_like_a_way_out_is_a_name(canary: Path, field: Callable[[str], dict[str, Any]]) -> None:
    for name in NAMES:
        _refused({"app/kustomization.yaml": dump({"resources": ["settings.yaml"], **field(name)})}, "does not exist")


SPELLINGS: dict[str, Callable[[str], str]] = {
    "in capitals": str.upper,
    "with a capital": str.title,
    "with a long s, which folds to s": lambda name: name.replace("s", "\u017f"),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_no_field_leads_out_under_another_spelling(
    canary: Path, field: Callable[[str], dict[str, Any]], spell: Callable[[str], str]
) -> None:
    # What is not read as the field is left out: Flux drops what it does not know.
    content = _renamed(field("../../canary.yaml"), spell)
    try:
        assert "sings" not in _built({"app/kustomization.yaml": dump(content)})
    except InputError as refused:
        assert "sings" not in str(refused)


@pytest.mark.parametrize("list_", ["generators", "transformers", "validators"])
@pytest.mark.parametrize("plugin", PLUGINS.values(), ids=PLUGINS)
def test_no_configuration_of_a_plugin_leads_out(canary: Path, plugin: Callable[[str], str], list_: str) -> None:
    config = plugin("../../canary.yaml")
    for entry in (config, "plugin.yaml", "../plugins", "../more"):
        files = {
            "app/kustomization.yaml": dump({"resources": ["settings.yaml"], list_: [entry]}),
            "app/plugin.yaml": config,
            "plugins/kustomization.yaml": "resources: [plugin.yaml]\n",
            "plugins/plugin.yaml": config,
            "more/kustomization.yaml": "resources: [../plugins]\n",
        }
        _refused(files, "outside of")


# Files that the test above does not make; each leads to the canary if kustomize reads it as it may.
TRICKS: dict[str, dict[str, str]] = {
    "text that is a path after all": {
        "app/kustomization.yaml": dump({"transformers": ["kind: a\nmetadata: {x: y}\n/../../../canary.yaml"]})
    },
    "a patch that is a path after all": {
        "app/kustomization.yaml": dump({"patchesStrategicMerge": ["a: /../../../canary.yaml"]})
    },
    "a patch with a colon": {"app/kustomization.yaml": dump({"patchesStrategicMerge": ["../../canary.yaml:x"]})},
    "a plugin whose path a patch makes": {
        "app/kustomization.yaml": "transformers: [../plugins]\nresources: [settings.yaml]\n",
        "plugins/kustomization.yaml": dump(
            {
                "resources": ["plugin.yaml"],
                "patches": [
                    {
                        "patch": '[{"op": "add", "path": "/path", "value": "../../canary.yaml"}]',
                        "target": {"kind": "PatchTransformer"},
                    }
                ],
            }
        ),
        "plugins/plugin.yaml": _plugin("PatchTransformer", path="settings.yaml"),
    },
    "a plugin whose path a prefix makes": {
        "app/kustomization.yaml": "transformers: [../plugins]\nresources: [settings.yaml]\n",
        "plugins/kustomization.yaml": "resources: [plugin.yaml]\nnamePrefix: ../../\nconfigurations: [fields.yaml]\n",
        "plugins/fields.yaml": "namePrefix: [{path: path, kind: PatchTransformer}]\n",
        "plugins/plugin.yaml": _plugin("PatchTransformer", path="canary.yaml"),
    },
    "a plugin that a generator makes": {
        "app/kustomization.yaml": "generators: [../plugins]\n",
        "plugins/kustomization.yaml": "generators: [plugin.yaml]\n",
        "plugins/plugin.yaml": _plugin("ConfigMapGenerator", files=["../../canary.yaml"]),
    },
    "a value of a chart": {
        "app/kustomization.yaml": dump({"helmCharts": [{"name": "a", "valuesFile": "../../canary.yaml"}]})
    },
    "a chart as in old times": {
        "app/kustomization.yaml": dump({"helmChartInflationGenerator": [{"values": "../../canary.yaml"}]})
    },
    "a chart as a plugin": {
        "app/kustomization.yaml": dump(
            {"generators": [_plugin("HelmChartInflationGenerator", name="a", valuesFile="../../canary.yaml")]}
        )
    },
    "a function that runs": {
        "app/kustomization.yaml": "transformers: [function.yaml]\nresources: [settings.yaml]\n",
        "app/function.yaml": dump(
            {
                "apiVersion": "example.com/v1",
                "kind": "Function",
                "metadata": {
                    "name": "a",
                    "annotations": {"config.kubernetes.io/function": "exec: {path: ../../canary.yaml}"},
                },
            }
        ),
    },
    "a base that leads out": {
        "app/kustomization.yaml": "resources: [../base]\n",
        "base/kustomization.yaml": "resources: [../../canary.yaml]\n",
    },
    "a base that leads out, spelt otherwise": {
        "app/kustomization.yaml": "resources: [../base]\n",
        "base/Kustomization": "resources: [../app/settings.yaml]\nPATCHES: [{PATH: ../../canary.yaml}]\n",
    },
    "a component that leads out": {
        "app/kustomization.yaml": "components: [../part]\n",
        "part/kustomization.yaml": (
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [../../canary.yaml]\n"
        ),
    },
    "a merge": {"app/kustomization.yaml": "metadata: {annotations: &x {resources: [../../canary.yaml]}}\n<<: *x\n"},
    "binary": {"app/kustomization.yaml": "resources: [!!binary Li4vLi4vY2FuYXJ5LnlhbWw=]\n"},
    "two kustomizations": {
        "app/kustomization.yaml": "resources: [settings.yaml]\n",
        "app/Kustomization": "resources: [../../canary.yaml]\n",
    },
    "a name with an equals sign": {
        "app/kustomization.yaml": dump({"configMapGenerator": [{"name": "a", "files": ["a=b=../../canary.yaml"]}]})
    },
}


@pytest.mark.parametrize("files", TRICKS.values(), ids=TRICKS)
def test_no_trick_leads_out(canary: Path, files: Mapping[str, str]) -> None:
    _refused(files, "")


def test_the_canary_sings_where_nothing_is_refused(canary: Path) -> None:
    files = {"app/kustomization.yaml": b"resources: [../../canary.yaml]\n"}
    assert "canary: sings" in ENGINE.build(files, "app")


NAMES_OF_LINKS = ["canary.yaml", "up/canary.yaml"]


@pytest.mark.parametrize("name", NAMES_OF_LINKS)
def test_what_was_dropped_from_the_tree_is_named(name: str) -> None:
    tree = Tree(
        {"app/kustomization.yaml": f"resources:\n- {name}\n".encode()}, dropped=[Dropped(f"app/{name}", "a link")]
    )
    with pytest.raises(BuildError, match=rf"resources: app/{name} does not exist \(a link\)") as refused:
        plan_build(tree, "app", {})
    assert (refused.value.file, refused.value.line) == ("app/kustomization.yaml", 2)


def test_what_a_source_leaves_out_is_said_to_be_left_out() -> None:
    content = b"configMapGenerator:\n- name: icons\n  files: [icon.png]\n"
    tree = artifact(Tree({"app/kustomization.yaml": content, "app/icon.png": b""}), None)
    with pytest.raises(BuildError, match=r"app/icon\.png does not exist for Flux: .* !icon\.png in \.sourceignore"):
        plan_build(tree, "app", {})


def test_preferences_of_kubectl_in_the_tree_are_data(canary: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    options = [{"name": "enable-helm", "default": "true"}, {"name": "helm-command", "default": str(program)}]
    kuberc = {
        "apiVersion": "kubectl.config.k8s.io/v1beta1",
        "kind": "Preference",
        "defaults": [{"command": "kustomize", "options": options}],
    }
    files = {
        ".kube/kuberc": dump(kuberc).encode(),
        "kustomization.yaml": b"helmCharts: [{name: a, repo: 'https://charts.invalid', version: '1'}]\n",
    }
    with pytest.raises(BuildError, match="must specify --enable-helm"):
        ENGINE.build(files, "")
    assert not (tmp_path / "ran").exists()


REMOTE = {
    "by HTTP": "http://127.0.0.1:{port}/canary.yaml",
    "by HTTP in capitals": "HTTP://127.0.0.1:{port}/canary.yaml",
    "by HTTP without slashes": "http:127.0.0.1:{port}/canary.yaml",
    "as a Git URL": "http://127.0.0.1:{port}/a/b.git?ref=main",
    "as a Git URL of old": "git::http://127.0.0.1:{port}/a/b",
    "as a file's Git URL": "file://{directory}",
    "by SSH": "ssh://git@127.0.0.1:{port}/a/b",
    "by SSH in short": "git@127.0.0.1:a/b",
    "on GitHub": "github.com/kubernetes-sigs/kustomize/examples/helloWorld?ref=v1.0.6",
    "on GitHub in capitals": "GitHub.com/kubernetes-sigs/kustomize//examples/helloWorld",
    "on GitHub by SSH": "github.com:kubernetes-sigs/kustomize",
}


@pytest.mark.parametrize("url", REMOTE.values(), ids=REMOTE)
def test_no_field_reaches_for_the_network(server: "Server", tmp_path: Path, url: str) -> None:
    path = url.format(port=server.port, directory=tmp_path)
    there = f"app/{path.replace('//', '/')}"  # as a directory: kustomize fetches nevertheless
    directory = {f"{there}/kustomization.yaml": "resources: [a.yaml]\n", f"{there}/a.yaml": CONFIG_MAP}
    for name, field in FIELDS.items():
        if "=" in path and name.endswith("files"):
            continue  # the name of a key, and a path
        files = {"app/kustomization.yaml": dump({"resources": ["settings.yaml"], **field(path)})}
        for present in ({}, directory):
            with pytest.raises(NotFetched, match="is not fetched") as refused:
                _built({**files, **present})
            assert (refused.value.file, refused.value.line > 1) == ("app/kustomization.yaml", True)
    assert server.requests == []


@pytest.mark.parametrize("plugin", PLUGINS.values(), ids=PLUGINS)
def test_no_plugin_reaches_for_the_network(server: "Server", plugin: Callable[[str], str]) -> None:
    config = plugin(f"http://127.0.0.1:{server.port}/canary.yaml")
    with pytest.raises(NotFetched, match="is not fetched"):
        _built({"app/kustomization.yaml": dump({"resources": ["settings.yaml"], "transformers": [config]})})
    assert server.requests == []


def test_the_server_hears_of_it_where_nothing_is_refused(server: "Server") -> None:
    content = f"resources: ['http://127.0.0.1:{server.port}/canary.yaml']\n".encode()
    with pytest.raises(BuildError):
        ENGINE.build({"kustomization.yaml": content}, "")
    assert server.requests


@pytest.mark.parametrize(
    "url", ["https://github.com/a/b?ref=c", "file://{directory}/repository", "git@host.invalid:a/b"]
)
def test_git_is_out_of_reach(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git = tmp_path / "git"
    git.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    content = f"resources: ['{url.format(directory=tmp_path)}']\n".encode()
    with pytest.raises(BuildError, match="no 'git' program on path"):
        ENGINE.build({"kustomization.yaml": content}, "")
    assert not (tmp_path / "ran").exists()


def _diamonds(levels: int) -> dict[str, str]:
    """Each level takes the one below twice: 2 to the power of the levels objects out of three files to a level."""
    files = {"l0/kustomization.yaml": "resources: [a.yaml]\n", "l0/a.yaml": CONFIG_MAP}
    for level in range(1, levels):
        for side in "xy":
            content = f"namePrefix: {side}\nresources: [../l{level - 1}]\n"
            files[f"{side}{level}/kustomization.yaml"] = content
        files[f"l{level}/kustomization.yaml"] = f"resources: [../x{level}, ../y{level}]\n"
    files["app/kustomization.yaml"] = f"resources: [../l{levels - 1}]\n"
    return files


def _plugin_diamonds(levels: int) -> dict[str, str]:
    files = {"l0/kustomization.yaml": "resources: [a.yaml]\n", "l0/a.yaml": _plugin("LabelTransformer")}
    for level in range(1, levels):
        files[f"l{level}/kustomization.yaml"] = f"resources: [../l{level - 1}, ../l{level - 1}/../l{level - 1}]\n"
    files["app/kustomization.yaml"] = f"transformers: [../l{levels - 1}]\n"
    return files


BOMBS: dict[str, tuple[Callable[[], dict[str, str]], str]] = {
    "bases that double": (lambda: _diamonds(24), "MAX_READS"),
    "configurations that double": (lambda: _plugin_diamonds(24), "MAX_READS"),
    "a large file again and again": (
        lambda: {
            "app/big.txt": "x" * 1_000_000,
            "app/kustomization.yaml": dump(
                {"configMapGenerator": [{"name": f"c{n}", "files": ["big.txt"]} for n in range(70)]}
            ),
        },
        "MAX_BYTES",
    ),
    "a chain of bases": (
        lambda: {
            "app/kustomization.yaml": "resources: [../b0]\n",
            **{f"b{n}/kustomization.yaml": f"resources: [../b{n + 1}]\n" for n in range(60)},
        },
        "MAX_DEPTH",
    ),
    "configurations that lead to themselves": (
        lambda: {
            "app/kustomization.yaml": "transformers: [../plugins]\n",
            "plugins/kustomization.yaml": "resources: [../plugins]\n",
        },
        "MAX_DEPTH",
    ),
    **{
        f"aliases of aliases in {name}": (
            lambda content=content: {  # type: ignore[misc]
                "app/kustomization.yaml": dump({"resources": ["settings.yaml"], **content}),
                "app/bomb": _alias_bomb(),
            },
            "MAX_NODES",
        )
        for name, content in {
            **{
                name: field("bomb")
                for name, field in FIELDS.items()
                if "Generator" not in name and name != "components"
            },
            "an inline patch": {"patches": [{"patch": "%BOMB%"}]},
            "an inline merge": {"patchesStrategicMerge": ["%BOMB%"]},
            "an inline operation": {"patchesJson6902": [{"patch": "%BOMB%"}]},
            "an inline plugin": {"transformers": ["%BOMB%"]},
            "a patch in a plugin": {"transformers": [_plugin("PatchTransformer", patch="%BOMB%")]},
        }.items()
    },
}


def _alias_bomb() -> str:
    return "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))


@pytest.mark.parametrize(("files", "limit"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_meets_its_limit(files: Callable[[], dict[str, str]], limit: str) -> None:
    made = files()
    content = load_document(made["app/kustomization.yaml"].encode())
    made["app/kustomization.yaml"] = dump(_replaced(content, "%BOMB%", _alias_bomb()))
    before = time.process_time()
    with pytest.raises(LimitError, match=limit) as refused:
        plan_build(_tree(made), "app", {})
    assert refused.value.file
    assert time.process_time() - before < 5


def test_a_flux_kustomization_brings_no_bomb_either() -> None:
    with pytest.raises(LimitError, match=r"spec\.patches\[1\]: line 7: over 1,000,000 values"):
        plan_build(_tree({}), "app", {"patches": [{"patch": "a: 1"}, {"patch": _alias_bomb()}]})


def test_cycles_are_left_to_kustomize() -> None:
    files = {"app/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../app]\n"}
    with pytest.raises(BuildError, match="cycle detected"):
        _built(files)


def test_a_build_reads_what_it_names_and_nothing_else() -> None:
    files = {
        "app/kustomization.yaml": dump(
            {
                "resources": ["settings.yaml", "../base"],
                "components": ["../part"],
                "patches": [{"path": "../patch.yaml"}],
                "configMapGenerator": [{"name": "a", "files": ["key=data/a.txt"], "envs": ["data/a.env"]}],
                "transformers": [_plugin("PatchTransformer", path="../other.yaml")],
            }
        ),
        "app/data/a.txt": "text",
        "app/data/a.env": "a=b",
        "app/data/unused.txt": "text",
        "base/kustomization.yml": "bases: [deeper]\n",
        "base/unused.yaml": CONFIG_MAP,
        "base/deeper/Kustomization": "resources: [a.json]\n",
        "base/deeper/a.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}',
        "part/kustomization.yaml": "kind: Component\nreplacements: [{path: r.yaml}]\n",
        "part/r.yaml": "source: {kind: ConfigMap}\n",
        "patch.yaml": CONFIG_MAP,
        "other.yaml": CONFIG_MAP,
    }
    plan = plan_build(_tree(files), "app", {})
    assert set(plan.files) == {path for path in files if "unused" not in path} | {"app/settings.yaml"}
    assert plan.files["base/deeper/a.json"] == files["base/deeper/a.json"].encode()


def test_a_file_that_is_data_and_a_kustomization_is_not_rendered() -> None:
    files = {
        "app/kustomization.yaml": (
            "resources: [../base]\nconfigMapGenerator: [{name: a, files: [../base/kustomization.yaml]}]\n"
        ),
        "base/kustomization.yaml": "resources: [../app/settings.yaml]\n",
    }
    with pytest.raises(NotFetched, match=r"base/kustomization\.yaml is taken for data and for a kustomization"):
        _built(files)


MISTAKES = {
    "a missing file": ("resources:\n- nowhere.yaml\n", 2, "resources: app/nowhere.yaml does not exist"),
    "a missing component": ("components:\n- settings.yaml\n", 2, "components: app/settings.yaml does not exist"),
    "a directory that is none": ("resources:\n\n- ../data\n", 3, "directory data has no kustomization.yaml"),
    "nothing": ("resources:\n- ''\n- settings.yaml\n", 2, ""),
    "a patch that is no YAML": ("patches:\n- patch: |\n    a: 1\n    b: ]\n", 4, "patches: not valid YAML"),
    "a patch in quotes": ("patches:\n- patch: '{a: ]'\n", 2, "patches: not valid YAML"),
    "a plugin that is no YAML": ("transformers:\n- |-\n  a: 1\n  a: 2\n", 4, "duplicate key 'a'"),
    "no mapping": ("- a\n", 1, "a kustomization is a mapping"),
    "a chart": ("a: b\nhelmCharts:\n- name: a\n", 2, "Flux builds without Helm"),
    "given twice": ("resources: []\nResources: []\n", 2, "resources is given twice, once as 'Resources'"),
}


@pytest.mark.parametrize(("content", "line", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_has_its_line(content: str, line: int, message: str) -> None:
    with pytest.raises(InputError) as refused:
        _built({"app/kustomization.yaml": content, "data/x.txt": ""})
    if message:
        assert (refused.value.file, refused.value.line) == ("app/kustomization.yaml", line)
    assert message in refused.value.message


def test_fields_that_kustomize_does_not_know_are_refused_in_bases() -> None:
    files = {"app/kustomization.yaml": "resources: [../base]\n", "base/kustomization.yaml": "\nresource: [a.yaml]\n"}
    with pytest.raises(BuildError, match="kustomize knows no field 'resource'") as refused:
        _built(files)
    assert (refused.value.file, refused.value.line) == ("base/kustomization.yaml", 2)


class Server:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        requests = self.requests

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                requests.append(self.path)
                self.send_error(404)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def forget(request: pytest.FixtureRequest) -> None:
    if "server" in request.fixturenames:
        request.getfixturevalue("server").requests.clear()


def _tree(files: Mapping[str, str]) -> Tree:
    return Tree({"app/settings.yaml": CONFIG_MAP.encode(), **{path: text.encode() for path, text in files.items()}})


def _built(files: Mapping[str, str]) -> str:
    return "---\n".join(built.text for built in Builder(ENGINE).build(_tree(files), "app", {}))


def _refused(files: Mapping[str, str], message: str) -> None:
    with pytest.raises(InputError) as refused:
        _built(files)
    assert message in refused.value.message
    assert "sings" not in str(refused.value)


def _renamed(value: Any, name: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name(key): _renamed(item, name) for key, item in value.items()}
    return [_renamed(item, name) for item in value] if isinstance(value, list) else value


def _replaced(value: Any, old: str, new: str) -> Any:
    """The value with one text in the place of another, indented as deep as that is."""
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    if isinstance(value, str) and old in value and value != old:
        return dump(_replaced(load_document(value.encode()), old, new))
    return new if value == old else value
