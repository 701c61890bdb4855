from __future__ import annotations

import json
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import pytest

from falcon.conversation import Conversation, Message
from falcon.errors import HistoryError
from falcon.interchange import MOST_MESSAGES, export_json, import_json
from falcon.record import AnswerRecord

RECORD = AnswerRecord(
    endpoint="my-falcon",
    region="us-east-1",
    container="tgi",
    model="falcon-7b-instruct",
    system_prompt="한국어로 답하세요.",
    parameters=MappingProxyType(
        {"temperature": 0.7, "top_k": 5, "do_sample": True, "stop": ("\nUser:", "`")}
    ),
    unsupported=("watermark",),
    prompt_tokens=12,
    is_estimate=False,
    tokens=7,
    seconds_to_first_token=0.25,
    seconds=1.0,
    seed=2**64 - 1,
    request_id="80e8d6c5",
    variant="AllTraffic",
)


def a_conversation() -> Conversation:
    """Two questions, the first answered twice; the second answer is shown."""
    asked = Conversation(
        title='팔콘 "../../etc" </h1>', owner="browser", is_pinned=True
    )
    asked = asked.add(Message("user", "팔콘이 뭐예요? 👩‍👩‍👧\u2028\t"), after=None)
    question = asked.leaf_id
    first = Message("assistant", "A bird.", finish_reason="length", record=RECORD)
    rated = replace(first, rating="bad", comment="No.\nWrong.")
    both = asked.add(rated, after=question)
    second = Message("assistant", "A model.", finish_reason="eos_token")
    both = both.add(second, after=question)
    return both.add(Message("user", "Why?"), after=both.leaf_id)


def in_order(conversation: Conversation) -> Conversation:
    """The same with its ids numbered, and nobody's."""
    names = {old: f"m{at}" for at, old in enumerate(conversation.messages)}
    messages = {
        names[message.id]: replace(
            message,
            id=names[message.id],
            parent_id=message.parent_id and names[message.parent_id],
        )
        for message in conversation.messages.values()
    }
    leaf = conversation.leaf_id and names[conversation.leaf_id]
    return replace(conversation, id="c", owner="", messages=messages, leaf_id=leaf)


def times(conversation: Conversation) -> list[float]:
    return [message.created for message in conversation.messages.values()]


def document(*conversations: object, **changes: object) -> bytes:
    whole = {"format": "falcon-chat", "version": 1, "conversations": conversations}
    return json.dumps({**whole, **changes}).encode()


def chat(*messages: object, **changes: object) -> dict[str, object]:
    return {"messages": messages, **changes}


def message(**changes: Any) -> dict[str, object]:
    return {"id": "a", "role": "user", "text": "Hi", **changes}


def test_what_was_exported_comes_back_equal() -> None:
    conversations = (a_conversation(), Conversation(), a_conversation())

    imported = import_json(export_json(conversations))

    assert list(map(in_order, imported)) == list(map(in_order, conversations))
    assert list(map(times, imported)) == list(map(times, conversations))
    assert imported[0].created == conversations[0].created


def test_numbers_come_back_with_their_type() -> None:
    conversation = import_json(export_json([a_conversation()]))[0]
    record = list(conversation.messages.values())[1].record

    assert record is not None
    assert [type(value) for value in record.parameters.values()] == [
        float,
        int,
        bool,
        tuple,
    ]


def test_every_id_is_new() -> None:
    conversation = a_conversation()
    file = export_json([conversation])

    imported = [*import_json(file), *import_json(file)]
    ids = {key for one in imported for key in (one.id, *one.messages)}

    assert len(ids) == 10
    assert ids.isdisjoint({conversation.id, *conversation.messages})


def test_neither_the_owner_nor_the_id_that_opens_it_is_in_the_file() -> None:
    conversation = a_conversation()

    exported = export_json([conversation])

    assert b"browser" not in exported
    assert conversation.id.encode() not in exported


def test_the_importer_owns_what_comes_in() -> None:
    assert import_json(export_json([a_conversation()]), owner="me")[0].owner == "me"


def test_each_field_of_a_conversation_is_saved_or_left_out_on_purpose() -> None:
    saved = json.loads(export_json([a_conversation()]))["conversations"][0]

    assert {field.name for field in fields(Conversation)} - saved.keys() == {
        "id",
        "owner",
        "is_temporary",
    }


def test_an_answer_that_was_growing_comes_back_as_interrupted() -> None:
    growing = Conversation().add(Message("assistant", "Fal"), after=None)

    leaf = import_json(export_json([growing]))[0].leaf

    assert leaf is not None
    assert leaf.finish_reason == "interrupted"


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert import_json(b"\xef\xbb\xbf" + document(chat(message())))[0].messages


def test_half_a_character_in_a_text_does_not_stop_an_export() -> None:
    broken = Conversation().add(Message("user", "a\ud800b"), after=None)

    imported = import_json(export_json([broken]))[0]

    assert imported.path()[0].text == "a?b"


def test_more_than_one_file_may_hold_is_not_exported() -> None:
    said = {str(at): Message("user", "", id=str(at)) for at in range(MOST_MESSAGES + 1)}

    with pytest.raises(HistoryError, match="Export fewer"):
        export_json([Conversation(messages=said)])


def test_a_document_may_leave_out_what_has_a_default() -> None:
    (imported,) = import_json(document(chat(message())))

    assert [turn.text for turn in imported.messages.values()] == ["Hi"]
    assert imported.leaf is None


@pytest.mark.parametrize(
    ("file", "why"),
    [
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b"{", "not JSON", id="half an object"),
        pytest.param(b"[]", '"format"', id="a list"),
        pytest.param(b'"falcon-chat"', '"format"', id="a text"),
        pytest.param(b'{"messages": []}', '"format"', id="another format"),
        pytest.param(document(format="other"), '"format"', id="another name"),
        pytest.param(document(version=2), "newer", id="a newer version"),
        pytest.param(document(version=0), "version", id="version 0"),
        pytest.param(document(version=True), "version", id="true for a version"),
        pytest.param(document(version="1"), "version", id="a word for a version"),
        pytest.param(document(extra=1), "no more", id="something beside"),
        pytest.param(document(conversations={}), "a list", id="an object for a list"),
        pytest.param(document("chat"), "object", id="a text for a conversation"),
        pytest.param(document({}), "object", id="a conversation without messages"),
        pytest.param(document(chat(id="mine")), "'id'", id="an id of its own"),
        pytest.param(document(chat(owner="you")), "'owner'", id="somebody's"),
        pytest.param(document(chat(title=1)), "'title'", id="a number for a title"),
        pytest.param(document(chat(title="x" * 1001)), "title", id="a long title"),
        pytest.param(document(chat(created=-1)), "time", id="before 1970"),
        pytest.param(document(chat(created=1e300)), "time", id="after the end"),
        pytest.param(document(chat(leaf_id="b")), "missing", id="a leaf it has not"),
        pytest.param(document(chat("Hi")), "Message", id="a text for a message"),
        pytest.param(document(chat({"id": "a"})), "without its", id="no text"),
        pytest.param(document(chat(message(admin=1))), "'admin'", id="a foreign name"),
        pytest.param(document(chat(message(text=1))), "'text'", id="a number"),
        pytest.param(document(chat(message(text=None))), "'text'", id="null"),
        pytest.param(document(chat(message(text=["Hi"]))), "'text'", id="a list"),
        pytest.param(document(chat(message(id=None))), "'id'", id="null for an id"),
        pytest.param(document(chat(message(role="system"))), "user's", id="a system"),
        pytest.param(document(chat(message(role="System"))), "'role'", id="a System"),
        pytest.param(document(chat(message(role="tool"))), "'role'", id="a tool"),
        pytest.param(document(chat(message(created=True))), "'created'", id="truth"),
        pytest.param(document(chat(message(created=-5))), "time", id="an old message"),
        pytest.param(
            document(chat(message(finish_reason="won"))), "'won'", id="another end"
        ),
        pytest.param(document(chat(message(rating=5))), "'rating'", id="five stars"),
        pytest.param(document(chat(message(record=[]))), "'record'", id="a list of it"),
        pytest.param(
            document(chat(message(record={"tokens": "7"}))), "'tokens'", id="a word"
        ),
        pytest.param(
            document(chat(message(record={"parameters": {"top_p": 7}}))),
            "parameters",
            id="a parameter out of range",
        ),
        pytest.param(
            document(chat(message(record={"parameters": {"endpoint_url": "x"}}))),
            "parameters",
            id="a parameter that there is not",
        ),
        pytest.param(
            document(chat(message(record={"parameters": {"stop": [["a"]]}}))),
            "'stop'",
            id="a list in a list",
        ),
        pytest.param(document(chat(message(), message())), "same id", id="one id"),
        pytest.param(
            document(chat(message(parent_id="b"))), "missing", id="a missing parent"
        ),
        pytest.param(
            document(chat(message(parent_id="a"))), "circle", id="its own parent"
        ),
        pytest.param(
            document(chat(message(parent_id="b"), message(id="b", parent_id="a"))),
            "circle",
            id="two in a circle",
        ),
        pytest.param(
            document(chat(message(text="\ud800"))), "half", id="half a character"
        ),
    ],
)
def test_what_is_not_wholly_right_is_refused(file: bytes, why: str) -> None:
    with pytest.raises(HistoryError, match=why) as refusal:
        import_json(file)

    assert str(refusal.value).startswith("This file cannot be imported, and nothing")
    assert len(str(refusal.value)) < 250


def test_parents_may_come_after_their_children() -> None:
    later = chat(message(parent_id="b"), message(id="b"), leaf_id="a")

    (imported,) = import_json(document(later))

    assert len(imported.path()) == 2
