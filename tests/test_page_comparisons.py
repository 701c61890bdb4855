"""Earlier comparisons, drawn without a browser."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from falcon.ui import backend as backend_module
from falcon.ui import texts
from falcon.ui.compare.export import comparison_json
from falcon.ui.conversations.owner import Owner
from falcon.ui.labels import plain
from tests.slow_endpoint import SlowEndpoint
from tests.test_page_compare import (
    PAGE,
    address,
    ask,
    comparison,
    comparisons,
    field,
    press,
    press_label,
    shown,
)
from tests.test_page_compare import aws as aws
from tests.test_page_compare import fake_aws as fake_aws

ANNA, BEN = (Owner(name * 22) for name in "ab")


@pytest.fixture
def on_disk(
    aws: SlowEndpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> SlowEndpoint:
    """The page of a server that keeps its comparisons in a file."""
    url = f"sqlite:///{tmp_path / 'conversations.sqlite3'}"
    monkeypatch.setenv("FALCON_HISTORY", url)
    backend_module.environment.cache_clear()
    restart()
    return aws


def restart() -> None:
    """End the server and begin another one on the same disk."""
    backend_module.backend().close()
    backend_module.backend.cache_clear()


def come(owner: Owner | None = ANNA, **named: str) -> AppTest:
    """The comparison in the browser of `owner`, with the list open."""
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.query_params["view"] = "compare"
    for name, value in named.items():
        page.query_params[name] = value
    if owner is not None:
        page.session_state["owner"] = owner
    page.session_state["compare_earlier"] = True
    page.run()
    assert not page.exception
    return page


def listed(page: AppTest) -> list[str]:
    """The questions in the list, without their times."""
    return [
        button.label.partition(" :small")[0]
        for button in page.button
        if (button.key or "").startswith("compare_open_")
    ]


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.main.caption]


def test_a_restart_brings_back_answers_settings_and_files(
    on_disk: SlowEndpoint,
) -> None:
    page = come()
    page.number_input(key=field(page, "B", "temperature")).set_value(0.2).run()
    page = ask(page, "Which falcon?")
    before = comparison_json(comparison(page))
    restart()

    again = come(comparison=address(page, "comparison"))

    assert shown(again).count("Falcon") == 2
    assert again.number_input(key=field(again, "B", "temperature")).value == 0.2
    assert comparison_json(comparison(again)) == before
    assert len(on_disk.bodies) == 2


def test_the_list_has_the_own_ones_that_were_asked(on_disk: SlowEndpoint) -> None:
    page = come()
    assert texts.COMPARE_NO_EARLIER in captions(page)
    page = ask(page, "Which falcon?")
    page = ask(press_label(page, "New comparison"), "Which **owl**?")
    page = press_label(page, "New comparison")

    assert listed(page) == [plain("Which **owl**?"), plain("Which falcon?")]
    assert listed(come(BEN)) == []
    assert on_disk.bodies


def test_a_click_in_the_list_opens_the_comparison(on_disk: SlowEndpoint) -> None:
    page = ask(come(), "Which falcon?")
    first = address(page, "comparison")
    page = press_label(page, "New comparison")

    page = press(page, f"compare_open_{first}")

    assert address(page, "comparison") == first
    assert shown(page).count("Falcon") == 2
    assert len(on_disk.bodies) == 2


def test_a_deleted_comparison_can_be_had_back(on_disk: SlowEndpoint) -> None:
    page = ask(come(), "Which falcon?")
    first = address(page, "comparison")

    page = press(page, f"compare_delete_{first}")
    assert listed(page) == []
    assert address(page, "comparison") != first
    assert comparisons().find(first) is None
    page = press(page, "compare_undo")

    assert listed(page) == [plain("Which falcon?")]
    assert shown(page).count("Falcon") == 2
    restart()
    assert shown(come(comparison=first)).count("Falcon") == 2
    assert len(on_disk.bodies) == 2


def test_another_ones_comparison_opens_by_its_address_alone(
    on_disk: SlowEndpoint,
) -> None:
    page = ask(come(), "Which falcon?")

    other = come(BEN, comparison=address(page, "comparison"))

    assert shown(other).count("Falcon") == 2
    assert listed(other) == []
    assert comparison(other).owner == ANNA.id
    assert len(on_disk.bodies) == 2


def test_a_comparison_that_began_before_the_browser_told_whose_it_is_is_listed(
    on_disk: SlowEndpoint,
) -> None:
    page = ask(come(owner=None), "Which falcon?")
    assert listed(page) == []

    page.session_state["owner"] = ANNA
    page.run()

    assert listed(page.run()) == [plain("Which falcon?")]
    assert on_disk.bodies


def test_a_browser_that_keeps_nothing_is_told(on_disk: SlowEndpoint) -> None:
    page = ask(come(replace(ANNA, is_kept=False)), "Which falcon?")

    assert texts.COMPARE_OWNER_NOT_KEPT in captions(page.run())
    assert on_disk.bodies


def test_what_is_not_on_disk_is_said_and_saved_again(
    on_disk: SlowEndpoint, tmp_path: Path
) -> None:
    page = come()
    blocker = sqlite3.connect(tmp_path / "conversations.sqlite3")
    blocker.execute("ALTER TABLE comparison RENAME TO away")
    page = ask(page, "Which falcon?")
    assert "Not saved" in page.warning[0].value
    assert shown(page).count("Falcon") == 2
    blocker.execute("ALTER TABLE away RENAME TO comparison")
    blocker.close()

    page = press(page, "compare_save_again")

    assert not page.warning
    assert listed(page) == [plain("Which falcon?")]
    assert len(on_disk.bodies) == 2


def test_a_damaged_comparison_is_said_and_a_new_one_begins(
    on_disk: SlowEndpoint, tmp_path: Path
) -> None:
    page = ask(come(), "Which falcon?")
    restart()
    with sqlite3.connect(tmp_path / "conversations.sqlite3") as connection:
        connection.execute("UPDATE comparison SET document = 'null'")
    connection.close()

    again = come(comparison=address(page, "comparison"))

    assert "damaged" in again.toast[0].value
    assert comparison(again).runs == ()
    assert on_disk.bodies
