"""SLW710: clusters that take themselves for others; SLW711: directories of other environments."""

from __future__ import annotations

from slipway.checks.finding import Finding
from slipway.fleet.manifests import dump
from tests.unit.small_fleets import at, checked, config_map, kustomization, sync, tree_of

ENVIRONMENTS = dump(
    {
        "environments": [
            {"name": "staging", "clusters": ["*-staging"]},
            {"name": "production", "clusters": ["*-production"]},
        ]
    }
)
FOLDERS = {f"apps/web/{name}/a.yaml": config_map("a") for name in ("staging", "production")}


def fleet(rule: str, files: dict[str, str], *clusters: str) -> list[Finding]:
    synced = {path: text for name in clusters for path, text in sync(name).items()}
    return [one for one in checked(tree_of({**synced, **files})).findings if one.rule.id == rule]


def identities(key: str = "CLUSTER_NAME", **names: str) -> list[Finding]:
    files = {
        f"clusters/{name}/info.yaml": config_map("info", "flux-system", **{key: said}) for name, said in names.items()
    }
    return fleet("SLW710", files, *names)


def overlays(*, settings: str = ENVIRONMENTS, **paths: str) -> list[Finding]:
    files = {
        f"clusters/{name.replace('_', '-')}/web.yaml": kustomization("web", path=path) for name, path in paths.items()
    }
    given = {"slipway.yaml": settings} if settings else {}
    return fleet("SLW711", {**files, **FOLDERS, **given}, *(name.replace("_", "-") for name in paths))


def test_a_cluster_that_says_the_name_of_another_one_is_told() -> None:
    [finding] = identities(staging="staging", production="staging")

    assert finding.where == at("clusters/production/info.yaml", 7)
    assert finding.clusters == ("production",)


def test_names_that_are_no_clusters_of_the_fleet_or_not_in_that_place_say_nothing() -> None:
    assert identities(staging="staging", production="production") == []
    assert identities(staging="main", production="main") == []
    assert identities(staging="production", production="staging") == []
    assert identities(key="BACKUP_OF", staging="staging", production="staging") == []


def test_variables_in_a_kustomization_are_looked_at() -> None:
    files = {
        f"clusters/{name}/web.yaml": kustomization("web", postBuild={"substitute": {"cluster_name": "staging"}})
        for name in ("staging", "production")
    }

    [finding] = fleet("SLW710", {**files, "apps/web/a.yaml": config_map("a")}, "staging", "production")

    assert finding.where.path == "clusters/production/web.yaml"


def test_the_directory_of_another_environment_is_told() -> None:
    [finding] = overlays(shop_staging="./apps/web/staging", shop_production="./apps/web/staging")

    assert finding.where == at("clusters/shop-production/web.yaml", 7)
    assert finding.message == "it applies ./apps/web/staging, which is for staging, and there is one for production"


def test_without_environments_directories_are_called_like_clusters() -> None:
    assert overlays(settings="", shop_staging="./apps/web/staging", shop_production="./apps/web/staging") == []
    assert len(overlays(settings="", staging="./apps/web/staging", production="./apps/web/staging")) == 1


def test_a_directory_that_the_environment_of_its_name_does_not_apply_is_only_called_so() -> None:
    assert overlays(shop_staging="./apps/web/production", shop_production="./apps/web/staging") == []


def test_whoever_applies_both_means_it() -> None:
    both = {"clusters/shop-production/both.yaml": kustomization("both", path="./apps/web/production")}
    files = {
        f"clusters/shop-{name}/web.yaml": kustomization("web", path="./apps/web/staging")
        for name in ("staging", "production")
    }
    everything = {**files, **both, **FOLDERS, "slipway.yaml": ENVIRONMENTS}

    assert fleet("SLW711", everything, "shop-staging", "shop-production") == []


def test_without_a_directory_of_its_own_it_takes_the_one_that_there_is() -> None:
    files = {
        f"clusters/shop-{name}/web.yaml": kustomization("web", path="./apps/db/staging")
        for name in ("staging", "production")
    }
    given = {"slipway.yaml": ENVIRONMENTS, "apps/db/staging/a.yaml": config_map("a")}

    assert fleet("SLW711", {**files, **given}, "shop-staging", "shop-production") == []
