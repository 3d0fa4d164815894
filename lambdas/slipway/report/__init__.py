"""A verdict as people and programs read it: text, JSON, SARIF, Markdown, check runs. Pure."""
