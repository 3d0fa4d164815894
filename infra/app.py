"""From the CDK context to the app."""

from __future__ import annotations

from aws_cdk import App, AssetHashType
from aws_cdk import aws_lambda as lambda_

from infra.bundle import EMULATOR, LAMBDA, Bundle, build
from infra.function import Common
from infra.settings import Settings
from infra.stack import SlipwayStack

STACK = "slipway"


def build_app() -> App:
    """The app with the stack `slipway`, for whichever account and region the caller's credentials name.

    Raises:
        ConfigError: the context holds wrong values.
        ToolError: the bundle could not be built.
    """
    app = App(analytics_reporting=False)
    settings = Settings.from_context(app.node.get_all_context())
    bundle = build(EMULATOR if settings.local else LAMBDA)
    code = lambda_.Code.from_asset(str(bundle.path), asset_hash=bundle.digest, asset_hash_type=AssetHashType.CUSTOM)
    environment = _of_emulator(bundle) if settings.local else {}
    SlipwayStack(app, STACK, common=Common(settings, code, environment))
    return app


def _of_emulator(bundle: Bundle) -> dict[str, str]:
    """Variables that its functions need: where the dependencies are, and that there is no daemon for traces."""
    return {"PYTHONPATH": str(bundle.dependencies), "POWERTOOLS_TRACE_DISABLED": "true"}
