"""Capability: a pull request gets its check."""
