"""Who calls, and what they may: App JWTs, installation tokens and their permissions.

The rules are those of "Authenticating as a GitHub App" and "Create an installation access token for an app" in GitHub's
REST documentation; the messages are those that GitHub.com answers with.
"""

from __future__ import annotations

import secrets
import string
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import jwt

from local.github.errors import ApiError, not_found
from local.github.model import App, Installation, Token
from local.github.store import Store

MAX_JWT_SECONDS = 600
"""How far in the future a JWT may expire."""
TOKEN_SECONDS = 3600
"""How long an installation token is valid."""
REPEAT_SECONDS = 1.0
"""A JWT that was used for a token this short a time ago is not accepted for another."""

_LEVELS = {"read": 1, "write": 2}
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Caller:
    """Whoever sent a request: the App itself, or one of its installations with a token."""

    app: App
    token: Token | None = None
    installation: Installation | None = None
    jwt: str = ""

    @property
    def name(self) -> str:
        """Whose rate limit it is."""
        return f"installation ID {self.installation.id}" if self.installation else f"app ID {self.app.id}"

    def sees(self, repository: str) -> bool:
        """True if the repository (`owner/name`) is within the token."""
        if self.token is None or self.installation is None or not self.installation.covers(repository):
            return False
        return self.token.repositories is None or repository in self.token.repositories

    def check(self, needs: Mapping[str, str]) -> None:
        """Refuse a token that lacks a permission.

        Raises:
            ApiError: 403.
        """
        self.check_any(needs)

    def check_any(self, *sets: Mapping[str, str]) -> None:
        """Refuse a token that has none of several sets of permissions.

        Raises:
            ApiError: 403.
        """
        if not any(self._has(needs) for needs in sets):
            # "Authenticating as a GitHub App": a comma between those of a set, a semicolon between sets.
            wanted = "; ".join(",".join(f"{name}={level}" for name, level in needs.items()) for needs in sets)
            raise ApiError(
                403, "Resource not accessible by integration", headers={"X-Accepted-GitHub-Permissions": wanted}
            )

    def _has(self, needs: Mapping[str, str]) -> bool:
        granted = self.token.permissions if self.token else {}
        return all(_LEVELS.get(granted.get(name, ""), 0) >= _LEVELS[level] for name, level in needs.items())


class Access:
    """Checks JWTs and tokens, and makes tokens. Safe for threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._used: dict[str, float] = {}

    def app_caller(self, authorization: str | None) -> Caller:
        """The App, by the JWT of an `Authorization` header.

        Raises:
            ApiError: 401; the JWT is missing, forged or expired.
        """
        credentials = _credentials(authorization)
        return Caller(self._verified(credentials), jwt=credentials)

    def installation_caller(self, authorization: str | None) -> Caller:
        """An installation, by the token of an `Authorization` header.

        Raises:
            ApiError: 401; the token is missing, wrong or expired.
        """
        credentials = _credentials(authorization)
        if not credentials:
            raise ApiError(401, "Requires authentication")
        token = self._store.tokens.get(credentials)
        app = self._store.app
        if token is None or app is None or token.expires <= time.time():
            raise ApiError(401, "Bad credentials")
        return Caller(app, token, self._store.installations.get(token.installation))

    def _verified(self, credentials: str) -> App:
        app = self._store.app
        undecodable = ApiError(401, "A JSON web token could not be decoded")
        if app is None:
            raise undecodable
        try:
            claims = jwt.decode(
                credentials,
                app.public_key,
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_iss": False},
            )
        except jwt.PyJWTError as err:
            raise undecodable from err
        now = time.time()
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or issued > now:
            raise ApiError(
                401,
                "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
            )
        if not isinstance(expires, int | float) or expires <= now:
            raise ApiError(
                401,
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
                "assertion expires",
            )
        if expires > now + MAX_JWT_SECONDS:
            raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
        if str(claims.get("iss")) != str(app.id):
            raise ApiError(404, "Integration not found")
        return app

    def refuse_repeated(self, caller: Caller) -> None:
        """Answer as GitHub is reported to when one JWT asks for two tokens within a second.

        Apps whose JWTs carry no `jti` met it in bursts: github-aws-runners/terraform-aws-github-runner#5025.

        Raises:
            ApiError: 404.
        """
        now = time.monotonic()
        with self._lock:
            self._used = {used: at for used, at in self._used.items() if now - at < REPEAT_SECONDS}
            repeated = caller.jwt in self._used
            self._used[caller.jwt] = now
        if repeated and self._store.options.refuse_repeated_jwt:
            raise not_found()

    def new_token(
        self,
        installation: Installation,
        *,
        repositories: Sequence[str] | None,
        permissions: Mapping[str, str] | None,
    ) -> Token:
        """Make a token, cut to the repositories (`owner/name`) and permissions that are asked for.

        Raises:
            ApiError: 422; more is asked for than the installation has.
        """
        known = {repository.name for repository in self._store.repositories.all()}
        if any(name not in known or not installation.covers(name) for name in repositories or ()):
            raise ApiError(
                422,
                "There is at least one repository that does not exist or is not accessible to the parent installation.",
            )
        for name, level in (permissions or {}).items():
            if name not in installation.permissions:
                raise ApiError(422, "The permissions requested are not granted to this installation.")
            if _LEVELS.get(level, 99) > _LEVELS[installation.permissions[name]]:
                raise ApiError(
                    422, "The level of access for permissions requested are not granted to this installation."
                )
        granted = {"metadata": "read", **permissions} if permissions else installation.permissions
        value = "ghs_" + "".join(secrets.choice(_ALPHABET) for _ in range(36))
        number = self._store.tokens.next_id()
        chosen = tuple(repositories) if repositories else None
        return self._store.tokens.put(
            Token(number, value, installation.account, granted, chosen, time.time() + TOKEN_SECONDS)
        )


def _credentials(authorization: str | None) -> str:
    return (authorization or "").partition(" ")[2].strip()
