"""Tokens: the one function that a capability asks for GitHub tokens, cut to what that capability may do."""

from __future__ import annotations

import json
from collections.abc import Mapping

from aws_cdk import Duration, Size
from constructs import Construct

from infra.function import Common, Function
from infra.storage import Storage

NAME = "tokens"
TIMEOUT = Duration.seconds(30)


class Tokens(Construct):
    """A tokens function for one consumer, so that no consumer can ask for another one's permissions."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        common: Common,
        storage: Storage,
        consumer: str,
        permissions: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self._function = Function(
            self,
            "Function",
            common=common,
            capability=NAME,
            name=f"{NAME}-{consumer}",
            memory=Size.mebibytes(512),
            timeout=TIMEOUT,
            environment={
                "SLIPWAY_APP_SECRET": storage.app_secret.secret_arn,
                "SLIPWAY_GITHUB_API_URL": common.settings.github_api_url,
                "SLIPWAY_PERMISSIONS": json.dumps(dict(permissions), sort_keys=True),
            },
        )
        storage.allow_secret(self._function, storage.app_secret)

    @property
    def function_name(self) -> str:
        """What the consumer invokes."""
        return self._function.function.function_name

    def allow_invoke(self, function: Function) -> None:
        """Let the consumer invoke it: this very function, no version or alias of it."""
        function.may(["lambda:InvokeFunction"], [self._function.function.function_arn])
