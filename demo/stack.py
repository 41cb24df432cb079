"""What runs, in which order it starts, and what a fresh platform needs before its first application."""

import sys

from demo import broker, folder, rest
from demo.plan import HOST, Plan, environment
from demo.processes import Crew, Ears, Job
from demo.spawning import Spawner

PYTHON = sys.executable
ADMIN, MEMBER, TEAM = "admin", "demo", "dev"
SLOTS = "2"
SYSTEMS = ("gitlab", "jenkins", "argocd")


class Stack:
    """Simulators, Redis, web, worker and dispatcher; without a Redis the last three are one process."""

    def __init__(self, plan: Plan, ears: Ears) -> None:
        self.plan, self._say, self._migrated = plan, ears.say, plan.folder / "migrated"
        self.keys = folder.keys(plan.folder)
        self.redis = broker.server(plan)
        config, url = broker.configure(plan.folder, self.keys) if self.redis else (None, "")
        self._redis_config, self._redis_url = config, url
        self.crew = Crew(Spawner(plan.folder, environment(plan, self.keys, url)), ears)

    @property
    def worker(self) -> str:
        """The process that does the steps."""
        return "worker" if self.redis else "platform"

    def start(self) -> None:
        """Everything, as much as possible side by side. Returns when the platform can create applications."""
        plan, crew = self.plan, self.crew
        crew.keep("simulators", *self._simulators(), again=self._simulators_came_back)
        first_data = self._begin_first_data()
        if self.redis:
            crew.keep("redis", self.redis, str(self._redis_config))
            crew.keep("web", PYTHON, *f"-m uvicorn config.asgi:application --host {HOST} --port {plan.port}".split())
        self._set_up_simulators()
        self._start_workers(first_data)
        first_data.finish()
        self._say("Templates, types, teams and people are there (manage.py bootstrap, create_user).")
        rest.wait_for(f"{plan.url}/health/live", "The platform")
        self._say("The platform answers.")

    def _simulators(self) -> tuple[str, ...]:
        data = str(self.plan.folder / "simulators")
        return (PYTHON, *f"-m simulators --host {HOST} --port {self.plan.sim_port}".split(), "--data", data)

    def _begin_first_data(self) -> Job:
        """Tables, templates, teams, and somebody to log in."""
        passwords = {name: self.keys[name.lower()] for name in ("ADMIN_PASSWORD", "MEMBER_PASSWORD")}
        command = (PYTHON, "-m", "demo.first_data", str(self._migrated), ADMIN, MEMBER, TEAM)
        return self.crew.begin("first_data", *command, env=passwords)

    def _start_workers(self, first_data: Job) -> None:
        """They need the tables."""
        first_data.until(self._migrated.exists)
        self._say("The database has its tables (manage.py migrate).")
        if not self.redis:
            self.crew.keep("platform", PYTHON, "-m", "demo.single", str(self.plan.port))
            return
        broker.wait_for(self._redis_url)
        self.crew.keep("worker", PYTHON, *f"-m celery -A config worker -c {SLOTS}".split())
        self.crew.keep("dispatcher", PYTHON, "manage.py", "dispatch")

    def _set_up_simulators(self) -> None:
        """Forks take a while, so that people see a wait; Jenkins shows its jobs to a browser without a log-in."""
        rest.wait_for(self.plan.sim_url, "The simulators")
        rest.post(f"{self.plan.sim_url}/gitlab/_sim/settings", {"fork_seconds": self.plan.fork_seconds})
        rest.post(f"{self.plan.sim_url}/jenkins/_sim/settings", {"anonymous_read": True})
        self._say("The simulated systems answer.")

    def _simulators_came_back(self) -> None:
        """They forgot everything: give them the templates and teams again."""
        self._set_up_simulators()
        self.crew.begin("bootstrap", PYTHON, "manage.py", "bootstrap").finish()
        self._say("The simulators had forgotten everything and hold the templates and teams again, but no application.")

    def stop(self) -> None:
        """End everything; what the others lean on comes last."""
        self.crew.stop("redis", "simulators")
