"""What each container says, as bytes: a stream's lines, whole answers, failures.

Knows nothing of how they travel.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from falcon.containers import ContainerName

TEXT = "팔콘 is a family of models. 👩‍👩‍👧"


def token_line(text: str, index: int = 1) -> bytes:
    token = {"id": index, "text": text, "logprob": -0.1, "special": False}
    event = {"index": index, "token": token, "generated_text": None, "details": None}
    return _event(event)


def final_line(text: str, reason: str = "eos_token") -> bytes:
    token = {"id": 0, "text": "<|endoftext|>", "logprob": 0.0, "special": True}
    details = {"finish_reason": reason, "generated_tokens": 3, "seed": None}
    return _event(
        {"index": 9, "token": token, "generated_text": text, "details": details}
    )


def error_line(kind: str, message: str) -> bytes:
    return _event({"error": message, "error_type": kind})


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """How one container says it."""

    token: Callable[[str], bytes]
    final: Callable[[str], bytes]
    """What ends a stream, given the whole answer."""
    marker: Callable[[str], bytes]
    """The part of `final` without which an answer is not complete."""
    whole: Callable[[str], bytes]
    error: bytes
    """A failure as an object of its own, within HTTP 200."""
    failure: bytes
    """A failure as the end of an answer, within HTTP 200."""


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _event(value: object) -> bytes:
    return b"data:%b\n\n" % _json(value)


def _line(value: object) -> bytes:
    return _json(value) + b"\n"


_DETAILS = {"finish_reason": "eos_token", "generated_tokens": 3, "seed": None}
_SECRET = "CUDA error 0x7f in /opt/djl/model.py"

_TGI = Lines(
    token=token_line,
    final=final_line,
    marker=lambda text: final_line(text).rstrip(),
    whole=lambda text: _json([{"generated_text": text, "details": _DETAILS}]),
    error=error_line("generation", _SECRET),
    failure=final_line("", reason="error"),
)


def _lmi_token(text: str) -> bytes:
    return _line({"token": {"id": 7, "text": text, "log_prob": -0.1}})


def _lmi_final(text: str, reason: str = "eos_token", number: int = 0) -> bytes:
    token = {"id": number, "text": "", "log_prob": 0.0, "special_token": True}
    details = {"finish_reason": reason, "generated_tokens": 3, "inputs": None}
    return _line({"token": token, "details": details, "generated_text": text})


_LMI = Lines(
    token=_lmi_token,
    final=_lmi_final,
    marker=lambda text: _lmi_final(text).rstrip(),
    whole=lambda text: _json({"generated_text": text, "details": _DETAILS}),
    error=_line({"error": _SECRET, "code": 424}),
    failure=_lmi_final("", reason="error", number=-1),
)


def _chunk(
    delta: Mapping[str, str], reason: str | None = None, **of_a_whole_answer: object
) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason, **of_a_whole_answer}
    return _event({"object": "chat.completion.chunk", "choices": [choice]})


def _openai_final(_: str, reason: str = "stop") -> bytes:
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
    counts = _event({"choices": [], "usage": usage})
    return _chunk({}, reason) + counts + b"data: [DONE]\n\n"


def _openai_whole(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return _json({"object": "chat.completion", "choices": [choice]})


_OPENAI_CHAT = Lines(
    token=lambda text: _chunk({"content": text}),
    final=_openai_final,
    marker=lambda _: _chunk({}, "stop").rstrip(),
    whole=_openai_whole,
    error=_event({"error": {"message": _SECRET, "type": "internal", "code": 500}}),
    failure=_chunk({}, "error", message={"content": ""}),
)


def _outputs(text: str) -> bytes:
    return _json({"outputs": [{"generated_text": text}]})


# It has no stream: what would be one is its whole answer.
_TEXT_LENGTH = Lines(
    token=lambda _: b"",
    final=_outputs,
    marker=_outputs,
    whole=_outputs,
    error=_json({"code": 424, "message": "prediction failure", "error": _SECRET}),
    failure=_json({"code": 500, "message": _SECRET}),
)

LINES: Mapping[ContainerName, Lines] = MappingProxyType(
    {
        "tgi": _TGI,
        "lmi": _LMI,
        "openai_chat": _OPENAI_CHAT,
        "text_length": _TEXT_LENGTH,
    }
)
