"""The conversation as the next request would carry it. Nothing is sent for this."""

from __future__ import annotations

from collections.abc import Sequence

from falcon.conversation import Message


def turns_so_far(
    messages: Sequence[Message], *, system_prompt: str
) -> tuple[Message, ...]:
    """Return what is sent whatever is asked next; the last turn is a question.

    After an answer that is an empty one, which stands for the next.
    """
    is_answered = not messages or messages[-1].role == "assistant"
    next_question = (Message("user", ""),) if is_answered else ()
    return (*_system(system_prompt), *messages, *next_question)


def turns_to_ask(
    messages: Sequence[Message], question: str, *, system_prompt: str
) -> tuple[Message, ...]:
    """Return the turns that ask `question`, or else the last question again."""
    asked = [*messages]
    if question:
        asked.append(Message("user", question))
    while asked and asked[-1].role == "assistant":
        asked.pop()
    return (*_system(system_prompt), *asked)


def _system(prompt: str) -> tuple[Message, ...]:
    return (Message("system", prompt),) if prompt else ()
