"""The CDK app, which `cdk synth` and `cdk deploy` run; it needs neither AWS nor Docker."""

from __future__ import annotations

import sys

from infra.app import build_app
from slipway.errors import SlipwayError

try:
    build_app().synth()
except SlipwayError as err:
    sys.exit(f"{type(err).__name__}: {err}")
