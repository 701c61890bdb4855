"""Conversations that stay: the list, its menu and whose they are, without a browser.

A browser tells the page its owner; here a test does.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from falcon.conversation import Conversation, Message
from falcon.ui import backend as backend_module
from falcon.ui import texts
from falcon.ui.conversations.listing import CONVERSATIONS_SHOWN
from falcon.ui.conversations.menu import (
    DELETE,
    DELETED_KEY,
    PIN,
    RENAME,
    SECONDS_TO_UNDO,
    UNPIN,
)
from falcon.ui.conversations.owner import Owner
from falcon.ui.labels import plain
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import (
    PAGE,
    ask,
    button,
    messages,
)
from tests.test_page import aws as aws
from tests.test_page import fake_aws as fake_aws
from tests.test_page import own_settings as own_settings

ANNA, BEN = (Owner(name * 22) for name in "ab")


@pytest.fixture(autouse=True)
def only_a_fake_endpoint(own_settings: None, aws: SlowEndpoint) -> None:
    """Nothing here asks more of an endpoint than a word."""


def begin(owner: Owner | None = ANNA, conversation_id: str | None = None) -> AppTest:
    """The page with the list in view, in the browser of `owner`."""
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.session_state["sidebar_tab"] = "Chats"
    if owner is not None:
        page.session_state["owner"] = owner
    if conversation_id is not None:
        page.query_params["conversation"] = conversation_id
    page.run()
    assert not page.exception
    return page


def save(question: str, owner: Owner = ANNA) -> Conversation:
    """A conversation with one question and its answer, kept by the server."""
    asked = Conversation(owner=owner.id).add(Message("user", question), after=None)
    answer = Message("assistant", "Falcon", finish_reason="eos_token")
    answered = asked.add(answer, after=asked.leaf_id)
    backend_module.backend().registry.save(answered)
    return answered


def listed(page: AppTest) -> list[str]:
    return [
        shown.label
        for shown in page.button
        if (shown.key or "").startswith("conversation_")
    ]


def opened(page: AppTest) -> str:
    return "".join(page.query_params.get("conversation", []))


def choose(page: AppTest, action: str, conversation: Conversation) -> AppTest:
    menu = page.menu_button(key=f"conversation_menu_{conversation.id}")
    return menu.click(action).run()


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.caption]


def test_a_conversation_stands_in_the_list_by_its_first_question() -> None:
    page = ask(begin(), "What is a falcon?")
    page = ask(page, "And an owl?")

    assert listed(page.run()) == [plain("What is a falcon?")]


def test_a_click_in_the_list_opens_the_conversation() -> None:
    falcons, owls = save("Falcons"), save("Owls")
    page = begin()

    page = button(page, "Falcons")

    assert messages(page) == [("user", "Falcons"), ("assistant", "Falcon")]
    assert opened(page) == falcons.id
    page = button(page, "Owls")
    assert messages(page)[0] == ("user", "Owls")
    assert opened(page) == owls.id


def test_the_newest_stands_first_and_more_come_on_demand() -> None:
    for number in range(CONVERSATIONS_SHOWN + 2):
        save(f"Question {number}")
    page = begin()
    assert len(listed(page)) == CONVERSATIONS_SHOWN
    assert listed(page)[0] == f"Question {CONVERSATIONS_SHOWN + 1}"

    page = button(page, "Show more")

    assert listed(page)[-1] == "Question 0"
    assert "Show more" not in [shown.label for shown in page.button]


def test_search_finds_what_was_said() -> None:
    save("Falcons"), save("Owls")
    page = begin()

    page.text_input(key="conversation_search").set_value("OWL").run()

    assert listed(page) == ["Owls"]
    page.text_input(key="conversation_search").set_value("eagle").run()
    assert listed(page) == []
    assert texts.NOTHING_FOUND in captions(page)


def test_a_conversation_is_renamed_in_its_place() -> None:
    falcons = save("Falcons")
    page = choose(begin(), RENAME, falcons)

    page.text_input(key="conversation_title").set_value("  Birds of\tprey ").run()

    assert listed(page) == ["Birds of prey"]
    page = begin()
    assert listed(page) == ["Birds of prey"]


def test_a_pinned_conversation_stands_first_until_it_is_unpinned() -> None:
    falcons = save("Falcons")
    save("Owls")
    page = choose(begin(), PIN, falcons)
    assert listed(page) == ["Falcons", "Owls"]

    page = choose(page, UNPIN, falcons)

    assert listed(page) == ["Owls", "Falcons"]


def test_a_deleted_conversation_comes_back_by_undo() -> None:
    falcons = save("Falcons")
    save("Owls")
    page = begin(conversation_id=falcons.id)

    page = choose(page, DELETE, falcons)

    assert listed(page) == ["Owls"]
    assert not page.chat_message
    assert texts.DELETED.format(title="Falcons") in captions(page)
    page = button(page, "Undo")
    assert listed(page) == ["Owls", "Falcons"]
    assert messages(page)[0] == ("user", "Falcons")


def test_undo_is_offered_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    falcons = save("Falcons")
    page = choose(begin(), DELETE, falcons)
    deleted = page.session_state[DELETED_KEY]

    monkeypatch.setattr("time.time", lambda: deleted.when + SECONDS_TO_UNDO)

    assert "Undo" not in [shown.label for shown in page.run().button]


def test_the_address_of_a_deleted_conversation_opens_a_new_one() -> None:
    falcons = save("Falcons")
    choose(begin(), DELETE, falcons)

    page = begin(conversation_id=falcons.id)

    assert page.toast[0].value == texts.GONE
    assert not page.chat_message


def test_a_question_asked_where_the_conversation_is_gone_waits_in_the_box(
    aws: SlowEndpoint,
) -> None:
    page = ask(begin(), "What is a falcon?")
    restart()
    del page.session_state["conversation"]

    page = ask(page, "And how fast is it?")

    assert page.toast[0].value == texts.GONE
    assert page.chat_input[0].value == "And how fast is it?"
    assert not page.chat_message
    assert len(aws.bodies) == 1


def test_a_question_that_comes_with_the_address_just_left_is_the_new_chats() -> None:
    page = ask(begin(), "What is a falcon?")
    left = opened(page)
    page = button(page, "New chat")
    page.query_params["conversation"] = left

    page = ask(page, "And an owl?")

    assert messages(page) == [("user", "And an owl?"), ("assistant", "Falcon")]
    assert opened(page) != left


def test_after_a_restart_the_model_is_sent_what_is_on_the_screen(
    aws: SlowEndpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keep_on_disk(monkeypatch, tmp_path)
    old = ask(ask(begin(), "What is a falcon?"), "How fast is it?")
    restart()

    page = ask(begin(conversation_id=opened(old)), "And an owl?")

    assert messages(page)[:4] == messages(old)
    prompt = json.loads(aws.bodies[-1])["inputs"]
    at = 0
    for _, text in messages(page)[:-1]:
        at = prompt.index(text, at) + len(text)


def test_a_temporary_chat_says_so_and_stands_in_no_list() -> None:
    page = button(begin(), "Temporary")
    assert texts.TEMPORARY in captions(page)

    page = ask(page, "What is a falcon?").run()

    assert len(messages(page)) == 2
    assert listed(page) == []
    assert texts.TEMPORARY in captions(page)
    page = button(page, "New chat")
    assert texts.TEMPORARY not in captions(page)


def test_nobody_sees_anothers_conversations() -> None:
    save("Falcons", ANNA), save("Owls", BEN)

    assert listed(begin(ANNA)) == ["Falcons"]
    assert listed(begin(BEN)) == ["Owls"]
    page = begin(BEN)
    page.text_input(key="conversation_search").set_value("Falcon").run()
    assert listed(page) == ["Owls"]


def test_until_the_browser_says_whose_it_is_the_list_is_empty() -> None:
    save("Falcons")
    page = begin(owner=None)

    page = ask(page, "What is an owl?").run()

    assert listed(page) == []
    page.session_state["owner"] = BEN
    assert listed(page.run()) == [plain("What is an owl?")]


def test_a_shared_conversation_opens_by_its_address_and_can_be_continued() -> None:
    falcons = save("Falcons", ANNA)
    page = begin(BEN, falcons.id)
    assert texts.SHARED_WITH_YOU in captions(page)

    page = ask(page, "And owls?").run()

    assert listed(page) == []
    assert listed(begin(ANNA)) == ["Falcons"]
    page = begin(ANNA, falcons.id)
    assert messages(page)[2:] == [("user", "And owls?"), ("assistant", "Falcon")]
    assert texts.SHARED_WITH_YOU not in captions(page)


@pytest.mark.parametrize(
    "wrong", ["../../etc/passwd", "%00", "팔콘", "x" * 100_000, "a" * 22, "' OR 1=1 --"]
)
def test_an_address_that_names_no_conversation_opens_a_new_one(wrong: str) -> None:
    page = begin(conversation_id=wrong)

    assert page.toast[0].value == texts.GONE
    assert not page.chat_message


def keep_on_disk(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Let the page keep its conversations in a file, as it does for people."""
    file = folder / "conversations.sqlite3"
    monkeypatch.setenv("FALCON_HISTORY", f"sqlite:///{file}")
    restart()
    return file


def restart() -> None:
    """What a new server knows: what is on the disk."""
    if backend_module.backend.cache_info().currsize:
        backend_module.backend().close()
    backend_module.backend.cache_clear()
    backend_module.environment.cache_clear()


def rename_table(file: Path, old: str, new: str) -> None:
    """Take a table away from the page, or give it back."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(f"ALTER TABLE {old} RENAME TO {new}")


def test_what_the_disk_refuses_is_said_and_saved_again_on_demand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = keep_on_disk(monkeypatch, tmp_path)
    page = ask(begin(), "What is a falcon?")
    rename_table(file, "message", "elsewhere")

    page = ask(page, "And an owl?")

    assert page.warning[0].value.startswith(texts.NOT_SAVED.split("{")[0])
    assert len(messages(page)) == 4
    rename_table(file, "elsewhere", "message")
    page = button(page, "Try again")
    assert not page.warning
    restart()
    assert len(messages(begin(conversation_id=opened(page)))) == 4


def test_without_a_disk_conversations_are_in_memory_and_the_list_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "conversations.sqlite3").mkdir()
    keep_on_disk(monkeypatch, tmp_path)

    page = ask(begin(), "What is a falcon?").run()

    assert page.warning[0].value.startswith(texts.NOT_ON_DISK.split("{")[0])
    assert listed(page) == [plain("What is a falcon?")]


def test_a_wrong_address_of_the_history_is_one_line_that_names_the_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FALCON_HISTORY", "conversations.sqlite3")

    page = AppTest.from_file(str(PAGE), default_timeout=30).run()

    assert not page.exception
    assert len(page.error) == 1
    assert "FALCON_HISTORY" in page.error[0].value
