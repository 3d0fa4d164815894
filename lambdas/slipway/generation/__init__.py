"""Generation: requests become pull requests."""
