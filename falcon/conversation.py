"""Role, Message and Conversation: immutable values that know nobody above them.

A conversation is a tree. Each message names the one it follows, so asking again or
editing a question adds a sibling and nothing is ever overwritten.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from falcon.events import FinishReason
from falcon.record import AnswerRecord

Role = Literal["system", "user", "assistant"]
Rating = Literal["good", "bad"]


def new_id() -> str:
    """Return an identifier nobody can guess: 128 random bits, safe in a URL."""
    return secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn's text and who wrote it."""

    role: Role
    text: str
    id: str = field(default_factory=new_id)
    parent_id: str | None = None
    finish_reason: FinishReason | None = None
    """Why an answer ended; None for a question and for an answer still growing."""
    created: float = field(default_factory=time.time, compare=False)
    """Seconds since 1970, UTC."""
    record: AnswerRecord | None = None
    """What made an answer; None for a question."""
    rating: Rating | None = None
    comment: str = ""
    """What a person wrote beside the rating."""

    @property
    def is_growing(self) -> bool:
        """Whether this is an answer that has not ended."""
        return self.role == "assistant" and self.finish_reason is None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A tree of messages and the leaf that is on the screen."""

    id: str = field(default_factory=new_id)
    messages: Mapping[str, Message] = field(
        default_factory=lambda: MappingProxyType({})
    )
    leaf_id: str | None = None
    title: str = ""
    """What it is called in the list; empty: its first question."""
    owner: str = ""
    """Whose list it stands in: an id that one browser keeps; empty: nobody's."""
    is_pinned: bool = False
    is_temporary: bool = False
    """Whether it is kept in memory only and stands in no list."""
    created: float = field(default_factory=time.time, compare=False)

    def add(self, message: Message, *, after: str | None) -> Conversation:
        """Return the conversation with `message` placed under the message `after`."""
        placed = replace(message, parent_id=after)
        messages = MappingProxyType({**self.messages, placed.id: placed})
        return replace(self, messages=messages, leaf_id=placed.id)

    def replace(self, message: Message) -> Conversation:
        """Return the conversation with the message of the same id exchanged."""
        placed = replace(message, parent_id=self.messages[message.id].parent_id)
        messages = MappingProxyType({**self.messages, placed.id: placed})
        return replace(self, messages=messages)

    def path(self, leaf_id: str | None = None) -> tuple[Message, ...]:
        """Return the messages from the first to `leaf_id`, or else the shown leaf."""
        turns: list[Message] = []
        current = leaf_id if leaf_id is not None else self.leaf_id
        while current is not None:
            turns.append(self.messages[current])
            current = turns[-1].parent_id
        return tuple(reversed(turns))

    def versions(self, message_id: str) -> tuple[Message, ...]:
        """Return the message and its siblings, the oldest first."""
        parent_id = self.messages[message_id].parent_id
        versions = (
            message
            for message in self.messages.values()
            if message.parent_id == parent_id
        )
        return tuple(sorted(versions, key=lambda message: message.created))

    def showing(self, message_id: str) -> Conversation:
        """Return the conversation with the newest path through this message shown."""
        newest = message_id
        following = {
            message.parent_id: message.id for message in self.messages.values()
        }
        while newest in following:
            newest = following[newest]
        return replace(self, leaf_id=newest)

    def without(self, message_id: str) -> Conversation:
        """Return the conversation without a message and all that follows it.

        Another version of it is shown then, or else what stood before it.
        """
        gone = {message_id}
        for message in self.messages.values():
            if message.parent_id in gone:
                gone.add(message.id)
        others = [
            other for other in self.versions(message_id) if other.id != message_id
        ]
        messages = {key: kept for key, kept in self.messages.items() if key not in gone}
        rest = replace(self, messages=MappingProxyType(messages))
        if self.leaf_id not in gone:
            return rest
        if others:
            return rest.showing(others[-1].id)
        return replace(rest, leaf_id=self.messages[message_id].parent_id)

    def with_again(self, before: Conversation) -> Conversation:
        """Return the conversation with what has been taken out of `before`, shown."""
        messages = {**before.messages, **self.messages}
        return replace(
            self, messages=MappingProxyType(messages), leaf_id=before.leaf_id
        )

    @property
    def leaf(self) -> Message | None:
        return None if self.leaf_id is None else self.messages[self.leaf_id]
