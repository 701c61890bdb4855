"""When an answer ends, as TGI decides it token by token.

The order is TGI's: the length, the model's own end, then the stop sequences, which must
stand at the very end of the text (or before its last newline: the `$` of a regular
expression). Source: server/text_generation_server/utils/tokens.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from falcon.local.completion import Token

FinishReason = Literal["length", "eos_token", "stop_sequence"]


class StoppingCriteria:
    """Watches one answer grow."""

    def __init__(self, stop: Sequence[str], *, max_new_tokens: int) -> None:
        self._stops = [re.compile(f"{re.escape(sequence)}$") for sequence in stop]
        self._left = max_new_tokens
        self._text = ""

    def finish(self, token: Token) -> FinishReason | None:
        """Why the answer ends with this token, None if it goes on."""
        self._left -= 1
        if self._left == 0:
            return "length"
        if token.is_end:
            return "eos_token"
        # TGI keeps no more of the text either; a longer stop sequence never matches.
        self._text = (self._text + token.text)[-300:]
        if any(stop.search(self._text) for stop in self._stops):
            return "stop_sequence"
        return None
