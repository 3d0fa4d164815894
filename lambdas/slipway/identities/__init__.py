"""Capability: repositories have the deploy keys that the fleet's Git identities name, and no others of Slipway's.

Nothing is remembered but in Git and at GitHub: what is wanted is seen from the SealedSecrets that say so in clear, what
there is from the repositories' deploy keys.
"""
