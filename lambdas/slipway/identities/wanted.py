"""Which deploy keys the fleet wants: those that marked SealedSecrets name.

A key is wanted as soon as a commit of Slipway's own brings it to a pull request, so that it is there when that is
merged. What people push to such a branch counts when it is merged, and was reviewed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from slipway.errors import InputError
from slipway.fleet.manifests import YAML_SUFFIXES, load_documents
from slipway.fleet.settings import Settings
from slipway.fleet.tree import Tree
from slipway.repositories import Repository, belongs
from slipway.sealing.identities import MARK, GitIdentity, identity_of
from slipway.sealing.unseal import sealed_in

MAX_IDENTITIES = 10_000
"""Of a whole fleet."""
MAX_MENTIONED = 500
"""Repositories that are looked at because a file mentions them."""

MAX_LINE = 1_000
"""Characters of a line with a URL in it."""

SUFFIXES = (*YAML_SUFFIXES, ".json")

_NAME = re.compile(rb"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True)
class Place:
    """Where a SealedSecret stands."""

    repository: str
    """`owner/name`."""
    path: str

    def __str__(self) -> str:
        return f"{self.repository}: {self.path}"


@dataclass(frozen=True)
class WantedKey:
    """A key that a repository shall have."""

    repository: str
    """`owner/name`, as the fleet names it."""
    identity: GitIdentity
    place: Place
    """The first that wants it."""


@dataclass
class Wanted:
    """What a fleet wants, collected tree by tree."""

    system: str
    """`owner/name` of `gitops-system`."""
    settings: Settings
    """Of its default branch: what a pull request says of itself does not count."""
    problems: list[str] = field(default_factory=list)
    """What is wrong, in words that name the place."""
    _keys: dict[str, dict[str, WantedKey]] = field(default_factory=dict)
    _read: dict[bytes, tuple[GitIdentity, ...]] = field(default_factory=dict)
    """By the content of a file: most files of a pull request are those of its base."""

    def add(self, repository: str, tree: Tree, *, merged: bool) -> None:
        """Look through a tree.

        Args:
            repository: `owner/name` that it is of.
            tree: the tip of its default branch, or the head of a pull request.
            merged: whether it is the former.
        """
        seen: dict[str, Place] = {}
        for path in tree:
            if not path.endswith(SUFFIXES) or MARK not in (content := tree.read(path)):
                continue
            place = Place(repository, path)
            for identity in self._identities(content, place):
                name = self._full_name(identity, place)
                if name is None:
                    continue
                before = seen.setdefault(identity.public_key, place)
                if merged and before != place:
                    self._tell(f"{place}: it has the key of {before.path}; each cluster and repository has its own")
                self._keys.setdefault(identity.public_key, {}).setdefault(
                    name.lower(), WantedKey(name, identity, place)
                )
                if len(self._keys) > MAX_IDENTITIES:
                    raise InputError(f"the fleet has over {MAX_IDENTITIES:,} Git identities (MAX_IDENTITIES)")

    def of_one_repository(self) -> Iterator[WantedKey]:
        """The keys that can be registered: a deploy key is of one repository."""
        for found in self._keys.values():
            if len(found) == 1:
                yield from found.values()

    def all(self) -> Iterator[WantedKey]:
        """All keys, also those that are wanted for several repositories, and are told to be wrong."""
        for found in self._keys.values():
            yield from found.values()

    def check(self) -> None:
        """Tell of keys that are wanted for several repositories, when all trees have been looked through."""
        for found in self._keys.values():
            if len(found) > 1:
                wants = " and ".join(f"{each.repository} ({each.place})" for each in found.values())
                self._tell(f"one key is to read {wants}; GitHub lets a deploy key read one repository, so make another")

    def _identities(self, content: bytes, place: Place) -> tuple[GitIdentity, ...]:
        known = self._read.get(content)
        if known is None:
            known = self._read[content] = tuple(self._marked(content, place))
        return known

    def _marked(self, content: bytes, place: Place) -> Iterator[GitIdentity]:
        try:
            documents = load_documents(content, place.path)
        except InputError as err:
            self._tell(f"{place.repository}: {err}")
            return
        for document in documents:
            for _, sealed in sealed_in(document.value):
                try:
                    identity = identity_of(sealed)
                except InputError as err:
                    self._tell(f"{place}:{document.line}: {err.message}")
                else:
                    if identity is not None:
                        yield identity

    def _full_name(self, identity: GitIdentity, place: Place) -> str | None:
        """The name of what an identity may read, if it is the fleet's."""
        owner = place.repository.partition("/")[0]
        name = identity.repository if "/" in identity.repository else f"{owner}/{identity.repository}"
        if not self._may_name(name, place):
            self._tell(f"{place}: it is to read {name}, which is not its tenant's: no key for that")
            return None
        if belongs(name, self.system, self.settings):
            known = (self.system, *self.settings.repositories)
            return next((each for each in known if each.lower() == name.lower()), name)
        self._tell(f"{place}: it is to read {name}, which slipway.yaml of {self.system} does not name: no key for that")
        return None

    def _may_name(self, name: str, place: Place) -> bool:
        """False for a tenant's file that names what is not the tenant's: whoever merges there would come to read it."""
        return all(
            name.lower() == place.repository.lower() or tenant.has_repository(f"github.com/{name}")
            for tenant in self.settings.tenants.values()
            if tenant.has_repository(f"github.com/{place.repository}")
            or (place.repository == self.system and tenant.has_path(place.path))
        )

    def _tell(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def mentioned(repositories: Sequence[Repository], system: str, settings: Settings) -> list[str]:
    """The repositories of the fleet that its files mention at the end of a URL, at most `MAX_MENTIONED`.

    By them, keys that are wanted no more are found where nothing else leads: slipway.yaml may name them by a pattern.
    """
    owner, found = system.partition("/")[0], set[str]()
    for repository in repositories:
        for path in repository.tree:
            if path.endswith(SUFFIXES):
                found.update(_mentions(repository.tree.read(path)))
    names = (f"{owner}/{name}" for name in sorted(found) if name not in (".", ".."))
    return [name for name in names if belongs(name, system, settings)][:MAX_MENTIONED]


def _mentions(content: bytes) -> Iterator[str]:
    """What comes last in URLs at the end of lines, whose beginnings a variable may stand for."""
    for line in content.splitlines():
        if len(line) <= MAX_LINE and any(sign in line for sign in (b"://", b"@", b"${")):
            last = line.rstrip(b" \t\"'").replace(b":", b"/").rpartition(b"/")[2].removesuffix(b".git")
            if _NAME.fullmatch(last):
                yield last.decode()
