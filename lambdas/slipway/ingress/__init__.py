"""Capability: GitHub webhooks come in, are verified, kept and put on the bus."""
