"""GitHub's REST API, as far as Slipway uses it, and the stand-in's own control beside it."""
