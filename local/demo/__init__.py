"""The demo: a small fleet, a sound pull request and a broken one, from push to verdict on the local cloud."""
