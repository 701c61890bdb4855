"""A person's own presets on disk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from falcon.errors import ConfigurationError
from falcon.history import History
from falcon.presets import LONGEST_NAME, LONGEST_TEXT, MOST_PRESETS, Preset
from tests.test_history import Opening, statements
from tests.test_history import history as history
from tests.test_history import opening as opening
from tests.test_history import path as path

MINE = Preset(
    name="Ma façon 🦅",
    description="한국어로 답합니다.",
    parameters={"temperature": 0.2, "seed": 2**64 - 1, "stop": ("END", "\nUser")},
    system_prompt="Be \0 brief.",
)


def test_presets_come_back_as_they_were(opening: Opening) -> None:
    opening().save_presets("anna", [MINE, Preset(name="Another")])

    assert opening().presets("anna") == (Preset(name="Another"), MINE)


def test_another_owner_never_sees_or_touches_them(history: History) -> None:
    history.save_presets("anna", [MINE])

    history.save_presets("ben", [Preset(name=MINE.name)])
    history.delete_preset("ben", MINE.name)

    assert history.presets("anna") == (MINE,)
    assert history.presets("ben") == ()


@pytest.mark.parametrize("owner", ["", "a" * 65, "a' OR 1=1 --", "송골매"])
def test_what_cannot_be_an_owner_has_none(history: History, owner: str) -> None:
    with statements() as sent:
        assert history.presets(owner) == ()
        assert history.comparisons(owner, limit=20) == ()
        assert history.load_comparison(owner) is None

    assert sent == []


def test_saving_takes_the_place_of_one_of_the_same_name(history: History) -> None:
    history.save_presets("anna", [MINE])
    other = Preset(name=MINE.name, parameters={"top_k": 5})

    history.save_presets("anna", [other])

    assert history.presets("anna") == (other,)


def test_a_deleted_preset_is_gone(history: History) -> None:
    history.save_presets("anna", [MINE, Preset(name="Another")])

    history.delete_preset("anna", MINE.name)

    assert history.presets("anna") == (Preset(name="Another"),)


def test_too_many_are_refused_and_none_is_written(history: History) -> None:
    full = [Preset(name=f"Preset {number:03}") for number in range(MOST_PRESETS)]
    history.save_presets("anna", full)

    with pytest.raises(ConfigurationError, match="room for 200"):
        history.save_presets(
            "anna", [Preset(name="Preset 000", system_prompt="x"), MINE]
        )

    assert history.presets("anna") == tuple(full)
    history.save_presets("anna", [Preset(name="Preset 000", system_prompt="x")])
    assert len(history.presets("anna")) == MOST_PRESETS


def test_the_largest_preset_fits(history: History) -> None:
    largest = Preset(
        name="송" * LONGEST_NAME,
        description="골" * LONGEST_TEXT,
        system_prompt="매" * LONGEST_TEXT,
    )

    history.save_presets("anna", [largest])

    assert history.presets("anna") == (largest,)


def test_what_this_version_cannot_read_is_left_alone(
    history: History, path: Path
) -> None:
    history.save_presets("anna", [MINE, *(Preset(name=name) for name in "ab")])
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE preset SET format = 99 WHERE name = 'a'")
        connection.execute("UPDATE preset SET document = '{}' WHERE name = 'b'")
    connection.close()

    assert history.presets("anna") == (MINE,)
    connection = sqlite3.connect(path)
    (count,) = connection.execute("SELECT count(*) FROM preset").fetchone()
    connection.close()
    assert count == 3
