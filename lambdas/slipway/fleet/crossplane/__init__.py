"""Crossplane without a cluster: what becomes of a composite resource. Pure."""
