"""A source is found by its name, its URL, or fetched."""

from typing import Any

import pytest

from slipway.fleet.errors import BuildError, NotFetched
from slipway.fleet.flux import Source, repository_of
from slipway.fleet.objects import KubeObject, Location
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree

ROOT = Tree({"a.yaml": b""}, name="acme/gitops-system")
OTHER = Tree({"b.yaml": b"", "b.md": b""}, name="acme/gitops-workloads")
URL = "https://github.com/acme/gitops-workloads"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("workloads", URL),
        ("flux-system/workloads", URL),
        (URL, URL),
        ("gitops-workloads", URL),
        ("gitops-workloads", "ssh://git@github.com/acme/gitops-workloads.git"),
        ("ssh://git@github.com/acme/gitops-workloads.git", URL),
        ("git@github.com:acme/gitops-workloads.git", "https://user:token@GitHub.com:443/acme/gitops-workloads/"),
        ("workloads", ""),
    ],
)
def test_what_is_given_is_found_by_any_of_its_names(given: str, url: str) -> None:
    assert Sources(ROOT, {given: OTHER}).tree(_source(url)) is OTHER


@pytest.mark.parametrize("given", ["other", "default/workloads", "https://github.com/acme/other", "workload"])
def test_what_is_not_at_hand_says_how_to_give_it(given: str) -> None:
    with pytest.raises(NotFetched) as refused:
        Sources(ROOT, {given: OTHER}).tree(_source(URL))
    assert refused.value.message == (
        f"GitRepository flux-system/workloads ({URL}) is not at hand; give its files with --source workloads=DIR"
    )


def test_a_token_in_a_url_stays_unsaid() -> None:
    with pytest.raises(NotFetched, match=r"\(https://github\.com/acme/a\)"):
        Sources(ROOT).tree(_source("https://user:token@github.com/acme/a"))


def test_what_is_not_given_is_fetched() -> None:
    asked: list[Source] = []

    def fetch(source: Source) -> Tree:
        asked.append(source)
        return OTHER

    source = _source(URL)
    assert Sources(ROOT, fetch=fetch).tree(source) is OTHER
    assert asked == [source]


def test_the_repository_itself_is_known_by_the_url_of_its_root() -> None:
    sources = Sources(ROOT)
    sources.register_root(_source("ssh://git@github.com/acme/gitops-system"))
    assert sources.tree(_source("https://github.com/acme/gitops-system.git")) is ROOT


def test_a_tree_that_is_given_stands_before_the_repository_itself() -> None:
    sources = Sources(ROOT, {URL: OTHER})
    sources.register_root(_source(URL))
    assert sources.tree(_source(URL)) is OTHER


@pytest.mark.parametrize(
    ("likely", "own", "root"),
    [
        ((), ["main"], "main"),
        ((), ["main", "production", "production"], "main"),
        ((), ["staging", "production", "production"], "production"),
        (("feature", "staging"), ["staging", "main"], "staging"),
        (("feature",), ["live"], "live"),
    ],
)
def test_the_repository_stands_for_one_branch_that_clusters_start_at(
    likely: tuple[str, ...], own: list[str], root: str
) -> None:
    sources = Sources(ROOT, likely=likely)
    for branch in own:
        sources.register_root(_source(URL, ref={"branch": branch}))
    assert [branch for branch in sorted(set(own)) if sources.is_root(_source(URL, ref={"branch": branch}))] == [root]


@pytest.mark.parametrize(
    ("ref", "named"),
    [
        ({"branch": "production"}, "branch production"),
        ({"name": "refs/heads/production"}, "branch production"),
        ({"tag": "v1"}, "tag v1"),
        ({"branch": "main", "semver": ">=1.0.0"}, "range >=1.0.0"),
        ({"branch": "main", "commit": "a" * 40}, f"commit {'a' * 40}"),
        ({"name": "refs/pull/7/head"}, "ref refs/pull/7/head"),
    ],
)
def test_the_repository_at_another_ref_is_another_tree(ref: dict[str, str], named: str) -> None:
    sources = Sources(ROOT)
    sources.register_root(_source(URL, ref={"branch": "main"}))
    with pytest.raises(NotFetched, match=rf"workloads \(this repository at {named}\) is not at hand"):
        sources.tree(_source(URL, ref=ref))
    fetching = Sources(ROOT, fetch_own=lambda source: OTHER if source.ref == ref else ROOT)
    fetching.register_root(_source(URL, ref={"branch": "main"}))
    assert fetching.tree(_source(URL, ref=ref)) is OTHER


def test_what_flux_finds_nothing_by_is_an_error_that_names_the_source() -> None:
    sources = Sources(ROOT)
    sources.register_root(_source(URL))
    for ref, said in (({"commit": "abc1234"}, "is no full id"), ({"name": "main"}, "such as refs/heads/main")):
        with pytest.raises(BuildError, match=f"GitRepository flux-system/workloads: .*{said}"):
            sources.tree(_source(URL, ref=ref))


def test_the_artifact_is_without_what_the_source_ignores() -> None:
    assert set(Sources(ROOT, {"workloads": OTHER}).tree(_source(URL, ignore="*.md"))) == {"b.yaml"}
    assert set(Sources(OTHER).root_artifact(_source(URL, ignore="*.md"))) == {"b.yaml"}
    assert Sources(OTHER).root_artifact(None) is OTHER


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("https://github.com/acme/a", "github.com/acme/a"),
        ("https://github.com/acme/a.git/", "github.com/acme/a"),
        ("http://user:password@GitHub.com:8080/acme/a.git", "github.com/acme/a"),
        ("ssh://git@github.com/acme/a", "github.com/acme/a"),
        ("ssh://git@github.com:22/acme/a", "github.com/acme/a"),
        ("git@github.com:acme/a.git", "github.com/acme/a"),
        ("oci://ghcr.io/acme/manifests/a", "ghcr.io/acme/manifests/a"),
        ("", "/"),
    ],
)
def test_urls_of_one_repository_are_alike(url: str, repository: str) -> None:
    assert repository_of(url) == repository


def _source(url: str, **spec: Any) -> Source:
    value = {
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": "workloads", "namespace": "flux-system"},
        "spec": {"url": url, **spec},
    }
    return Source(KubeObject(value, Location("", "", 0)))
