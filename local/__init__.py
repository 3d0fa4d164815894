"""The local cloud: an AWS emulator, a GitHub stand-in, the demo."""
