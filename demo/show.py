"""The show: start everything, create the applications, tell people what they see and where to look."""

import threading

from demo import story
from demo.plan import GITLAB_TOKEN, Plan
from demo.processes import Ears
from demo.rest import Platform
from demo.screen import Screen
from demo.spawning import Closed
from demo.stack import ADMIN, MEMBER, SYSTEMS, TEAM, Stack
from demo.trouble import Trouble

INTERRUPTED = 130
LINKED_STEPS = ("fork_source", "fork_helm", "create_pipeline", "create_application")


class Show(threading.Thread):
    """Runs beside the main thread, which waits for `ended`: set by a signal, by trouble, or at the end (DEMO_EXIT)."""

    def __init__(self, plan: Plan, screen: Screen, ended: threading.Event) -> None:
        super().__init__(name="show", daemon=True)
        self.stack, self.status = Stack(plan, Ears(screen.say, self.give_up)), INTERRUPTED
        self._screen, self._ended = screen, ended

    def give_up(self, sentence: str) -> None:
        """End with status 1 and this sentence, unless the demo is ending already."""
        if not self._ended.is_set():
            self.status = 1
            self._screen.warn(sentence)
            self._ended.set()

    def run(self) -> None:
        """The status to end with is 0 when every application was finished."""
        try:
            self._play()
        except Closed:
            return
        except Trouble as trouble:
            self.give_up(str(trouble))

    def _play(self) -> None:
        stack, screen = self.stack, self._screen
        screen.say(f"Starting: simulated GitLab, Jenkins and Argo CD, {parts(stack)}. All lies in {stack.plan.folder}.")
        stack.start()
        platform = Platform(stack.plan.url)
        platform.log_in(MEMBER, stack.keys["member_password"])
        asked = story.create_applications(platform)
        screen.say(f"Asked for {', '.join(asked)}. Try it: kill the {stack.worker} now, and see them go on:", "bold")
        screen.say(f"kill -9 {stack.crew.pid(stack.worker)}", "bold")
        runs = story.follow(platform, asked, screen.show, stack.plan.patience)
        screen.still()
        self._report(runs)

    def _report(self, runs: story.Runs) -> None:
        screen, plan = self._screen, self.stack.plan
        failed = story.failures(runs)
        for sentence in failed:
            screen.say(f"{sentence} Log: {plan.logs / self.stack.worker}.log", "bold red")
        if not failed:
            screen.say(f"All {len(runs)} applications are finished.", "bold green")
        screen.list(addresses(self.stack, runs))
        self.status = 1 if failed else 0
        if plan.ends:
            self._ended.set()
        else:
            screen.say("Everything stays up until Ctrl-C.")


def parts(stack: Stack) -> str:
    """What runs, for people."""
    if stack.redis is None:
        return "and, without any Redis, web, worker and dispatcher in one process"
    return f"Redis ({stack.redis}), web, worker and dispatcher"


def addresses(stack: Stack, runs: story.Runs) -> list[tuple[str, str]]:
    """Where to look at what was made."""
    plan, keys = stack.plan, stack.keys
    rows = [
        ("API, with documentation", f"{plan.url}/api/docs  user {MEMBER}, password {keys['member_password']}"),
        ("Admin", f"{plan.url}/admin/  user {ADMIN}, password {keys['admin_password']}"),
    ]
    for name, run in runs.items():
        made = [step["links"] for step in run["steps"] if step["name"] in LINKED_STEPS]
        rows += [(name, link["url"]) for several in made for link in several]
    clone = f"git clone {plan.sim_url}/gitlab/{TEAM}/{next(iter(runs))}.git".replace(
        "://", f"://{MEMBER}:{GITLAB_TOKEN}@"
    )
    rows += [("A repository", clone)]
    return rows + [(f"All that {name} holds", f"{plan.sim_url}/{name}/_sim/state") for name in SYSTEMS]
