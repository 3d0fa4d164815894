"""The repositories of a fleet, as requests see and would change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial

from slipway.checks.schema import Schemas
from slipway.checks.subject import Against
from slipway.checks.verdict import Verdict, check_fleet
from slipway.fleet.diff import FleetDiff
from slipway.fleet.errors import NotFetched
from slipway.fleet.flux import Source
from slipway.fleet.helm import HelmRenderer
from slipway.fleet.kustomize import Builder
from slipway.fleet.render import Rendering, render
from slipway.fleet.settings import Settings, load_settings
from slipway.fleet.sources import Sources
from slipway.fleet.tree import Tree
from slipway.generation.versions import Offer
from slipway.repositories import Repository
from slipway.requests.facts import Facts, facts_of
from slipway.requests.judgement import Rendered, judged
from slipway.requests.plan import Plan
from slipway.requests.standins import standing_in
from slipway.sealing.certificates import Certificate, read_certificate
from slipway.sealing.identities import CERTIFICATE_FILE

MAX_GENERATIONS = 8
"""How often a rendering may go on from another one: it keeps the files of all of them in memory."""


class World:
    """The fleet at the tips of its default branches, rendered without charts from elsewhere."""

    def __init__(
        self,
        repositories: Sequence[Repository],
        host: str,
        builder: Builder,
        helm: HelmRenderer | None,
        schemas: Schemas,
        today: date,
        last: World | None = None,
    ) -> None:
        """Render nothing yet.

        Args:
            repositories: `gitops-system` first.
            host: GitHub's host name, as Flux sources have it in their URLs.
            builder: builds Kustomizations.
            helm: expands ResourceSets.
            schemas: Kubernetes' own kinds.
            today: by which versions expire.
            last: the same fleet as it was before, to go on from; it comes out the same without it.
        """
        self.repositories = {each.name: each for each in repositories}
        self._system = repositories[0]
        self._host = host
        self._builder = builder
        self._helm = helm
        self._schemas = schemas
        self.today = today
        self.settings: Settings = load_settings(self._system.tree)
        self._trees = {each.name: each.tree for each in repositories}
        self._last = last._to_go_on_from() if last else None

    @property
    def certificate(self) -> Certificate | None:
        """Of the fleet's sealing key; None if `gitops-system` has none.

        Raises:
            InputError: it is none.
        """
        tree = self._system.tree
        return read_certificate(tree.read(CERTIFICATE_FILE), CERTIFICATE_FILE) if CERTIFICATE_FILE in tree else None

    @property
    def trees(self) -> Sequence[Tree]:
        """All of them, `gitops-system` first."""
        return tuple(self._trees.values())

    def facts(self, offer: Offer) -> Facts:
        """What requests are judged by."""
        return facts_of(self._before.fleet, self.settings, offer.versions, offer.note)

    def judged(self, plan: Plan) -> FleetDiff:
        """What a plan changes on the clusters.

        Raises:
            RequestError: the check would fail.
        """
        changed = {part.tree.name: standing_in(part.draft) for part in plan.parts}
        after = {name: changed.get(name, tree) for name, tree in self._trees.items()}
        before, root = self._before, after[self._system.name]
        if root is not self._system.tree:
            root.previous = self._system.tree
        rendered = self._rendered(after, load_settings(root), before)
        return judged(
            Rendered(self._system.tree, self.trees, before.fleet),
            Rendered(root, tuple(after.values()), rendered.fleet),
            self._verdict,
        )

    def _verdict(self, rendered: Rendered, against: Against | None) -> Verdict:
        return self._check(rendered, against) if against else self._verdict_before

    @cached_property
    def _verdict_before(self) -> Verdict:
        return self._check(Rendered(self._system.tree, self.trees, self._before.fleet), None)

    def _check(self, rendered: Rendered, against: Against | None) -> Verdict:
        return check_fleet(
            rendered.fleet,
            rendered.trees,
            self._schemas,
            root=rendered.root,
            settings=self.settings,
            policy_root=self._system.tree,
            builder=self._builder,
            against=against,
            today=self.today,
        )

    @cached_property
    def _before(self) -> Rendering:
        last, self._last = self._last, None
        if last is not None:
            for name, tree in self._trees.items():
                if tree.previous is None and last.trees.get(name, tree) is not tree:
                    tree.previous = last.trees[name]
        return self._rendered(self._trees, self.settings, last.rendering if last else None)

    def _to_go_on_from(self) -> _Last | None:
        rendering: Rendering | None = self.__dict__.get("_before")  # if it was rendered: not for this
        if rendering is None:
            return self._last
        return _Last(self._trees, rendering) if rendering.generation < MAX_GENERATIONS else None

    def _rendered(self, trees: Mapping[str, Tree], settings: Settings, before: Rendering | None) -> Rendering:
        sources = Sources(trees[self._system.name], fetch=partial(self._fetch, trees), likely=(self._system.branch,))
        return render(sources, self._builder, settings, helm=self._helm, before=before)

    def _fetch(self, trees: Mapping[str, Tree], source: Source) -> Tree:
        host, _, name = source.repository.partition("/")
        tree = next((tree for other, tree in trees.items() if other.lower() == name.lower()), None)
        if host != self._host or tree is None:
            raise NotFetched(f"{source.shown_url or source.key} is not changed by requests")
        return tree


@dataclass(frozen=True)
class _Last:
    """The fleet as it was before."""

    trees: Mapping[str, Tree]
    rendering: Rendering
