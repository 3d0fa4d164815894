"""What `make demo` asks for and shows; that it runs, only the local cloud can tell."""

from __future__ import annotations

import pytest

from local.demo import show
from local.demo.asking import Asked
from local.demo.fleet import BAD, DIRECTORY, GOOD, REQUEST, Story
from slipway.generation.reference import Reference
from slipway.requests.command import read_words
from slipway.requests.form import write_form
from tests.unit.generation_world import SYSTEM_REPOSITORY, Hub


def demo() -> Hub:
    """GitHub with the demo's fleet."""
    hub = Hub()
    root = DIRECTORY / "gitops-system"
    files = {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
    hub.commit(SYSTEM_REPOSITORY, files)
    return hub


def test_the_cluster_that_is_asked_for_gets_a_pull_request_and_its_merge_ends_the_issue() -> None:
    hub = demo()

    number = hub.ask(*REQUEST)
    assert set(hub.pulls()) == {SYSTEM_REPOSITORY}, hub.comments(number)
    hub.merge()

    assert hub.state(number) == "closed"
    merged = hub.tree(SYSTEM_REPOSITORY)
    assert merged.read("slipway.yaml").decode().count('    kubernetesVersion: "1.35"\n') == 3
    for path in ("clusters/shop-staging/tools.yaml", "clusters-config/shop-staging/access.yaml"):
        like = merged.read(path.replace("shop-staging", "staging")).decode()
        assert merged.read(path).decode() == like.replace("staging", "shop-staging")


@pytest.mark.parametrize("story", [GOOD, BAD], ids=lambda story: story.branch)
def test_the_pull_requests_change_what_is_there(story: Story) -> None:
    assert story.files()


def test_a_request_is_shown_as_it_was_filled_in() -> None:
    request = read_words(REQUEST)
    asked = Asked(
        request, Reference(SYSTEM_REPOSITORY, 1), write_form(request), {}, "**Add a cluster**\n\n- acme/x#2\n", 4.21
    )

    shown = show.asked(asked)

    assert "  Issue acme/gitops-system#1 “Add a cluster: shop-staging”:\n\n    Name: shop-staging\n" in shown
    assert "_No response_" not in shown
    assert shown.endswith("  4.2 s later Slipway says there:\n\n  **Add a cluster**\n\n  - acme/x#2")
