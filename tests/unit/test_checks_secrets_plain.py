"""SLW601 and SLW603: objects with secret values in clear text."""

from __future__ import annotations

import pytest

from slipway.checks.finding import Finding
from slipway.checks.secrets.values import secrecy
from slipway.fleet.manifests import dump
from tests.unit.made_credentials import encoded, of, private_key
from tests.unit.small_fleets import (
    at,
    checked,
    config_map,
    findings,
    helm_release,
    helm_repository,
    kustomization,
    sync,
    tree_of,
)

RANDOM = of(20)


def secret(name: str = "web", field: str = "stringData", **values: str) -> str:
    metadata = {"name": name, "namespace": "default"}
    return dump({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, field: values})


def cluster(*objects: str, **files: str) -> list[Finding]:
    return findings({"clusters/staging/a.yaml": "---\n".join(objects), **files}, "SLW60")


def test_a_password_in_a_secret_is_an_error_on_its_line() -> None:
    [finding] = cluster(secret(user="web", password=RANDOM))

    assert (finding.rule.id, finding.rule.severity) == ("SLW601", "error")
    assert finding.where == at("clusters/staging/a.yaml", 8)
    assert finding.message == "Git has it in clear text: `password`"
    assert finding.hint.startswith("encrypt it with SOPS, seal it, or let an ExternalSecret fetch it")


def test_nothing_tells_the_value() -> None:
    [finding] = cluster(secret(password=RANDOM))

    assert RANDOM not in repr(finding)
    assert encoded(RANDOM) not in repr(finding)


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("password", RANDOM, "error"),
        ("adminPassword", RANDOM, "error"),
        ("DB_PASSWORD", RANDOM, "error"),
        ("api-key", RANDOM, "error"),
        ("id_rsa", private_key("OPENSSH"), "error"),
        ("uri", f"postgres://web:{RANDOM}@db:5432/web", "error"),
        ("config.yaml", f"user: web\npassword: {RANDOM}\n", "error"),
        ("password", "hunter", "warning"),
    ],
)
@pytest.mark.parametrize("field", ["data", "stringData"])
def test_what_is_secret(name: str, value: str, severity: str, field: str) -> None:
    written = encoded(value) if field == "data" else value
    [finding] = cluster(secret(field=field, **{name: written}))

    assert (finding.rule.id, finding.rule.severity) == ("SLW601", severity)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", ""),
        ("password", "changeme"),
        ("password", "REPLACE-WITH-YOUR-OWN"),
        ("password", "<password>"),
        ("password", "{{ .password }}"),
        ("password", "op://vault/item/password"),
        ("password", "ref+awssecrets://web/password"),
        ("password", "<path:secret/data/web#password>"),
        ("password", "vault:secret/data/web#password"),
        ("passwordKey", RANDOM),
        ("secret_name", "web-credentials-2"),
        ("url", "https://github.com/acme/web"),
        ("uri", "postgres://web:${PASSWORD}@db:5432/web"),
        ("config.yaml", "user: web\npassword: ${PASSWORD}\n"),
        ("ca.crt", private_key().replace("PRIVATE KEY", "CERTIFICATE")),
        ("known_hosts", f"github.com ssh-ed25519 {of(68)}"),
        ("id_ed25519.pub", f"ssh-ed25519 {of(68)}"),
        ("username", RANDOM),
        ("replicas", "3"),
    ],
)
def test_what_is_not(name: str, value: str) -> None:
    assert cluster(secret(**{name: value})) == []


def test_a_variable_is_judged_by_what_is_put_in_its_place() -> None:
    """A variable from a ConfigMap in Git has the value in Git, in clear text."""
    files = {"apps/web/a.yaml": secret(password="${PASSWORD}")}
    variables = kustomization("web", postBuild={"substitute": {"PASSWORD": RANDOM}})

    assert [item.rule.id for item in cluster(kustomization("web"), **files)] == []
    [finding] = cluster(variables, **files)
    assert finding.where.path == "clusters/staging/a.yaml"


def test_an_encrypted_secret_is_fine() -> None:
    value = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "web", "namespace": "default"},
        "stringData": {"password": "ENC[AES256_GCM,data:abc=,iv:abc=,tag:abc=,type:str]"},
        "sops": {"mac": "ENC[AES256_GCM,data:abc=,iv:abc=,tag:abc=,type:str]", "age": [{"recipient": "age1x"}]},
    }
    decrypted = kustomization("web", decryption={"provider": "sops"})

    assert cluster(decrypted, **{"apps/web/a.yaml": dump(value)}) == []


def test_a_generated_secret_is_found_in_the_literal() -> None:
    generator = {"secretGenerator": [{"name": "web", "namespace": "default", "literals": [f"password={RANDOM}"]}]}
    [finding] = cluster(kustomization("web"), **{"apps/web/kustomization.yaml": dump(generator)})

    assert finding.rule.id == "SLW601"
    assert finding.where == at("apps/web/kustomization.yaml", 5)


def test_clusters_that_share_it_are_one_finding() -> None:
    files = {f"clusters/{name}/a.yaml": kustomization("web") for name in ("staging", "production")}
    tree = tree_of({**sync("staging"), **sync("production"), **files, "apps/web/a.yaml": secret(password=RANDOM)})
    [finding] = [item for item in checked(tree).findings if item.rule.id == "SLW601"]

    assert finding.clusters == ("production", "staging")


def deployment(name: str, value: str) -> str:
    container = {"name": "web", "image": "web:1", "env": [{"name": name, "value": value}]}
    return dump(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {
                "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container]}},
            },
        }
    )


@pytest.mark.parametrize(
    ("obj", "line"),
    [
        (deployment("DB_PASSWORD", RANDOM), 20),
        (config_map("web", "default", **{"db.password": RANDOM}), 7),
        (config_map("web", "default", **{"web.ini": f"[db]\npassword = {RANDOM}\n"}), 7),
        (helm_release("web", values={"auth": {"password": RANDOM}}) + "---\n" + helm_repository(), 16),
        (
            helm_release("web", values={"env": [{"name": "API_TOKEN", "value": RANDOM}]}) + "---\n" + helm_repository(),
            17,
        ),
    ],
    ids=["a variable", "a key", "a file", "a chart's value", "a variable in a chart's values"],
)
def test_a_secret_value_elsewhere_is_a_warning(obj: str, line: int) -> None:
    [finding] = cluster(obj)

    assert (finding.rule.id, finding.rule.severity) == ("SLW603", "warning")
    assert finding.where == at("clusters/staging/a.yaml", line)
    assert RANDOM not in repr(finding)


@pytest.mark.parametrize(
    "obj",
    [
        deployment("DB_PASSWORD", "web"),
        deployment("DB_PASSWORD_FILE", "/run/secrets/db-password-2"),
        deployment("TOKEN_SECRET", "k8s-web-oauth2-credentials"),
        config_map("web", "default", token="${TOKEN}"),
        config_map("web", "default", **{"a.py": "token = token_file2.read().strip(3, 4)\n"}),
        helm_release("web", values={"existingSecret": "web-s3-credentials-v2"}) + "---\n" + helm_repository(),
    ],
)
def test_outside_of_secrets_only_what_is_certain_counts(obj: str) -> None:
    assert cluster(obj) == []


@pytest.mark.parametrize(
    "value", ["Tr0ub4dor&3xyz", "8f3e2a1bd0c94e57", "c3I7yWDjKaxNcpS8", "iRu5k_H-jr7-oTgcWRlxrVNnIS9"]
)
def test_what_nobody_writes_by_hand_is_certain(value: str) -> None:
    assert secrecy("password", value) == "certain"


@pytest.mark.parametrize(
    "value", ["postgres", "k8s-homelab-runner-secret", "OAUTH2_CLIENT_SECRET", "web.v1.2.3", "my pass word 12"]
)
def test_names_are_not(value: str) -> None:
    assert secrecy("password", value) != "certain"
