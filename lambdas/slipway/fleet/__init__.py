"""What Git says: trees at a commit, clusters, Flux kinds, rendering, diff, provenance. Pure."""
