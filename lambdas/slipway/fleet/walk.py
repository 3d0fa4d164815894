"""The walk over a fleet: from each cluster's entry point through everything that it leads to.

A Kustomization has a *home*, the cluster whose Flux reconciles it, where its source and its variables are looked up,
and a *target*, the cluster that its objects land on: `spec.kubeConfig` makes them differ. Kustomizations among the
objects are reconciled by the Flux of the cluster that they land on, so the walk goes from cluster to cluster.

Everything that is looked up on a cluster is remembered with who asked for it. When an object comes, changes or goes,
those who asked are rendered again. So the order of the walk does not matter, and one that has ended can go on from a
change of the files (`slipway.fleet.rewalk`).
"""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from functools import partial

from slipway.fleet.clusters import EntryPoint, Skipped
from slipway.fleet.flux import Kustomization, is_kustomization, is_provider
from slipway.fleet.known import Known
from slipway.fleet.kustomize import Build, Builder
from slipway.fleet.model import Cluster, Fleet, NotRendered, Owner, OwnerId, Problem, RenderedKustomization
from slipway.fleet.objects import KubeObject, ObjectKey
from slipway.fleet.owners import Outcome, Todo, build_kustomization, expand_resource_set, failed
from slipway.fleet.resource_inputs import selects_providers
from slipway.fleet.resource_set import ResourceSets, is_resource_set
from slipway.fleet.settings import Settings
from slipway.fleet.sources import Sources

MAX_KUSTOMIZATIONS = 50_000
"""Kustomizations in one fleet."""
MAX_DEPTH = 50
"""How many Kustomizations may lead to one another in a chain."""
MAX_REDEFINITIONS = 5
"""How often in a row a Kustomization may apply itself changed."""
MAX_TIMES = 10
"""How often one is rendered because what it looks up changes: two may change each other's for ever."""


class Walk:
    """What is known of a fleet while it is walked over, and afterwards.

    Args:
        sources: the repository and the trees that its Flux sources stand for.
        builder: builds Kustomizations.
        settings: `slipway.yaml`.
        resource_sets: expands ResourceSets; without it, they are `NotRendered`.
        stop: asked before every one; a text ends the walk, and what is left is `NotRendered` for that reason.
    """

    def __init__(
        self,
        sources: Sources,
        builder: Builder,
        settings: Settings,
        resource_sets: ResourceSets | None,
        stop: Callable[[], str],
    ) -> None:
        self.sources = sources
        self.settings = settings
        self.builder = builder
        self.resource_sets = resource_sets
        self.stop = stop
        self.known = Known(sources, settings)
        self.entries: list[EntryPoint] = []
        self.skipped: list[Skipped] = []
        self.todos: dict[OwnerId, Todo] = {}
        """Everything that has been met, as it is to be rendered."""
        self.done: dict[OwnerId, Owner] = {}
        self.builds: dict[OwnerId, Build] = {}
        """What they were built to, of those that could be."""
        self.selecting: set[OwnerId] = set()
        """ResourceSets for which all providers of their namespaces count."""
        self.controllers: dict[OwnerId, bool | None] = {}
        """What the entry points' Kustomizations say about their Flux; see `Known.read_controller`."""
        self.contested: set[tuple[str, ObjectKey]] = set()
        """What several bring: the order of the walk decides whose counts."""
        self.redefined: set[OwnerId] = set()
        """Those that apply themselves changed."""
        self.stopped = False
        self.unsettled: set[OwnerId] = set()
        """Those left at what they were rendered to last, though what they look up has changed since."""
        self.over_limits: dict[str, Problem] = {}
        self.problems: dict[OwnerId, list[Problem]] = {}
        self.not_rendered: dict[OwnerId, list[NotRendered]] = {}
        self.names: set[str] = set()
        """Every cluster."""
        self._given: set[tuple[str, ObjectKey]] = set()
        """Sources that a cluster has before anything is applied."""
        self._queue: OrderedDict[OwnerId, None] = OrderedDict()
        self._waiting: OrderedDict[OwnerId, None] = OrderedDict()
        self._waiting_for: dict[tuple[str, ObjectKey], list[OwnerId]] = {}
        """Who waits for an object, by its cluster and identity."""
        self._times: Counter[OwnerId] = Counter()

    def start(self, entries: list[EntryPoint], skipped: list[Skipped], only: Container[str] | None = None) -> None:
        """Walk from the entry points until nothing is left.

        Args:
            entries: where each cluster starts.
            skipped: what looks like an entry point and is none.
            only: clusters whose entry points are walked from; what the others begin with is known all the same.
        """
        self.entries, self.skipped = entries, skipped
        for entry in entries:
            self.meet_cluster(entry.cluster)
            self.known.add_entry(entry)
            self._given.update((entry.cluster, source.key) for source in entry.sources)
        for entry in entries:
            for kustomization in entry.kustomizations if only is None or entry.cluster in only else ():
                self._enqueue(Todo(entry.cluster, kustomization.definition))
        self.work()

    def work(self) -> None:
        """Walk on until nothing is left."""
        while self._queue or self._waiting:
            if not self._queue:  # nothing that is still to come brings what the first one waits for
                identity, _ = self._waiting.popitem(last=False)
                self._process(identity)
                continue
            identity, _ = self._queue.popitem(last=False)
            todo = self.todos[identity]
            lacking = self._lacking(todo)
            if lacking is None:
                self._process(identity)
            else:
                self._waiting[identity] = None
                self._waiting_for.setdefault((todo.home, lacking), []).append(identity)

    def again(self, identity: OwnerId) -> None:
        """Have one rendered again that has been before."""
        if identity in self.done and identity not in self._waiting:
            if self._times[identity] < MAX_TIMES:
                self._queue[identity] = None
            else:
                self.unstable(identity)

    @property
    def rendered(self) -> frozenset[OwnerId]:
        """The Kustomizations and ResourceSets that were rendered, and not taken over from another walk."""
        return frozenset(self._times)

    def fleet(self) -> Fleet:
        """What the walk has found."""
        clusters = {name: self.known.new_cluster(name) for name in sorted(self.names)}
        for done in self.done.values():
            self.put(done, clusters[done.home], clusters[done.target])
        return self.fleet_of(clusters)

    @staticmethod
    def put(done: Owner, home: Cluster | None, target: Cluster | None) -> None:
        """Put an owner and what it brings onto its clusters."""
        if home is not None:
            if isinstance(done, RenderedKustomization):
                home.kustomizations.append(done)
            else:
                home.expanded.append(done)
        if target is not None:
            target.landed.extend((obj, done) for obj in done.objects)

    def fleet_of(self, clusters: dict[str, Cluster]) -> Fleet:
        """The fleet of these clusters, with everything else that the walk has found."""
        problems = [problem for found in self.problems.values() for problem in found]
        not_rendered = [item for found in self.not_rendered.values() for item in found]
        skipped = [NotRendered(item.what, item.why, "") for item in self.skipped]
        left = [] if self.resource_sets else [item for each in clusters.values() for item in _resource_sets_of(each)]
        return Fleet(clusters, (*problems, *self.over_limits.values()), (*skipped, *not_rendered, *left))

    # What follows has other consequences where a walk goes on from a change; see `slipway.fleet.rewalk`.

    def meet_cluster(self, name: str) -> None:
        """Know of a cluster."""
        if name not in self.names:
            self.names.add(name)
            self.known.add_cluster(name)

    def contest(self, cluster: str, key: ObjectKey) -> None:
        """Note that several bring an object."""
        self.contested.add((cluster, key))

    def redefine(self, todo: Todo) -> None:
        """Note that one applies itself changed."""
        self.redefined.add(todo.id)

    def unstable(self, identity: OwnerId) -> None:
        """Leave it at what one was rendered to last; what it looks up has changed too often."""
        self.unsettled.add(identity)

    def changes_object(self, cluster: str, obj: KubeObject) -> None:
        """Note that an object comes, changes or goes."""

    def touches(self, done: Owner) -> None:
        """Note that one is rendered, or gone."""

    def read_controller(self, identity: OwnerId, build: Build) -> None:
        """See what an entry point's Kustomization says about its cluster's Flux."""
        self.controllers[identity] = self.known.read_controller(identity[0], (item.value for item in build))

    def _enqueue(self, todo: Todo) -> None:
        met = self.todos.get(todo.id)
        if met is None:
            if limit := self._limit(todo):
                self._over_limit(limit, todo)
                return
        elif met.ancestors != todo.ancestors or is_same(met.definition, todo.definition):
            return  # the first one that applies it decides; nothing redefines what leads to it
        self.todos[todo.id] = todo
        if todo.id not in self._waiting:
            self._queue[todo.id] = None

    def _limit(self, todo: Todo) -> str:
        if len(todo.ancestors) > MAX_DEPTH:
            return f"more than {MAX_DEPTH} Kustomizations lead to one another (MAX_DEPTH)"
        if len(self.todos) >= MAX_KUSTOMIZATIONS:
            return f"over {MAX_KUSTOMIZATIONS:,} Kustomizations (MAX_KUSTOMIZATIONS)"
        return ""

    def _over_limit(self, limit: str, todo: Todo) -> None:
        """Said once, of the first one that is beyond it; all of them have failed."""
        self.done[todo.id] = failed(todo).owner
        if limit not in self.over_limits:
            definition = todo.definition
            message = f"{limit}; neither this one nor others beyond it are rendered"
            self.over_limits[limit] = Problem("limit", message, definition.origin, str(definition.key), todo.home)

    def _lacking(self, todo: Todo) -> ObjectKey | None:
        if not is_kustomization(todo.definition):
            return None
        return self.known.lacking(todo.home, Kustomization(todo.definition))

    def _process(self, identity: OwnerId) -> None:
        self._times[identity] += 1
        todo = self.todos[identity]
        before = self.done.get(identity)
        for redefinitions in range(MAX_REDEFINITIONS + 1):
            after = self._rendered(todo)
            redefined = _redefined(todo, after)
            if redefined is None or redefinitions == MAX_REDEFINITIONS:
                break
            # As Flux does once it has applied itself: what bootstrap wrote is patched in Git.
            self.redefine(todo)
            for obj in after.objects:
                self._tell(self.known.add(todo.home, obj), todo.home)
            if not todo.ancestors:
                sources = (Kustomization(one).source for one in (todo.definition, redefined))
                self.known.redefine_root(todo.home, *sources)
            todo = self.todos[identity] = replace(todo, definition=redefined)
        self._land(before, after)

    def _rendered(self, todo: Todo) -> Owner:
        identity = todo.id
        for found in (self.problems, self.not_rendered, self.builds):
            found.pop(identity, None)
        outcome = self._outcome(todo)
        if outcome.problems:
            self.problems[identity] = list(outcome.problems)
        if outcome.not_rendered:
            self.not_rendered[identity] = list(outcome.not_rendered)
        if outcome.build is not None:
            self.builds[identity] = outcome.build
        return outcome.owner

    def _outcome(self, todo: Todo) -> Outcome:
        if reason := self.stop():
            self.stopped = True
            return failed(todo, reason)
        known = self.known.asked_by(todo.id)
        if self.resource_sets is not None and is_resource_set(todo.definition):
            if selects_providers(todo.definition):
                self.selecting.add(todo.id)
            return expand_resource_set(todo, known, self.done.get(todo.ancestors[-1]), self.resource_sets)
        return build_kustomization(todo, known, self.sources, self.builder, partial(self._built, todo))

    def _built(self, todo: Todo, build: Build) -> None:
        if not todo.ancestors:
            self.read_controller(todo.id, build)

    def _land(self, before: Owner | None, after: Owner) -> None:
        """Note what an owner brings, and what it no longer brings."""
        self.meet_cluster(after.target)
        if before is not None:
            self.touches(before)
            if before.target != after.target:
                self._take_away(before, before.objects)
                before = None
        old = {obj.key: obj for obj in before.objects} if before else {}
        # What stays as it was stays the same object: comparing it with itself costs nothing.
        objects = [one if (one := old.get(obj.key)) is not None and is_same(one, obj) else obj for obj in after.objects]
        done = self.done[after.id] = replace(after, objects=tuple(objects)) if old else after
        self.touches(done)
        for obj in objects:
            if (one := old.pop(obj.key, None)) is not obj:
                self._bring(done, obj, replaces=one is not None)
        self._take_away(done, old.values())

    def _bring(self, owner: Owner, obj: KubeObject, *, replaces: bool) -> None:
        cluster, key = owner.target, obj.key
        found = self.known.find(cluster, key)
        self.changes_object(cluster, obj)
        if found is not None and not replaces and (cluster, key) not in self._given:
            self.contest(cluster, key)
        learned = list(self.known.add(cluster, obj))
        if found is None or not is_same(found, obj):
            self._tell(learned, cluster)
        if is_kustomization(obj) or (self.resource_sets is not None and is_resource_set(obj)):
            self._enqueue(Todo(cluster, obj, (*owner.ancestors, owner.id)))

    def _take_away(self, owner: Owner, objects: Iterable[KubeObject]) -> None:
        """Note that an owner no longer brings these objects, nor what they lead to."""
        cluster = owner.target
        for obj in objects:
            self.changes_object(cluster, obj)
            child = self.todos.get((cluster, obj.key))
            if child is not None and child.ancestors == (*owner.ancestors, owner.id):
                self._drop(child)
            other = self._another(cluster, obj.key) if (cluster, obj.key) in self.contested else None
            if other is not None:
                self._bring(*other, replaces=True)
            else:
                self._tell(self.known.remove(cluster, obj), cluster)

    def _drop(self, todo: Todo) -> None:
        for found in (self.todos, self.problems, self.not_rendered, self.builds, self._waiting, self._queue):
            found.pop(todo.id, None)
        done = self.done.pop(todo.id, None)
        if done is not None:
            self.touches(done)
            self._take_away(done, done.objects)

    def _another(self, cluster: str, key: ObjectKey) -> tuple[Owner, KubeObject] | None:
        """Who else brings an object."""
        on_cluster = (done for done in self.done.values() if done.target == cluster)
        return next(((done, obj) for done in on_cluster for obj in done.objects if obj.key == key), None)

    def _tell(self, keys: Iterable[ObjectKey], cluster: str) -> None:
        """Wake those that wait for objects, and have those rendered again that asked for them."""
        for key in keys:
            if is_provider(key):
                for identity in sorted(self.selecting):
                    if identity[0] == cluster and identity[1].namespace == key.namespace:
                        self.again(identity)
            for identity in self._waiting_for.pop((cluster, key), ()):
                if identity in self._waiting:
                    del self._waiting[identity]
                    self._queue[identity] = None
            for identity in self.known.askers(cluster, key):
                self.again(identity)


def is_same(one: KubeObject, other: KubeObject) -> bool:
    """True if two objects have the same content and were written at the same place.

    Their content is compared as JSON, which tells `1` from `true` and Python does not.
    """
    if one is other:
        return True
    return (
        one.origin == other.origin
        and one.shown == other.shown
        and one.value == other.value
        and json.dumps(one.value, sort_keys=True) == json.dumps(other.value, sort_keys=True)
    )


def _redefined(todo: Todo, done: Owner) -> KubeObject | None:
    """A Kustomization as it applies itself, if that is another one than it was rendered by."""
    if done.target != todo.home:
        return None
    key, spec = todo.definition.key, todo.definition.spec
    return next((obj for obj in done.objects if obj.key == key and obj.spec != spec), None)


def _resource_sets_of(cluster: Cluster) -> list[NotRendered]:
    why = "ResourceSets are not expanded: no helm is at hand"
    return [NotRendered(str(obj.key), why, cluster.name) for obj in cluster.objects if is_resource_set(obj)]
