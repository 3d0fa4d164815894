"""Pull requests by GitHub's REST API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slipway.github.calls import Answer, Calls
from slipway.github.failures import Refused, Wish
from slipway.github.proposals import Merge, MergeMethod, Proposal
from slipway.github.proposing.pages import all_of, pages
from slipway.github.proposing.rest_conversation import login_of

MAX_PULLS = 1_000
"""Of one branch, open or not: ten calls."""

MAX_OPEN = 2_000
"""Open at once in one repository: twenty calls."""

UNMERGEABLE = (405, 409)
"""How GitHub says that it cannot be merged now, and that its head is another ("Merge a pull request")."""


class RestPulls:
    """`Pulls` of a repository."""

    def __init__(self, calls: Calls, repository: str) -> None:
        self._calls = calls
        self._repository = repository
        self._path = f"/repos/{repository}/pulls"
        self.pause = calls.pause

    def get(self, number: int) -> Proposal:
        """See `Pulls`."""
        return self._calls.get(f"{self._path}/{number}", _answered, self._wish(number, "read"))

    def of(self, branch: str) -> Sequence[Proposal]:
        """See `Pulls`; a fork within the same organization has branches of the same name."""
        wish = Wish(f"pull requests of {branch} in {self._repository}", "pull_requests: read")
        owner = self._repository.partition("/")[0]
        query = {"head": f"{owner}:{branch}", "state": "all", "sort": "created", "direction": "desc"}
        found = all_of(pages(self._calls, self._path, dict, wish, parameters=query), MAX_PULLS, "MAX_PULLS", wish)
        return [_proposal(each) for each in found if self._is_here(each["head"]["repo"])]

    def open(self) -> Sequence[Proposal]:
        """See `Pulls`."""
        wish = Wish(f"open pull requests of {self._repository}", "pull_requests: read")
        query = {"state": "open", "sort": "created", "direction": "desc"}
        found = all_of(pages(self._calls, self._path, dict, wish, parameters=query), MAX_OPEN, "MAX_OPEN", wish)
        return [_proposal(each) for each in found if self._is_here(each["head"]["repo"])]

    def _is_here(self, repository: dict[str, Any] | None) -> bool:
        return repository is not None and repository["full_name"].lower() == self._repository.lower()

    def create(self, branch: str, base: str, title: str, body: str) -> Proposal | None:
        """See `Pulls`."""
        wish = Wish(f"new pull request of {branch} in {self._repository}", "pull_requests: write")
        sent = {"head": branch, "base": base, "title": title, "body": body}
        try:
            return self._calls.write("POST", self._path, sent, _answered, wish)
        except Refused as err:
            if err.status == 422 and "already exists" in err.reason.lower():
                return None
            raise

    def update(self, number: int, base: str, title: str, body: str) -> Proposal:
        """See `Pulls`."""
        sent = {"base": base, "title": title, "body": body}
        return self._calls.write("PATCH", f"{self._path}/{number}", sent, _answered, self._wish(number, "write"))

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """See `Pulls`: labels belong to the issue that every pull request is."""
        path = f"/repos/{self._repository}/issues/{number}/labels"
        self._calls.write("POST", path, {"labels": list(labels)}, lambda _: None, self._wish(number, "write"))

    def close(self, number: int) -> None:
        """See `Pulls`."""
        path, sent = f"{self._path}/{number}", {"state": "closed"}
        self._calls.write("PATCH", path, sent, _answered, self._wish(number, "write"))

    def merge(self, number: int, sha: str, method: MergeMethod) -> Merge:
        """See `Pulls`."""
        wish = Wish(f"merge of {self._repository}#{number}", "contents: write")
        sent = {"sha": sha, "merge_method": method}
        try:
            return self._calls.write("PUT", f"{self._path}/{number}/merge", sent, _merge, wish)
        except Refused as err:
            if err.status in UNMERGEABLE:
                return Merge(done=False, reason=err.reason)
            raise

    def _wish(self, number: int, level: str) -> Wish:
        return Wish(f"pull request {self._repository}#{number}", f"pull_requests: {level}")


def _merge(answer: Answer) -> Merge:
    if answer.json["merged"] is not True:
        return Merge(done=False, reason=str(answer.json["message"]))
    return Merge(done=True, sha=str(answer.json["sha"]))


def _answered(answer: Answer) -> Proposal:
    return _proposal(answer.json)


def _proposal(found: dict[str, Any]) -> Proposal:
    return Proposal(
        number=found["number"],
        state=found["state"],
        merged=found["merged_at"] is not None,  # lists have no `merged`
        draft=found["draft"],
        title=found["title"],
        body=found["body"] or "",
        labels=tuple(label["name"] for label in found["labels"]),
        branch=found["head"]["ref"],
        head_sha=found["head"]["sha"],
        base=found["base"]["ref"],
        merge_commit_sha=found["merge_commit_sha"] or "",
        url=found["html_url"],
        author=login_of(found["user"]),
    )
