"""`python -m simulators --host 127.0.0.1 --port 9000`: all simulated systems in one process."""

from __future__ import annotations

import argparse
from pathlib import Path

from simulators.server import SYSTEMS
from simulators.serving import run


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default=9000, type=int, help="0 takes a free one (default: 9000)")
    parser.add_argument("--url", help="address under which others reach this process, if it is not http://HOST:PORT")
    parser.add_argument(
        "--data", type=Path, help="directory for repositories, emptied at the start (default: a temporary one)"
    )
    parser.add_argument("--tokens", action="store_true", help="print the credentials that each system accepts, and end")
    return parser.parse_args()


def main() -> None:
    wanted = arguments()
    if wanted.tokens:
        for name, system in SYSTEMS.items():
            for what, value in system.tokens.items():
                print(f"{name} {what}: {value}")
        return
    run(wanted.host, wanted.port, wanted.url, wanted.data)


if __name__ == "__main__":
    main()
