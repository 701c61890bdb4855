"""Conversations as Markdown, for people to read.

What somebody wrote never stands as Markdown of its own: it is quoted, line by line,
or fenced where it could leave a quote or fetch something. So a heading outside of a
quote is the program's, and opening the file asks no other machine for anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from falcon.conversation import Conversation, Message
from falcon.events import FinishReason
from falcon.record import AnswerRecord

_WRITERS = {"system": "System prompt", "user": "User", "assistant": "Falcon"}
_ENDS: dict[FinishReason, str] = {
    "length": "cut at max_new_tokens",
    "stopped": "stopped",
    "interrupted": "interrupted",
}
# HTML, which closes a quote, and images, which are fetched.
_ACTIVE = re.compile(r"<|!\[")
_BACKTICKS = re.compile(r"`+")
_MARKS = re.compile(r"([\\`*_~\[\]<>!#|&$])")


def export_markdown(conversations: Iterable[Conversation]) -> str:
    """Return what each conversation shows, one after another."""
    return "\n".join(
        block for conversation in conversations for block in _blocks(conversation)
    )


def _blocks(conversation: Conversation) -> Iterator[str]:
    path = conversation.path()
    title = conversation.title or (path[0].text if path else "")
    yield f"# {_plain(title)[:200] or 'Conversation'}\n"
    system_prompt = next((m.record.system_prompt for m in path if m.record), "")
    if system_prompt:
        yield _system_block(system_prompt)
    for message in path:
        record = message.record or AnswerRecord(system_prompt=system_prompt)
        if record.system_prompt != system_prompt:
            system_prompt = record.system_prompt
            yield _system_block(system_prompt)
        written = datetime.fromtimestamp(message.created, UTC)
        yield f"## {_WRITERS[message.role]}, {written:%Y-%m-%d %H:%M} UTC\n"
        yield _quoted(message.text)
        if facts := " · ".join(_facts(message)):
            yield f"{facts}\n"


def _system_block(text: str) -> str:
    return f"## {_WRITERS['system']}\n\n{_quoted(text)}"


def _facts(message: Message) -> Iterator[str]:
    if record := message.record:
        yield from filter(None, (_plain(record.model), _plain(record.endpoint)))
        for name, value in record.parameters.items():
            shown = ", ".join(map(repr, value)) if isinstance(value, tuple) else value
            yield _plain(f"{name} {shown}")
        if record.tokens is not None:
            yield f"{record.tokens} tokens"
        if record.seconds is not None:
            yield f"{record.seconds:.1f} s"
    if message.finish_reason in _ENDS:
        yield _ENDS[message.finish_reason]
    if message.rating:
        yield f"rated {message.rating}"
    if message.comment:
        yield _plain(message.comment)


def _quoted(text: str) -> str:
    """Return a text that cannot be taken for anything but a quotation."""
    if not _ACTIVE.search(text):
        return "".join(f"> {line}\n" for line in text.splitlines() or [""])
    longest = max(map(len, _BACKTICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}\n"


def _plain(text: str) -> str:
    """Return a text on one line in which nothing is Markdown."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
