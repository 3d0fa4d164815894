"""The demo: a small fleet, a request for a cluster, a sound pull request and a broken one, on the local cloud."""
