"""SLW602 and SLW606: credentials in files, and those that are allowed."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.checks.secrets import files as module
from slipway.checks.secrets.credentials import credentials
from slipway.errors import InputError
from slipway.fleet.manifests import dump
from slipway.fleet.settings import load_settings
from tests.unit.made_credentials import encoded, private_key
from tests.unit.small_fleets import at, checked, config_map, findings, sync, tree_of

KEY = private_key()
FINGERPRINT = credentials(KEY.encode())[0].fingerprint("keys/web.pem")


def repository(files: dict[str, str | bytes], base: dict[str, str | bytes] | None = None) -> list[Finding]:
    return findings(files, "SLW60", base=base)


def settings(**entry: str) -> str:
    return dump({"secrets": {"allow": [entry]}})


def test_a_private_key_is_an_error_on_its_line() -> None:
    [finding] = repository({"keys/web.pem": f"# of the web\n{KEY}"})

    assert (finding.rule.id, finding.rule.severity) == ("SLW602", "error")
    assert finding.where == at("keys/web.pem", 2)
    assert finding.message.startswith("a private key (fingerprint ")
    assert finding.clusters == ()


def test_nothing_tells_the_credential() -> None:
    [finding] = repository({"keys/web.pem": KEY})

    assert not any(line in repr(finding) for line in KEY.splitlines()[1:-1])


def test_a_key_among_tests_is_a_note() -> None:
    [finding] = repository({"charts/web/tests/web.pem": KEY})

    assert finding.rule.severity == "info"
    assert finding.hint.startswith("as it is below tests/, it may open nothing; ")


def test_a_binary_file_is_not_looked_at() -> None:
    assert repository({"web.bin": b"\0" + KEY.encode()}) == []


def test_a_change_answers_for_the_files_that_it_changes() -> None:
    before: dict[str, str | bytes] = {"a.pem": KEY, "b.pem": KEY}

    assert [item.where.path for item in repository({"a.pem": KEY, "b.pem": f"{KEY}\n"}, base=before)] == ["b.pem"]


def test_a_secret_is_told_once() -> None:
    text = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: default}\ndata:\n"
        f"  tls.key: {encoded(KEY)}\n---\n{config_map('web')}"
    )

    assert [item.rule.id for item in repository({"clusters/staging/a.yaml": text})] == ["SLW601"]


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "keys/web.pem", "fingerprint": FINGERPRINT},
        {"path": "keys/*.pem"},
        {"path": "**/*.pem", "rule": "SLW602"},
    ],
)
def test_what_is_allowed_is_no_finding(entry: dict[str, str]) -> None:
    assert repository({"keys/web.pem": KEY, "slipway.yaml": settings(**entry, reason="of a test")}) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "keys/web.pem", "fingerprint": "0" * 16},
        {"path": "keys/*.key"},
        {"path": "**/*.pem", "rule": "SLW601"},
    ],
)
def test_an_entry_for_something_else_allows_nothing_and_is_told(entry: dict[str, str]) -> None:
    found = repository({"keys/web.pem": KEY, "slipway.yaml": settings(**entry, reason="of a test")})

    assert [(item.rule.id, item.rule.severity) for item in found] == [("SLW602", "error"), ("SLW606", "info")]
    assert found[1].where == at("slipway.yaml", 3)
    assert found[1].message == f"nothing in {entry['path']} needs to be allowed"


def test_a_change_does_not_tell_of_entries_that_it_cannot_judge() -> None:
    files: dict[str, str | bytes] = {"keys/web.pem": KEY, "slipway.yaml": settings(path="keys/*", reason="of a test")}

    assert repository({**files, "README.md": "new"}, base=files) == []
    assert [item.rule.id for item in repository({"slipway.yaml": files["slipway.yaml"]}, base=files)] == ["SLW606"]


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ({"path": "a"}, "secrets.allow.0.reason is missing"),
        ({"reason": "a"}, "secrets.allow.0.path is missing"),
        ({"path": "a", "reason": "a", "rule": "SLW101"}, "secrets.allow.0.rule is 'SLW101'"),
        ({"path": "a", "reason": "a", "fingerprint": "secret"}, "secrets.allow.0.fingerprint is no fingerprint"),
        ({"path": "[a", "reason": "a"}, "secrets.allow.0.path is no pattern"),
    ],
)
def test_a_wrong_entry_is_named(entry: dict[str, str], wrong: str) -> None:
    with pytest.raises(InputError, match="line [35]: .*" + wrong.replace(".", r"\.")):
        load_settings(tree_of({"slipway.yaml": settings(**entry)}))


def test_what_is_beyond_a_limit_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 100)
    verdict = checked(tree_of({**sync("staging"), "keys/web.pem": KEY}))

    [item] = [item for item in verdict.not_validated if item.what == "files in which credentials are looked for"]
    assert item.count >= 1
