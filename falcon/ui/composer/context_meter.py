"""How much of what the model can read at once the conversation takes, in one line.

Counts what the next question would carry, without the question itself: a browser keeps
that to itself until it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from falcon.context_window import ContextWindow, FittedPrompt
from falcon.conversation import Conversation
from falcon.errors import InvalidInputError
from falcon.parameters import GenerationParameters
from falcon.prompt import Turn
from falcon.tokenizer import token_counter
from falcon.ui import texts
from falcon.ui.backend import Backend, Target
from falcon.ui.composer.next_request import turns_so_far
from falcon.ui.language import say
from falcon.ui.sidebar import Choices

COUNTED_KEY = "context_counted"
STEPS = ((0.95, "full"), (0.85, "high"), (0.70, "raised"))
"""From which share of the room on the meter has another colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextUse:
    """Tokens, and messages."""

    used: int
    reserved: int
    """For the answer."""
    free: int
    dropped: int
    """How many of the oldest messages no longer fit."""
    is_estimate: bool

    @classmethod
    def of(cls, fitted: FittedPrompt, window: ContextWindow) -> ContextUse:
        room = min(
            window.max_total_tokens - fitted.max_new_tokens, window.max_input_tokens - 1
        )
        return cls(
            used=fitted.tokens,
            reserved=fitted.max_new_tokens,
            free=max(room - fitted.tokens, 0),
            dropped=fitted.dropped,
            is_estimate=fitted.is_estimate,
        )

    @property
    def step(self) -> str:
        """The name of the colour; a conversation that lost messages is full."""
        share = self.used / (self.used + self.free) if not self.dropped else 1
        return next((name for least, name in STEPS if share >= least), "low")


def draw_context(
    backend: Backend, conversation: Conversation, choices: Choices
) -> None:
    """Draw the meter; one element, whatever there is to say."""
    target = backend.ready_target(choices.target)
    if target is None or conversation.leaf is None:
        st.empty()
        return
    try:
        use = _use(backend, target, conversation, choices)
    except InvalidInputError:
        st.caption(say(texts.CONTEXT_FULL))
        return
    st.html(_line(use))


def _use(
    backend: Backend, target: Target, conversation: Conversation, choices: Choices
) -> ContextUse:
    """Return the use of the context; what was counted exactly is not counted twice.

    A tokenizer takes tens of milliseconds for what an estimate takes one for.
    """
    leaf, parameters = conversation.leaf, choices.parameters
    asked = (target, leaf, choices.system_prompt, parameters.max_new_tokens)
    known: tuple[object, ContextUse] | None = st.session_state.get(COUNTED_KEY)
    if known is not None and known[0] == asked:
        return known[1]
    turns = turns_so_far(conversation.path(), system_prompt=choices.system_prompt)
    use = ContextUse.of(*_fit(backend, target, turns, parameters))
    st.session_state[COUNTED_KEY] = None if use.is_estimate else (asked, use)
    return use


def _fit(
    backend: Backend,
    target: Target,
    turns: Sequence[Turn],
    parameters: GenerationParameters,
) -> tuple[FittedPrompt, ContextWindow]:
    client, model = backend.made_client(target), target.model
    if client is not None:
        return client.fit(turns, parameters), client.window
    # What a new client would say, without boto3, which takes 0.2 s to import.
    fitted = model.window.fit(
        turns,
        template=model.template,
        max_new_tokens=parameters.max_new_tokens,
        count=token_counter(model.tokenizer),
    )
    return fitted, model.window


def _line(use: ContextUse) -> str:
    sentence = texts.CONTEXT_ABOUT if use.is_estimate else texts.CONTEXT
    said = say(
        sentence,
        used=f"{use.used:,}",
        reserved=f"{use.reserved:,}",
        free=f"{use.free:,}",
    )
    if use.dropped:
        said += f" · {say(texts.CONTEXT_DROPPED, count=use.dropped)}"
    title = escape(say(texts.CONTEXT_HELP))
    total = use.used + use.reserved + use.free
    widths = (100 * use.used / total, 100 * use.reserved / total)
    return (
        f'<div class="context-meter {use.step}" title="{title}">'
        '<div aria-hidden="true">'
        f'<i style="width:{widths[0]:.1f}%"></i><i style="width:{widths[1]:.1f}%"></i>'
        f"</div><span>{escape(said)}</span></div>"
    )
