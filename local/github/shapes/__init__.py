"""GitHub's JSON: one module per kind of thing, each a function of the stand-in's base URL and what is to be shown."""
