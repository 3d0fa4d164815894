"""`slipway local up|down|status`."""

from __future__ import annotations

from pathlib import Path

from local import cloud


def up(directory: Path) -> int:
    """Bring the local cloud up, or up to date, and print where it is."""
    running = cloud.up(directory, progress=lambda line: print(line, flush=True))
    print(f"\nAWS:            AWS_ENDPOINT_URL={running.aws.endpoint}")
    print(f"GitHub:         {running.github.url}")
    print(f"webhook:        {running.webhook_url}")
    print("stop it with:   slipway local down")
    return 0


def down(directory: Path) -> int:
    """Stop everything, and remove what it kept."""
    if not (cloud.status(directory).aws or cloud.status(directory).github or directory.exists()):
        print("no local cloud runs")
    cloud.down(directory, progress=lambda line: print(line, flush=True))
    return 0


def status(directory: Path) -> int:
    """Print what runs; 0 if all of it does and is made of what is in the work tree."""
    found = cloud.status(directory)
    print(f"AWS emulator:       {found.aws or 'stopped'}")
    print(f"GitHub stand-in:    {found.github or 'stopped'}")
    deployed = "up to date" if found.current else "out of date: slipway local up" if found.deployed else "not deployed"
    print(f"Slipway:            {deployed}")
    return 0 if found.aws and found.github and found.current else 1
