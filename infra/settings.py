"""What a deployment needs to know, read from the CDK context (`cdk.json`, `-c slipway:key=value`) all at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from slipway.errors import ConfigError

T = TypeVar("T")

PREFIX = "slipway:"
"""Every context key of Slipway starts with this; a key that we do not know is an error."""
GITHUB_API_URL = "https://api.github.com"
LAMBDA_TIMEOUT_MAX = 900
"""Seconds; AWS Lambda quotas, function timeout."""
CONCURRENCY = range(2, 1001)
"""What an SQS event source mapping accepts as its maximum concurrency (Lambda developer guide)."""
POLL_SECONDS = range(1, 3601)
LOG_RETENTION = {
    1: "ONE_DAY",
    3: "THREE_DAYS",
    5: "FIVE_DAYS",
    7: "ONE_WEEK",
    14: "TWO_WEEKS",
    30: "ONE_MONTH",
    60: "TWO_MONTHS",
    90: "THREE_MONTHS",
    180: "SIX_MONTHS",
    365: "ONE_YEAR",
    731: "TWO_YEARS",
    1827: "FIVE_YEARS",
    3653: "TEN_YEARS",
}
"""Days that we offer, of those that CloudWatch Logs accepts, and the CDK's names for them."""


@dataclass(frozen=True)
class Settings:
    """The settings of one deployment. Each field is the context key `slipway:<camelCase of the field>`."""

    github_api_url: str = GITHUB_API_URL
    """Root of GitHub's REST API: `https://api.github.com`, or `https://HOST/api/v3` for GitHub Enterprise Server."""
    github_host: str = ""
    """Host name in the URLs of Flux's sources; empty: the API's, without `api.`."""
    system_repository: str = ""
    """`owner/name` of the fleet's gitops-system repository; empty: each pull request is checked by itself."""
    git_identities: bool = True
    """True: deploy keys are registered and removed, for which the App needs `administration: write`."""
    sealing: bool = True
    """False for a fleet that has no Sealed Secrets, or keeps their key elsewhere."""
    sealing_secret: str = "fleet/shared/sealing-key"  # noqa: S105 - what it is called
    """Name of the secret that is made for the sealing key pair; External Secrets on the clusters asks for it."""
    sealing_secret_arn: str = ""
    """ARN of a secret that there is already, with a pair to adopt; empty: one is made."""
    sealing_readers: tuple[str, ...] = ("*-external-secrets",)
    """Names of IAM roles of this account, or patterns, that may decrypt the sealing key pair besides: the clusters'."""
    sealing_replica_keys: tuple[str, ...] = ()
    """ARNs of KMS keys in other regions that have clusters: each region gets a replica of the secret, under its key."""
    rotation_poll_seconds: int = 300
    """How long a rotation waits before it looks again whether pull requests are merged."""
    local: bool = False
    """True for the local AWS: leaves out what the emulator rejects, and lets everything be deleted."""
    kubectl: str = ""
    """Path of kubectl for the functions; only with `local`, where Lambda layers do not appear under /opt."""
    helm: str = ""
    """Path of helm, likewise."""
    validation_timeout_seconds: int = 300
    """Longest run of the validation function; its queue hides a message for six times as long."""
    validation_concurrency: int = 10
    """How many pull requests are validated at once."""
    generation_concurrency: int = 5
    """How many requests are worked on at once."""
    log_retention_days: int = 90
    """How long CloudWatch keeps the logs."""
    alarm_topic_arn: str = ""
    """ARN of the SNS topic that alarms go to; empty: alarms only change their state."""

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Settings:
        """Read and check the context; values may be JSON (`cdk.json`) or text (`-c` on the command line).

        Raises:
            ConfigError: one or more keys are unknown or hold wrong values; the text names all of them.
        """
        reader = _Reader(context)
        local = reader.read("local", _flag, "true or false", default=False)
        settings = cls(
            local=local,
            github_api_url=reader.read("githubApiUrl", _url(local=local), _url_words(local=local), GITHUB_API_URL),
            github_host=reader.read("githubHost", _host, "a host name", ""),
            system_repository=reader.read("systemRepository", _repository, "owner/name", ""),
            git_identities=reader.read("gitIdentities", _flag, "true or false", default=True),
            sealing=reader.read("sealing", _flag, "true or false", cls.sealing),
            sealing_secret=reader.read("sealingSecret", _secret_name, "the name of a secret", cls.sealing_secret),
            sealing_secret_arn=reader.read("sealingSecretArn", _secret, "the full ARN of a secret", ""),
            sealing_readers=reader.read(
                "sealingReaders", _all_of(_role), "names of roles, by commas", cls.sealing_readers
            ),
            sealing_replica_keys=reader.read(
                "sealingReplicaKeys", _all_of(_kms_key), "ARNs of KMS keys, by commas", ()
            ),
            rotation_poll_seconds=reader.read(
                "rotationPollSeconds",
                _within(POLL_SECONDS),
                f"a whole number of seconds from {POLL_SECONDS[0]} to {POLL_SECONDS[-1]}",
                cls.rotation_poll_seconds,
            ),
            kubectl=reader.read("kubectl", str, "a path", ""),
            helm=reader.read("helm", str, "a path", ""),
            validation_timeout_seconds=reader.read(
                "validationTimeoutSeconds",
                _within(range(1, LAMBDA_TIMEOUT_MAX + 1)),
                f"a whole number of seconds from 1 to {LAMBDA_TIMEOUT_MAX}",
                cls.validation_timeout_seconds,
            ),
            validation_concurrency=reader.read(
                "validationConcurrency",
                _within(CONCURRENCY),
                f"a whole number from {CONCURRENCY[0]} to {CONCURRENCY[-1]}",
                cls.validation_concurrency,
            ),
            generation_concurrency=reader.read(
                "generationConcurrency",
                _within(CONCURRENCY),
                f"a whole number from {CONCURRENCY[0]} to {CONCURRENCY[-1]}",
                cls.generation_concurrency,
            ),
            log_retention_days=reader.read(
                "logRetentionDays",
                _within(LOG_RETENTION),
                "one of " + ", ".join(map(str, LOG_RETENTION)),
                cls.log_retention_days,
            ),
            alarm_topic_arn=reader.read("alarmTopicArn", _topic, "the ARN of an SNS topic", ""),
        )
        for name in ("kubectl", "helm"):
            if settings.local != bool(getattr(settings, name)):
                reader.wrong.append(f"slipway:{name} must be set with slipway:local, and only with it")
        reader.check(known={_camel_case(field.name) for field in fields(cls)})
        return settings


class _Reader:
    """Reads keys one by one and collects what is wrong."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        self._context = {key: value for key, value in context.items() if key.startswith(PREFIX)}
        self.wrong: list[str] = []

    def read(self, key: str, parse: Callable[[str], T], what: str, default: T) -> T:
        value = self._context.get(PREFIX + key)
        if value is None or value == "":
            return default
        try:
            return parse(str(value))
        except ValueError:
            self.wrong.append(f"{PREFIX}{key} is {value!r}, not {what}")
            return default

    def check(self, known: set[str]) -> None:
        unknown = sorted(self._context.keys() - {PREFIX + key for key in known})
        self.wrong.extend(f"{key} is not a setting of Slipway" for key in unknown)
        if self.wrong:
            raise ConfigError("CDK context: " + "; ".join(self.wrong))


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _within(allowed: Container[int]) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if (number := int(text)) not in allowed:
            raise ValueError(text)
        return number

    return parse


def _url(*, local: bool) -> Callable[[str], str]:
    """Tokens travel over this URL: plain HTTP is for the local cloud alone."""
    return _matching(r"https?://[^\s/]+(/[^\s?#]*)?" if local else r"https://[^\s/]+(/[^\s?#]*)?")


def _url_words(*, local: bool) -> str:
    return "an http(s) URL" if local else "an https URL"


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return parse


def _all_of(parse: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    """Several, by commas."""
    return lambda text: tuple(parse(part.strip()) for part in text.split(","))


_host = _matching(r"[A-Za-z0-9.-]+")
_repository = _matching(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
_topic = _matching(r"arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+")
_secret_name = _matching(r"[A-Za-z0-9/_+=.@-]{1,512}")
_secret = _matching(r"arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}")
_role = _matching(r"[A-Za-z0-9+=,.@_*?-]{1,64}")
_kms_key = _matching(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
