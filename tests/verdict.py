"""`python -m tests.verdict build/junit-*.xml`: fails when a server test was skipped, or when none ran.

The second net below tests/conftest.py, which already turns such a skip into a failure: this one reads what pytest
reported, and so does not depend on how a test was skipped. Silent when all is well.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree


def server_tests(report: Path) -> Iterator[ElementTree.Element]:
    """The test cases of a junit report that need MariaDB or Redis."""
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("properties/property[@name='server']") is not None:
            yield case


def complaints(reports: list[Path]) -> list[str]:
    """What is wrong, a line each."""
    cases = [(report, case) for report in reports for case in server_tests(report)]
    if not cases:
        return ["No server test ran."]
    skipped = [(report, case) for report, case in cases if case.find("skipped") is not None]
    return [f"{report}: skipped: {case.get('classname')}::{case.get('name')}" for report, case in skipped]


def main() -> None:
    """Read the reports named on the command line."""
    found = complaints([Path(name) for name in sys.argv[1:]])
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
