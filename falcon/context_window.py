"""ContextWindow: which turns fit a model, and what had to go.

Knows lengths only. Tokens are estimated from the text, on the safe side; the endpoint
counts them exactly and its count corrects the estimate (see falcon/client.py).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from falcon.errors import InvalidInputError
from falcon.prompt import PromptTemplate, Turn

SHORTEST_ANSWER = 16
"""Tokens kept free for an answer, however long the question."""


@dataclass(frozen=True, slots=True)
class FittedPrompt:
    """A prompt that fits, and what was left out to make it fit."""

    text: str
    max_new_tokens: int
    """At most what was asked for; less where the prompt leaves less room."""
    dropped: int
    """How many of the oldest messages were left out."""
    estimated_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextWindow:
    """The tokens a model takes: prompt and answer together, and the prompt alone."""

    max_total_tokens: int
    max_input_tokens: int
    correction: float = 1.0
    """Counted tokens per estimated token, once the endpoint has told."""

    def estimate(self, text: str) -> int:
        """Return about how many tokens `text` is, rather too many than too few.

        English is 3 to 4 characters a token in Falcon's vocabularies; other scripts
        come close to a token for every one and a half bytes.
        """
        encoded = len(text.encode("utf-8", "replace"))
        ascii_bytes = sum(character < "\x80" for character in text)
        estimate = ascii_bytes / 3 + (encoded - ascii_bytes) / 1.5
        return math.ceil(estimate * self.correction)

    def corrected(self, prompt: FittedPrompt, *, input_tokens: int) -> ContextWindow:
        """Return the window that knows how many tokens `prompt` really was.

        A prompt that was refused although it was estimated right means that the
        endpoint's window is smaller than the catalogue says; halving finds it.
        """
        ratio = input_tokens / prompt.estimated_tokens
        if ratio > 1:
            return replace(self, correction=self.correction * ratio * 1.05)
        return replace(
            self,
            max_total_tokens=self.max_total_tokens // 2,
            max_input_tokens=self.max_input_tokens // 2,
        )

    def fit(
        self, turns: Sequence[Turn], *, template: PromptTemplate, max_new_tokens: int
    ) -> FittedPrompt:
        """Drop whole oldest turns until prompt and answer fit.

        The system message and the newest question always stay; raises
        InvalidInputError if those alone are too long.
        """
        system = [turn for turn in turns if turn.role == "system"]
        rest = [turn for turn in turns if turn.role != "system"]
        least = self.estimate(template.render([*system, *rest[-1:]]))
        room = min(self.max_total_tokens - SHORTEST_ANSWER, self.max_input_tokens - 1)
        if least > room:
            raise InvalidInputError(
                f"This message is too long for the model: about {least} tokens, and "
                f"{room} fit. Shorten the message or the system prompt."
            )
        answer = min(max_new_tokens, self.max_total_tokens - least)
        room = min(self.max_total_tokens - answer, self.max_input_tokens - 1)
        for first in range(len(rest)):
            if first and rest[first].role != "user":
                continue
            text = template.render([*system, *rest[first:]])
            tokens = self.estimate(text)
            if tokens <= room:
                return FittedPrompt(text, answer, first, tokens)
        text = template.render([*system, *rest[-1:]])
        return FittedPrompt(text, answer, max(len(rest) - 1, 0), least)
