"""`slipway request …`: writes into working trees what a request would put into pull requests."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from slipway.checks.subject import Against
from slipway.checks.upgrade.offered import offered
from slipway.checks.verdict import Verdict, check_fleet
from slipway.errors import InputError
from slipway.fleet.diff import FleetDiff
from slipway.report.changes import diff_text
from slipway.report.words import count, plain
from slipway.requests.command import read_words
from slipway.requests.facts import facts_of
from slipway.requests.identities import Made, by_file, make
from slipway.requests.judgement import Rendered, judged
from slipway.requests.kinds import KINDS
from slipway.requests.plan import Plan, plan
from slipway.requests.recipe import Identity
from slipway.requests.standins import standing_in
from slipway.sealing.certificates import Certificate, read_certificate
from slipway.sealing.identities import CERTIFICATE_FILE
from slipway.tools.checkout import Checkout, Renderer
from slipway.tools.schemas import load_schemas

Say = Callable[[str], None]


def run(options: argparse.Namespace, renderer: Renderer, say: Say) -> list[str]:
    """Plan, check and write; returns what to print.

    Raises:
        InputError: the request cannot be accepted, or what it comes to would not pass the check; nothing is written.
    """
    words = [options.kind, *(word for word in (options.subject,) if word), *_options(options)]
    request = read_words(words)
    checkout = Checkout(options.directory, options.source)
    places = {"": Path(options.directory), **dict(map(_place, options.source))}
    before = renderer.render(checkout)
    facts = facts_of(before.fleet, checkout.settings, offered(checkout.settings.versions, datetime.now(UTC).date()))
    made = plan(request, checkout.named_trees, facts, step=options.step - 1)
    certificate = _certificate(options.certificate, checkout)
    keys = [  # in a dry run a key pair would be one that nobody has
        made_key
        for part in (() if options.dry_run else made.parts)
        for together in by_file(part.identities).values()
        for made_key in make(together, part.draft, certificate)
    ]
    _check_places(made, places)
    if not made.parts:
        return [f"nothing to do: the repositories have it already{_of_step(made)}\n"]
    if not options.unchecked:
        changed = {part.tree.name: standing_in(part.draft) for part in made.parts}
        after_checkout = checkout.changed(changed)
        after = renderer.render(after_checkout, before)

        def check(rendered: Rendered, against: Against | None) -> Verdict:
            return check_fleet(
                rendered.fleet,
                rendered.trees,
                root=rendered.root,
                against=against,
                schemas=load_schemas(),
                settings=checkout.settings,
                policy_root=checkout.root,
                catalogue=renderer.catalogue((), checkout.settings, rendered.root),
                builder=renderer.builder,
            )

        say("checking what it would come to …")
        diff = judged(
            Rendered(checkout.root, checkout.trees, before.fleet),
            Rendered(after_checkout.root, after_checkout.trees, after.fleet),
            check,
        )
        shown = [diff_text(diff)] if options.diff else [_effect(diff)]
    else:
        shown = []
    return [*shown, *_written(made, places, dry=options.dry_run), *_keys(made, keys), *_next(made)]


def _effect(diff: FleetDiff) -> str:
    """How much changes where: all of a new cluster would be thousands of lines."""
    counts: Counter[str] = Counter()
    for group in diff.groups:
        counts.update(dict.fromkeys(group.clusters, len(group.changes)))
    if not counts:
        return "changes no object that can be rendered here\n"
    lines = [f"  {plain(cluster)}: {count(number, 'object')}\n" for cluster, number in sorted(counts.items())]
    return f"changes (--diff shows all of it):\n{''.join(lines)}"


def _options(options: argparse.Namespace) -> Sequence[str]:
    kind = KINDS[options.kind]
    found: list[str] = []
    for field in kind.fields[1:]:
        value = getattr(options, field.name.replace("-", "_"), None)
        if value is not None:
            found.append(f"--{field.name}={value}")
    return found


def _written(made: Plan, places: Mapping[str, Path], *, dry: bool) -> list[str]:
    lines = [f"{'would write' if dry else 'wrote'}{_of_step(made)}:\n"]
    for part in made.parts:
        directory = places[part.tree.name]
        for path, content in part.files.items():
            mark = "-" if content is None else "~" if path in part.tree else "+"
            lines.append(f"  {mark} {directory / path}\n")
            if not dry:
                _write(directory, path, content)
    return lines


def _check_places(made: Plan, places: Mapping[str, Path]) -> None:
    """Before anything is written, so that it is all or nothing."""
    for part in made.parts:
        directory = places[part.tree.name]
        for path in (*part.files, *(identity.file for identity in part.identities)):
            file = directory / path
            below = [file, *file.parents][: len(path.split("/"))]
            if any(each.is_symlink() for each in below):
                raise InputError("is a symbolic link, or below one; nothing is written through it", file=str(file))


def _write(directory: Path, path: str, content: bytes | None) -> None:
    file = directory / path
    if content is None:
        file.unlink(missing_ok=True)
        for parent in file.parents:
            if parent == directory or any(parent.iterdir()):
                break
            parent.rmdir()
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{file.name}.slipway")
    scratch.write_bytes(content)
    scratch.replace(file)


def _certificate(file: str | None, checkout: Checkout) -> Certificate | None:
    """The one that is given, or that `gitops-system` has."""
    if file is not None:
        return read_certificate(Path(file).read_bytes(), file)
    if CERTIFICATE_FILE in checkout.root:
        return read_certificate(checkout.root.read(CERTIFICATE_FILE), CERTIFICATE_FILE)
    return None


def _keys(made: Plan, keys: Sequence[Made]) -> list[str]:
    if any(each.public_key for each in keys):
        lines = [f"  {each.identity.repository}: {each.public_key}\n" for each in keys]
        return [
            "each repository needs its deploy key, for reading; a deployed Slipway registers it after the merge:\n",
            *lines,
        ]
    wanted = [identity for part in made.parts for identity in part.identities]
    return ["still to do, since there is no certificate to seal it with (--certificate):\n"] * bool(wanted) + [
        f"  {identity.file}: {_what(identity)}\n" for identity in wanted
    ]


def _what(identity: Identity) -> str:
    return f"a key that may read {identity.repository}, sealed as {identity.namespace}/{identity.name}"


def _next(made: Plan) -> list[str]:
    if made.is_last:
        return []
    return [f"{made.steps - made.step - 1} more steps; when this one is merged: --step {made.step + 2}\n"]


def _of_step(made: Plan) -> str:
    return f" (step {made.step + 1} of {made.steps}, {made.name})" if made.steps > 1 else ""


def _place(text: str) -> tuple[str, Path]:
    name, _, directory = text.rpartition("=")
    return name, Path(directory)
