"""Capability: installation tokens, cut to what one other capability may do. Alone reads the private key."""
