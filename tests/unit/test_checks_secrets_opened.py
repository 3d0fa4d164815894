"""SLW631 to SLW633: SealedSecrets that the fleet's key does not open, and the certificate that everybody seals with."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipway.checks.finding import Finding, NotValidated
from slipway.checks.secrets.asking import MAX_ASKED
from slipway.checks.secrets.fleet_key import FleetKey, fleet_keys, is_same_secret
from slipway.checks.verdict import Verdict
from slipway.errors import InputError, RetryLater
from slipway.fleet.manifests import dump
from slipway.github.protocol import PullRequest
from slipway.keys.pairs import Pairs
from slipway.keys.vault import MAX_VALUES_PER_PULL, RATE_SECONDS
from slipway.sealing.certificates import make_key_pair
from slipway.sealing.published import CERTIFICATE_FILE
from slipway.validation.sealing import PullRequestKeys, Sealing
from tests.unit.key_slots import SLOTS, external, release
from tests.unit.keys_world import KeysWorld
from tests.unit.sealing_world import NOW, encoded, pair, sealed, tls_secret, with_metadata
from tests.unit.small_fleets import TODAY, at, checked, helm_repository, sync, tree_of
from tests.unit.template_world import rendering
from tests.unit.test_checks_secrets_trust import OTHER, OWN, deployment

SECRET = "fleet/shared/sealing-key"
SYSTEM = "acme/gitops-system"
FILE = "clusters/staging/db.yaml"
OLD, NEW = pair("old").certificate, pair("new").certificate
CONTROLLER = release(keyrenewperiod="0")
PULL = PullRequest(
    repository=SYSTEM,
    number=7,
    state="open",
    draft=False,
    head_sha="a" * 40,
    head_repository=SYSTEM,
    base_ref="main",
    base_sha="b" * 40,
    merge_sha="c" * 40,
    mergeable=True,
)


def keys(*, rotating: bool = False) -> KeysWorld:
    """The fleet seals with the pair `old`; a rotation goes to `new`."""
    pairs = Pairs.of(pair("old"), NOW)
    return KeysWorld((pairs.rotated_to(pair("new"), NOW) if rotating else pairs).to_json())


def cluster(*documents: str, controller: str = CONTROLLER, name: str = "staging") -> dict[str, str]:
    """With a controller, and what brings its keys: without any documents, the fleet's."""
    objects = (helm_repository(), controller, *(documents or SLOTS))
    return {**sync(name), f"clusters/{name}/tools.yaml": "---\n".join(objects)}


def verdict(
    files: Mapping[str, str],
    world: KeysWorld | None = None,
    *,
    base: Mapping[str, str] | None = None,
    fork: bool = False,
    secret: str = SECRET,
    **options: Any,
) -> Verdict:
    pull = replace(PULL, head_repository="mallory/gitops-system") if fork else PULL
    holder = PullRequestKeys(Sealing((world or keys()).keys("check", "state"), secret), pull)
    before = None if base is None else tree_of(base)
    return checked(tree_of(files), base=before, key_holder=holder, **options)


def told(found: Verdict, rule: str = "SLW6") -> list[Finding]:
    """But for what is said of how a cluster gets its key."""
    others = ("SLW616", "SLW626", "SLW627", "SLW628")
    return [one for one in found.findings if one.rule.id.startswith(rule) and one.rule.id not in others]


def not_asked(found: Verdict) -> list[NotValidated]:
    return [one for one in found.not_validated if one.what.startswith(("SealedSecret.bitnami.com shop", ".slipway"))]


def text(value: Mapping[str, Any]) -> str:
    return dump(value)


# What opens


def test_every_cluster_of_the_templates_has_the_fleets_key_and_no_other() -> None:
    fleet = rendering().fleet

    found = fleet_keys(fleet, SECRET, fleet.clusters.keys())
    assert found == {name: FleetKey(name, has=True) for name in fleet.clusters}


def test_what_opens_is_told_with_its_key_and_the_end_of_its_certificate() -> None:
    found = verdict({**cluster(), FILE: text(sealed())})

    assert told(found) == []
    assert not_asked(found) == []
    [answer] = found.sealed
    assert (answer.what, answer.clusters) == ("SealedSecret.bitnami.com shop/db", ("staging",))
    assert (answer.values, answer.closed, answer.by) == (1, 0, (OLD.fingerprint,))
    assert answer.until == OLD.not_after.date()


def test_every_question_names_the_pull_request_and_has_no_more_of_a_secret_than_it_needs() -> None:
    world = keys()
    labelled = with_metadata(sealed(), labels={"team": "shop"})
    verdict({**cluster(), FILE: text(labelled)}, world)

    [question] = [event for event in world.asked if event["do"] == "check"]
    assert question["about"] == {"repository": SYSTEM, "number": 7, "head": "a" * 40}
    [asked] = question["sealed"]
    assert asked["metadata"] == {"name": "db", "namespace": "shop"}


def test_nobody_is_asked_without_a_sealed_secret_in_the_change() -> None:
    world = keys()
    base = {**cluster(), FILE: text(sealed("other"))}
    found = verdict({**base, "README.md": "hello"}, world, base=base)

    assert world.asked == []
    assert (told(found), not_asked(found), found.sealed) == ([], [], ())


def test_only_what_a_change_adds_or_changes_is_asked_for_and_all_of_it_at_once() -> None:
    world = keys()
    there, other = text(sealed("other", name="there")), "clusters/staging/other.yaml"
    base = {**cluster(), "clusters/staging/there.yaml": there, FILE: text(sealed())}
    found = verdict({**base, FILE: text(sealed()), other: text(sealed(name="api"))}, world, base=base)

    [question] = [event for event in world.asked if event["do"] == "check"]
    assert [each["metadata"]["name"] for each in question["sealed"]] == ["api", "db"]
    assert [answer.what.rpartition("/")[2] for answer in found.sealed] == ["api", "db"]


def test_one_object_on_two_clusters_is_asked_for_once() -> None:
    world = keys()
    same = text(sealed())
    files = {**cluster(), **cluster(name="prod"), FILE: same, "clusters/prod/db.yaml": same}
    found = verdict(files, world)

    [question] = [event for event in world.asked if event["do"] == "check"]
    assert len(question["sealed"]) == 1
    assert {answer.clusters for answer in found.sealed} == {("prod",), ("staging",)}


def test_a_cluster_that_gets_an_old_object_is_a_change_of_that_cluster() -> None:
    base = {**cluster(), FILE: text(sealed())}
    found = verdict({**base, **cluster(name="prod"), "clusters/prod/db.yaml": base[FILE]}, base=base)

    assert [answer.clusters for answer in found.sealed] == [("prod",)]


def test_a_sealed_secret_with_nothing_in_it_is_not_asked_for() -> None:
    world = keys()
    empty = {**sealed(), "spec": {"encryptedData": {}, "template": {"data": {"a": "b"}}}}

    assert verdict({**cluster(), FILE: text(empty)}, world).sealed == ()
    assert world.asked == []


# What does not open


def test_what_is_sealed_for_another_key_is_an_error_on_its_line() -> None:
    found = verdict({**cluster(), FILE: text(sealed("other"))})

    [finding] = told(found)
    assert (finding.rule.id, finding.rule.severity, finding.clusters) == ("SLW631", "error", ("staging",))
    assert finding.where == at(FILE, 8)
    assert finding.message.startswith("`password` does not open with the fleet's sealing key: it was sealed with none")
    assert finding.hint == (
        "seal it anew for the name db in namespace shop with gitops-system's certificate: "
        "slipway seal --cert .slipway/sealing-certificate.pem"
    )
    assert [(answer.values, answer.closed, answer.until) for answer in found.sealed] == [(1, 1, None)]


def test_what_is_sealed_for_another_scope_says_for_which() -> None:
    [finding] = told(verdict({**cluster(), FILE: text(with_metadata(sealed(), name="web"))}), "SLW631")

    assert "it was sealed for the name db in namespace shop" in finding.message
    assert "seal it anew for the name web in namespace shop" in finding.hint


def test_what_was_changed_after_it_was_sealed_is_an_error() -> None:
    value = sealed()
    whole = base64.b64decode(value["spec"]["encryptedData"]["password"])
    value["spec"]["encryptedData"]["password"] = base64.b64encode(whole[:-1] + bytes([whole[-1] ^ 1])).decode()
    [finding] = told(verdict({**cluster(), FILE: text(value)}))

    assert finding.rule.id == "SLW631"
    assert "changed after it was sealed" in finding.message


def test_one_mistake_has_one_finding_which_says_what_else_is_known_of_it() -> None:
    value = sealed()
    base, moved = {**cluster(), FILE: text(value)}, text(with_metadata(value, name="web"))
    [of_change] = told(verdict({**base, FILE: moved}, base=base))
    [of_copy] = told(verdict({**base, "clusters/staging/web.yaml": moved}))
    cut_off = sealed()
    cut_off["spec"]["encryptedData"]["password"] = cut_off["spec"]["encryptedData"]["password"][:100]
    [of_form] = told(verdict({**cluster(), FILE: text(cut_off)}))

    assert {one.rule.id for one in (of_change, of_copy, of_form)} == {"SLW631"}
    assert "was sealed for the name db in namespace shop, and it is now for the name web" in of_change.hint
    assert "its template says that it was sealed for the name db" in of_copy.hint
    assert of_form.message.endswith("it is cut off")


def test_where_nobody_knows_the_clusters_keys_names_tell_what_they_can() -> None:
    value = sealed()
    base = {**cluster(external("key", data=OWN, key="other")), FILE: text(value)}

    assert [
        one.rule.id for one in told(verdict({**base, FILE: text(with_metadata(value, name="web"))}, base=base))
    ] == ["SLW613"]


def test_what_the_key_opens_was_sealed_for_its_new_name_whatever_was_there_before() -> None:
    """Somebody mends a name that its values were not sealed for."""
    value = sealed()
    base = {**cluster(), FILE: text(with_metadata(value, name="web"))}

    assert [one.rule.id for one in told(checked(tree_of({**base, FILE: text(value)}), base=tree_of(base)))] == [
        "SLW613"
    ]
    assert told(verdict({**base, FILE: text(value)}, base=base)) == []


def test_an_old_form_that_the_controller_does_not_read_is_an_error() -> None:
    old = {**sealed(), "spec": {"data": "AgA="}}
    [finding] = told(verdict({**cluster(), FILE: text(old)}), "SLW631")

    assert "is not read any more by the controller" in finding.message
    assert finding.where == at(FILE, 7)


# What is not known


@pytest.mark.parametrize(
    ("documents", "controller", "why"),
    [
        ((), "", "no controller of Sealed Secrets is in Git for it"),
        ((text(tls_secret("old")),), CONTROLLER, "no ExternalSecret brings keys to namespace flux-system"),
        ((external("key", data=OWN, key="other"),), CONTROLLER, "brings it another secret than the fleet's"),
        ((external("key", data=OTHER),), CONTROLLER, "does not always bring the pair that the fleet seals with"),
        ((external("key", data={"tls.crt": "a", "tls.key": "b"}),), CONTROLLER, "takes a, which the fleet's secret"),
        ((external("key", data=OWN, refreshInterval="0"),), CONTROLLER, "does not bring what is stored now"),
        ((external("key", data=OWN, refreshInterval="often"),), CONTROLLER, "refreshInterval is often"),
        ((external("key", dataFrom=[{"find": {"name": {"regexp": "x"}}}]),), CONTROLLER, "does more than extract"),
        ((external("key", data=OWN, key="${SEALING_KEY}"),), CONTROLLER, "brings it another secret than the fleet's"),
    ],
)
def test_nothing_is_claimed_of_a_cluster_that_is_not_known_to_have_the_fleets_key(
    documents: tuple[str, ...], controller: str, why: str
) -> None:
    world = keys()
    files = cluster(*documents, controller=controller) if controller else sync("staging")
    found = verdict({**files, FILE: text(sealed("other"))}, world)

    assert told(found, "SLW63") == []
    [item] = not_asked(found)
    assert item.what == "SealedSecret.bitnami.com shop/db on staging"
    assert item.why.startswith("whether the cluster has the fleet's sealing key is not known: ")
    assert why in item.why
    assert world.asked == []


@pytest.mark.parametrize(
    "documents", [(external("key", data=OWN),), (external("key", data=OWN), external("key-other", data=OTHER)), SLOTS]
)
@pytest.mark.parametrize("secret", [SECRET, f"arn:aws:secretsmanager:eu-west-1:111122223333:secret:{SECRET}-AbCdEf"])
def test_a_cluster_with_the_fleets_pair_is_asked_for_in_whatever_form_it_comes(
    documents: tuple[str, ...], secret: str
) -> None:
    found = verdict({**cluster(*documents), FILE: text(sealed())}, secret=secret)

    assert [answer.closed for answer in found.sealed] == [0]


@pytest.mark.parametrize(
    ("documents", "controller", "why"),
    [
        (SLOTS, release(), "may make keys of its own"),
        (SLOTS, release(keyrenewperiod="720h"), "may make keys of its own"),
        (SLOTS, deployment("--watch-for-secrets"), "may make keys of its own"),
        (SLOTS, deployment("--key-renew-period=720h"), "may make keys of its own"),
        ((*SLOTS, external("old", data=OWN, key="old")), CONTROLLER, "old brings it another key besides"),
        (
            (
                *SLOTS,
                text(
                    with_metadata(
                        tls_secret("other"),
                        namespace="flux-system",
                        labels={"sealedsecrets.bitnami.com/sealed-secrets-key": "active"},
                    )
                ),
            ),
            CONTROLLER,
            "key-other brings it another key besides",
        ),
    ],
)
def test_a_cluster_with_another_key_besides_may_open_what_the_fleets_does_not(
    documents: tuple[str, ...], controller: str, why: str
) -> None:
    found = verdict({**cluster(*documents, controller=controller), FILE: text(sealed("other"))})

    assert told(found, "SLW63") == []
    [item] = not_asked(found)
    assert why in item.why
    # What the fleet's key opens, it opens there, too; and what it opens for another name, nothing opens.
    assert not_asked(verdict({**cluster(*documents, controller=controller), FILE: text(sealed())})) == []
    renamed = text(with_metadata(sealed(), name="web"))
    assert told(verdict({**cluster(*documents, controller=controller), FILE: renamed}), "SLW631")


def test_a_deployment_that_is_told_to_make_no_keys_has_the_fleets_alone() -> None:
    controller = deployment("--watch-for-secrets", "--key-renew-period=0")

    assert told(verdict({**cluster(controller=controller), FILE: text(sealed("other"))}), "SLW631")


def test_a_variable_in_a_value_is_not_validated() -> None:
    value = sealed()
    value["spec"]["encryptedData"]["token"] = "${TOKEN}"
    found = verdict({**cluster(), FILE: text(value)})

    assert told(found, "SLW63") == []
    assert "is a variable" in not_asked(found)[0].why


def test_a_fork_gets_no_answer_and_is_counted() -> None:
    world = keys()
    found = verdict({**cluster(), FILE: text(sealed("other"))}, world, fork=True)

    assert world.asked == []
    assert told(found, "SLW63") == []
    assert [item.why for item in not_asked(found)] == ["the sealing key is not asked for a pull request from a fork"]


def test_nothing_is_asked_on_behalf_of_a_fork_by_whatever_question() -> None:
    world = keys()
    fork = PullRequestKeys(Sealing(world.keys(), SECRET), replace(PULL, head_repository="mallory/gitops-system"))

    for question in (fork.state, lambda: fork.check([sealed()])):
        with pytest.raises(InputError, match="not asked for a pull request from a fork"):
            question()
    assert world.asked == []


def test_beyond_the_rate_it_is_not_validated_and_says_when_it_goes_on() -> None:
    world = keys()
    world.vault.rates.spend(f"sealed values of {SYSTEM}#7", MAX_VALUES_PER_PULL, MAX_VALUES_PER_PULL, RATE_SECONDS)
    found = verdict({**cluster(), FILE: text(sealed("other"))}, world)

    assert told(found, "SLW63") == []
    assert "an hour later it goes on" in not_asked(found)[0].why


def test_without_a_pair_it_is_not_validated() -> None:
    [item] = not_asked(verdict({**cluster(), FILE: text(sealed())}, KeysWorld()))

    assert "there is no sealing key yet" in item.why


def test_what_cannot_be_asked_now_is_asked_again_later() -> None:
    world = keys()
    world.down = RetryLater("Lambda is down", after=30)
    with pytest.raises(RetryLater, match="Lambda is down"):
        verdict({**cluster(), FILE: text(sealed())}, world)


def test_more_than_one_check_can_ask_for_is_counted() -> None:
    many = {f"key{number}": "AgB" for number in range(MAX_ASKED // 2)}
    files = dict(cluster())
    for name in ("a", "b", "c"):
        value = {**with_metadata(sealed(), name=name), "spec": {"encryptedData": many | {"name": encoded(name)}}}
        files[f"clusters/staging/{name}.yaml"] = text(value)
    found = verdict(files)

    [*_, item] = not_asked(found)
    assert "over 5,000 sealed values in this change (MAX_ASKED)" in item.why
    assert len(found.sealed) + len(not_asked(found)) == 3


def test_without_whom_to_ask_nothing_is_said() -> None:
    found = checked(tree_of({**cluster(), FILE: text(sealed("other"))}))

    assert (told(found), not_asked(found), found.sealed) == ([], [], ())


# While a rotation is under way


def test_the_key_that_goes_is_told_once_everybody_can_have_the_new_one() -> None:
    files = {**cluster(), FILE: text(sealed())}
    world = keys(rotating=True)

    [finding] = told(verdict({**files, CERTIFICATE_FILE: NEW.pem}, world))
    assert (finding.rule.id, finding.rule.severity) == ("SLW632", "warning")
    assert OLD.fingerprint in finding.message
    assert "slipway seal --cert .slipway/sealing-certificate.pem" in finding.hint
    # Before it is published, there is nothing else to seal with.
    assert told(verdict({**files, CERTIFICATE_FILE: OLD.pem}, world)) == []
    assert told(verdict(files, world)) == []


def test_the_new_key_is_right_where_it_is_trusted() -> None:
    world = keys(rotating=True)
    files = {CERTIFICATE_FILE: NEW.pem, FILE: text(sealed("new"))}
    there, not_there = (
        verdict({**cluster(), **files}, world),
        verdict({**cluster(external("key", data=OWN)), **files}, world),
    )

    assert (told(there), not_asked(there)) == ([], [])
    assert [answer.until for answer in there.sealed] == [NEW.not_after.date()]
    assert told(not_there) == []
    [item] = not_asked(not_there)
    assert "sealed for the key that a rotation goes to, and the cluster may not have that" in item.why


# The published certificate


@pytest.mark.parametrize(("days", "severity"), [(60, None), (31, None), (29, "warning"), (0, "warning"), (-1, "error")])
def test_a_certificate_that_expires_is_told_before_it_is_refused(days: int, severity: str | None) -> None:
    today = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
    made = make_key_pair(today - timedelta(days=90), bits=2048, valid_for=timedelta(days=90 + days)).certificate
    found = told(checked(tree_of({**cluster(), CERTIFICATE_FILE: made.pem})))

    assert [(one.rule.id, one.rule.severity) for one in found] == ([("SLW633", severity)] if severity else [])
    assert all(one.where == at(CERTIFICATE_FILE, 1) and "rotate the sealing key" in one.hint for one in found)


def test_a_file_that_is_no_certificate_is_an_error() -> None:
    [finding] = told(checked(tree_of({**cluster(), CERTIFICATE_FILE: "hello"})))

    assert (finding.rule.id, finding.rule.severity) == ("SLW633", "error")
    assert "no certificate in it" in finding.message


def test_a_change_cannot_have_everybody_seal_for_a_key_that_is_not_the_fleets() -> None:
    base = {**cluster(), CERTIFICATE_FILE: OLD.pem}
    [finding] = told(verdict({**base, CERTIFICATE_FILE: NEW.pem}, base=base))

    assert (finding.rule.id, finding.rule.severity) == ("SLW633", "error")
    assert NEW.fingerprint in finding.message
    assert OLD.fingerprint in finding.hint
    # The rotation publishes its own, and so may anybody.
    assert told(verdict({**base, CERTIFICATE_FILE: NEW.pem}, keys(rotating=True), base=base)) == []
    # What is there already is the rotation's to put right.
    wrong = {**base, CERTIFICATE_FILE: NEW.pem}
    assert told(verdict({**wrong, FILE: text(sealed())}, keys(), base=wrong)) == []


def test_another_certificate_from_a_fork_is_counted_as_not_validated() -> None:
    base = {**cluster(), CERTIFICATE_FILE: OLD.pem}
    found = verdict({**base, CERTIFICATE_FILE: NEW.pem}, base=base, fork=True)

    assert [item.what for item in not_asked(found)] == [CERTIFICATE_FILE]


ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a", "a", True),
        ("a", "b", False),
        (f"{ARN}a-AbCdEf", "a", True),
        (f"{ARN}a-AbCdEf", f"{ARN.replace('eu-west-1', 'us-east-1')}a-XyZaBc", True),
        (f"{ARN}a-AbCdEf", f"{ARN.replace('1111', '4444')}a-AbCdEf", False),
        (f"{ARN}fleet/sealing", "fleet/sealing", True),
        (f"{ARN}a-AbCdEf", "b", False),
        ("${NAME}", "a", False),
    ],
)
def test_a_secret_is_known_by_its_name_or_its_arn(one: str, other: str, *, same: bool) -> None:
    assert is_same_secret(one, other) is same
    assert is_same_secret(other, one) is same
