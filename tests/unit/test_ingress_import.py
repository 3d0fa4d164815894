"""A cold start is what a pull request waits for after a quiet night: the ingress imports little."""

import subprocess
import sys
from pathlib import Path

HEAVY = ("github", "boto3", "botocore.session", "s3transfer", "urllib3", "requests", "cryptography", "aws_xray_sdk")


def test_the_handler_imports_without_configuration_and_without_anything_heavy() -> None:
    lambdas = Path(__file__).parents[2] / "lambdas"
    program = "import slipway.ingress.handler, sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-B", "-c", program],
        env={"PYTHONPATH": str(lambdas)},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = run.stdout.split()
    assert "slipway.ingress.handler" in imported
    assert [name for name in HEAVY if name in imported] == []
