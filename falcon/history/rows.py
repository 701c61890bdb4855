"""Messages, conversations and answer records as rows of the tables, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from sqlalchemy import RowMapping

from falcon.conversation import Conversation, Message
from falcon.record import AnswerRecord

_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
_RECORD_FIELDS = {field.name for field in fields(AnswerRecord)}


def storable(text: str) -> str:
    """Return `text` with the marker � for what no database takes.

    PostgreSQL refuses NUL, and half a surrogate pair has no UTF-8.
    """
    return _NOT_STORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def conversation_row(conversation: Conversation) -> dict[str, object]:
    return {
        "owner": conversation.owner,
        "is_pinned": conversation.is_pinned,
        "created": conversation.created,
        "leaf_id": conversation.leaf_id,
        "title": storable(conversation.title),
    }


def message_row(message: Message) -> dict[str, object]:
    return {
        "parent_id": message.parent_id,
        "role": message.role,
        "finish_reason": message.finish_reason,
        "rating": message.rating,
        "created": message.created,
        "comment": storable(message.comment),
        "text": storable(message.text),
        "record": None if message.record is None else _encode(message.record),
    }


def read_message(row: RowMapping) -> Message:
    return Message(
        role=row["role"],
        text=row["text"],
        id=row["id"],
        parent_id=row["parent_id"],
        finish_reason=row["finish_reason"],
        created=row["created"],
        record=None if row["record"] is None else _decode(row["record"]),
        rating=row["rating"],
        comment=row["comment"],
    )


def read_conversation(row: RowMapping, messages: Mapping[str, Message]) -> Conversation:
    leaf_id = row["leaf_id"]
    return Conversation(
        id=row["id"],
        messages=MappingProxyType(dict(messages)),
        # Where two servers wrote at once, one may have deleted what the other shows.
        leaf_id=leaf_id if leaf_id in messages else next(reversed([*messages]), None),
        title=row["title"],
        owner=row["owner"],
        is_pinned=row["is_pinned"],
        created=row["created"],
    )


def _encode(record: AnswerRecord) -> str:
    values = {name: getattr(record, name) for name in _RECORD_FIELDS}
    values["parameters"] = dict(record.parameters)
    return storable(json.dumps(values, ensure_ascii=False))


def _decode(text: str) -> AnswerRecord:
    """Return the record, without the fields that only a newer version knows."""
    values = json.loads(text)
    known = {name: _tuple(values[name]) for name in _RECORD_FIELDS if name in values}
    parameters = {key: _tuple(value) for key, value in known["parameters"].items()}
    return AnswerRecord(**{**known, "parameters": MappingProxyType(parameters)})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
