"""Capability: deliveries that GitHub could not deliver are asked for again."""
