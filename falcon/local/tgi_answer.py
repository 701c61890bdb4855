"""What a TGI 2.4 container answers with: whole answers, server-sent events, details.

Values in, bytes out. Source: text-generation-inference, router/src/{lib,server}.rs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from falcon.local.completion import Token
    from falcon.local.stopping import FinishReason
    from falcon.local.tgi_errors import TGIError
    from falcon.local.vocabulary import Vocabulary

Json = dict[str, object]

KEEP_ALIVE = b":\n\n"
"""The comment that axum sends when 15 seconds brought nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One finished answer."""

    tokens: tuple[Token, ...]
    finish_reason: FinishReason
    input_length: int
    seed: int | None
    """None when nothing was sampled."""

    @property
    def text(self) -> str:
        """The answer without special tokens.

        TGI's own is empty when the last token leaves a character unfinished; this one
        keeps the characters before it.
        """
        return "".join(token.text for token in self.tokens if not token.special)

    @property
    def mean_logprob(self) -> float:
        """What `best_of` compares."""
        known = [token.logprob for token in self.tokens if token.logprob is not None]
        return sum(known) / max(1, len(known))


def encode_error(error: TGIError) -> bytes:
    """The body of a refusal."""
    return _encode(error.body)


def encode_error_event(error: TGIError) -> bytes:
    """A refusal inside a stream, whose HTTP status has long been 200."""
    return _event(error.body)


def encode_token_event(
    index: int,
    token: Token,
    *,
    generated_text: str | None = None,
    details: Json | None = None,
) -> bytes:
    """One token of a stream; the last one carries the text and perhaps the details."""
    body: Json = {"index": index, "token": _token(token)}
    if token.alternatives:
        body["top_tokens"] = [_token(other) for other in token.alternatives]
    return _event(body | {"generated_text": generated_text, "details": details})


def stream_details(answer: Answer) -> Json:
    """The details at the end of a stream."""
    return {
        "finish_reason": answer.finish_reason,
        "generated_tokens": len(answer.tokens),
        "seed": answer.seed,
        "input_length": answer.input_length,
    }


def encode_whole(
    answers: Sequence[Answer], *, before: str, details: bool, prefill: Sequence[Json]
) -> bytes:
    """The answer to a request without a stream: the best one first, then the others.

    `before` is the prompt if the full text is wanted.
    """
    best, *others = answers
    body: Json = {"generated_text": before + best.text}
    if details:
        sequences = [
            {"generated_text": before + other.text, **_details(other, prefill)}
            for other in others
        ]
        extra = {"best_of_sequences": sequences} if sequences else {}
        body["details"] = _details(best, prefill) | extra
    return _encode([body])


def prefill_tokens(prompt: Sequence[int], vocabulary: Vocabulary) -> list[Json]:
    """The prompt's tokens; llama.cpp does not tell how likely they were."""
    return [
        {"id": token, "text": vocabulary.text(token), "logprob": None}
        for token in prompt
    ]


def _details(answer: Answer, prefill: Sequence[Json]) -> Json:
    details: Json = {
        "finish_reason": answer.finish_reason,
        "generated_tokens": len(answer.tokens),
        "seed": answer.seed,
        "prefill": list(prefill),
        "tokens": [_token(token) for token in answer.tokens],
    }
    top = [[_token(other) for other in token.alternatives] for token in answer.tokens]
    return details | ({"top_tokens": top} if any(top) else {})


def _token(token: Token) -> Json:
    return {
        "id": token.id,
        "text": token.text,
        "logprob": None if token.logprob is None else round(token.logprob, 6),
        "special": token.special,
    }


def _event(body: Json) -> bytes:
    return b"data:" + _encode(body) + b"\n\n"


def _encode(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
