"""Whether clusters would trust a second sealing key without a restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from slipway.checks.secrets.controllers import controllers_of
from slipway.checks.secrets.trust import ClusterTrust, cluster_trusts, controller_trust
from slipway.fleet.manifests import dump
from tests.unit.key_slots import LABEL, SLOTS, external, release, slot
from tests.unit.small_fleets import config_map, helm_release, helm_repository, rendered, sync, tree_of
from tests.unit.template_world import rendering

FILE = "clusters/staging/sealed.yaml"
SEALED = dump(
    {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": {"name": "web", "namespace": "web"},
        "spec": {"encryptedData": {"password": "AgB"}},
    }
)
OWN = {"tls.crt": "crt", "tls.key": "key"}
OTHER = {"tls.crt": "otherCrt", "tls.key": "otherKey"}


def deployment(*args: str, tag: str = "0.40.0", **container: Any) -> str:
    image = f"docker.io/bitnami/sealed-secrets-controller:{tag}"
    containers = [{"name": "controller", "image": image, "args": list(args), **container}]
    metadata = {"name": "sealed-secrets-controller", "namespace": "flux-system"}
    spec = {"template": {"spec": {"containers": containers}}}
    return dump({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})


def trust(*documents: str, controller: str | None = None) -> ClusterTrust:
    """Of a cluster with a SealedSecret, a controller and what brings its keys."""
    objects = (SEALED, helm_repository(), release() if controller is None else controller, *documents)
    fleet = rendered(tree_of({**sync("staging"), FILE: "---\n".join(filter(None, objects))}))
    [found] = cluster_trusts(fleet)
    return found


def test_a_pair_in_a_secret_of_its_own_is_trusted_after_a_refresh() -> None:
    found = trust(*SLOTS)

    assert (found.cluster, found.trusts, found.why) == ("staging", True, "")
    assert found.secret == "fleet/shared/sealing-key"
    assert found.seconds == 600


def test_the_longest_refresh_counts_and_without_one_it_is_an_hour() -> None:
    assert trust(slot("a", refreshInterval="1m30s"), slot("b")).seconds == 600
    assert trust(slot("a"), slot("b", refreshInterval=None)).seconds == 3600
    assert trust(slot("a", version="v1beta1"), slot("b", version="v1beta1")).trusts is True


def test_every_cluster_of_the_templates_trusts_a_second_key_without_a_restart() -> None:
    fleet = rendering().fleet
    found = cluster_trusts(fleet)

    assert {one.cluster for one in found} == set(fleet.clusters) - {"hub"}
    # The hub has nothing sealed in Git, but a controller all the same.
    [controller] = controllers_of(fleet)["hub"]
    for one in (*found, controller_trust(fleet.clusters["hub"], controller)):
        assert (one.trusts, one.why, one.seconds) == (True, "", 600)
        assert one.secret == "fleet/shared/sealing-key"


def test_a_cluster_without_sealed_secrets_has_nothing_to_trust() -> None:
    files = {**sync("staging"), FILE: "---\n".join((helm_repository(), release(), *SLOTS))}

    assert cluster_trusts(rendered(tree_of(files))) == ()


def test_one_pair_is_not_two() -> None:
    found = trust(external("sealing-key", data=OWN))

    assert (found.trusts, found.lack, found.seconds) == (False, "pair", 0)
    assert "brings one of the two pairs of fleet/shared/sealing-key only" in found.why


def test_a_secret_that_changes_while_it_has_the_label_is_not_seen() -> None:
    both = (external("sealing-key", data=OWN), external("sealing-key-other", data=OTHER))
    found = trust(*both)

    assert (found.trusts, found.lack) == (False, "change")
    assert "seen at a restart only" in found.why
    # Later releases are to see it.
    assert trust(*both, controller=release(version="2.21.0")).trusts is None
    assert trust(*both, controller=release(version="2.x")).trusts is None
    assert trust(*both, controller=deployment("--watch-for-secrets", tag="0.41.0")).trusts is None
    assert trust(*both, controller=deployment("--watch-for-secrets")).trusts is False


def test_the_spare_secret_must_lose_its_label_before_it_changes() -> None:
    [first, _] = SLOTS
    always = slot("b").replace("idle", "active")

    assert trust(first, always).lack == "change"


def test_pairs_that_change_places_must_not_change_secrets() -> None:
    # The new pair comes with the label, but where the pairs are swapped, a controller that is restarted in between
    # may have loaded one pair twice.
    own = {"tls.crt": "{{ .crt }}", "tls.key": "{{ .key }}"}
    other = {"tls.crt": "{{ .otherCrt }}", "tls.key": "{{ .otherKey }}"}
    label = "{{ if ne .crt .otherCrt }}active{{ end }}"
    found = trust(external("first", template=own), external("second", template=other, label=label))

    assert (found.trusts, found.lack) == (False, "change")


def test_a_pair_that_comes_by_the_wrong_key_is_none() -> None:
    mixed = external("sealing-key", data={"tls.crt": "crt", "tls.key": "otherKey"})

    assert trust(mixed).trusts is False


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"refreshInterval": "0"}, "fetched once"),
        ({"refreshInterval": 0}, "fetched once"),
        ({"refreshInterval": "0s"}, "fetched once"),
        ({"refreshPolicy": "CreatedOnce"}, "refreshPolicy is CreatedOnce"),
        ({"remote": {"version": "AWSPREVIOUS"}}, "the version AWSPREVIOUS"),
    ],
)
def test_what_is_not_read_again_brings_nothing(change: Mapping[str, Any], why: str) -> None:
    found = trust(slot("a"), slot("b", **change))

    assert (found.trusts, found.lack) == (False, "stale")
    assert why in found.why


def test_the_version_before_is_no_second_pair() -> None:
    previous = external("previous", data=OWN, remote={"version": "AWSPREVIOUS"})

    assert trust(external("sealing-key", data=OWN), previous).lack == "stale"


def test_a_property_that_the_fleets_secret_does_not_have_brings_nothing() -> None:
    found = trust(external("sealing-key", data={"tls.crt": "tls.crt", "tls.key": "tls.key"}))

    assert (found.trusts, found.lack) == (False, "form")
    assert "takes tls.crt, which the fleet's secret does not have" in found.why


def test_properties_under_their_own_names_are_no_key() -> None:
    assert trust(external("sealing-key")).lack == "form"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"dataFrom": [{"find": {"name": {"regexp": "sealing"}}}]}, "more than extract"),
        ({"syncWindows": {"kind": "allow", "windows": []}}, "syncWindows"),
        ({"refreshInterval": "${INTERVAL}"}, "refreshInterval"),
        ({"template": {"tls.crt": "{{ .crt | trim }}"}}, "| trim"),
        ({"remote": {"decodingStrategy": "Base64"}}, "decodingStrategy is Base64"),
        ({"data": {"tls.crt": "", "tls.key": ""}}, "as a whole"),
        ({"target": {"creationPolicy": "Merge", "template": {"metadata": {"labels": {LABEL: "active"}}}}}, "Merge"),
    ],
)
def test_what_is_not_understood_is_not_known(change: Mapping[str, Any], why: str) -> None:
    found = trust(external("sealing-key", **change))

    assert (found.trusts, found.lack) == (None, "unknown")
    assert why in found.why


def test_without_the_watch_a_key_waits_for_a_restart() -> None:
    for value in (False, ""):
        found = trust(*SLOTS, controller=release(watchForSecrets=value))
        assert (found.trusts, found.lack) == (False, "watch")
        assert "sees a key when it is restarted" in found.why
    assert trust(*SLOTS, controller=release(watchForSecrets="${WATCH}")).trusts is None


@pytest.mark.parametrize(
    ("args", "trusts"),
    [
        (["--watch-for-secrets"], True),
        (["--watch-for-secrets=true"], True),
        (["--watch-for-secrets=false"], False),
        (["--update-status"], False),
        (["$(ARGUMENTS)"], None),
    ],
)
def test_arguments_say_whether_it_watches(args: list[str], trusts: bool | None) -> None:
    assert trust(*SLOTS, controller=deployment(*args)).trusts is trusts
    assert trust(*SLOTS, controller=release(args=args, watchForSecrets=not trusts)).trusts is trusts


def test_the_environment_says_whether_it_watches_unless_arguments_do() -> None:
    on = [{"name": "SEALED_SECRETS_WATCH_FOR_SECRETS", "value": "true"}]

    assert trust(*SLOTS, controller=deployment(env=on)).trusts is True
    assert trust(*SLOTS, controller=deployment("--watch-for-secrets=false", env=on)).trusts is False
    assert trust(*SLOTS, controller=deployment(envFrom=[{"configMapRef": {"name": "flags"}}])).trusts is None


def test_values_of_a_config_map_count_and_those_that_git_does_not_have_may() -> None:
    values = [{"kind": "ConfigMap", "name": "values"}]
    chart = {"spec": {"chart": "sealed-secrets", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}}
    taken = helm_release("sealed-secrets", chart=chart, valuesFrom=values)
    there = config_map("values", "flux-system", **{"values.yaml": "watchForSecrets: true\n"})

    assert trust(*SLOTS, there, controller=taken).trusts is True
    assert trust(*SLOTS, controller=taken).trusts is None


def test_keys_are_looked_for_in_the_controllers_own_namespace() -> None:
    elsewhere = release(namespace="sealed-secrets")

    assert trust(*SLOTS, controller=elsewhere).lack == "key"
    moved = (slot("a", namespace="sealed-secrets"), slot("b", namespace="sealed-secrets"))
    assert trust(*moved, controller=elsewhere).trusts is True


def test_without_a_controller_in_git_nothing_is_known() -> None:
    found = trust(*SLOTS, controller="")

    assert (found.trusts, found.lack) == (None, "controller")


def test_keys_that_nothing_brings_are_not_rotated() -> None:
    found = trust(controller=deployment("--watch-for-secrets"))

    assert (found.trusts, found.lack) == (False, "key")
    assert "no ExternalSecret brings keys to namespace flux-system" in found.why


def test_the_secret_that_both_pairs_come_from_counts() -> None:
    foreign = external("old-key", data=OWN, key="other/key")

    found = trust(foreign, *SLOTS)

    assert (found.trusts, found.secret) == (True, "fleet/shared/sealing-key")
