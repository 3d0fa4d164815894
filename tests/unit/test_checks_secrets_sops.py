"""SLW604 and SLW605: what SOPS was to encrypt, and did not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.made_credentials import of
from tests.unit.small_fleets import at, config_map, findings, kustomization
from tests.unit.test_checks_secrets_plain import secret

RANDOM = of(20)
CIPHER = "ENC[AES256_GCM,data:abc=,iv:abc=,tag:abc=,type:str]"
RULE = r".*\.sops\.ya?ml$"


def config(*patterns: str) -> str:
    return dump({"creation_rules": [{"path_regex": pattern} if pattern else {"age": "age1x"} for pattern in patterns]})


def encrypted(values: Mapping[str, object], **sops: object) -> str:
    return dump({**values, "sops": {"mac": CIPHER, "age": [{"recipient": "age1x"}], **sops}})


def repository(files: Mapping[str, str]) -> list[Finding]:
    return findings(dict(files), "SLW60")


def test_a_file_that_a_rule_is_for_and_that_is_not_encrypted_is_an_error() -> None:
    [finding] = repository({".sops.yaml": config(RULE), "a/web.sops.yaml": secret(password=RANDOM)})

    assert (finding.rule.id, finding.rule.severity) == ("SLW604", "error")
    assert finding.where == at("a/web.sops.yaml", 0)
    assert finding.hint.startswith("sops --encrypt --in-place a/web.sops.yaml; ")


def test_a_secret_of_such_a_file_is_told_once() -> None:
    files = {
        ".sops.yaml": config(RULE),
        "apps/web/web.sops.yaml": secret(password=RANDOM),
        "clusters/staging/apps.yaml": kustomization("web"),
    }

    assert [item.rule.id for item in repository(files)] == ["SLW604"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("web.sops.yaml", f"password: {RANDOM}\n"),
        ("web.sops.env", f"DB_PASSWORD={RANDOM}\n"),
        ("web.sops.yaml", secret(field="data", domain="ZXhhbXBsZS5vcmc=")),
    ],
)
def test_whatever_is_secret_in_it(path: str, content: str) -> None:
    files = {".sops.yaml": config(r"\.sops\.(ya?ml|env)$"), path: content}

    assert [item.rule.id for item in repository(files)] == ["SLW604"]


@pytest.mark.parametrize(
    "files",
    [
        {"web.sops.yaml": encrypted({"password": CIPHER})},
        {"web.sops.yaml": secret(password="")},
        {"web.sops.yaml": secret(password="changeme")},
        {"web.sops.yaml.j2": "password: {{ password }}\n"},
        {"web.sops.yaml.tmpl": f"password: {RANDOM}\n"},
        {"web.sops.yaml": "key: value\n"},
        {"web.yaml": config_map("web")},
    ],
    ids=["encrypted", "empty", "a placeholder", "a template", "another template", "nothing secret", "another name"],
)
def test_what_needs_no_encryption_is_fine(files: dict[str, str]) -> None:
    assert repository({".sops.yaml": config(RULE), **files}) == []


@pytest.mark.parametrize(
    "configs",
    [
        {},
        {".sops.yaml": config(r"^other/.*\.sops\.yaml$")},
        {".sops.yaml": config("^web/.*", RULE)},
        {".sops.yaml": config("")},
        {"other/.sops.yaml": config(RULE)},
        {".sops.yaml": config(RULE), "web/.sops.yaml": config("^never$")},
        {".sops.yaml": "creation_rules: ["},
    ],
    ids=[
        "none",
        "another path",
        "a rule for all of the directory",
        "a rule for all",
        "beside",
        "a nearer one",
        "broken",
    ],
)
def test_only_the_rule_that_counts_counts(configs: dict[str, str]) -> None:
    found = repository({**configs, "web/web.sops.yaml": f"password: {RANDOM}\n"})

    assert [item for item in found if item.rule.id == "SLW604"] == []


def test_a_rule_takes_paths_from_its_own_directory_on() -> None:
    files = {"web/.sops.yaml": config(r"^secrets/.*\.sops\.yaml$"), "web/secrets/a.sops.yaml": f"password: {RANDOM}\n"}

    assert [item.rule.id for item in repository(files)] == ["SLW604"]


def test_what_sops_left_in_clear_text_is_an_error_on_its_line() -> None:
    text = encrypted({"user": "web", "api_token": RANDOM, "password": CIPHER})
    [finding] = repository({"web.sops.yaml": text})

    assert (finding.rule.id, finding.rule.severity) == ("SLW605", "error")
    assert finding.where == at("web.sops.yaml", 2)
    assert finding.message == "SOPS has encrypted the file, and left `api_token` in clear text"
    assert RANDOM not in repr(finding)


@pytest.mark.parametrize(
    "values",
    [
        {"user": "web", "password": CIPHER},
        {"password_unencrypted": RANDOM},
        {"nested": {"list": [CIPHER, {"token": CIPHER}]}},
    ],
)
def test_what_is_encrypted_or_meant_to_be_clear_is_fine(values: dict[str, object]) -> None:
    assert repository({"web.sops.yaml": encrypted(values)}) == []


SETTINGS = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": "default"}}
GENERATOR = "secretGenerator: [{name: web, namespace: default, files: [web.yaml]}]\n"


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"apps/web/web.yaml": encrypted({**SETTINGS, "data": {"password": CIPHER}})}, 8),
        ({"apps/web/web.yaml": encrypted({"password": CIPHER}), "apps/web/kustomization.yaml": GENERATOR}, 1),
    ],
    ids=["a ConfigMap", "a generated Secret"],
)
def test_what_nothing_decrypts_is_an_error(files: dict[str, str], line: int) -> None:
    [finding] = repository({"clusters/staging/apps.yaml": kustomization("web"), **files})

    assert (finding.rule.id, finding.rule.severity) == ("SLW607", "error")
    assert finding.where.line == line
    assert "set spec.decryption of Kustomization flux-system/web to provider sops" in finding.hint
    decrypting = kustomization("web", decryption={"provider": "sops"})
    assert repository({"clusters/staging/apps.yaml": decrypting, **files}) == []


def test_what_has_a_controller_of_its_own_is_fine() -> None:
    own = {"apiVersion": "isindir.github.com/v1alpha3", "kind": "SopsSecret", "metadata": SETTINGS["metadata"]}
    files = {
        "clusters/staging/apps.yaml": kustomization("web"),
        "apps/web/web.yaml": encrypted({**own, "spec": {"a": CIPHER}}),
    }

    assert repository(files) == []
