"""Conversations as a JSON document that holds everything, and back.

Every version of every message, with what made it and what a person thought of it. Who
owns a conversation and its id are not in the document: the id opens the conversation
for whoever has it. What comes back has new ids throughout, so it overwrites nothing.
Knows neither the page nor the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from falcon.conversation import Conversation, Message, new_id
from falcon.errors import ConfigurationError, HistoryError
from falcon.interchange.document import (
    LARGEST_DOCUMENT,
    DocumentError,
    read_document,
    write_document,
)
from falcon.interchange.values import from_plain, to_plain
from falcon.parameters import GenerationParameters
from falcon.text import text

FORMAT = "falcon-chat"
VERSION = 1
MOST_MESSAGES = 20_000
"""In one document, all conversations together."""
LONGEST_TITLE = 1000
"""Characters."""
LATEST = 253_402_300_799.0
"""The last second of the year 9999, the last that Python can show."""

_OF_A_CONVERSATION = ("title", "leaf_id", "is_pinned", "created")


def export_json(conversations: Iterable[Conversation]) -> bytes:
    """Return the conversations as a document that `import_json` reads.

    Raises HistoryError if they are more than one document may hold.
    """
    chosen = tuple(conversations)
    document = write_document(
        FORMAT, VERSION, {"conversations": [_to_plain(chat) for chat in chosen]}
    )
    messages = sum(len(conversation.messages) for conversation in chosen)
    if messages > MOST_MESSAGES or len(document) > LARGEST_DOCUMENT:
        raise HistoryError(
            text(
                "These conversations are too many for one file: {messages} messages in "
                "{size:.1f} MB, and {most_messages} messages in {most_size} MB are "
                "allowed. Export fewer at a time.",
                messages=messages,
                size=len(document) / 1024**2,
                most_messages=MOST_MESSAGES,
                most_size=LARGEST_DOCUMENT // 1024**2,
            )
        )
    return document


def import_json(file: bytes, *, owner: str = "") -> tuple[Conversation, ...]:
    """Return the conversations in a document, with new ids, as `owner`'s.

    An answer that was still growing when it was saved comes back as interrupted.
    Raises HistoryError, which says what is wrong, if it is not wholly right.
    """
    try:
        document = read_document(file, FORMAT, VERSION)
        plain = document.pop("conversations", None)
        if not isinstance(plain, list) or document:
            raise DocumentError(
                text('It must hold "{name}", a list, and no more', name="conversations")
            )
        if sum(map(_count, plain)) > MOST_MESSAGES:
            raise DocumentError(
                text("It has more than {most} messages", most=MOST_MESSAGES)
            )
        return tuple(_from_plain(conversation, owner) for conversation in plain)
    except DocumentError as error:
        raise HistoryError(
            text(
                "This file cannot be imported, and nothing was. {problem}.",
                problem=str(error),
            )
        ) from error


def _to_plain(conversation: Conversation) -> dict[str, object]:
    said = {name: getattr(conversation, name) for name in _OF_A_CONVERSATION}
    messages = [to_plain(message) for message in conversation.messages.values()]
    return {**said, "messages": messages}


def _count(plain: object) -> int:
    if not isinstance(plain, dict) or not isinstance(plain.get("messages"), list):
        raise DocumentError(
            text('A conversation must be an object with a list "messages"')
        )
    return len(plain["messages"])


def _from_plain(plain: dict[str, object], owner: str) -> Conversation:
    if foreign := plain.keys() - {*_OF_A_CONVERSATION, "messages"}:
        raise DocumentError(
            text("A conversation cannot have {name!a}", name=min(foreign)[:40])
        )
    listed = plain["messages"]
    assert isinstance(listed, list)
    read = [from_plain(Message, message) for message in listed]
    given = {message.id: message for message in read}
    if len(given) != len(read):
        raise DocumentError(text("Two messages have the same id"))
    for message in read:
        _check(message)
    _check_tree(given)
    ids = {old: new_id() for old in given}
    moved = [_moved(message, ids) for message in read]
    conversation = from_plain(
        Conversation,
        {name: plain[name] for name in _OF_A_CONVERSATION if name in plain},
    )
    if len(conversation.title) > LONGEST_TITLE:
        raise DocumentError(
            text("A title is longer than {most} characters", most=LONGEST_TITLE)
        )
    _check_time(conversation.created)
    if conversation.leaf_id is not None and conversation.leaf_id not in ids:
        raise DocumentError(text("The message that it ends with is missing"))
    return replace(
        conversation,
        owner=owner,
        messages=MappingProxyType({message.id: message for message in moved}),
        leaf_id=conversation.leaf_id and ids[conversation.leaf_id],
    )


def _check(message: Message) -> None:
    if message.role == "system":
        # The page never puts one into the tree, and would not show it.
        raise DocumentError(text("A message can be the user's or the assistant's"))
    _check_time(message.created)
    if message.record is not None:
        try:
            GenerationParameters(**dict(message.record.parameters))  # type: ignore[arg-type]  # by name
        except (ConfigurationError, TypeError) as error:
            raise DocumentError(
                text("An answer's parameters are none that Falcon Chat has")
            ) from error


def _check_time(created: float) -> None:
    if not 0 <= created <= LATEST:
        raise DocumentError(text("A time is outside of the years 1970 to 9999"))


def _check_tree(messages: Mapping[str, Message]) -> None:
    """Raise DocumentError unless each message hangs on one that begins."""
    hanging: set[str | None] = {None}
    for message in messages.values():
        above: list[str] = []
        at: str | None = message.id
        while at not in hanging:
            assert at is not None
            if at not in messages:
                raise DocumentError(text("The message before another one is missing"))
            above.append(at)
            if len(above) > len(messages):
                raise DocumentError(text("Messages follow one another in a circle"))
            at = messages[at].parent_id
        hanging.update(above)


def _moved(message: Message, ids: Mapping[str, str]) -> Message:
    """Return the message under its new id and its parent's."""
    was_growing = message.role == "assistant" and message.finish_reason is None
    return replace(
        message,
        id=ids[message.id],
        parent_id=None if message.parent_id is None else ids[message.parent_id],
        finish_reason="interrupted" if was_growing else message.finish_reason,
    )
