"""`python -m demo.first_data`: schema, first data and two people in one process: each start of Python costs a second.

Only Django's own `call_command` is used: what runs is what `manage.py migrate`, `bootstrap` and `create_user` run.
"""

import os
import sys
from pathlib import Path

import django
from django.core.management import CommandError, call_command

PASSWORD = "NEW_USER_PASSWORD"


def main(migrated: Path, admin: str, member: str, team: str) -> None:
    """Makes the file `migrated` when there are tables. Passwords come in ADMIN_PASSWORD and MEMBER_PASSWORD."""
    django.setup()
    call_command("migrate", interactive=False)
    migrated.touch()
    call_command("bootstrap")
    os.environ[PASSWORD] = os.environ["ADMIN_PASSWORD"]
    call_command("create_user", admin, email=f"{admin}@example.com", staff=True)
    os.environ[PASSWORD] = os.environ["MEMBER_PASSWORD"]
    call_command("create_user", member, email=f"{member}@example.com", team=team)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), *sys.argv[2:])
    except CommandError as error:
        sys.exit(str(error))
