"""AnswerRecord: what was sent for one answer, and what was measured.

Kept with the answer, so that a person can see later what made it and use the same
again. Knows only values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

ParameterValue = int | float | bool | str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecord:
    """What is not known is None."""

    endpoint: str = ""
    region: str = ""
    container: str = ""
    model: str = ""
    system_prompt: str = ""
    parameters: Mapping[str, ParameterValue] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """Those that were set, by their names in GenerationParameters."""
    unsupported: tuple[str, ...] = ()
    """Those of them that the container does not have and that were not sent."""
    prompt_tokens: int | None = None
    is_estimate: bool = True
    """Whether `prompt_tokens` is estimated rather than counted."""
    dropped: int = 0
    """How many of the oldest messages no longer fit and were left out."""
    tokens: int | None = None
    """How long the answer is."""
    seconds_to_first_token: float | None = None
    seconds: float | None = None
    """From the question to the last token."""
    continues: int = 0
    """How many characters of the answer stood there already when it was continued; the
    figures are those of what came then."""
    seed: int | None = None
    request_id: str | None = None
    """AWS's own name for the request, which its support asks for."""
    variant: str | None = None
    """The production variant that answered."""

    @property
    def tokens_per_second(self) -> float | None:
        """The speed after the first token; None where there is too little to tell."""
        if self.seconds_to_first_token is None or self.seconds is None:
            return None
        generating = self.seconds - self.seconds_to_first_token
        if self.tokens is None or self.tokens < 2 or generating <= 0:
            return None
        return (self.tokens - 1) / generating
