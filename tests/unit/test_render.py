"""The walk goes from each cluster's entry point to everything that Flux would apply, and ends."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import pytest

from slipway.fleet import walk
from slipway.fleet.kustomize import Builder
from slipway.fleet.model import Fleet
from slipway.fleet.render import render_fleet
from slipway.fleet.settings import ClusterSettings, Settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from tests.unit.fake_fleets import FakeEngine, bootstrap, config, kustomization, repository, written


def test_every_object_is_found_with_who_brings_it() -> None:
    fleet = _rendered(
        {
            **bootstrap("prod"),
            "clusters/prod/apps.yaml": kustomization("apps", "./apps"),
            "apps/web.yaml": config("web"),
            "apps/more.yaml": kustomization("deep", "deep/"),
            "deep/x.yaml": config("x"),
            "unused/y.yaml": config("y"),
        }
    )
    assert _landed(fleet) == {"prod": {"apps", "flux-system", "web", "deep", "x"}}
    prod = fleet.clusters["prod"]
    chains = {done.key.name: [key.name for _, key in done.ancestors] for done in prod.kustomizations}
    assert chains == {"flux-system": [], "apps": ["flux-system"], "deep": ["flux-system", "apps"]}
    owner = {obj.name: done.key.name for obj, done in prod.landed}
    assert owner == {"apps": "flux-system", "flux-system": "flux-system", "web": "apps", "deep": "apps", "x": "deep"}
    [x] = [obj for obj in prod.objects if obj.name == "x"]
    assert str(x.origin) == "deep/x.yaml:1"
    assert prod.find(x.key) is x
    assert (fleet.problems, fleet.not_rendered) == ((), ())


@pytest.mark.parametrize("path", ["", "./", "/", ".", "../", "./apps/..", None])
def test_the_root_has_many_names(path: str | None) -> None:
    files = {**bootstrap("prod"), "clusters/prod/all.yaml": kustomization("all", path), "web.yaml": config("web")}
    assert "web" in _landed(_rendered(files))["prod"]


@pytest.mark.parametrize(
    "path", ["apps", "./apps", "apps/", "./apps/", "/apps", "../apps", "../../apps", "x/../apps", "apps/./"]
)
def test_a_directory_has_many_names(path: str) -> None:
    files = {**bootstrap("prod"), "clusters/prod/a.yaml": kustomization("a", path), "apps/web.yaml": config("web")}
    assert "web" in _landed(_rendered(files))["prod"]


PROBLEMS = {
    "a path that does not exist": ({"a.yaml": kustomization("a", "./nowhere")}, "build", "./nowhere does not exist"),
    "a path that is a file": ({"a.yaml": kustomization("a", "clusters/prod/a.yaml")}, "build", "is a file"),
    "a broken file": ({"a.yaml": "a: [\n"}, "input", "not valid YAML"),
    "a reference to nothing": ({"kustomization.yaml": "resources: [b.yaml]"}, "build", "does not exist"),
    "a bomb": ({"a.yaml": "[" * 1000}, "limit", "MAX_DEPTH"),
    "a variable that is not set": (
        {
            "a.yaml": config("a", a="${b}"),
            "k.yaml": kustomization("k", "clusters/prod", postBuild={"substitute": {"c": "d"}}),
        },
        "unset",
        "variable b is not set",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "code", "message"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_has_its_code_and_place(files: Mapping[str, str], code: str, message: str) -> None:
    fleet = _rendered({**bootstrap("prod"), **{f"clusters/prod/{name}": text for name, text in files.items()}})
    problem = fleet.problems[0]
    assert (problem.code, problem.cluster) == (code, "prod")
    assert message in problem.message
    assert problem.where.path.startswith("clusters/prod/")
    assert problem.where.line >= 1
    [failed] = [done for done in fleet.clusters["prod"].kustomizations if done.failed]
    assert problem.object == str(failed.key)


def test_a_source_that_is_not_at_hand_is_not_rendered() -> None:
    files = {
        **bootstrap("prod"),
        "clusters/prod/a.yaml": kustomization("a", "./", "other") + "---\n" + repository("other", "https://x.org/a/b"),
        "clusters/prod/b.yaml": kustomization("b", "./", "nobody"),
    }
    fleet = _rendered(files)
    assert {item.what: item.why.partition(";")[0] for item in fleet.not_rendered} == {
        "Kustomization flux-system/a": "GitRepository flux-system/other (https://x.org/a/b) is not at hand",
        "Kustomization flux-system/b": "GitRepository flux-system/nobody (no URL) is not at hand",
    }
    assert fleet.problems == ()


def test_another_repository_is_read_and_its_problems_are_there() -> None:
    other = _tree(
        {"deploy/web.yaml": config("web"), "deploy/k.yaml": kustomization("deep", "./broken", "other")}, "acme/b"
    )
    files = {
        **bootstrap("prod"),
        "clusters/prod/a.yaml": kustomization("a", "./deploy", "other")
        + "---\n"
        + repository("other", "https://x.org/a/b"),
    }
    fleet = _rendered(files, given={"b": other})
    [web] = [obj for obj in fleet.clusters["prod"].objects if obj.name == "web"]
    assert str(web.origin) == "acme/b:deploy/web.yaml:1"
    [problem] = fleet.problems
    assert str(problem.where) == "acme/b:deploy/k.yaml:1"


def test_what_a_source_ignores_is_not_applied() -> None:
    files = {
        **bootstrap("prod", ignore="secret.yaml"),
        "clusters/prod/a.yaml": config("a"),
        "clusters/prod/secret.yaml": "x: [",
    }
    assert _landed(_rendered(files)) == {"prod": {"flux-system", "a"}}


def test_the_repository_is_known_by_whatever_name_its_source_has() -> None:
    files = {
        "clusters/prod/flux-system/gotk-sync.yaml": kustomization("flux-system", "./clusters/prod", "fleet"),
        "clusters/prod/source.yaml": repository("fleet", "ssh://git@example.com/whatever"),
        "clusters/prod/a.yaml": kustomization("a", "./apps", "fleet"),
        "apps/web.yaml": config("web"),
    }
    assert "web" in _landed(_rendered(files))["prod"]


HUB = {
    **bootstrap("hub", "spoke"),
    "spokes/crds.yaml": config("on-the-spoke"),
    "spokes/deep.yaml": kustomization("deep", "./deep"),
    "deep/x.yaml": config("deep-on-the-spoke"),
}


@pytest.mark.parametrize(
    ("config", "more", "settings", "cluster"),
    [
        ({"secretRef": {"name": "spoke-kubeconfig"}}, "", {}, "spoke"),
        ({"secretRef": {"name": "spoke"}}, "", {}, "spoke"),
        ({"secretRef": {"name": "spokes"}}, "", {}, "kubeconfig:spokes"),
        ({"secretRef": {"name": "connection"}}, "", {"spoke": ClusterSettings(kube_config="connection")}, "spoke"),
        ({"secretRef": {"name": "connection"}}, "", {"other": ClusterSettings(kube_config="connection")}, "other"),
        ({"configMapRef": {"name": "x"}}, config("x", cluster="arn:aws:eks:eu-west-1:1:cluster/spoke"), {}, "spoke"),
        ({"configMapRef": {"name": "x"}}, config("x", cluster="arn:aws:eks:eu-west-1:1:cluster/far"), {}, "far"),
        ({"configMapRef": {"name": "spoke-aws"}}, "", {}, "spoke"),
        ({"configMapRef": {"name": "x"}}, "", {}, "kubeconfig:x"),
        ({"secretRef": {"name": "hub"}}, "", {}, "hub"),
        ({}, "", {}, "hub"),
    ],
)
def test_objects_land_where_kube_config_leads(
    config: Mapping[str, Any], more: str, settings: Mapping[str, ClusterSettings], cluster: str
) -> None:
    files = {
        **HUB,
        "clusters/hub/a.yaml": kustomization("a", "./spokes", kubeConfig=config),
        "clusters/hub/z.yaml": more,
    }
    landed = _landed(_rendered(files, Settings(settings)))
    assert {name for name, objects in landed.items() if "on-the-spoke" in objects} == {cluster}


def test_flux_on_the_spoke_goes_on_from_there() -> None:
    files = {**HUB, "clusters/hub/a.yaml": kustomization("a", "./spokes", kubeConfig={"secretRef": {"name": "spoke"}})}
    fleet = _rendered(files)
    assert _landed(fleet)["spoke"] == {"flux-system", "on-the-spoke", "deep", "deep-on-the-spoke"}
    homes = {
        done.key.name: (done.home, done.target)
        for cluster in fleet.clusters.values()
        for done in cluster.kustomizations
    }
    assert homes == {"flux-system": ("spoke", "spoke"), "a": ("hub", "spoke"), "deep": ("spoke", "spoke")}


def test_the_longest_name_of_a_cluster_counts() -> None:
    files = {
        **bootstrap("hub", "prod", "prod-eu"),
        "clusters/hub/a.yaml": kustomization("a", "./apps", kubeConfig={"secretRef": {"name": "prod-eu-connection"}}),
        "apps/web.yaml": config("web"),
    }
    assert [name for name, objects in _landed(_rendered(files)).items() if "web" in objects] == ["prod-eu"]


def test_kustomizations_that_apply_each_other_end() -> None:
    files = {
        **bootstrap("prod"),
        "clusters/prod/a.yaml": kustomization("a", "./a"),
        "a/b.yaml": kustomization("b", "./b"),
        "b/a.yaml": kustomization("a", "./a"),
        "b/self.yaml": kustomization("b", "./b"),
        "b/root.yaml": kustomization("flux-system", "./clusters/prod"),
    }
    fleet = _rendered(files)
    assert sorted(done.key.name for done in fleet.clusters["prod"].kustomizations) == ["a", "b", "flux-system"]
    assert len([obj for obj in fleet.clusters["prod"].objects if obj.name == "a"]) == 2
    assert fleet.problems == ()


def test_what_is_suspended_is_rendered_and_known_as_such() -> None:
    files = {
        **bootstrap("prod"),
        "clusters/prod/a.yaml": kustomization("a", "./a", suspend=True),
        "a/x.yaml": config("x"),
    }
    fleet = _rendered(files)
    assert "x" in _landed(fleet)["prod"]
    assert [done.key.name for done in fleet.clusters["prod"].kustomizations if done.kustomization.suspended] == ["a"]


VARIABLES = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
USER = {
    "apps/x.yaml": config("x", region="${region}"),
    "clusters/prod/a.yaml": kustomization("a", "./apps", postBuild=VARIABLES),
}


@pytest.mark.parametrize("place", ["clusters/prod/vars.yaml", "clusters/prod/z/vars.yaml"])
def test_variables_of_the_same_kustomization_are_known(place: str) -> None:
    fleet = _rendered({**bootstrap("prod"), **USER, place: config("vars", region="eu\n")})
    assert _data(fleet, "x") == {"region": "eu"}


def test_variables_that_another_one_brings_later_are_waited_for() -> None:
    files = {
        **bootstrap("prod"),
        **USER,
        "clusters/prod/z.yaml": kustomization("z", "./z"),
        "z/more.yaml": kustomization("more", "./more"),
        "more/vars.yaml": config("vars", region="eu"),
    }
    fleet = _rendered(files)
    assert _data(fleet, "x") == {"region": "eu"}
    assert [done.unknown_variables for done in fleet.clusters["prod"].kustomizations] == [(), (), (), ()]


def test_variables_that_the_waiting_bring_to_each_other_are_all_known_in_the_end() -> None:
    def using(name: str, *variables: str) -> str:
        sources = [{"kind": "ConfigMap", "name": f"vars-{variable}"} for variable in variables]
        return kustomization(name, f"./{name}", postBuild={"substituteFrom": sources})

    engine = FakeEngine()
    files = {
        **bootstrap("prod"),
        "clusters/prod/a.yaml": using("a", "b", "never"),
        "clusters/prod/b.yaml": using("b", "never"),
        "a/child.yaml": kustomization("child-${b}", "./child").replace("'", ""),
        "b/vars.yaml": config("vars-b", b="told"),
        "child/x.yaml": config("x"),
    }
    fleet = _rendered(files, engine=engine)
    names = [done.key.name for done in fleet.clusters["prod"].kustomizations]
    assert sorted(names) == ["a", "b", "child-told", "flux-system"]
    assert "x" in _landed(fleet)["prod"]


def test_variables_that_only_the_cluster_knows_are_left_as_written() -> None:
    fleet = _rendered({**bootstrap("prod"), **USER})
    assert _data(fleet, "x") == {"region": "${region}"}
    [done] = [done for done in fleet.clusters["prod"].kustomizations if done.key.name == "a"]
    assert done.unknown_variables == ("region",)
    assert fleet.problems == ()


def test_settings_tell_variables_that_only_the_cluster_knows() -> None:
    settings = Settings({"prod": ClusterSettings(variables={"region": "us"})})
    assert _data(_rendered({**bootstrap("prod"), **USER}, settings), "x") == {"region": "us"}
    known = {**bootstrap("prod"), **USER, "clusters/prod/vars.yaml": config("vars", other="eu")}
    [problem] = _rendered(known, settings).problems
    assert "variable region is not set" in problem.message


def test_variables_in_an_encrypted_secret_are_left_as_written() -> None:
    secret = written(
        "v1", "Secret", "vars", data={"region": "ENC[AES256_GCM,data:x]", "zone": "YQ=="}, sops={"version": "3"}
    )
    user = kustomization("a", "./apps", postBuild={"substituteFrom": [{"kind": "Secret", "name": "vars"}]})
    files = {
        **bootstrap("prod"),
        "clusters/prod/a.yaml": user,
        "clusters/prod/vars.yaml": secret,
        "apps/x.yaml": config("x", region="${region}", zone="${zone}"),
    }
    assert _data(_rendered(files), "x") == {"region": "${region}", "zone": "a"}


def test_optional_variables_may_be_missing() -> None:
    source = {"kind": "ConfigMap", "name": "vars", "optional": True}
    user = kustomization("a", "./apps", postBuild={"substitute": {"b": "c"}, "substituteFrom": [source]})
    files = {
        **bootstrap("prod"),
        "clusters/prod/a.yaml": user,
        "apps/x.yaml": config("x", default="${region:=none}", bare="${zone}", b="${b}"),
    }
    fleet = _rendered(files)
    assert _data(fleet, "x") == {"default": "none", "bare": "${zone}", "b": "c"}


def test_when_it_is_told_to_stop_the_rest_is_not_rendered_by_name() -> None:
    answers = iter(["", "", *["time is up"] * 100])
    files = {
        **bootstrap("prod"),
        "clusters/prod/a.yaml": kustomization("a", "./a"),
        "clusters/prod/b.yaml": kustomization("b", "./b"),
        "a/x.yaml": config("x"),
        "a/c.yaml": kustomization("c", "./c"),
        "b/y.yaml": config("y"),
    }
    fleet = _rendered(files, stop=lambda: next(answers))
    assert [(item.what, item.why) for item in fleet.not_rendered] == [
        ("Kustomization flux-system/b", "time is up"),
        ("Kustomization flux-system/c", "time is up"),
    ]
    assert _landed(fleet)["prod"] == {"flux-system", "a", "b", "x", "c"}


def test_a_long_chain_meets_its_limit() -> None:
    chain = {f"k{n}/k.yaml": kustomization(f"k{n + 1}", f"./k{n + 1}") for n in range(walk.MAX_DEPTH + 20)}
    fleet = _rendered({**bootstrap("prod"), "clusters/prod/k.yaml": kustomization("k0", "./k0"), **chain})
    [problem] = fleet.problems
    assert (problem.code, problem.object) == ("limit", f"Kustomization flux-system/k{walk.MAX_DEPTH}")
    assert "MAX_DEPTH" in problem.message


def test_very_many_kustomizations_meet_their_limit_with_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "MAX_KUSTOMIZATIONS", 10)
    many = "---\n".join(kustomization(f"k{n}", "./k") for n in range(100))
    fleet = _rendered({**bootstrap("prod"), "clusters/prod/k.yaml": many, "k/x.yaml": config("x")})
    [problem] = fleet.problems
    assert (problem.code, problem.object) == ("limit", "Kustomization flux-system/k9")
    done = fleet.clusters["prod"].kustomizations
    assert [len([one for one in done if one.failed == failed]) for failed in (False, True)] == [10, 91]


def test_many_that_wait_take_little_time() -> None:
    many = "---\n".join(kustomization(f"k{n}", "./k", postBuild=VARIABLES) for n in range(1_000))
    engine = FakeEngine()
    fleet = _rendered({**bootstrap("prod"), "clusters/prod/k.yaml": many, "k/x.yaml": config("x")}, engine=engine)
    assert len(fleet.clusters["prod"].kustomizations) == 1_001
    assert sorted(engine.built) == ["clusters/prod", "k"]


def test_clusters_whose_names_collide_stay_apart() -> None:
    files = {}
    for region in ("eu", "us"):
        path = f"{region}/prod"
        files[f"{path}/flux-system/gotk-sync.yaml"] = f"{repository()}---\n{kustomization('flux-system', path)}"
        files[f"{path}/x.yaml"] = config(f"only-{region}")
    assert _landed(_rendered(files)) == {
        "eu-prod": {"flux-system", "only-eu"},
        "us-prod": {"flux-system", "only-us"},
    }


def test_the_order_of_files_does_not_matter() -> None:
    files = {
        **HUB,
        **USER,
        **bootstrap("prod"),
        "clusters/hub/a.yaml": kustomization("a", "./spokes", kubeConfig={"secretRef": {"name": "spoke"}}),
        "clusters/hub/b.yaml": kustomization("b", "./nowhere", "other"),
        "clusters/prod/vars.yaml": kustomization("v", "./vars"),
        "vars/vars.yaml": config("vars", region="eu"),
    }
    seen = set()
    for seed in range(6):
        paths = list(files)
        Random(seed).shuffle(paths)
        fleet = _rendered({path: files[path] for path in paths})
        seen.add(repr((fleet.clusters, fleet.problems, fleet.not_rendered)))
    assert len(seen) == 1


def test_what_controllers_would_make_of_objects_is_said_not_to_be_there() -> None:
    files = {
        **bootstrap("prod"),
        "clusters/prod/a.yaml": written("fluxcd.controlplane.io/v1", "ResourceSet", "set", spec={}),
    }
    [item] = _rendered(files).not_rendered
    assert (item.what, item.cluster) == ("ResourceSet flux-system/set", "prod")


def test_nothing_is_a_fleet_too() -> None:
    fleet = _rendered({})
    assert (dict(fleet.clusters), fleet.problems, fleet.not_rendered) == ({}, (), ())


def _rendered(
    files: Mapping[str, str],
    settings: Settings | None = None,
    *,
    given: Mapping[str, Tree] | None = None,
    engine: FakeEngine | None = None,
    stop: Callable[[], str] = lambda: "",
) -> Fleet:
    sources = Sources(_tree(files), given)
    return render_fleet(sources, Builder(engine or FakeEngine()), settings or Settings(), stop=stop)


def _tree(files: Mapping[str, str], name: str = "") -> Tree:
    return Tree({path: text.encode() for path, text in files.items()}, name=name)


def _landed(fleet: Fleet) -> dict[str, set[str]]:
    return {name: {obj.name for obj in cluster.objects} for name, cluster in fleet.clusters.items()}


def _data(fleet: Fleet, name: str) -> Any:
    [found] = [obj for cluster in fleet.clusters.values() for obj in cluster.objects if obj.name == name]
    return found.value["data"]
