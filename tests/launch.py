"""How tests and benchmarks start programs: on a free port, and never outliving the one who started them."""

import random
import shutil
import socket
import sys
import threading
from contextlib import closing

# Below the range from which systems take the ports of outgoing connections, so that none of those gets there first.
PORTS = range(20_000, 32_000)
ATTEMPTS = 200


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nothing listens on."""
    for port in random.SystemRandom().sample(PORTS, ATTEMPTS):
        with closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"None of {ATTEMPTS} ports between {PORTS.start} and {PORTS.stop} is free.")


def accepts(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1:`port`."""
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tied(command: list[str]) -> list[str]:
    """The command, killed by the kernel when our process dies (Linux, where util-linux has `setpriv`).

    The kernel watches the *thread* that starts the program, hence only from the main one. Elsewhere the command is
    unchanged, and a test session killed with SIGKILL leaves it running.
    """
    setpriv = shutil.which("setpriv")
    if sys.platform != "linux" or setpriv is None or threading.current_thread() is not threading.main_thread():
        return command
    return [setpriv, "--pdeathsig", "SIGKILL", "--", *command]
