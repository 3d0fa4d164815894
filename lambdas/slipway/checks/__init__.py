"""Findings about a rendered fleet: one module per family. Pure."""
