"""A synthesised stack, as the tests ask about it."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra.settings import Settings

PRODUCTION = Settings(system_repository="acme/gitops-system")
LOCAL = replace(
    PRODUCTION, local=True, kubectl="/somewhere/kubectl", helm="/somewhere/helm", github_api_url="http://127.0.0.1:1"
)


@dataclass(frozen=True)
class Finding:
    rule: str
    construct: str
    """Path of the construct that it is about."""


@dataclass(frozen=True)
class Acknowledgement:
    rule: str
    construct: str
    reason: str


@dataclass(frozen=True)
class Synthesised:
    template: dict[str, Any]
    findings: frozenset[Finding]
    acknowledgements: tuple[Acknowledgement, ...]

    def resources(self, kind: str) -> dict[str, Any]:
        """Properties of the resources of a kind (`SQS::Queue`), by logical id."""
        return {
            name: resource["Properties"]
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == f"AWS::{kind}"
        }

    def only(self, kind: str, name: str = "") -> Any:
        """Properties of the one resource of a kind whose logical id begins with a name."""
        (found,) = (it for logical_id, it in self.resources(kind).items() if logical_id.startswith(name))
        return found

    def allowed(self, logical_id: str) -> list[dict[str, Any]]:
        """The statements of a role, by the beginning of its logical id; actions and resources are always lists."""
        statements = [
            statement
            for policy_id, policy in self.resources("IAM::Policy").items()
            if policy_id.startswith(logical_id)
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        assert all(statement["Effect"] == "Allow" for statement in statements)
        return [
            {**statement, "Action": _listed(statement["Action"]), "Resource": _listed(statement["Resource"])}
            for statement in statements
        ]

    def actions(self, logical_id: str) -> set[str]:
        """All that a role may do."""
        return {action for statement in self.allowed(logical_id) for action in statement["Action"]}


def synthesise(settings: Settings, directory: Path) -> Synthesised:
    """Make the stack with the given settings and an empty bundle, and let cdk-nag look at it."""
    from aws_cdk import App, Validations
    from aws_cdk import aws_lambda as lambda_
    from cdk_nag import AwsSolutionsChecks

    from infra.function import Common
    from infra.stack import SlipwayStack

    code = directory / "code.zip"
    zipfile.ZipFile(code, "w").close()
    app = App(analytics_reporting=False, outdir=str(directory / "out"))
    SlipwayStack(app, "slipway", common=Common(settings, lambda_.Code.from_asset(str(code))))
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    try:
        app.synth()
    except RuntimeError as err:  # cdk-nag has findings; the report holds them
        if "ValidationFailed" not in str(err):
            raise
    return _read(directory / "out")


def _read(assembly: Path) -> Synthesised:
    template = json.loads((assembly / "slipway.template.json").read_text())
    report = json.loads((assembly / "validation-report.json").read_text())
    metadata = json.loads((assembly / "slipway.metadata.json").read_text())
    return Synthesised(
        template,
        frozenset(
            Finding(violation["ruleName"], construct["constructPath"])
            for plugin in report["pluginReports"]
            for violation in plugin["violations"]
            for construct in violation["violatingConstructs"]
        ),
        tuple(
            Acknowledgement(rule.rpartition("Annotation::")[2], path.removeprefix("/"), reason)
            for path, entries in metadata.items()
            for entry in entries
            if entry["type"] == "aws:cdk:acknowledged-rules"
            for rule, reason in entry["data"].items()
        ),
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
