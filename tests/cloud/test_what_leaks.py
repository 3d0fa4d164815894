"""After all other tests: nobody but who should has seen a private key, or the value of a secret.

Searched are the logs of all functions, all events on the bus, the histories of the state machines, what is in the
bucket, and all that Slipway says at GitHub; searched for is every secret that there is, and the marks of private keys.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from local.cloud import Cloud
from local.deploy import STACK
from local.github.control import Control
from tests.cloud.fleet import OWNER, SYSTEM
from tests.cloud.heard import heard
from tests.cloud.sealed_fleet import executions, history

pytestmark = pytest.mark.timeout(300)

MARKS = ("PRIVATE KEY", "openssh-key-v1", "b3BlbnNzaC1rZXktdjE")
"""How private keys begin, in PEM and in base64."""
SHORTEST = 16
"""Characters of a piece that is searched for: a shorter one may be anywhere by chance."""


def pieces(cloud: Cloud, known: set[str]) -> set[str]:
    """What must not be found: all secrets as they are, line by line, and in base64."""
    found = set(known)
    client = cloud.client("secretsmanager")
    for secret in client.list_secrets()["SecretList"]:
        for version in client.list_secret_version_ids(SecretId=secret["ARN"], IncludeDeprecated=True)["Versions"]:
            answer = client.get_secret_value(SecretId=secret["ARN"], VersionId=version["VersionId"])
            for name, value in json.loads(answer["SecretString"] or "{}").items():
                if name.lower().endswith("key") or name in ("current", "previous"):
                    found |= set(value.splitlines())
    plain = {piece for piece in found if len(piece) >= SHORTEST and not piece.startswith("-----")}
    assert len(plain) > 200
    return plain | {base64.b64encode(piece.encode()).decode().rstrip("=") for piece in plain} | set(MARKS)


def repositories(github: Control) -> list[str]:
    """All that the organization has."""
    directory = github.git_directory(SYSTEM).parent
    return [f"{OWNER}/{path.name.removesuffix('.git')}" for path in directory.iterdir()]


def said(cloud: Cloud, github: Control) -> Iterator[tuple[str, str]]:
    """Everything that others can read, with where it was found."""
    groups = cloud.client("logs").get_paginator("describe_log_groups").paginate()
    for group in [group["logGroupName"] for page in groups for group in page["logGroups"]]:
        yield group, "\n".join(cloud.aws.logs(group))
    yield "the bus", "\n".join(heard(cloud))
    for arn in executions(cloud):
        yield arn, json.dumps(history(cloud, arn), default=str)
    bucket, s3 = cloud.outputs["Bucket"], cloud.client("s3")
    for prefix in ("reports/", "requests/"):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for entry in page.get("Contents", ()):
                yield entry["Key"], s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read().decode()
    yield "check runs", json.dumps(github.check_runs())
    for repository in repositories(github):
        for issue in (*github.issues(repository), *github.pull_requests(repository)):
            name = f"{repository}#{issue['number']}"
            yield name, json.dumps([issue["title"], issue["body"], *github.comments(repository, issue["number"])])


def test_no_private_key_and_no_value_is_anywhere_but_where_it_belongs(
    local_cloud: Cloud, github: Control, known_secrets: set[str]
) -> None:
    wanted = pieces(local_cloud, known_secrets)
    searched = list(said(local_cloud, github))
    assert {f"/aws/lambda/{STACK}-{name}" for name in ("keys-rotation", "rotation", "validation", "generation")} <= {
        name for name, _ in searched
    }
    assert [name for name, text in searched if name.startswith("arn:") and "stateEnteredEventDetails" in text]
    assert sum(len(text) for _, text in searched) > 100_000
    leaks = {name for name, text in searched for piece in wanted if piece in text}
    assert leaks == set()
