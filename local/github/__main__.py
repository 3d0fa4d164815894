"""`python -m local.github --state DIR [--port N]`: a stand-in in a process of its own, until it is told to stop."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from local.github.server import WORKERS, StandIn


def main() -> None:
    """Serve until SIGTERM or SIGINT; the first line on standard output says where."""
    parser = argparse.ArgumentParser(prog="python -m local.github", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="directory that keeps everything")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; a free one if not given")
    parser.add_argument("--workers", type=int, default=WORKERS, help="webhook deliveries under way at once")
    arguments = parser.parse_args()
    # Blocked before any thread starts, so that only sigwait below gets them.
    signals = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with StandIn(arguments.state, port=arguments.port, workers=arguments.workers) as stand_in:
        print(f"GitHub stand-in: {stand_in.url}", flush=True)
        signal.sigwait(signals)


if __name__ == "__main__":
    main()
