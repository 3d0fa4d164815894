"""What source-controller leaves out of an artifact (fluxcd/pkg, `sourceignore/sourceignore.go`)."""

from __future__ import annotations

import posixpath

import pathspec

from slipway.fleet.tree import Tree

IGNORE_FILE = ".sourceignore"
DEFAULTS = (
    *(".git/", ".gitignore", ".gitmodules", ".gitattributes"),
    *("*.jpg", "*.jpeg", "*.gif", "*.png", "*.wmv", "*.flv", "*.tar.gz", "*.zip"),
    *(".github/", ".circleci/", ".travis.yml", ".gitlab-ci.yml", "appveyor.yml", ".drone.yml", "cloudbuild.yaml"),
    *("codeship-services.yml", "codeship-steps.yml", "**/.goreleaser.yml", "**/.sops.yaml", "**/.flux.yaml"),
)
"""The lowest of the three layers; `.sourceignore` files come next, `spec.ignore` last: later ones win."""


def artifact(tree: Tree, ignore: str | None) -> Tree:
    """The files of a repository that its source's artifact has.

    Args:
        tree: the repository.
        ignore: the source's `spec.ignore`.
    """
    key = ("artifact", ignore or "")
    if key not in tree.memo:
        lines = list(DEFAULTS)
        for path in sorted(path for path in tree if posixpath.basename(path) == IGNORE_FILE):
            lines.extend(_scoped(tree.read(path).decode(errors="replace").splitlines(), posixpath.dirname(path)))
        lines.extend((ignore or "").splitlines())
        matcher = pathspec.GitIgnoreSpec.from_lines(lines)
        left_out = set(matcher.match_files(tree))
        tree.memo[key] = tree.without(left_out) if left_out else tree
    result: Tree = tree.memo[key]
    return result


def _scoped(lines: list[str], directory: str) -> list[str]:
    """Patterns of a `.sourceignore` further down, as patterns of the root."""
    if not directory:
        return lines
    scoped = []
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        negation, pattern = ("!", line[1:]) if line.startswith("!") else ("", line)
        anchored = "/" in pattern.rstrip("/")
        scoped.append(f"{negation}/{directory}/{'' if anchored else '**/'}{pattern.lstrip('/')}")
    return scoped
