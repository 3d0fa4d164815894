"""Errors of AWS.

- `AwsError`: AWS refuses for good, or cannot be called at all
- `RetryLater`: AWS is down, slow or throttles us, after the retries that boto3 makes
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from slipway.errors import RetryLater, SlipwayError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

RETRY_LATER_SECONDS = 30.0
"""What `RetryLater` says if AWS is still down after all attempts."""

TRANSIENT_CODES = frozenset(
    {
        "InternalError",
        "InternalException",
        "InternalFailure",
        "InternalServerError",
        "InternalServiceError",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "ServiceException",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Error codes that pass by themselves, whatever status they come with.

boto3 tries an internal error again for its status alone, 5xx; with another status it is left for later at once.
"""


class AwsError(SlipwayError):
    """AWS refuses for good, or cannot be called at all: a role, a name, a quota or the environment is wrong.

    Attributes:
        code: AWS's name of the error, e.g. `AccessDeniedException`, or botocore's, e.g. `NoCredentialsError`.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def aws_errors(what: str) -> Iterator[None]:
    """Turn what boto3 raises into errors of ours.

    Args:
        what: the resource that is worked with, e.g. `table slipway`; the error's text begins with it.

    Raises:
        AwsError: AWS refuses for good, or cannot be called at all.
        RetryLater: it is down, slow or throttles us.
    """
    from botocore import exceptions

    try:
        yield
    except exceptions.ClientError as err:
        if _passes(err):
            raise RetryLater(f"{what}: {err}", after=RETRY_LATER_SECONDS) from err
        raise AwsError(f"{what}: {err}", code=err.response["Error"]["Code"]) from err
    except (exceptions.ConnectionError, exceptions.HTTPClientError, exceptions.IncompleteReadError) as err:
        raise RetryLater(f"{what}: {err}", after=RETRY_LATER_SECONDS) from err
    except exceptions.BotoCoreError as err:
        raise AwsError(f"{what}: {err}", code=type(err).__name__) from err


def _passes(err: ClientError) -> bool:
    status = err.response["ResponseMetadata"]["HTTPStatusCode"]
    return status >= 500 or status == 429 or err.response["Error"]["Code"] in TRANSIENT_CODES
