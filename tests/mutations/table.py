"""The table of mutations in docs/mutations.md.

.venv/bin/python -m tests.mutations.table                  # what Slipway says of each, and where
.venv/bin/python -m tests.mutations.table --write          # into the page; what others say stays as it was
.venv/bin/python -m tests.mutations.table --write --peers  # asks the others, too: needs what make test-interop builds
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from slipway.checks.families import FAMILIES as RULE_FAMILIES
from slipway.checks.finding import Finding
from tests.mutations.broken import FAMILIES, MUTATIONS
from tests.mutations.mutation import Mutation
from tests.mutations.outcomes import NOT_CAUGHT
from tests.mutations.world import findings, sound

PAGE = Path(__file__).parents[2] / "docs" / "mutations.md"
PEERS = ("kubeconform", "kubectl kustomize", "flux-local")
START, END = "<!-- what follows is written by tests/mutations/table.py -->", "<!-- until here -->"

Verdicts = Mapping[str, str]
"""What a tool says, by its name: `yes` if it catches the mutation, else `no`."""
Peers = Mapping[str, Verdicts]
"""By the mutation's name."""


def caught(mutation: Mutation) -> Finding | None:
    """The gravest finding on the line that has to be named; one that is good to know only does not count."""
    place = mutation.place(sound().files)
    found = (finding for finding in findings(mutation) if finding.rule.severity != "info")
    return next((finding for finding in found if place_of(finding) == place), None)


def place_of(finding: Finding) -> tuple[str, int]:
    """File, the repository first, and line."""
    return f"{finding.where.source}/{finding.where.path}", finding.where.line


def row(mutation: Mutation, finding: Finding | None) -> str:
    """The columns of a mutation that are about Slipway."""
    if finding is None:
        said = f"**no**: {NOT_CAUGHT.get(mutation.name, '')}"
    else:
        file, line = place_of(finding)
        said = f"{_link(finding)} {finding.rule.severity}, `{file}:{line}`"
    return f"| {mutation.name} | {mutation.harm} | {said} |"


def table(found: Mapping[str, Finding | None], peers: Peers) -> str:
    """All families with their mutations, and how many each tool catches."""
    return "\n".join((START, "", *_summary(found, peers), *_families(found, peers), END))


def _summary(found: Mapping[str, Finding | None], peers: Peers) -> Iterator[str]:
    yield "| | caught |"
    yield "|---|---|"
    yield f"| **Slipway** | **{sum(map(bool, found.values()))} of {len(found)}** |"
    for peer in PEERS:
        asked = [verdicts[peer] for verdicts in peers.values() if verdicts.get(peer)]
        if asked:
            yield f"| {peer} | {asked.count('yes')} of {len(asked)} |"
    yield ""


def _families(found: Mapping[str, Finding | None], peers: Peers) -> Iterator[str]:
    for family, mutations in FAMILIES.items():
        yield f"## {family[0].upper()}{family[1:]}"
        yield ""
        yield f"| mutation | in production | Slipway | {' | '.join(PEERS)} |"
        yield "|---|---|---|---|---|---|"
        for mutation in mutations:
            said = peers.get(mutation.name, {})
            yield f"{row(mutation, found[mutation.name])} {' | '.join(said.get(peer, '') for peer in PEERS)} |"
        yield ""


def peers_on_page(text: str) -> Peers:
    """What the page says of the others."""
    rows = (re.split(r"(?<!\\) \| ", line.removeprefix("| ").removesuffix(" |")) for line in text.splitlines())
    return {
        cells[0]: dict(zip(PEERS, (cell.strip() for cell in cells[3:]), strict=False))
        for cells in rows
        if len(cells) == 3 + len(PEERS) and cells[0] != "mutation"
    }


def _link(finding: Finding) -> str:
    rule = finding.rule
    page = next(family.name for family in RULE_FAMILIES if any(rule.id == one.id for one in family.rules))
    anchor = re.sub(r"[^\w -]", "", f"{rule.id} {rule.title}".lower()).replace(" ", "-")
    return f"[{rule.id}](rules/{page}.md#{anchor})"


def main() -> None:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description="What is caught of each mutation of a sound fleet.")
    parser.add_argument("--write", action="store_true", help="into docs/mutations.md")
    parser.add_argument("--peers", action="store_true", help="ask kubeconform, kubectl and flux-local, too")
    options = parser.parse_args()
    found = {mutation.name: caught(mutation) for mutation in MUTATIONS}
    page = PAGE.read_text(encoding="utf-8")
    peers = peers_on_page(page)
    if options.peers:
        from tests.mutations.ask_peers import ask  # its tools need not be there for the rest

        peers = ask(MUTATIONS)
    made = table(found, peers)
    if options.write:
        before, after = page.split(START)[0], page.split(END)[1]
        PAGE.write_text(before + made + after, encoding="utf-8")
    else:
        print(made)


if __name__ == "__main__":
    main()
