"""`python -m demo`: start everything, create an application of each type, stay up until Ctrl-C."""

import os
import signal
import sys
import threading

from demo import folder, ports
from demo.plan import Plan
from demo.screen import Screen
from demo.show import Show
from demo.spawning import end_leftovers
from demo.trouble import Trouble


def main() -> int:
    """The status to end with: 0 when every application was finished."""
    screen = Screen()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        plan = Plan.read(os.environ)
        with folder.open_folder(plan.folder):
            return run(plan, screen, ended)
    except Trouble as trouble:
        screen.warn(str(trouble))
        return 1


def run(plan: Plan, screen: Screen, ended: threading.Event) -> int:
    """Everything, in a folder that is ours alone, until `ended`.

    The show has a thread of its own, so that a signal finds this one waiting: nothing is interrupted half way, and
    nothing is started once the stack is being stopped.
    """
    end_leftovers(plan.folder, screen.say)
    ports.check(plan)
    folder.empty(plan.folder)
    show = Show(plan, screen, ended)
    show.start()
    ended.wait()
    screen.still()
    screen.say("Stopping everything.")
    show.stack.stop()
    return show.status


if __name__ == "__main__":
    sys.exit(main())
