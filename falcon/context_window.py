"""ContextWindow: which turns fit a model, and what had to go.

Knows lengths only. The model's tokenizer counts them where it is at hand (see
falcon/tokenizer.py); otherwise they are estimated from the text, on the safe side, and
the endpoint's own counts correct the estimate (see falcon/client.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from falcon.conversation import Message
from falcon.errors import InvalidInputError
from falcon.prompt import PromptTemplate, Turn
from falcon.text import text

SHORTEST_ANSWER = 16
"""Tokens kept free for an answer, however long the question."""

# How far a corrected estimate stays above what was counted.
_MARGIN = 1.05
# Six characters of English a token would be much; and no text has more tokens than
# bytes, which is three times the estimate of English.
_LEAST_CORRECTION, _MOST_CORRECTION = 0.5, 3.0
# Of a shorter prompt, what a container adds of its own is too large a part.
_TELLING_TOKENS = 64


@dataclass(frozen=True, slots=True)
class FittedPrompt:
    """A prompt that fits, and what was left out to make it fit."""

    text: str
    max_new_tokens: int
    """At most what was asked for; less where the prompt leaves less room."""
    dropped: int
    """How many of the oldest messages were left out."""
    tokens: int
    """How long the prompt is."""
    turns: tuple[Message, ...]
    """What was kept, each text as harmless as in the prompt: for a container that
    applies a chat template of its own."""
    is_estimate: bool
    """Whether `tokens` is estimated; otherwise the model's tokenizer counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextWindow:
    """The tokens a model takes: prompt and answer together, and the prompt alone."""

    max_total_tokens: int
    max_input_tokens: int
    correction: float = 1.0
    """Counted tokens per estimated token, once the endpoint has told."""

    def estimate(self, text: str) -> int:
        """Return about how many tokens `text` is, rather too many than too few."""
        return math.ceil(_thirds(text) * self.correction / 3)

    def fit(
        self,
        turns: Sequence[Turn],
        *,
        template: PromptTemplate,
        max_new_tokens: int,
        count: Callable[[str], int] | None = None,
    ) -> FittedPrompt:
        """Drop whole oldest turns until prompt and answer fit.

        The system message and the newest question always stay; raises
        InvalidInputError if those alone are too long. `count` is the model's own
        tokenizer. The time it takes grows with what fits, not with what there is.
        """
        system = [_clean(turn, template) for turn in turns if turn.role == "system"]
        rest = [turn for turn in turns if turn.role != "system"]
        last = _last_question(rest)
        newest = [_clean(turn, template) for turn in rest[last:]]
        measure = count or self.estimate
        least = _join([*system, *newest], template)
        answer, room = self._divide(
            measure(least), max_new_tokens, is_estimate=count is None
        )
        weigh, limit = (count, room) if count else (_thirds, room * 3 / self.correction)
        older = _newest_within(
            limit - weigh(least), rest[:last], template=template, weigh=weigh
        )
        while True:
            kept = (*system, *older, *newest)
            text = _join(kept, template)
            tokens = measure(text)
            if tokens <= room or not older:
                break
            # A token may reach over the end of a turn: the parts do not tell it all.
            older = _from_first_question(older[1:])
        return FittedPrompt(
            text=text,
            max_new_tokens=answer,
            dropped=len(rest) - len(newest) - len(older),
            tokens=tokens,
            turns=kept,
            is_estimate=count is None,
        )

    def corrected(
        self, prompt: FittedPrompt, error: InvalidInputError
    ) -> ContextWindow:
        """Return the window that a refusal of `prompt` tells of.

        It may name its limits, and how many tokens it counted. A prompt that was
        refused for no reason to be seen means a smaller window; halving finds it.
        """
        total = error.max_total_tokens or self.max_total_tokens
        longest = min(error.max_input_tokens or self.max_input_tokens, total - 1)
        window = replace(self, max_total_tokens=total, max_input_tokens=longest)
        if error.input_tokens is not None and error.input_tokens > prompt.tokens:
            window = window._longer(prompt, error.input_tokens)
        return window if window != self else self._less(total // 2, longest // 2)

    def learned(self, prompt: FittedPrompt, *, input_tokens: int) -> ContextWindow:
        """Return the window that knows how long an answered `prompt` was.

        An estimate that was too low is put right at once, one that was too high comes
        down bit by bit. A count that no text of this length can have changes nothing.
        """
        if not prompt.is_estimate or input_tokens < _TELLING_TOKENS:
            return self
        needed = _MARGIN * 3 * input_tokens / _thirds(prompt.text)
        if needed > _MARGIN * _MOST_CORRECTION:
            return self
        if needed < self.correction:
            needed = self.correction - (self.correction - needed) / 4
        return self._with_correction(needed)

    def _divide(
        self, least: int, max_new_tokens: int, *, is_estimate: bool
    ) -> tuple[int, int]:
        """Return the tokens for the answer and those for the prompt."""
        room = min(self.max_total_tokens - SHORTEST_ANSWER, self.max_input_tokens - 1)
        if least > room:
            raise _too_long(least, room, is_estimate=is_estimate)
        answer = min(max_new_tokens, self.max_total_tokens - least)
        return answer, min(self.max_total_tokens - answer, self.max_input_tokens - 1)

    def _longer(self, prompt: FittedPrompt, input_tokens: int) -> ContextWindow:
        """Return the window in which `prompt` counts as what the endpoint counted."""
        if prompt.is_estimate:
            needed = _MARGIN * 3 * input_tokens / _thirds(prompt.text)
            return self._with_correction(max(needed, self.correction))
        # The container adds something of its own to what the tokenizer sees.
        return self._less(
            self.max_total_tokens - input_tokens + prompt.tokens,
            self.max_input_tokens - input_tokens + prompt.tokens,
        )

    def _less(self, total: int, longest: int) -> ContextWindow:
        return replace(self, max_total_tokens=total, max_input_tokens=longest)

    def _with_correction(self, correction: float) -> ContextWindow:
        bounded = min(max(correction, _LEAST_CORRECTION), _MOST_CORRECTION)
        return replace(self, correction=bounded)


def _too_long(least: int, room: int, *, is_estimate: bool) -> InvalidInputError:
    if is_estimate:
        return InvalidInputError(
            text(
                "This message is too long for the model: about {tokens} tokens, and "
                "{room} fit. Shorten the message or the system prompt.",
                tokens=least,
                room=room,
            )
        )
    return InvalidInputError(
        text(
            "This message is too long for the model: {tokens} tokens, and {room} fit. "
            "Shorten the message or the system prompt.",
            tokens=least,
            room=room,
        )
    )


def _thirds(text: str) -> int:
    """Return about how many thirds of a token `text` is.

    English is 3 to 4 characters a token in Falcon's vocabularies; other scripts come
    close to a token for every one and a half bytes.
    """
    encoded = len(text.encode("utf-8", "replace"))
    return 2 * encoded - len(text.encode("ascii", "ignore"))


def _clean(turn: Turn, template: PromptTemplate) -> Message:
    return Message(turn.role, template.clean(turn.text))


def _join(messages: Sequence[Message], template: PromptTemplate) -> str:
    return template.join([(message.role, message.text) for message in messages])


def _last_question(turns: Sequence[Turn]) -> int:
    """Return where the newest question stands; an answer to continue follows it."""
    for at in range(len(turns) - 1, -1, -1):
        if turns[at].role == "user":
            return at
    return 0


def _newest_within(
    limit: float,
    turns: Sequence[Turn],
    *,
    template: PromptTemplate,
    weigh: Callable[[str], int],
) -> list[Message]:
    """Return the newest of `turns` that weigh no more than `limit` together.

    The first of them is a question.
    """
    kept: list[Message] = []
    for turn in reversed(turns):
        message = _clean(turn, template)
        limit -= weigh(template.mark(message.role, message.text))
        if limit < 0:
            break
        kept.append(message)
    return _from_first_question(kept[::-1])


def _from_first_question(messages: list[Message]) -> list[Message]:
    for first, message in enumerate(messages):
        if message.role == "user":
            return messages[first:]
    return []
