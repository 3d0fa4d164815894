"""Findings of cdk-nag that we accept, each on the one construct that it is about, with its reason."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept one finding (`AwsSolutions-L1`, `AwsSolutions-IAM5[Resource::*]`) on a construct and what is below it."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))
