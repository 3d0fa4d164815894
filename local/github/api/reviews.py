"""Reviews of pull requests."""

from __future__ import annotations

from local.github.api.call import Answer, Call, Route, paged
from local.github.api.pulls import found_pull
from local.github.shapes import reviews


def _list(call: Call) -> Answer:
    """All of them, in the order in which they were given."""
    pull = found_pull(call)
    found = [each for each in call.site.store.reviews.all() if each.pull == pull.key]
    return paged(call, found, lambda each: reviews.review(call.site.base, each, pull))


ROUTES = (Route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", _list, {"pull_requests": "read"}),)
