"""Requests: what people ask of the fleet, and what it changes in its repositories."""
