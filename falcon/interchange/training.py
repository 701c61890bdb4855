"""Conversations as JSON lines for fine-tuning: {"messages": [{"role", "content"}]}.

The format that OpenAI's and Hugging Face's trainers read: one conversation a line, as
it is shown, the system prompt first. Only questions with a complete answer go in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from falcon.conversation import Conversation, Message
from falcon.events import FinishReason

COMPLETE: frozenset[FinishReason | None] = frozenset(
    {"eos_token", "stop_sequence", "unknown"}
)
"""How a complete answer ends; "unknown" is a container's that does not tell."""

# JSON allows them in a text, and some readers take them for the end of a line.
_LINE_BREAKS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingExport:
    """The lines, and what is not in them."""

    lines: bytes
    conversations: int
    """How many lines there are."""
    pairs: int
    """How many questions with their answers."""
    left_out_messages: int
    """Shown messages without a complete answer, or cut, or marked as bad."""
    left_out_conversations: int
    """Those without any complete answer."""


def export_jsonl(conversations: Iterable[Conversation]) -> TrainingExport:
    """Return the complete answers that each conversation shows, a line for each."""
    lines: list[str] = []
    shown = pairs = empty = 0
    for conversation in conversations:
        path = conversation.path()
        chosen = _pairs(path)
        shown += len(path)
        pairs += len(chosen)
        if chosen:
            lines.append(_line(chosen))
        else:
            empty += 1
    return TrainingExport(
        lines="".join(lines).encode("utf-8", "replace"),
        conversations=len(lines),
        pairs=pairs,
        left_out_messages=shown - 2 * pairs,
        left_out_conversations=empty,
    )


def _pairs(path: Iterable[Message]) -> list[tuple[Message, Message]]:
    return [
        (question, answer)
        for question, answer in pairwise(path)
        if question.role == "user"
        and answer.role == "assistant"
        and answer.finish_reason in COMPLETE
        and answer.rating != "bad"
        and question.text.strip()
        and answer.text.strip()
    ]


def _line(pairs: list[tuple[Message, Message]]) -> str:
    # The newest answer's: the prompt that the conversation came to have.
    record = pairs[-1][1].record
    system = [{"role": "system", "content": record.system_prompt}] if record else []
    said = [
        {"role": message.role, "content": message.text}
        for pair in pairs
        for message in pair
    ]
    messages = [turn for turn in (*system, *said) if turn["content"]]
    line = json.dumps({"messages": messages}, ensure_ascii=False)
    return line.translate(_LINE_BREAKS) + "\n"
