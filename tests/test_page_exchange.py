"""Conversations as files, on the page drawn without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from falcon.conversation import Conversation, Message
from falcon.interchange import export_json, import_json
from falcon.interchange.markdown import export_markdown
from falcon.interchange.training import export_jsonl
from falcon.registry import Registry
from falcon.ui import backend as backend_module
from falcon.ui import texts
from falcon.ui.conversations.exchange import (
    FORMATS,
    IMPORT_KEY,
    SCOPE_KEY,
    SCOPES,
    _all,
    _make,
    _this,
)
from falcon.ui.conversations.owner import KEY as OWNER_KEY
from falcon.ui.conversations.owner import Owner
from falcon.ui.sidebar import TAB_KEY
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import ask, draw, messages
from tests.test_page import aws as aws
from tests.test_page import fake_aws as fake_aws
from tests.test_page import own_settings as own_settings

ME, SOMEBODY = "m" * 22, "s" * 22


def a_conversation(text: str = "팔콘이 뭐예요?", owner: str = ME) -> Conversation:
    """A question with two answers, of which the older is shown."""
    asked = Conversation(owner=owner).add(Message("user", text), after=None)
    question = asked.leaf_id
    first = Message("assistant", "A bird.", finish_reason="eos_token")
    second = Message("assistant", "A mod", finish_reason="length")
    both = asked.add(first, after=question).add(second, after=question)
    return both.showing(first.id)


def open_chats(page: AppTest) -> AppTest:
    page.session_state[OWNER_KEY] = Owner(ME)
    page.session_state[TAB_KEY] = "Chats"
    page.run()
    assert not page.exception
    return page


def opened_id(page: AppTest) -> str:
    kept: Conversation = page.session_state["conversation"]
    return kept.id


def registry() -> Registry:
    return backend_module.backend().registry


def upload(page: AppTest, file: bytes, name: str = "chats.json") -> AppTest:
    (uploader,) = (
        box for box in page.file_uploader if str(box.key).startswith(IMPORT_KEY)
    )
    uploader.set_value((name, file, "application/json")).run()
    assert not page.exception
    return page


def texts_of(conversation: Conversation) -> list[tuple[str, str, str]]:
    """Each message with the one before it, in order of time."""
    messages = conversation.messages
    before = {key: messages[key].text for key in messages}
    return [
        (before.get(message.parent_id or "", ""), message.role, message.text)
        for message in messages.values()
    ]


EXPORTS: list[tuple[str, Callable[[list[Conversation]], bytes]]] = [
    ("md", lambda chosen: export_markdown(chosen).encode()),
    ("json", export_json),
    ("jsonl", lambda chosen: export_jsonl(chosen).lines),
]


@pytest.mark.parametrize(("extension", "export"), EXPORTS)
def test_a_file_holds_what_interchange_makes(
    extension: str, export: Callable[[list[Conversation]], bytes]
) -> None:
    (chosen,) = (kind for kind in FORMATS if kind.extension == extension)
    conversation = a_conversation()

    made = _make(chosen, lambda: [conversation])

    assert made == export([conversation])


def test_all_of_mine_are_those_of_my_list_and_no_others(aws: SlowEndpoint) -> None:
    draw()
    for owner in (ME, SOMEBODY, ""):
        registry().save(a_conversation(owner=owner, text=f"Whose? {owner}"))

    assert [found.owner for found in _all(registry(), ME)] == [ME]
    assert _all(registry(), "") == []
    assert not aws.bodies


def test_this_one_is_exported_as_it_is_now(aws: SlowEndpoint) -> None:
    draw()
    old = a_conversation()
    registry().save(old.add(Message("user", "And owls?"), after=old.leaf_id))

    (now,) = _this(registry(), old)

    assert "And owls?" in {message.text for message in now.messages.values()}
    assert not aws.bodies


def test_nothing_is_exported_of_an_empty_conversation() -> None:
    page = open_chats(draw())

    for kind in FORMATS:
        assert page.download_button(key=f"export_{kind.extension}").proto.disabled


@pytest.mark.parametrize("scope", SCOPES)
def test_what_the_lines_for_fine_tuning_leave_out_is_said(
    aws: SlowEndpoint, scope: str
) -> None:
    page = open_chats(ask(draw(), "One"))
    registry().save(a_conversation())
    registry().save(Conversation(owner=ME).add(Message("user", "?"), after=None))

    page.segmented_control(key=SCOPE_KEY).set_value(scope).run()

    pairs, left_out, empty = (1, 0, 0) if scope == SCOPES[0] else (2, 1, 1)
    said = texts.TRAINING_LEFT_OUT.format(
        conversations=pairs, pairs=pairs, left_out=left_out, empty=empty
    )
    assert said in [caption.value for caption in page.caption]
    assert aws.bodies


def test_an_export_comes_back_as_the_same_tree_and_opens() -> None:
    mine = a_conversation()
    page = upload(open_chats(draw()), export_json([mine, a_conversation("Why?")]))

    assert messages(page) == [("user", "팔콘이 뭐예요?"), ("assistant", "A bird.")]
    listed = registry().list(ME)
    assert {summary.title for summary in listed} == {"팔콘이 뭐예요?", "Why?"}
    opened = registry().load(opened_id(page))
    assert opened is not None
    assert opened.owner == ME
    assert opened.id != mine.id
    assert texts_of(opened) == texts_of(mine)
    assert texts.IMPORTED.format(count=2) in [line.value for line in page.caption]


def test_the_same_file_can_be_imported_twice() -> None:
    page = open_chats(draw())
    file = export_json([a_conversation()])

    page = upload(upload(page, file), file)

    assert len(registry().list(ME)) == 2


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x80\x04\x95", id="pickle"),
        pytest.param(b"PK\x03\x04", id="archive"),
        pytest.param(b"[" * 100_000, id="nested"),
        pytest.param(b'{"format": NaN}', id="not a number"),
        pytest.param(export_json([a_conversation()])[:-9], id="cut"),
        pytest.param(
            export_json([a_conversation()]).replace(b'"user"', b'"system"'),
            id="a system prompt",
        ),
    ],
)
def test_a_hostile_file_is_one_line_and_changes_nothing(file: bytes) -> None:
    page = upload(open_chats(draw()), file)

    assert len(page.error) == 1
    assert page.error[0].value.startswith("This file cannot be imported")
    assert not registry().list(ME)
    assert "conversation" not in page.query_params


def test_a_file_without_conversations_is_said() -> None:
    page = upload(open_chats(draw()), export_json([]))

    assert page.error[0].value == texts.IMPORTED_NOTHING.replace(".", "\\.")
    assert json.loads(export_json([]))["conversations"] == []
    assert import_json(export_json([])) == ()
