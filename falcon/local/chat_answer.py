"""A chat completion as vLLM writes it: the whole object, or the chunks of a stream.

Objects only: a vLLM sends chunks as server-sent events, an LMI as lines.
Source: vLLM, vllm/entrypoints/openai/chat_completion/{protocol,serving}.py.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from falcon.local.vllm_generation import Piece

    Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatAnswer:
    """What every object of one answer repeats."""

    model: str
    prompt_tokens: int
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, pieces: Sequence[Piece]) -> Json:
        """The answer at once."""
        last = pieces[-1]
        content = "".join(piece.text for piece in pieces)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": content},
            "logprobs": None,
            "finish_reason": last.finish_reason,
            "stop_reason": last.stop_reason,
        }
        usage = self._usage(len(pieces))
        return self._object("chat.completion", [choice]) | {"usage": usage}

    def opening(self) -> Json:
        """The chunk before the first token, which says who speaks."""
        return self._chunk(role="assistant", content="")

    def chunk(self, piece: Piece) -> Json:
        """The chunk of one token; the last one may still carry text."""
        if piece.finish_reason is None:
            return self._chunk(content=piece.text)
        ending = {
            "index": 0,
            "delta": {"content": piece.text},
            "logprobs": None,
            "finish_reason": piece.finish_reason,
            "stop_reason": piece.stop_reason,
        }
        return self._object("chat.completion.chunk", [ending])

    def usage_chunk(self, completion_tokens: int) -> Json:
        """The chunk without choices, sent if the number of tokens was asked for."""
        usage = self._usage(completion_tokens)
        return self._object("chat.completion.chunk", []) | {"usage": usage}

    def _chunk(self, **delta: str) -> Json:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}
        return self._object("chat.completion.chunk", [choice])

    def _object(self, kind: str, choices: Sequence[Json]) -> Json:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": choices,
        }

    def _usage(self, completion_tokens: int) -> Json:
        return {
            "prompt_tokens": self.prompt_tokens,
            "total_tokens": self.prompt_tokens + completion_tokens,
            "completion_tokens": completion_tokens,
        }
