"""The GitHub App itself: its JWTs, the installation tokens that it makes, and its webhook deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from github.Auth import AppAuth
from jwt.exceptions import PyJWTError
from requests.utils import parse_header_links

from slipway.errors import ConfigError, InputError, SlipwayError
from slipway.github.calls import Answer, Calls
from slipway.github.failures import OutcomeUnknown, Wish
from slipway.github.hooks import DeliveriesPage, HookDelivery
from slipway.github.names import is_repository
from slipway.github.tokens import InstallationToken, TokenCache

JWT_BACKDATED_SECONDS = 60
"""GitHub's advice against a clock of ours that is ahead ("Generating a JSON Web Token for a GitHub App")."""

JWT_SECONDS = 540
"""GitHub allows ten minutes from its own now; a clock of ours that is ahead by a minute stays within."""

MAX_REPOSITORIES = 500
"""How many repositories a token can be cut to ("Create an installation access token for an app")."""

DELIVERIES_PER_PAGE = 100


@dataclass(frozen=True)
class AppSecret:
    """What makes us the App."""

    app_id: int
    private_key: str = field(repr=False)
    """PEM."""

    @classmethod
    def from_mapping(cls, secret: Mapping[str, str]) -> AppSecret:
        """Parse the secret `{"appId": "12345", "privateKey": "PEM"}`.

        Raises:
            ConfigError: it holds something else; the text repeats none of it.
        """
        app_id, key = secret.get("appId", ""), secret.get("privateKey", "")
        wrong = [] if app_id.isascii() and app_id.isdigit() else ["appId is not a number"]
        if "PRIVATE KEY-----" not in key:
            wrong.append("privateKey is not a private key in PEM")
        if wrong:
            raise ConfigError(f"the App's secret: {'; '.join(wrong)} (docs/github-app.md says where to find them)")
        return cls(int(app_id), key)


class AppCredentials:
    """`Credentials` of the App: JWTs that are each used once.

    Attributes:
        app_id: the App's id.
    """

    def __init__(self, secret: Callable[[], Mapping[str, str]], refetch: Callable[[], Mapping[str, str]]) -> None:
        """Read the secret.

        Args:
            secret: the secret as `AppSecret.from_mapping` takes it, which may be some minutes old.
            refetch: has `secret` give the secret as it is now, in case the key was changed.
        """
        self._secret = secret
        self._refetch = refetch
        self.app_id = AppSecret.from_mapping(secret()).app_id
        self.auth = AppAuth(
            self.app_id, sign_func=self._sign, jwt_expiry=JWT_SECONDS, jwt_issued_at=-JWT_BACKDATED_SECONDS
        )

    def renew(self) -> None:
        """See `Credentials`."""
        self._refetch()

    def refused(self, message: str) -> SlipwayError:
        """See `Credentials`."""
        return ConfigError(
            f"GitHub does not accept our JWT ({message}): appId and privateKey of the App's secret must belong to one "
            "App, and this machine's clock must be right"
        )

    def _sign(self, claims: dict[str, Any]) -> str | bytes:
        """Sign with an id: without one, two JWTs of one second are the same, and GitHub refuses the second."""
        sign = AppAuth.create_jwt_sign(AppSecret.from_mapping(self._secret()).private_key, "RS256")
        try:
            return sign({**claims, "jti": uuid.uuid4().hex})
        except (ValueError, TypeError, PyJWTError):
            # And forget the error, whose text might hold a piece of the key.
            raise ConfigError("the App's secret: privateKey is not an RSA key that can be read") from None


class App:
    """What the App does in its own name."""

    def __init__(self, calls: Calls, app_id: int, cache: TokenCache) -> None:
        """Remember who we are; nothing is asked yet.

        Args:
            calls: with `AppCredentials`.
            app_id: the App's id.
            cache: keeps tokens.
        """
        self._calls = calls
        self._app_id = app_id
        self._cache = cache

    def mint(
        self, installation: int, repositories: Sequence[str], permissions: Mapping[str, str], *, renew: bool = False
    ) -> InstallationToken:
        """A token for some repositories with some permissions, made anew if none is at hand that lasts for a while.

        Args:
            installation: the installation's id; 0 if it is not known, and to be found by the repositories.
            repositories: `owner/name` of each, all of one owner.
            permissions: what it may do, e.g. `{"contents": "read"}`; GitHub adds `metadata: read`.
            renew: make a new one in any case.

        Raises:
            InputError: there is no such installation, or it does not reach a repository or permission.
            RetryLater: GitHub is down or asks us to wait.
            ConfigError: GitHub does not accept our JWT.
        """
        _names(repositories)
        key = installation, tuple(sorted(set(repositories))), tuple(sorted(permissions.items()))
        return self._cache.get(key, lambda: self._make(installation, repositories, permissions), renew=renew)

    def _make(
        self, installation: int, repositories: Sequence[str], permissions: Mapping[str, str]
    ) -> InstallationToken:
        names = _names(repositories)
        needs = ", ".join(f"{name}: {level}" for name, level in permissions.items())
        installation = installation or self._installation_on(repositories[0])
        wish = Wish(f"installation {installation} that reaches {', '.join(names)}", needs)
        body = {"repositories": list(names), "permissions": dict(permissions)}

        def parse(answer: Answer) -> InstallationToken:
            expires_at = datetime.fromisoformat(answer.json["expires_at"])
            return InstallationToken(answer.json["token"], expires_at, self._app_id)

        path = f"/app/installations/{installation}/access_tokens"
        try:
            return self._calls.write("POST", path, body, parse, wish)
        except OutcomeUnknown:
            # A token that nobody has received does no harm; one more try costs nothing.
            return self._calls.write("POST", path, body, parse, wish)

    def _installation_on(self, repository: str) -> int:
        wish = Wish(f"installation of the App on {repository}", "none")
        return self._calls.get(f"/repos/{repository}/installation", lambda answer: int(answer.json["id"]), wish)


class AppHookDeliveries:
    """`slipway.github.hooks.HookDeliveries` of the App."""

    def __init__(self, calls: Calls) -> None:
        """Remember how to call, with `AppCredentials`."""
        self._calls = calls

    def page(self, cursor: str | None) -> DeliveriesPage:
        """See `HookDeliveries`."""
        parameters = {"per_page": DELIVERIES_PER_PAGE, **({"cursor": cursor} if cursor else {})}
        wish = Wish("deliveries of the App's webhook", "that every App has")
        return self._calls.get("/app/hook/deliveries", _page, wish, parameters=parameters)

    def redeliver(self, delivery_id: int) -> None:
        """See `HookDeliveries`; `OutcomeUnknown` if nobody knows: a second redelivery is recognised as a duplicate."""
        path = f"/app/hook/deliveries/{delivery_id}/attempts"
        wish = Wish(f"redelivery of {delivery_id}", "that every App has")
        self._calls.write("POST", path, {}, lambda _: None, wish)


def _names(repositories: Sequence[str]) -> list[str]:
    wrong = [name for name in repositories if not is_repository(name)]
    owners = {name.partition("/")[0].lower() for name in repositories}
    if wrong or len(owners) != 1:
        raise InputError(
            "a token is for repositories of one owner, each given as owner/name, not "
            + (", ".join(map(repr, repositories)) or "for none")
        )
    if len(set(repositories)) > MAX_REPOSITORIES:
        raise InputError(f"a token reaches at most {MAX_REPOSITORIES} repositories, not {len(repositories)}")
    return sorted({name.partition("/")[2] for name in repositories})


def _page(answer: Answer) -> DeliveriesPage:
    links = parse_header_links(answer.headers.get("link", ""))
    following = [parse_qs(urlsplit(link["url"]).query) for link in links if link.get("rel") == "next"]
    return DeliveriesPage(
        deliveries=tuple(
            HookDelivery(
                id=each["id"],
                guid=each["guid"],
                delivered_at=datetime.fromisoformat(each["delivered_at"]),
                status_code=each["status_code"],
                event=each["event"],
                action=each["action"] or "",
                redelivery=each["redelivery"],
            )
            for each in answer.json
        ),
        next_cursor=following[0]["cursor"][0] if following else None,
    )
