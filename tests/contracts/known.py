"""Where the knowledge about the real systems lies; it is not part of this repository."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "contracts"
needs_contracts = pytest.mark.skipif(not FOLDER.is_dir(), reason="contracts not present")


def read(name: str) -> Any:
    """The JSON of a file below the folder; an empty object where there is no such folder."""
    return json.loads((FOLDER / name).read_text()) if FOLDER.is_dir() else {}
