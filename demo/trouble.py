"""What keeps the demo from going on."""


class Trouble(Exception):
    """One sentence for people that says what happened and what to do; the demo prints it and ends with status 1."""
