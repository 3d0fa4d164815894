"""The verdict as text for a terminal and for a job's log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slipway.checks.families import RULES
from slipway.checks.finding import Finding, NotValidated
from slipway.checks.verdict import Verdict
from slipway.fleet.model import Fleet, NotRendered
from slipway.report.terminal import not_rendered_text, verdict_commands, verdict_text
from tests.unit.small_fleets import at, checked, config_map, empty_fleet, helm_release, helm_repository, sync, tree_of

HOSTILE = "\x1b[2Jx\n::error::pwned\n  ::stop-commands::y\n##[error]z\r\u202e"


def finding(rule: str, message: str = "it is wrong", path: str = "a.yaml", line: int = 3, source: str = "") -> Finding:
    return Finding(RULES[rule], message, at(path, line, source), "Deployment web/api", ("production", "staging"))


def test_reads_from_the_least_to_the_most_important() -> None:
    files = {
        **sync("staging"),
        "clusters/staging/charts.yaml": "---\n".join([helm_release("a"), helm_release("b"), helm_repository()]),
        "clusters/staging/name.yaml": config_map("Web_1"),
        "docs/example.yaml": "a: [\n",
        "slipway.yaml": 'clusters: {staging: {kubernetesVersion: "1.36"}}\n',
    }

    assert (
        verdict_text(checked(tree_of(files)))
        == """\
CLUSTER  KUBERNETES  KUSTOMIZATIONS  HELMRELEASES  OBJECTS
staging  1.36                     1             2        6

Not validated:
  no schema for this kind is at hand (5)
    2  helm.toolkit.fluxcd.io/v2 HelmRelease
    1  kustomize.toolkit.fluxcd.io/v1 Kustomization
    1  source.toolkit.fluxcd.io/v1 GitRepository
    1  source.toolkit.fluxcd.io/v1 HelmRepository

Not rendered:
  its chart is not fetched: offline (2)
    HelmRelease on staging: flux-system/a, flux-system/b

warning: docs/example.yaml:2 [SLW005 A YAML file that no cluster reads is not valid]
  not valid YAML: did not find expected node content
error: clusters/staging/name.yaml:4 [SLW203 A name that Kubernetes does not take]
  ConfigMap default/Web_1 on staging: metadata.name: "Web_1" is not a DNS subdomain: at most 253 lower-case letters, \
digits, '-' and '.', a letter or digit first and last of every part

FAIL: 1 error, 1 warning; 6 objects on 1 cluster; 2 not rendered; 5 not validated
"""
    )


@pytest.mark.parametrize(
    ("verdict", "last"),
    [
        (Verdict(empty_fleet("a", "b"), (), ()), "PASS: no findings; 0 objects on 2 clusters"),
        (Verdict(empty_fleet("a"), (finding("SLW005"),), ()), "PASS: 1 warning; 0 objects on 1 cluster"),
        (Verdict(empty_fleet("a"), (finding("SLW006"),), ()), "PASS: 1 note; 0 objects on 1 cluster"),
        (Verdict(empty_fleet("a"), (finding("SLW005"),), (), "warning"), "FAIL: 1 warning; 0 objects on 1 cluster"),
        (Verdict(Fleet({}, (), ()), (), ()), "FAIL: no cluster found: nothing was checked"),
        (
            Verdict(empty_fleet("a"), (), (NotValidated("v1 Widget", "no schema", 2),)),
            "PASS: no findings; 0 objects on 1 cluster; 2 not validated",
        ),
    ],
    ids=["sound", "a warning", "a note", "warnings fail", "no cluster", "something not validated"],
)
def test_the_last_line_is_the_verdict(verdict: Verdict, last: str) -> None:
    assert verdict_text(verdict).splitlines()[-1] == last
    assert verdict_commands(verdict).splitlines()[-1] == last


def test_what_is_the_same_is_said_once_with_every_name() -> None:
    names = [f"namespace-{number:02}/release-{number:02}" for number in range(60)]
    charts = [NotRendered(f"HelmRelease {name}", "its chart is not fetched: offline", "staging") for name in names]
    other = NotRendered("Kustomization flux-system/apps", "it is not at hand", "staging")
    fleet = replace(empty_fleet("staging"), not_rendered=(*charts, other))

    text = verdict_text(Verdict(fleet, (), ()))

    assert text.count("its chart is not fetched: offline (60)") == 1
    assert all(name in text for name in names)
    assert len(text.splitlines()) < 30
    assert text.index("it is not at hand (1)") > text.index(names[-1]), "what is rare is nearer to the end"


def test_columns_are_aligned() -> None:
    lines = verdict_text(Verdict(empty_fleet("a", "a-long-name-of-a-cluster"), (), ())).splitlines()[:3]

    assert len({len(line) for line in lines}) == 1


HOSTILE_VERDICT = Verdict(
    replace(empty_fleet(HOSTILE, "::error::cluster"), not_rendered=(NotRendered(HOSTILE, HOSTILE, HOSTILE),)),
    (
        Finding(RULES["SLW002"], HOSTILE, at(HOSTILE, 3), HOSTILE, (HOSTILE,)),
        Finding(RULES["SLW002"], HOSTILE, at(HOSTILE, 3, HOSTILE)),
    ),
    (NotValidated(HOSTILE, HOSTILE, 1),),
)


@pytest.mark.parametrize("write", [verdict_text, verdict_commands])
def test_hostile_names_move_no_cursor_and_give_no_commands(write: object) -> None:
    text: str = write(HOSTILE_VERDICT)  # type: ignore[operator]

    assert not set("\x1b\r\u202e") & set(text)
    assert "##[" not in text
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert all(line.startswith("::error file=") for line in commands)
    assert len(commands) == (2 if write is verdict_commands else 0)


class TestCommands:
    """docs.github.com/actions, workflow commands."""

    def test_a_finding_is_an_annotation(self) -> None:
        verdict = Verdict(empty_fleet("production", "staging"), (finding("SLW102", "a: 100%\nb"),), ())

        assert verdict_commands(verdict).splitlines()[-2] == (
            "::error file=a.yaml,line=3,title=SLW102 A dependency that does not exist::"
            "Deployment web/api on production and staging: a: 100%25%0Ab"
        )

    @pytest.mark.parametrize(("rule", "level"), [("SLW102", "error"), ("SLW005", "warning"), ("SLW006", "notice")])
    def test_severities_are_github_s(self, rule: str, level: str) -> None:
        [command] = commands(finding(rule))

        assert command.startswith(f"::{level} ")

    @pytest.mark.parametrize(
        ("path", "file"),
        [
            ("a,b.yaml", "a%2Cb.yaml"),
            ("a:b.yaml", "a%3Ab.yaml"),
            ("a%2C.yaml", "a%252C.yaml"),
            ("a\n.yaml", "a\\n.yaml"),
        ],
    )
    def test_a_file_name_is_one_property(self, path: str, file: str) -> None:
        [command] = commands(finding("SLW102", path=path))

        assert command.startswith(f"::error file={file},line=3,title=")

    def test_a_finding_on_a_whole_file_is_on_its_first_line(self) -> None:
        [command] = commands(finding("SLW006", line=0))

        assert ",line=1," in command

    def test_files_are_named_from_the_workspace(self) -> None:
        here, there = finding("SLW102"), finding("SLW102", source="acme/apps", message="too")

        [command, other] = commands(here, there, directory="fleet/system")

        assert command.startswith("::error file=fleet/system/a.yaml,")
        assert other.startswith("::error file=acme/apps%3Aa.yaml,")
        assert other.endswith(": too%0Ain acme/apps, a.yaml:3")

    def test_what_was_not_looked_at_is_in_the_log(self) -> None:
        log = verdict_commands(
            Verdict(
                replace(empty_fleet("a"), not_rendered=(NotRendered("HelmRelease a/b", "no charts", "a"),)),
                (),
                (NotValidated("v1 Widget", "no schema", 2),),
            )
        )

        assert "a/b" in log
        assert "2  v1 Widget" in log


def commands(*found: Finding, directory: str = "") -> list[str]:
    verdict = Verdict(empty_fleet("production", "staging"), found, ())
    return [line for line in verdict_commands(verdict, directory).splitlines() if line.startswith("::")]


def test_the_same_thing_of_many_objects_is_said_once() -> None:
    items = [NotRendered(f"lookups of HelmRelease web/{name}", "it asks the cluster", "eu") for name in "ab"]

    assert "    lookups of HelmRelease on eu: web/a, web/b" in list(not_rendered_text(items))
