"""What a generation is made of, whatever container made it. Knows no wire format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FinishReason = Literal[
    "eos_token", "stop_sequence", "length", "unknown", "stopped", "interrupted"
]
"""Why an answer ended: the first three are the model's (TGI's words), *unknown* where
the container does not tell; *stopped* by the person, *interrupted* by a fault."""


@dataclass(frozen=True, slots=True)
class WaitEvent:
    """The endpoint cannot answer yet, and the client is going to ask again."""

    reason: str
    """What is being waited for, as a sentence for a person."""
    seconds: float
    """How long it has waited so far."""


@dataclass(frozen=True, slots=True)
class TokenEvent:
    """One token of the answer."""

    text: str
    """May be empty: the first bytes of a character that takes several tokens."""


@dataclass(frozen=True, slots=True)
class FinishEvent:
    """The final event. A stream without it was cut."""

    reason: FinishReason
    generated_text: str | None = None
    """The whole answer, where the container repeats it."""
    generated_tokens: int | None = None
    input_tokens: int | None = None
    seed: int | None = None


Event = WaitEvent | TokenEvent | FinishEvent
