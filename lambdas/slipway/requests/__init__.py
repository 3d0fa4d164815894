"""Requests become pull requests: what is asked for, who may ask, and what it changes in which file."""
