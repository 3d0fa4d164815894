"""SLW705: placeholders that somebody was to replace."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.checks.fleet.copies import Leftover, leftovers
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, config_map, findings, tree_of

FILE = "clusters/staging/objects.yaml"


def cluster(obj: str) -> list[Finding]:
    return findings({FILE: obj}, "SLW705")


@pytest.mark.parametrize(
    "value",
    [
        "REPLACE_ME",
        "https://CHANGEME.example.com",
        "YOUR_REGION",
        "<your-bucket>",
        "arn:aws:iam::123456789012:role/web",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web",
    ],
)
def test_a_word_that_stands_for_another_one_is_a_warning(value: str) -> None:
    [finding] = cluster(config_map("web", value=value))

    assert finding.rule.severity == "warning"
    assert finding.where == at(FILE, 7)


@pytest.mark.parametrize(
    "value",
    [
        "changeme",
        "replace me if you can",
        "your-bucket",
        "arn:aws:iam::111122223333:role/web",
        "1234567890123",
        "it says CHANGEME\nand more",
        "CHANGEME " + "x" * 500,
    ],
)
def test_other_words_and_long_texts_are_none(value: str) -> None:
    assert cluster(config_map("web", value=value)) == []


def addon(**provider: object) -> str:
    metadata = {"name": "ebs", "namespace": "default"}
    spec = {"forProvider": provider}
    return dump({"apiVersion": "eks.aws.m.upbound.io/v1beta1", "kind": "Addon", "metadata": metadata, "spec": spec})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("clusterName", "<cluster-name>"),
        ("region", "<region>"),
        ("roleArn", "arn:aws:iam::<ACCOUNT_ID>:role/ebs"),
        ("hostname", "web.<domain>.example"),
        ("subnetIds", ["subnet-1", "<subnet id>"]),
    ],
)
def test_a_word_in_angle_brackets_is_one_where_none_can_be(field: str, value: object) -> None:
    [finding] = cluster(addon(**{field: value}))

    assert finding.message.startswith("it still has the placeholder <")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("clusterName", "<none>"),
        ("clusterName", "<b>bold</b>"),
        ("clusterName", "(?P<name>.*)"),
        ("description", "<cluster-name>"),
        ("template", "<title>"),
        ("name", "say <b> and more"),
    ],
)
def test_in_texts_and_patterns_they_are_none(field: str, value: str) -> None:
    assert cluster(addon(**{field: value})) == []


def test_secrets_are_left_to_the_rules_about_secrets() -> None:
    metadata = {"name": "web", "namespace": "default"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"a": "CHANGEME"}}

    assert cluster(dump(secret)) == []


TEMPLATE = "name: cluster-name\nregion: eu-west-1\nvpc: cluster-name-vpc\nflag: --cluster-name=x\napiVersion: v1\n"


def copy(name: str, *, left: tuple[int, ...] = ()) -> str:
    lines = TEMPLATE.splitlines()
    return "\n".join(
        line if at in left or at == 3 else line.replace("cluster-name", name) for at, line in enumerate(lines)
    )


def left(files: dict[str, str]) -> list[tuple[str, int]]:
    return [(one.path, one.line) for one in leftovers(tree_of(files))]


FILES = {
    "clusters/template/a.yaml": TEMPLATE,
    "clusters/blue/a.yaml": copy("blue"),
    "clusters/eu-1/a.yaml": copy("eu-1"),
}


def test_a_line_that_other_copies_have_changed_is_told() -> None:
    files = {**FILES, "clusters/green/a.yaml": copy("green", left=(2,))}

    assert list(leftovers(tree_of(files))) == [
        Leftover("clusters/green/a.yaml", 3, "cluster-name", "clusters/template/a.yaml", "green")
    ]


def test_a_copy_that_nobody_has_changed_is_told_whole() -> None:
    assert left({**FILES, "clusters/green/a.yaml": TEMPLATE}) == [
        ("clusters/green/a.yaml", 1),
        ("clusters/green/a.yaml", 3),
    ]


def test_sound_copies_and_what_all_have_in_common_are_none() -> None:
    assert left(FILES) == []
    assert left({**FILES, "clusters/green/a.yaml": copy("green") + "\nmore: cluster-name\n"}) == []


def test_templates_lie_at_any_depth() -> None:
    texts = {
        "teams/template/app-template/a.yaml": "team: team-name\napp: app-name\nboth: app-name\nteam2: team-name\n",
        "teams/blue/api/a.yaml": "team: blue\napp: api\nboth: api\nteam2: blue\n",
        "teams/green/web/a.yaml": "team: green\napp: app-name\nboth: web\nteam2: team-name\n",
    }
    files = {path: f"{text}apiVersion: v1\n" for path, text in texts.items()}

    assert [(one.line, one.placeholder, one.name) for one in leftovers(tree_of(files))] == [
        (2, "app-name", "web"),
        (4, "team-name", "green"),
    ]


def test_what_other_tools_call_a_template_is_none() -> None:
    files = {path: text.replace("apiVersion: v1\n", "") for path, text in FILES.items()}

    assert left({**files, "clusters/green/a.yaml": TEMPLATE.replace("apiVersion: v1\n", "")}) == []


def test_a_charts_templates_are_none() -> None:
    files = {path.replace("template", "templates"): text for path, text in FILES.items()}

    assert left({**files, "clusters/green/a.yaml": TEMPLATE}) == []
