"""What Slipway says about a rotation: on its issue, and in its pull requests."""

from __future__ import annotations

from collections.abc import Sequence

from slipway.checks.secrets.trust import ClusterTrust
from slipway.fleet.settings.sealing import SealingSettings
from slipway.github.proposals import MAX_BODY
from slipway.report.markdown import code, prose
from slipway.report.words import count, listed
from slipway.rotation.resealing import Left
from slipway.rotation.run import Run
from slipway.rotation.view import Landed
from slipway.sealing.certificates import Certificate
from slipway.sealing.identities import CERTIFICATE_FILE

MAX_ROWS = 300
"""Secrets that are listed after a key has leaked; a comment has 65,536 characters."""


ROOM = 500
"""Characters of it for what is added: a marker, and that there is more."""


def shortened(text: str) -> str:
    """What GitHub takes of a text, in whole lines."""
    if len(text) <= MAX_BODY - ROOM:
        return text
    kept = text[: MAX_BODY - ROOM].rpartition("\n")[0]
    return f"{kept}\n\nThere is more, for which GitHub has no room here.\n"


MAX_UNSEEN = 20
"""Parts of the fleet that are named."""


def issue_title(run: Run) -> str:
    """Of the issue."""
    return "The sealing key has leaked: rotation" if run.reason == "leaked" else "Rotation of the sealing key"


def issue_body(run: Run, sealed: Sequence[Landed], settings: SealingSettings) -> str:
    """Of the issue: what happens, and after a leak what else has to be done, by people."""
    grace = "at once" if run.reason == "leaked" else f"{count(settings.grace_days, 'day')} later"
    lines = [
        f"The fleet gets a new key for its sealed secrets: {code(run.to)} in the place of {code(run.old)}.",
        "",
        "1. Clusters get both keys.",
        f"2. The new certificate goes into {code(CERTIFICATE_FILE)}, by pull request.",
        "3. Whatever is sealed with the old key is sealed anew, by a pull request in each repository: values stay.",
        f"4. When all of it is merged, and {grace}, clusters stop trusting the old key.",
        "",
        "Merging these pull requests is all there is to do; the comment below says how far it is.",
    ]
    if run.reason == "leaked":
        lines += ["", *_leaked(sealed)]
    return "\n".join(lines) + "\n"


def _leaked(sealed: Sequence[Landed]) -> list[str]:
    """What a new key does not mend."""
    rows = [f"- [ ] {_where(landed)}" for landed in sealed]
    shown = rows[:MAX_ROWS]
    if len(rows) > MAX_ROWS:
        shown.append(f"- and {count(len(rows) - MAX_ROWS, 'more Secret')}: `slipway render` shows all of them")
    return [
        "## What a new key does not mend",
        "",
        "Git keeps what was sealed with the old key, so whoever has that key reads **every value that was ever sealed "
        "with it**. Each has to be changed where it comes from (the database, the provider), sealed and merged. Git "
        "identities that Slipway made are replaced by this rotation; their old deploy keys go a day after their last "
        "use, or, when all clusters have the new ones, at once: "
        "`aws lambda invoke --function-name slipway-identities --cli-binary-format raw-in-base64-out "
        "--payload '{\"removeNow\": true}' /dev/stdout`. These are in use:",
        "",
        *shown,
    ]


def not_trusted(trusts: Sequence[ClusterTrust]) -> str:
    """The rotation waits for clusters that would not know the new key."""
    rows = [f"- {code(each.cluster)}: {prose(each.why)}" for each in trusts if not each.trusts]
    return "\n".join(
        [
            "**Waiting.** Nothing is sealed with the new key before all clusters have it, and these would not get it, "
            "or do not show that they would:",
            "",
            *rows,
            "",
            'If they have it all the same, stop the run and start it with `{"reason": "asked", "assumeTrust": true}`.',
            "",
        ]
    )


def certificate_title() -> str:
    """Of the pull request with the certificate."""
    return "Publish the certificate to seal with"


def certificate_body(certificate: Certificate) -> str:
    """Of the same."""
    return (
        f"From here on, secrets are sealed with {code(certificate.fingerprint)}: "
        f"`slipway seal --cert {CERTIFICATE_FILE}`, or `kubeseal --cert`. It holds until "
        f"{certificate.not_after:%Y-%m-%d}. All clusters have its key.\n"
    )


def reseal_title(number: int) -> str:
    """Of a pull request that seals anew."""
    return f"Seal {count(number, 'secret')} anew"


def reseal_body(run: Run, issue: str, problems: Sequence[str]) -> str:
    """Of the same."""
    lines = [
        f"These secrets were sealed with {code(run.old)} and are now with {code(run.to)}: {issue}. Their values are "
        "the same, and so are name, namespace and scope. Nobody has seen them: they were opened and sealed in the "
        "keys function.",
        "",
    ]
    if problems:
        lines += ["Left as they are, for somebody to look at:", "", *(f"- {prose(each)}" for each in problems), ""]
    return "\n".join(lines)


def progress(left: Sequence[Left], landed_old: Sequence[Landed]) -> str:
    """How far it is."""
    lines = ["| repository | sealed with the old key | pull request |", "|---|---|---|"]
    for each in left:
        where = f"{each.repository}, {code(each.branch)}"
        pull = f"{each.repository}#{each.pull}" if each.pull else ""
        state = f"not known: {prose(each.error)}" if each.error else f"{each.old} of {each.secrets}"
        lines.append(f"| {where} | {state} | {pull} |")
    if landed_old:
        lines += [
            "",
            "Clusters still get these, from what no pull request reaches (a tag, a commit, another owner):",
            "",
        ]
        lines += [f"- {_where(each)}, from {code(str(each.obj.origin))}" for each in landed_old]
        lines += ["", "Release what is merged, and let the clusters take that."]
    looked_at = [problem for each in left for problem in each.problems]
    if looked_at:
        more = sum(each.more for each in left)
        lines += ["", "To be looked at, and left as it is:", "", *(f"- {prose(each)}" for each in looked_at)]
        lines += [f"- and {more} more"] if more else []
    return "\n".join(lines) + "\n"


def waiting(left: Sequence[Left], landed_old: Sequence[Landed], unseen: Sequence[str]) -> str:
    """Not all of it is merged, or not all of it is seen."""
    lines = ["**Waiting** until nothing is sealed with the old key.", "", progress(left, landed_old)]
    if unseen:
        lines += [
            "These parts of the fleet cannot be rendered here, so that what is sealed in them is not known:",
            "",
            *(f"- {prose(each)}" for each in unseen[:MAX_UNSEEN]),
            *([f"- and {len(unseen) - MAX_UNSEEN} more"] if len(unseen) > MAX_UNSEEN else []),
            "",
            "Mend them, or, if nothing in them is sealed with the old key, stop the run and start it with "
            '`{"reason": "asked", "assumeRendered": true}`.',
            "",
        ]
    return "\n".join(lines)


def grace(seconds: int, left: Sequence[Left]) -> str:
    """All of it is merged."""
    hours = seconds / 3600
    when = f"in {count(round(hours / 24), 'day')}" if hours >= 24 else f"in {count(round(hours), 'hour')}"
    return (
        f"**Nothing is sealed with the old key any more.** Clusters stop trusting it "
        f"{when if seconds else 'now'}.\n\n{progress(left, ())}"
    )


def retired(run: Run, left: Sequence[Left], unseen: Sequence[str]) -> str:
    """The end."""
    parts = count(len(unseen), "part")
    told = f"\n{parts} of the fleet could not be rendered: what is sealed there is not known.\n" if unseen else ""
    return (
        f"**Done.** Nothing in Git is sealed with {code(run.old)}, and clusters are told to trust {code(run.to)} "
        "alone; a controller that runs forgets the old key when it restarts. AWS Secrets Manager keeps it as "
        "AWSPREVIOUS until the next rotation.\n"
        f"{told}\n{progress(left, ())}"
    )


def failed(reason: str) -> str:
    """A step could not be done."""
    return f"**Waiting.** {prose(reason)}\n"


def _where(landed: Landed) -> str:
    """A secret, and the clusters that get it."""
    name = f"{landed.obj.namespace}/{landed.obj.name}"
    return f"{code(name)} on {listed([code(cluster) for cluster in landed.clusters])}"
