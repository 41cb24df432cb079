"""The demo's folder: one demo at a time, keys kept and private, everything else new."""

import json
import os
import stat
from pathlib import Path

import pytest

from demo import folder
from demo.trouble import Trouble


def test_keys_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    made = folder.keys(tmp_path)

    assert folder.keys(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert len(set(made.values())) == len(made)


def test_a_key_that_a_newer_version_needs_is_added_to_the_old_ones(tmp_path: Path) -> None:
    made = folder.keys(tmp_path)
    without = {name: value for name, value in made.items() if name != "redis_password"}
    (tmp_path / "keys.json").write_text(json.dumps(without))

    again = folder.keys(tmp_path)

    assert without.items() <= again.items()
    assert again["redis_password"] not in ("", made["redis_password"])


def test_a_second_demo_in_the_same_folder_is_told_who_has_it_and_what_to_do(tmp_path: Path) -> None:
    with folder.open_folder(tmp_path), pytest.raises(Trouble) as refused:
        folder.open_folder(tmp_path)

    assert f"process {os.getpid()}" in str(refused.value)
    assert "DEMO_DATA" in str(refused.value)


def test_an_emptied_folder_keeps_its_keys_and_its_lock(tmp_path: Path) -> None:
    with folder.open_folder(tmp_path):
        made = folder.keys(tmp_path)
        (tmp_path / "simulators" / "1.git").mkdir(parents=True)
        (tmp_path / "slipway.sqlite3").write_text("old")
        (tmp_path / "mine.txt").write_text("nobody else's")

        folder.empty(tmp_path)

        assert sorted(entry.name for entry in tmp_path.iterdir()) == ["keys.json", "lock", "logs", "mine.txt"]
        assert folder.keys(tmp_path) == made
        with pytest.raises(Trouble):
            folder.open_folder(tmp_path)


def test_a_folder_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()

    with pytest.raises(Trouble, match="Put an empty or a new folder into DEMO_DATA"):
        folder.open_folder(tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["logs"]
