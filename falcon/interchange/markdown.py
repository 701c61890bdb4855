"""Conversations as Markdown, for people to read.

What somebody wrote never stands as Markdown of its own: it is quoted, line by line,
or fenced where it could leave a quote or fetch something. So a heading outside of a
quote is the program's, and opening the file asks no other machine for anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from falcon.conversation import Conversation, Message, Rating, Role
from falcon.events import FinishReason
from falcon.record import AnswerRecord
from falcon.text import text

Say = Callable[[str], str]
"""Says a Text in the reader's language."""

_WRITERS: dict[Role, str] = {
    "system": text("System prompt"),
    "user": text("User"),
    "assistant": "Falcon",
}
_ENDS: dict[FinishReason, str] = {
    "length": text("cut at max_new_tokens"),
    "stopped": text("stopped"),
    "interrupted": text("interrupted"),
}
_RATINGS: dict[Rating, str] = {"good": text("rated good"), "bad": text("rated bad")}
# HTML, which closes a quote, and images, which are fetched.
_ACTIVE = re.compile(r"<|!\[")
_BACKTICKS = re.compile(r"`+")
_MARKS = re.compile(r"([\\`*_~\[\]<>!#|&$])")


def export_markdown(conversations: Iterable[Conversation], *, say: Say = str) -> str:
    """Return what each conversation shows, one after another."""
    return "\n".join(
        block for conversation in conversations for block in _blocks(conversation, say)
    )


def _blocks(conversation: Conversation, say: Say) -> Iterator[str]:
    path = conversation.path()
    title = conversation.title or (path[0].text if path else "")
    yield f"# {_plain(title)[:200] or say(text('Conversation'))}\n"
    system_prompt = next((m.record.system_prompt for m in path if m.record), "")
    if system_prompt:
        yield _system_block(system_prompt, say)
    for message in path:
        record = message.record or AnswerRecord(system_prompt=system_prompt)
        if record.system_prompt != system_prompt:
            system_prompt = record.system_prompt
            yield _system_block(system_prompt, say)
        written = datetime.fromtimestamp(message.created, UTC)
        yield f"## {say(_WRITERS[message.role])}, {written:%Y-%m-%d %H:%M} UTC\n"
        yield _quoted(message.text)
        if facts := " · ".join(_facts(message, say)):
            yield f"{facts}\n"


def _system_block(system_prompt: str, say: Say) -> str:
    return f"## {say(_WRITERS['system'])}\n\n{_quoted(system_prompt)}"


def _facts(message: Message, say: Say) -> Iterator[str]:
    if record := message.record:
        yield from filter(None, (_plain(record.model), _plain(record.endpoint)))
        for name, value in record.parameters.items():
            shown = ", ".join(map(repr, value)) if isinstance(value, tuple) else value
            yield _plain(f"{name} {shown}")
        if record.tokens is not None:
            yield say(text("{count} tokens", count=record.tokens))
        if record.seconds is not None:
            yield say(text("{seconds:.1f} s", seconds=record.seconds))
    if message.finish_reason in _ENDS:
        yield say(_ENDS[message.finish_reason])
    if message.rating:
        yield say(_RATINGS[message.rating])
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
