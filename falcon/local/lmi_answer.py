"""What an LMI container answers with: a whole object, the lines of a stream, refusals.

Sources, in deepjavalibrary/djl-serving: lmi_vllm/request_response_utils.py
(convert_completion_response_to_lmi_schema and its chunk twin) and async_utils.py (every
piece ends with a newline) under engines/python/setup/djl_python; and
engines/python/src/main/java/ai/djl/python/engine/Request.java (the refusal and its HTTP
status).

Some of it looks like a mistake and is what a client meets: in a whole answer
`finish_reason` is vLLM's stop reason, so it is null unless a stop string ended the
answer; in a stream `generated_tokens` is one too many; and a stream ends with two empty
lines, where vLLM has its usage chunk and its `[DONE]`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from falcon.local.vllm_generation import Piece
    from falcon.local.vocabulary import Vocabulary

    Json = dict[str, object]

END_OF_STREAM = b"\n\n"


def encode_line(body: object) -> bytes:
    """One object on a line of its own."""
    return json.dumps(body, ensure_ascii=False).encode() + b"\n"


def encode_refusal(code: int, reason: str) -> bytes:
    """The body of a refusal, whose HTTP status is its code."""
    return json.dumps({"code": code, "error": reason}, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class LMIAnswer:
    """What all pieces of one answer have in common."""

    before: str
    """The prompt if the full text is wanted."""
    prompt: Sequence[int]
    seed: int | None
    """As it was asked for."""
    details: bool
    prefill: bool
    vocabulary: Vocabulary

    def whole(self, pieces: Sequence[Piece]) -> Json:
        """The answer at once."""
        answer: Json = {"generated_text": self._full_text(pieces)}
        if not self.details:
            return answer
        details = {
            "finish_reason": pieces[-1].stop_reason,
            "generated_tokens": len(pieces),
            "seed": self.seed,
            # Of the first token vLLM tells nothing.
            "prefill": self._tokens(self.prompt[1:]) if self.prefill else [],
            "tokens": self._tokens(
                [piece.token.id for piece in pieces],
                [_logprob(piece) for piece in pieces],
            ),
        }
        return answer | {"details": details}

    def line(self, pieces: Sequence[Piece]) -> Json:
        """The line of the newest piece; the last line carries the text."""
        newest = pieces[-1]
        token = {
            "id": newest.token.id,
            "text": newest.text,
            "logprob": _logprob(newest),
        }
        line: Json = {
            "index": 0,
            "token": token,
            "generated_text": None,
            "details": None,
        }
        if newest.finish_reason is None:
            return line
        line["generated_text"] = self._full_text(pieces)
        if self.details:
            line["details"] = {
                "finish_reason": newest.finish_reason,
                "seed": self.seed,
                "generated_tokens": len(pieces) + 1,
                "input_length": len(self.prompt),
            }
        return line

    def _full_text(self, pieces: Sequence[Piece]) -> str:
        return self.before + "".join(piece.text for piece in pieces)

    def _tokens(
        self, ids: Sequence[int], logprobs: Sequence[float | None] | None = None
    ) -> list[Json]:
        """Tokens of which llama.cpp does not know all probabilities."""
        return [
            {"id": token, "text": self.vocabulary.text(token), "logprob": logprob}
            for token, logprob in zip(ids, logprobs or [None] * len(ids), strict=True)
        ]


def _logprob(piece: Piece) -> float | None:
    logprob = piece.token.logprob
    return None if logprob is None else round(logprob, 6)
