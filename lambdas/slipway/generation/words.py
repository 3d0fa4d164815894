"""What Slipway says on issues and pull requests about a request."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from slipway.events import MERGED_BESIDE
from slipway.fleet.diff import FleetDiff
from slipway.generation.reference import Reference
from slipway.github.proposals import MAX_BODY, MAX_TITLE, Proposal
from slipway.report.markdown import code, fenced, prose
from slipway.report.words import count, listed
from slipway.requests.command import VERBS
from slipway.requests.identities import Made
from slipway.requests.kinds import KINDS, Kind
from slipway.requests.plan import Plan
from slipway.requests.request import Problem, Request
from slipway.sealing.identities import CERTIFICATE_FILE

AGAIN = "Edit the text above, and it is read again; `/slipway help` says what can be asked."


def refused(problems: Iterable[Problem]) -> str:
    """A request that cannot be accepted."""
    lines = ["**Not accepted.** Nothing was written.", ""]
    for problem in problems:
        what = f"{code(problem.field)}: " if problem.field else ""
        lines.append(f"- {what}{prose(problem.message)}")
        if problem.quote:
            lines += ["", *(f"  {line}" for line in fenced(problem.quote, "text")), ""]
    return "\n".join([*lines, "", AGAIN, ""])


def forbidden(reason: str) -> str:
    """Somebody may not ask for it."""
    return f"**Not accepted.** {prose(reason)}.\n"


def title(plan: Plan) -> str:
    """Of a pull request."""
    step = f" (step {plan.step + 1} of {plan.steps}: {plan.name})" if plan.steps > 1 else ""
    return (plan.request.title + step)[:MAX_TITLE]


def message(plan: Plan, reference: Reference) -> str:
    """Of a commit."""
    return f"{title(plan)}\n\nAsked for in {reference}.\n"


def pull_body(
    plan: Plan, reference: Reference, by: str, diff: FleetDiff, beside: Sequence[str], registered: Sequence[str]
) -> str:
    """Of a pull request; `beside` are the others of this step, each as GitHub links it; `registered` is from `keys`."""
    lines = [f"{prose(plan.request.title)}, asked for by @{by} in {reference}.", ""]
    lines += _said(plan.request, plan.chosen)
    if beside:
        lines += [f"Belongs together with {listed(list(beside))}: merge them together.", ""]
    lines += [_effect(diff), ""]
    if registered:
        lines += [*registered, ""]
    if not plan.is_last:
        lines += [f"When it is merged, step {plan.step + 2} of {plan.steps} follows.", ""]
    lines.append(reference.marker)
    return "\n".join(lines)[:MAX_BODY] + "\n"


def keys(made: Sequence[Made], *, by_slipway: bool) -> list[str]:
    """Lines about what has to be done for the clusters to read their repositories, and by whom."""
    lines = []
    for each in made:
        repository = code(each.identity.repository)
        if not each.public_key:
            sealed = code(f"{each.identity.namespace}/{each.identity.name}")
            lines.append(
                f"- **Still to do**, since {code(CERTIFICATE_FILE)} is not there: {code(each.identity.file)}, "
                f"a key that may read {repository}, sealed as {sealed}"
            )
        elif by_slipway:
            lines.append(f"- Slipway gives {repository} this deploy key, for reading: `{each.public_key}`")
        else:
            lines.append(f"- Give {repository} the deploy key, for reading: `{each.public_key}`")
    return lines


def beside_merged(body: str, merged: Sequence[str]) -> str:
    """The text of a pull request to which those belong that are merged now, each as GitHub links it."""
    for name in merged:
        mark = f"{MERGED_BESIDE}{name} -->"
        if mark not in body:
            body = f"{body.rstrip()}\n\n{name} is merged.\n{mark}\n"
    return body


def waiting(plan: Plan, proposals: Sequence[tuple[str, Proposal]], diff: FleetDiff, offer_note: str) -> str:
    """What became of a request that is under way; the note says whose word it is which versions EKS offers."""
    lines = [f"**{prose(plan.request.title)}**", ""]
    for repository, proposal in proposals:
        lines.append(f"- {repository}#{proposal.number}{' (merged)' if proposal.merged else ''}")
    lines += ["", *_said(plan.request, plan.chosen), _effect(diff), ""]
    if offer_note and plan.request.kind.field("kubernetes-version"):
        lines += [f"EKS offers this version of Kubernetes {prose(offer_note)}.", ""]
    if not plan.is_last:
        lines += [f"Step {plan.step + 1} of {plan.steps}, {prose(plan.name)}; the next follows when it is merged.", ""]
    lines.append(
        "`/slipway retry` writes it anew on what the branches are now; closing this issue closes the pull requests."
    )
    return "\n".join(lines) + "\n"


def done(request: Request, merged: Sequence[tuple[str, Proposal]]) -> str:
    """A request that is through."""
    links = listed([f"{repository}#{proposal.number}" for repository, proposal in merged])
    return f"**Done:** {prose(request.title)}{f', by {links}' if links else ': the repositories have it already'}.\n"


def declined(closed: Sequence[tuple[str, Proposal]]) -> str:
    """A pull request was closed without a merge."""
    links = listed([f"{repository}#{proposal.number}" for repository, proposal in closed])
    again = "Reopen it, or say `/slipway retry` here to have it made again."
    return f"**Stopped:** {links} was closed without a merge. {again}\n"


def stuck(conflicting: Sequence[tuple[str, Proposal]], problems: Iterable[Problem]) -> str:
    """What is left of a step conflicts with its base, and does not come out any more as it was approved of."""
    links = listed([f"{repository}#{proposal.number}" for repository, proposal in conflicting])
    lines = [f"**Stopped:** {links} conflicts with what was merged meanwhile, and cannot be written anew:", ""]
    lines += [f"- {prose(problem.message)}" for problem in problems]
    return "\n".join([*lines, "", "Resolve the conflict there by hand, or close it.", ""])


def cancelled() -> str:
    """The issue was closed."""
    return "**Cancelled:** its open pull requests are closed.\n"


def failed(reason: str) -> str:
    """It could not be tried."""
    return f"**Not done.** {prose(reason)}\n\n`/slipway retry` tries again.\n"


def help_text(kind: Kind | None) -> str:
    """What can be asked, or how."""
    if kind is None:
        rows = [f"| `/slipway {each.name} <{each.subject.name}>` | {each.help} |" for each in KINDS.values()]
        verbs = [f"| `/slipway {verb}` | {text} |" for verb, text in VERBS.items()]
        return "\n".join(
            ["| say | what it does |", "|---|---|", *rows, *verbs, "", "Fields follow as `--name value`.", ""]
        )
    rows = [
        f"| `{'' if field is kind.subject else '--'}{field.name}` | {'yes' if field.required else ''} | {field.help} "
        f"| {prose(field.shape.accepted)} |"
        for field in kind.fields
    ]
    head = [
        f"**{kind.title}.** {kind.help}",
        "",
        "| field | needed | what it is | what is accepted |",
        "|---|---|---|---|",
    ]
    example = " ".join(
        [f"/slipway {kind.name} {kind.subject.placeholder}"]
        + [f"--{each.name} {each.placeholder or '…'}" for each in kind.fields[1:] if each.required]
    )
    return "\n".join([*head, *rows, "", *fenced(example, "text"), ""])


def lead(by: str) -> str:
    """At the top of an issue that Slipway opens for an event."""
    return f"@{by} asks for this by an event on Slipway's bus.\n"


def _said(request: Request, chosen: Mapping[str, str]) -> list[str]:
    rows = []
    for field in request.kind.fields:
        value = request.as_json().get(field.name)
        if isinstance(value, dict):
            rows.append(f"| {field.label} | `{len(json.dumps(value))}` characters of JSON |")
        elif value is not None:
            text = ", ".join(value) if isinstance(value, list) else str(value)
            rows.append(f"| {field.label} | {code(text)} |")
        elif field.name in chosen:
            rows.append(f"| {field.label} | {code(chosen[field.name])}, chosen by Slipway |")
    return ["| | |", "|---|---|", *rows, ""]


def _effect(diff: FleetDiff) -> str:
    changed: Counter[str] = Counter()
    for group in diff.groups:
        changed.update(dict.fromkeys(group.clusters, len(group.changes)))
    if not changed:
        return "On no cluster does it change an object that can be rendered here."
    parts = [f"{count(number, 'object')} on {code(cluster)}" for cluster, number in sorted(changed.items())]
    return f"It changes {listed(parts)}; the check has the details."
