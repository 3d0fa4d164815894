"""`slipway.yaml` is read whole, and every wrong value is named at once."""

import json
import time
from datetime import date

import jsonschema_rs
import pytest

from slipway.errors import InputError
from slipway.fleet.manifests import load_document
from slipway.fleet.settings import (
    MAX_PROBLEMS,
    ClusterSettings,
    Environment,
    Policy,
    Settings,
    Support,
    TenantSettings,
    load_settings,
)
from slipway.fleet.settings.approvals import Approval
from slipway.fleet.settings.file import SECTIONS
from slipway.fleet.settings.policy import Match, SeverityRule, Waiver
from slipway.fleet.settings.requests import AutoMerge, What
from slipway.fleet.tree import Tree
from tests.unit.doc_examples import DOCS, blocks, document


def test_everything_that_it_may_say_is_read() -> None:
    content = """\
clusters:
  prod:
    path: ./clusters/prod/
    kubernetesVersion: "1.34"
    kubeConfig: prod-connection
    account: "111122223333"
    variables: {region: eu-west-1, empty: ''}
  staging:
failOn: warning
repositories: [acme/gitops-workloads, acme/*-manifests]
"""
    prod = ClusterSettings(
        "./clusters/prod/", "1.34", "prod-connection", "111122223333", {"region": "eu-west-1", "empty": ""}
    )
    assert _settings(content) == Settings(
        {"prod": prod, "staging": ClusterSettings()}, Policy("warning"), ("acme/gitops-workloads", "acme/*-manifests")
    )
    assert (prod.directory, ClusterSettings().directory) == ("clusters/prod", "")


@pytest.mark.parametrize("content", ["", "# nothing\n", "clusters:\nrepositories:\n", "clusters: {}\n"])
def test_it_may_say_nothing(content: str) -> None:
    assert _settings(content) == Settings() == load_settings(Tree({}))


WRONG = {
    "cluster: {}": "line 1: the file has no field 'cluster'; it has approvals, charts, clusters, environments, ",
    "- a": "line 1: the file must be a mapping",
    "clusters: [a]": "line 1: clusters must be a mapping",
    "clusters:\n  a: b": "line 2: clusters.a must be a mapping",
    "clusters:\n  a:\n    versoin: x": "line 3: clusters.a has no field 'versoin'",
    "clusters:\n  a:\n    kubernetesVersion: 1.35": "line 3: clusters.a.kubernetesVersion must be text; put",
    "clusters:\n  a:\n    kubernetesVersion: v1.35.2": "line 3: clusters.a.kubernetesVersion is not like 1.35",
    "clusters:\n  a:\n    account: '1111'": "line 3: clusters.a.account is not twelve digits",
    "tenants:\n  web:\n    namespaces: [web]": "line 2: tenants.web has neither repositories nor paths",
    "tenants:\n  web:\n    paths: [a]\n    path: web": "line 4: tenants.web has no field 'path'; it has",
    "clusters:\n  a:\n    variables:\n      zone: 1": "line 4: clusters.a.variables.zone must be text",
    "clusters:\n  a: {path: x}\n  b: {path: ./x/}": "line 3: clusters.b.path is that of clusters.a too",
    "failOn: never": "line 1: failOn is 'never'; it is one of error, warning, info",
    "failOn: [error]": "line 1: failOn is ['error']; it is one of",
    "repositories: acme/a": "line 1: repositories must be a list",
    "repositories:\n- a\n- 1": "line 3: repositories.1 must be text; put it in quotes",
    "approvals: {}": "line 1: approvals must be a list",
    "approvals:\n- {label: approve}": "line 2: approvals.0.label must begin with slipway/, as slipway/approve-",
    "approvals:\n- {by: [acme/team]}": "line 2: 'acme/team' is no login of a GitHub user",
    "approvals:\n- {users: [octocat]}": "line 2: approvals.0 has no field 'users'",
    "rules:\n- {rules: [SLW105]}": "line 2: rules.0.severity is one of error, warning, info, off",
    "rules:\n- {severity: info}": "line 2: rules.0.rules is missing: name rules, e.g.",
    "rules:\n- {rules: [SLW105, graph], severity: info}": "line 2: 'graph' is no rule: name one by its id, as SLW105",
    "rules: {SLW105: off}": "line 1: rules must be a list",
    "waivers:\n- {rules: [SLW105], owner: a, reason: b}": "line 2: waivers.0.expires is missing",
    "waivers:\n- {rules: [SLW105], owner: a, reason: b, expires: soon}": "line 2: waivers.0.expires is not a date like",
    "waivers:\n- {rules: [SLW105], owner: '', reason: b, expires: 2027-01-01}": "line 2: waivers.0.owner is missing",
    "waivers:\n- {rules: [SLW105], owner: a, expires: 2027-01-01}": "line 2: waivers.0.reason is missing",
    "environments: {staging: [a]}": "line 1: environments must be a list",
    "environments:\n- {clusters: [a]}": "line 2: environments.0.name is missing",
    "environments:\n- {name: a, clusters: [1]}": "line 2: environments.0.clusters.0 must be text",
    "environments:\n- {name: a, minorsApart: one}": "line 2: environments.0.minorsApart must be a number",
    'kubernetesVersions:\n  "1.37": {standard: 2027-12-01}': "line 2: kubernetesVersions.1.37.extended is missing",
    'kubernetesVersions:\n  "1.37": {standard: soon, extended: 2028-12-01}': "line 2: kubernetesVersions.1.37.standard",
    "kubernetesVersions:\n  v1.37.2: {standard: 2027-12-01, extended: 2028-12-01}": "line 2: kubernetesVersions has",
    "requests: []": "line 1: requests must be a mapping",
    "requests: {whom: []}": "line 1: requests has no field 'whom'; it has autoMerge, who",
    "requests:\n  who:\n  - {kinds: [add-cluster]}": "line 3: requests.who.0.by is missing: name users, and teams",
    "requests:\n  who:\n  - {by: [acme/platform]}": "line 3: 'acme/platform' is neither a login of",
    "requests:\n  who:\n  - {by: [a], subject: [b]}": "line 3: requests.who.0 has no field 'subject'",
    "requests:\n  autoMerge:\n  - {approvals: -1}": "line 3: requests.autoMerge.0.approvals must be a number, 0",
    "requests:\n  autoMerge:\n  - {method: rebase}": "line 3: requests.autoMerge.0.method must be squash or",
    "inlineWaivers: [all]": "line 1: 'all' is no rule",
    "thresholds: {warnings: -1}": "line 1: thresholds.warnings must be a number, 0 or more",
    "thresholds: {errors: 1}": "line 1: thresholds has no field 'errors'; it has notRendered, "
    "notValidated, unknownKinds, waived, warnings",
}
POLICY = """\
failOn: warning
rules:
- {rules: [SLW105, SLW7*], severity: info, paths: [legacy/], clusters: [staging-*]}
- rules: [SLW006]
  severity: off
waivers:
- rules: [SLW104]
  objects: [Namespace monitoring]
  owner: team-web
  reason: the old release goes in March
  expires: 2027-03-31
inlineWaivers: [SLW709]
thresholds: {warnings: 10, notRendered: 0}
"""
FLEET = """\
environments:
- {name: staging, clusters: [staging]}
- {name: production, clusters: [prod-*, live], minorsApart: 0}
kubernetesVersions:
  "1.37": {standard: 2027-12-01, extended: 2028-12-01}
"""


def test_environments_and_versions_are_read() -> None:
    settings = _settings(FLEET)

    assert settings.environments == (
        Environment("staging", ("staging",)),
        Environment("production", ("prod-*", "live"), 0),
    )
    assert settings.environments[1].of(["live", "prod-eu", "staging"]) == ("live", "prod-eu")
    assert settings.versions == {"1.37": Support(date(2027, 12, 1), date(2028, 12, 1))}


def test_approvals_are_read() -> None:
    content = "approvals:\n- {clusters: [production-*], by: [octocat]}\n- {rules: [SLW401], label: slipway/go}\n- {}\n"

    assert _settings(content).approvals == (
        Approval(Match((), clusters=("production-*",)), "", ("octocat",), 2),
        Approval(Match(("SLW401",)), "slipway/go", (), 3),
        Approval(Match(()), "slipway/approve-destructive", (), 4),
    )


REQUESTS = """\
requests:
  who:
  - {by: ["@acme/developers", octocat]}
  - {kinds: ["*-cluster"], by: ["@acme/platform"]}
  - {subjects: ["*-production"], by: ["@acme/platform", octocat]}
  autoMerge:
  - {kinds: [update-application], subjects: ["*-staging"], approvals: 0, method: merge}
  - {}
"""


def test_requests_are_read() -> None:
    found = _settings(REQUESTS).requests

    assert [(entry.by, entry.line) for entry in found.who] == [
        (("@acme/developers", "octocat"), 3),
        (("@acme/platform",), 4),
        (("@acme/platform", "octocat"), 5),
    ]
    assert found.auto_merge == (
        AutoMerge(What(("update-application",), ("*-staging",)), 0, "merge"),
        AutoMerge(What(), 1, "squash"),
    )


@pytest.mark.parametrize(
    ("kind", "subjects", "by"),
    [
        ("add-application", ("a-staging",), ("@acme/developers", "octocat")),
        ("add-cluster", ("a-staging",), ("@acme/platform",)),
        ("add-cluster", ("a-production",), ("@acme/platform", "octocat")),
        ("add-application", ("a-staging", "a-production"), ("octocat",)),
        ("upgrade-tool", ("karpenter",), ("@acme/developers", "octocat")),
    ],
)
def test_the_last_entry_that_fits_says_who_may_ask(kind: str, subjects: tuple[str, ...], by: tuple[str, ...]) -> None:
    askers = _settings(REQUESTS).requests.askers(kind, subjects)

    assert askers is not None
    assert (askers.by, askers.and_writers) == (by, False)


def test_where_no_entry_fits_it_takes_the_right_to_write_besides() -> None:
    section = _settings("requests: {who: [{subjects: ['*-production'], by: [octocat]}]}").requests

    both = section.askers("update-application", ("a-staging", "a-production"))

    assert section.askers("update-application", ("a-staging",)) is None
    assert both is not None
    assert (both.by, both.and_writers) == (("octocat",), True)


def test_the_last_entry_that_fits_says_what_is_merged() -> None:
    entries = "[{subjects: ['*-staging']}, {kinds: ['*-cluster'], approvals: 2}]"
    section = _settings(f"requests: {{autoMerge: {entries}}}").requests
    found = [section.merge(kind, ("a-staging",)) for kind in ("update-application", "add-cluster")]

    assert [entry and entry.approvals for entry in found] == [1, 2]
    assert section.merge("update-application", ("a-staging", "a-production")) is None


def test_the_policy_is_read() -> None:
    assert _settings(POLICY).policy == Policy(
        "warning",
        (
            SeverityRule(Match(("SLW105", "SLW7*"), ("legacy/",), ("staging-*",)), "info", 3),
            SeverityRule(Match(("SLW006",)), "off", 4),
        ),
        (
            Waiver(
                Match(("SLW104",), objects=("Namespace monitoring",)),
                "team-web",
                "the old release goes in March",
                date(2027, 3, 31),
                7,
            ),
        ),
        ("SLW709",),
        {"warnings": 10, "notRendered": 0},
    )


SCHEMA = json.loads((DOCS / "slipway.schema.json").read_text(encoding="utf-8"))
ONLY_SLIPWAY_KNOWS = {"clusters:\n  a: {path: x}\n  b: {path: ./x/}"}
"""What a schema cannot say."""


def test_the_published_schema_has_the_same_sections() -> None:
    assert set(SCHEMA["properties"]) == SECTIONS


@pytest.mark.parametrize("content", ["{}", POLICY, FLEET, REQUESTS, *blocks(document("slipway-yaml.md"), "yaml")])
def test_the_published_schema_takes_what_slipway_takes(content: str) -> None:
    content = content.removesuffix("```")
    _settings(content)
    jsonschema_rs.validator_for(SCHEMA).validate(load_document(content.encode()))


@pytest.mark.parametrize("content", [content for content in WRONG if content not in ONLY_SLIPWAY_KNOWS])
def test_the_published_schema_refuses_what_slipway_refuses(content: str) -> None:
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(load_document(content.encode()))


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


def test_a_tenants_own_is_told_by_names_and_patterns() -> None:
    content = (
        "tenants:\n  web: {repositories: [acme/web, acme/web-*], paths: [./apps/web/], namespaces: [web, web-*]}\n"
    )
    web = _settings(content).tenants["web"]

    assert [web.has_repository(f"github.com/{name}") for name in ("acme/web", "acme/web-api", "other/web")] == [
        True,
        True,
        False,
    ]
    assert [web.has_path(path) for path in ("apps/web", "apps/web/prod", "apps/website", "apps")] == [
        True,
        True,
        False,
        False,
    ]
    assert [web.may_land_in(name) for name in ("web", "web-staging", "website")] == [True, True, False]
    assert TenantSettings(paths=("a",)).may_land_in("anywhere")
