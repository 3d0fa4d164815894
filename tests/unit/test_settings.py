"""`slipway.yaml` is read whole, and every wrong value is named at once."""

import time

import pytest

from slipway.errors import InputError
from slipway.fleet.settings import MAX_PROBLEMS, ClusterSettings, Settings, load_settings
from slipway.fleet.tree import Tree


def test_everything_that_it_may_say_is_read() -> None:
    content = """\
clusters:
  prod:
    path: ./clusters/prod/
    kubernetesVersion: "1.34"
    kubeConfig: prod-connection
    variables: {region: eu-west-1, empty: ''}
  staging:
failOn: warning
repositories: [acme/gitops-workloads, acme/*-manifests]
"""
    prod = ClusterSettings("./clusters/prod/", "1.34", "prod-connection", {"region": "eu-west-1", "empty": ""})
    assert _settings(content) == Settings(
        {"prod": prod, "staging": ClusterSettings()}, "warning", ("acme/gitops-workloads", "acme/*-manifests")
    )
    assert (prod.directory, ClusterSettings().directory) == ("clusters/prod", "")


@pytest.mark.parametrize("content", ["", "# nothing\n", "clusters:\nrepositories:\n", "clusters: {}\n"])
def test_it_may_say_nothing(content: str) -> None:
    assert _settings(content) == Settings() == load_settings(Tree({}))


WRONG = {
    "cluster: {}": "line 1: the file has no field 'cluster'; it has charts, clusters, failOn, repositories",
    "- a": "line 1: the file must be a mapping",
    "clusters: [a]": "line 1: clusters must be a mapping",
    "clusters:\n  a: b": "line 2: clusters.a must be a mapping",
    "clusters:\n  a:\n    versoin: x": "line 3: clusters.a has no field 'versoin'",
    "clusters:\n  a:\n    kubernetesVersion: 1.35": "line 3: clusters.a.kubernetesVersion must be text; put",
    "clusters:\n  a:\n    kubernetesVersion: v1.35.2": "line 3: clusters.a.kubernetesVersion is not like 1.35",
    "clusters:\n  a:\n    variables:\n      zone: 1": "line 4: clusters.a.variables.zone must be text",
    "clusters:\n  a: {path: x}\n  b: {path: ./x/}": "line 3: clusters.b.path is that of clusters.a too",
    "failOn: never": "line 1: failOn is 'never'; it is one of error, warning, info",
    "failOn: [error]": "line 1: failOn is ['error']; it is one of",
    "repositories: acme/a": "line 1: repositories must be a list",
    "repositories:\n- a\n- 1": "line 3: repositories.1 must be text; put it in quotes",
}


@pytest.mark.parametrize(("content", "problem"), WRONG.items())
def test_a_wrong_value_is_named_with_its_line(content: str, problem: str) -> None:
    with pytest.raises(InputError) as refused:
        _settings(content)
    assert refused.value.message.startswith(problem)
    assert refused.value.file == "slipway.yaml"


def test_all_wrong_values_are_named_at_once() -> None:
    with pytest.raises(InputError) as refused:
        _settings("failOn: never\nclusters:\n  a: {path: 1}\nfoo: bar\n")
    assert [word for word in refused.value.message.split() if word in ("1:", "3:", "4:")] == ["1:", "3:", "4:"]
    assert refused.value.line == 1


def test_a_file_of_wrong_values_takes_no_time() -> None:
    before = time.process_time()
    with pytest.raises(InputError) as refused:
        _settings("".join(f"k{n}: 1\n" for n in range(50_000)))
    assert refused.value.message.count("has no field") == MAX_PROBLEMS
    assert time.process_time() - before < 5


def _settings(content: str) -> Settings:
    return load_settings(Tree({"slipway.yaml": content.encode()}))
