"""Trees that were read before, kept in memory from job to job: commits do not change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from slipway.fleet.tree import Tree
from slipway.github.limits import MIB

CACHE_BYTES = 256 * MIB
"""Of all trees kept; the Lambdas that read trees have several times as much memory."""

FILE_BYTES = 512
"""What a file takes besides its content, about."""


class TreeCache:
    """Trees by repository and commit; those that were not used for longest go first."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        """Keep trees of `limit` bytes altogether, and at least the last one."""
        self._limit = limit
        self._trees: OrderedDict[tuple[int, str, str], tuple[Tree, int]] = OrderedDict()

    def get(self, installation: int, repository: str, sha: str, fetch: Callable[[], Tree]) -> Tree:
        """The kept tree, or else the one that `fetch` returns.

        Args:
            installation: who reads: what one installation may see, another may not.
            repository: `owner/name`.
            sha: the commit.
            fetch: reads the tree.
        """
        key = installation, repository, sha
        if key not in self._trees:
            tree = fetch()
            self._trees[key] = tree, sum(len(tree.read(path)) + FILE_BYTES for path in tree)
        self._trees.move_to_end(key)
        while len(self._trees) > 1 and sum(size for _, size in self._trees.values()) > self._limit:
            self._trees.popitem(last=False)
        return self._trees[key][0]
