from __future__ import annotations

from falcon.conversation import Conversation, Message, new_id


def texts(conversation: Conversation) -> list[str]:
    return [message.text for message in conversation.path()]


def test_messages_read_from_the_first_to_the_shown_leaf() -> None:
    conversation = Conversation().add(Message("user", "one"), after=None)
    conversation = conversation.add(
        Message("assistant", "two"), after=conversation.leaf_id
    )

    assert texts(conversation) == ["one", "two"]


def test_a_second_answer_is_a_sibling_and_overwrites_nothing() -> None:
    asked = Conversation().add(Message("user", "one"), after=None)
    first = asked.add(Message("assistant", "two"), after=asked.leaf_id)
    second = first.add(Message("assistant", "three"), after=asked.leaf_id)

    assert texts(second) == ["one", "three"]
    assert [message.text for message in second.path(first.leaf_id)] == ["one", "two"]


def test_adding_leaves_the_old_value_as_it_was() -> None:
    before = Conversation()

    before.add(Message("user", "one"), after=None)

    assert texts(before) == []


def test_a_replaced_message_keeps_its_place() -> None:
    asked = Conversation().add(Message("user", "one"), after=None)
    answer = Message("assistant", "")
    growing = asked.add(answer, after=asked.leaf_id)

    grown = growing.replace(Message("assistant", "two", id=answer.id))

    assert texts(grown) == ["one", "two"]


def test_without_its_leaf_a_conversation_shows_what_was_before() -> None:
    asked = Conversation().add(Message("user", "one"), after=None)
    answered = asked.add(Message("assistant", "two"), after=asked.leaf_id)

    assert answered.without_leaf() == asked


def test_an_empty_conversation_has_no_leaf_to_lose() -> None:
    conversation = Conversation()

    assert conversation.without_leaf() is conversation
    assert conversation.leaf is None


def test_ids_do_not_repeat_and_are_too_long_to_guess() -> None:
    ids = {new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert min(map(len, ids)) >= 22
