"""A person's own presets that stay, without a browser.

A browser tells the page its owner; here a test does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from falcon.presets import Preset, export_presets
from falcon.ui import backend as backend_module
from falcon.ui import texts
from falcon.ui.conversations.owner import Owner
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import PAGE
from tests.test_page import fake_aws as fake_aws
from tests.test_page_preset_choice import choose, chosen, save, upload
from tests.test_page_tuning import captions, field, set_to

ANNA, BEN = (Owner(name * 22) for name in "ab")


@pytest.fixture(autouse=True)
def path(
    fake_aws: SlowEndpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Path]:
    """The disk of a server in front of an endpoint."""
    path = tmp_path / "conversations.sqlite3"
    settings = {
        **fake_aws.environ,
        "FALCON_ENDPOINT": "healthy",
        "FALCON_REGION": "us-east-1",
        "FALCON_HISTORY": f"sqlite:///{path}",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    backend_module.environment.cache_clear()
    backend_module.backend.cache_clear()
    yield path
    restart()


def restart() -> None:
    """End the server; the next page begins another one on the same disk."""
    backend_module.backend().close()
    backend_module.backend.cache_clear()


def come(owner: Owner | None = ANNA) -> AppTest:
    """A new tab in the browser of `owner`."""
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    if owner is not None:
        page.session_state["owner"] = owner
    page.run()
    assert not page.exception
    return page


def own(page: AppTest) -> list[str]:
    """The presets that the page did not bring along."""
    return [name for name in page.selectbox(key="preset").options if name in NAMES]


NAMES = ("Mine", "Another")


def test_a_reload_and_a_restart_bring_presets_back() -> None:
    page = set_to(come(), "top_k", 5)
    page.text_area(key="system_prompt").set_value("Like a pirate.").run()
    page = save(page, "Mine", with_prompt=True)
    assert texts.OWN_PRESETS in captions(page)

    assert own(come()) == ["Mine"]
    restart()
    page = choose(come(), "Mine")

    assert page.text_area(key="system_prompt").value == "Like a pirate."
    assert field(page, "top_k").value == 5
    assert chosen(page) == "Mine"


def test_an_open_tab_sees_anothers_presets_from_its_next_run_on() -> None:
    page = come()

    other = save(set_to(come(), "top_k", 5), "Mine")
    assert own(page.run()) == ["Mine"]
    choose(other, "Mine").button(key="delete_preset").click().run()

    assert own(page.run()) == []
    assert own(other.run()) == []


def test_another_owner_does_not_see_them() -> None:
    save(set_to(come(), "top_k", 5), "Mine")

    assert own(come(BEN)) == []


def test_an_imported_preset_stays() -> None:
    upload(come(), export_presets([Preset(name="Mine"), Preset(name="Another")]))
    restart()

    assert own(come()) == ["Another", "Mine"]


@pytest.mark.parametrize("owner", [None, replace(ANNA, is_kept=False)])
def test_where_the_browser_keeps_nothing_the_session_has_them(
    owner: Owner | None,
) -> None:
    page = save(set_to(come(owner), "top_k", 5), "Mine")

    assert own(page) == ["Mine"]
    assert texts.OWN_PRESETS_OF_SESSION in captions(page)
    assert own(come(owner)) == []
    page = choose(page, "Mine").button(key="delete_preset").click().run()
    assert own(page) == []


def test_one_saved_before_the_browser_told_whose_it_is_stays() -> None:
    page = save(set_to(come(owner=None), "top_k", 5), "Mine")

    page.session_state["owner"] = ANNA
    page.run()

    assert texts.OWN_PRESETS in captions(page)
    assert own(come()) == ["Mine"]


def test_what_the_disk_refuses_stays_in_the_session_and_is_said(path: Path) -> None:
    page = set_to(come(), "top_k", 5)
    blocker = sqlite3.connect(path)
    blocker.execute("ALTER TABLE preset RENAME TO away")

    page = save(page, "Mine")

    assert "Not saved" in page.error[0].value
    assert own(page) == ["Mine"]
    assert chosen(page) == "Mine"
    assert texts.OWN_PRESETS_NOT_KEPT in captions(page)
    blocker.execute("ALTER TABLE away RENAME TO preset")
    blocker.close()
    page = save(page, "Mine")
    assert not page.error
    assert texts.OWN_PRESETS in captions(page)
    assert own(come()) == ["Mine"]
