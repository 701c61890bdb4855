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


def test_ids_do_not_repeat_and_are_too_long_to_guess() -> None:
    ids = {new_id() for _ in range(1000)}

    assert len(ids) == 1000
    assert min(map(len, ids)) >= 22


def test_versions_of_a_message_stand_side_by_side() -> None:
    first, second = Message("user", "a"), Message("user", "b")
    conversation = Conversation().add(first, after=None).add(second, after=None)

    ids = [version.id for version in conversation.versions(first.id)]

    assert ids == [first.id, second.id]


def test_showing_a_version_shows_what_followed_it() -> None:
    first, answer, second = (Message("user", text) for text in "abc")
    conversation = Conversation().add(first, after=None).add(answer, after=first.id)
    conversation = conversation.add(second, after=None)

    assert conversation.showing(first.id).leaf_id == answer.id


def test_taking_a_message_out_takes_what_follows_and_shows_another_version() -> None:
    first, answer, second = (Message("user", text) for text in "abc")
    conversation = Conversation().add(second, after=None).add(first, after=None)
    conversation = conversation.add(answer, after=first.id)

    rest = conversation.without(first.id)

    assert set(rest.messages) == {second.id}
    assert rest.leaf_id == second.id


def test_without_its_only_message_a_conversation_is_empty() -> None:
    only = Message("user", "a")

    assert Conversation().add(only, after=None).without(only.id).path() == ()


def test_what_was_taken_out_comes_back_in_its_place() -> None:
    first, answer, second = (Message("user", text) for text in "abc")
    before = Conversation().add(first, after=None).add(answer, after=first.id)
    before = before.add(second, after=None).showing(answer.id)

    again = before.without(first.id).with_again(before)

    assert list(again.messages) == list(before.messages)
    assert again.leaf_id == answer.id


def test_versions_stand_in_the_order_in_which_they_were_made() -> None:
    first = Message("user", "a", created=1.0)
    second = Message("user", "b", created=2.0)
    conversation = Conversation().add(second, after=None).add(first, after=None)

    assert [version.text for version in conversation.versions(first.id)] == ["a", "b"]
