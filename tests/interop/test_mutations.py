"""docs/mutations.md says of kubeconform, kubectl kustomize and flux-local what they say."""

from __future__ import annotations

import pytest

from tests.mutations.ask_peers import ask
from tests.mutations.broken import MUTATIONS
from tests.mutations.table import PAGE, PEERS, peers_on_page

pytestmark = pytest.mark.timeout(900)
"""Each of the others is started hundreds of times: on a busy machine that is more than five minutes."""

FLUX_LOCAL_STEP = 15
"""flux-local takes long: only every so many mutations are tried."""


def test_others_say_what_the_page_says() -> None:
    page = peers_on_page(PAGE.read_text(encoding="utf-8"))

    said = ask(MUTATIONS, flux_local=False)

    assert said == {name: {peer: page[name][peer] for peer in PEERS[:2]} for name in said}


def test_flux_local_says_what_the_page_says() -> None:
    page = peers_on_page(PAGE.read_text(encoding="utf-8"))

    said = ask(MUTATIONS[::FLUX_LOCAL_STEP])

    written = {name: page[name]["flux-local"] for name in said if page[name]["flux-local"]}
    assert {name: said[name].get("flux-local", known) for name, known in written.items()} == written
