"""The errors that the stand-in's REST API answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

DOCUMENTATION = "https://docs.github.com/rest"


class ApiError(Exception):
    """An answer that is not a success.

    Attributes:
        status: HTTP status.
        message: GitHub's message, word for word where it is known.
        errors: the `errors` of a 422, if it has any.
        headers: more headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})


def not_found() -> ApiError:
    """There is no such thing, or the caller may not know of it: GitHub does not say which."""
    return ApiError(404, "Not Found")


def invalid(message: str) -> ApiError:
    """The request does not fit GitHub's schema."""
    return ApiError(422, f"Invalid request.\n\n{message}")


def refused(message: str) -> ApiError:
    """GitHub says why in words, without naming a field."""
    return ApiError(422, message)


def wrong(resource: str, field: str, code: str) -> ApiError:
    """A field holds what it must not hold; `code` says of which kind that is (`invalid`, `missing`)."""
    return ApiError(422, "Validation Failed", errors=[{"resource": resource, "code": code, "field": field}])


def failed(resource: str, field: str, message: str) -> ApiError:
    """The request fits the schema, but not GitHub's rules."""
    error = {"resource": resource, "code": "custom", "field": field, "message": message}
    return ApiError(422, "Validation Failed", errors=[error])
