"""What was sent for an answer, and what came back: a dialog of facts.

What is not known is left out. The prompt is put together again from the conversation,
which never changes what was said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import streamlit as st

from falcon.conversation import Conversation, Message
from falcon.errors import ConfigurationError
from falcon.models import FalconModel, find_model
from falcon.record import AnswerRecord, ParameterValue
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.language import say
from falcon.ui.messages.figures import format_seconds, format_speed
from falcon.ui.messages.html_buttons import copy_button

SHOWN_KEY = "sent_shown"


def show_sent(message_id: str) -> None:
    """Have the dialog drawn, until it is closed."""
    st.session_state[SHOWN_KEY] = message_id


def draw_sent(backend: Backend, conversation: Conversation) -> None:
    message = conversation.messages.get(st.session_state.get(SHOWN_KEY, ""))
    if message is None or message.record is None:
        return
    dialog = st.dialog(say("What was sent"), width="medium", on_dismiss=_close)
    dialog(_draw)(message, message.record, _prompt(backend, conversation, message))


def _close() -> None:
    st.session_state.pop(SHOWN_KEY, None)


def _draw(message: Message, record: AnswerRecord, prompt: str) -> None:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
        for name, value in describe_sent(message, record)
    )
    st.html(f'<dl class="falcon-facts">{rows}</dl>')
    if record.continues:
        st.caption(say(texts.CONTINUED))
    _draw_text(say("System prompt"), record.system_prompt)
    if record.container == "openai_chat":
        st.caption(say(texts.TEMPLATE_OF_CONTAINER))
    _draw_text(say("Prompt"), prompt)


def _draw_text(title: str, text: str) -> None:
    if text:
        st.html(
            f'<div class="falcon-row"><b>{escape(title)}</b>{copy_button(text)}</div>'
        )
        st.code(text, None, wrap_lines=True)


def describe_sent(message: Message, record: AnswerRecord) -> Iterator[tuple[str, str]]:
    """Return names and values, without what is not known."""
    facts = (
        (say("Endpoint"), record.endpoint),
        (say("Region"), record.region),
        (say("Container"), record.container),
        (say("Variant"), record.variant),
        (say("Model"), record.model),
        *_parameters(record),
        (say("Tokens in"), _tokens_in(record)),
        (say("Tokens out"), record.tokens and f"{record.tokens:,}"),
        (say("Left out"), record.dropped and say(texts.LEFT_OUT, count=record.dropped)),
        (say("Time to first token"), _seconds(record.seconds_to_first_token)),
        (say("Time in all"), _seconds(record.seconds)),
        (say("Speed"), format_speed(record)),
        (say("Ended by"), message.finish_reason),
        (say("Seed used"), None if record.seed is None else str(record.seed)),
        (say("Request id"), record.request_id),
    )
    return ((name, value) for name, value in facts if value)


def _parameters(record: AnswerRecord) -> Iterator[tuple[str, str]]:
    for name, value in record.parameters.items():
        said = _value(value)
        if name in record.unsupported:
            said = say(texts.NOT_SENT_VALUE, value=said)
        yield name, said


def _value(value: ParameterValue) -> str:
    if isinstance(value, bool):
        return say("on") if value else say("off")
    if isinstance(value, tuple):
        return " ".join(map(repr, value))
    return str(value)


def _tokens_in(record: AnswerRecord) -> str:
    if record.prompt_tokens is None:
        return ""
    return f"{'~' * record.is_estimate}{record.prompt_tokens:,}"


def _seconds(seconds: float | None) -> str:
    return format_seconds(seconds) if seconds else ""


def _prompt(backend: Backend, conversation: Conversation, answer: Message) -> str:
    record = answer.record or AnswerRecord()
    model = _model(backend, record.model)
    if model is None:
        return ""
    *before, _ = conversation.path(answer.id)
    return model.template.render(sent_turns(before, answer, record))


def sent_turns(
    before: Sequence[Message], answer: Message, record: AnswerRecord
) -> tuple[Message, ...]:
    """Return the turns that were sent, given those before the answer."""
    system = [Message("system", record.system_prompt)] if record.system_prompt else []
    turns = [*before[record.dropped :]]
    if record.continues:
        turns.append(Message("assistant", answer.text[: record.continues]))
    return (*system, *turns)


def _model(backend: Backend, model_id: str) -> FalconModel | None:
    local = backend.local_model() if model_id else None
    if local is not None and local.id == model_id:
        return local
    try:
        return find_model(model_id)
    except ConfigurationError:
        return None
