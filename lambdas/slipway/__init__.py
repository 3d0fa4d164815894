"""Slipway: event-driven automation for multi-cluster GitOps on Amazon EKS with Flux and Crossplane."""

SCHEMA = "slipway/v1"
"""The version of every document that Slipway writes: events, reports, JSON output."""
