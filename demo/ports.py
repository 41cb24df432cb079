"""Ports: is one free, and who has it?"""

import socket

import psutil

from demo.plan import HOST, Plan
from demo.trouble import Trouble


def check(plan: Plan) -> None:
    """Trouble when a port that the demo needs is in use."""
    for what, port, variable in (
        ("the platform", plan.port, "DEMO_PORT"),
        ("the simulated systems", plan.sim_port, "DEMO_SIM_PORT"),
    ):
        if not is_free(port):
            raise Trouble(
                f"Port {port}, where the demo puts {what}, is in use{holder(port)}. Stop that, or choose another port: "
                f"{variable}={port + 100} make demo"
            )


def is_free(port: int) -> bool:
    """Whether this process could listen there."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free() -> int:
    """A port that nobody uses now."""
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return int(trial.getsockname()[1])


def holder(port: int) -> str:
    """` by NAME (process PID)`, where the system tells."""
    try:
        found = next(
            (one.pid for one in psutil.net_connections("tcp") if one.laddr and one.laddr.port == port and one.pid), None
        )
        return f" by {psutil.Process(found).name()} (process {found})" if found else ""
    except psutil.Error:
        return ""
