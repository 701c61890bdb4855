"""llama.cpp's completion stream as tokens.

Knows the chunks of llama.cpp's OpenAI-style completion route: which fields say what,
and that the tokens of an unfinished character are withheld. Knows no TGI and no engine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from falcon.local.vocabulary import Vocabulary

UNKNOWN_TOKEN = 0
"""The id given to a token that was made and never shown."""


class EngineError(Exception):
    """llama.cpp refused or failed; the text is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One generated token."""

    id: int
    text: str
    """Empty while a character of several tokens is unfinished; then the character."""
    logprob: float | None
    """As the model has it; TGI tells it after temperature and filters, for which
    llama.cpp would sort the whole vocabulary at every token. None for a token of an
    unfinished character, which llama.cpp does not show."""
    special: bool = False
    is_end: bool = False
    """The model ended its answer with this token."""
    alternatives: tuple[Token, ...] = ()
    """The likeliest tokens at this place, when they were asked for."""


class CompletionReader:
    """Turns the chunks of one completion into all of its tokens."""

    def __init__(self, vocabulary: Vocabulary, alternatives: int = 0) -> None:
        self._vocabulary = vocabulary
        self._alternatives = alternatives
        self._count = 0
        self._held: Token | None = None

    # Any: the chunks are llama.cpp's JSON.
    def read(self, chunk: Mapping[str, Any]) -> Iterator[Token]:
        """The tokens that a chunk completes. Raises EngineError if it is an error."""
        if "error" in chunk:
            raise EngineError(chunk["error"]["message"])
        choice = chunk["choices"][0]
        if choice["finish_reason"] is not None:
            yield from self._release(is_end=choice["finish_reason"] == "stop")
            yield from self._withheld(chunk["timings"]["predicted_n"], b"")
        elif choice["logprobs"]:
            yield from self._release(is_end=False)
            yield from self._shown(
                choice["logprobs"]["content"][0],
                text=choice["text"],
                number=chunk["timings"]["predicted_n"],
            )

    def _shown(
        self, entry: Mapping[str, Any], *, text: str, number: int
    ) -> Iterator[Token]:
        token = entry["id"]
        spelled = bytes(entry["bytes"])
        own = self._vocabulary.pieces[token]
        yield from self._withheld(number - 1, spelled.removesuffix(own))
        self._count = number
        shown = Token(
            id=token,
            text=text,
            logprob=entry["logprob"],
            alternatives=tuple(
                self._alternative(other)
                for other in entry["top_logprobs"][: self._alternatives]
            ),
        )
        if token in self._vocabulary.special:
            # Whether it ends the answer is told by the chunk after it.
            self._held = shown
        else:
            yield shown

    def _release(self, *, is_end: bool) -> Iterator[Token]:
        held, self._held = self._held, None
        if held is None and is_end:
            held = Token(id=UNKNOWN_TOKEN, text="", logprob=None)
        if held is not None:
            text = self._vocabulary.text(held.id)
            yield replace(held, text=text, special=True, is_end=is_end)

    def _withheld(self, until: int, spelled: bytes) -> Iterator[Token]:
        """The tokens up to number `until`, of which llama.cpp has shown none."""
        missing = until - self._count
        self._count = until
        ids = self._vocabulary.spell(spelled, count=missing)
        for token in ids if ids is not None else (UNKNOWN_TOKEN,) * missing:
            yield Token(id=token, text="", logprob=None)

    def _alternative(self, entry: Mapping[str, Any]) -> Token:
        token = entry["id"]
        return Token(
            id=token,
            text=self._vocabulary.text(token),
            logprob=entry["logprob"],
            special=token in self._vocabulary.special,
        )
