"""OpenAI's chat completions, as vLLM, llama.cpp, TGI and LMI serve them.

{"messages"} in; {"choices": [{"message"}]} or a stream of {"choices": [{"delta"}]}
out, in server-sent events that end with [DONE], or from LMI in JSON lines without.
The container applies the model's own chat template.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from falcon.containers import vllm_parameters
from falcon.containers.decoding import (
    PayloadStreamDecoder,
    check_count,
    check_text,
    find_reason,
    foreign,
    load_answer,
)
from falcon.containers.refusals import failure, is_error, translate_error
from falcon.containers.refusals import translate_refusal as translate_refusal
from falcon.context_window import FittedPrompt
from falcon.conversation import Message
from falcon.events import Event, FinishEvent, FinishReason, TokenEvent
from falcon.parameters import GenerationParameters

STREAMS = True
PARAMETERS = vllm_parameters.PARAMETERS


def encode_request(
    prompt: FittedPrompt, parameters: GenerationParameters, *, stream: bool
) -> bytes:
    """Return the request body that asks for the next message.

    It names no model: an endpoint has one. vLLM takes none as its own and refuses an
    endpoint's name; TGI takes any other than "tgi" as the name of a LoRA adapter.
    """
    body: dict[str, object] = {
        "messages": _alternating(prompt.turns),
        "max_tokens": parameters.max_new_tokens,
        "stream": stream,
    }
    if prompt.turns and prompt.turns[-1].role == "assistant":
        # vLLM goes on with an answer at the end if it is told to; llama.cpp always.
        body["add_generation_prompt"] = False
        body["continue_final_message"] = True
    if stream:
        body["stream_options"] = {"include_usage": True}
    if not parameters.samples:
        body["temperature"] = 0.0
    body |= vllm_parameters.encode_parameters(parameters)
    if "repetition_penalty" in body:
        body["repeat_penalty"] = body["repetition_penalty"]  # llama.cpp's name.
    return json.dumps(body, ensure_ascii=False).encode()


def _alternating(turns: Iterable[Message]) -> list[dict[str, str]]:
    """Return the messages, a question that was never answered joined to the next.

    The chat templates of most models refuse two questions in a row.
    """
    messages: list[dict[str, str]] = []
    for turn in turns:
        if messages and messages[-1]["role"] == turn.role:
            messages[-1]["content"] += f"\n\n{turn.text}"
        else:
            messages.append({"role": turn.role, "content": turn.text})
    return messages


# The prompt is for formats in which the answer repeats it unasked.
def decode_answer(body: bytes, *, prompt: FittedPrompt) -> FinishEvent:  # noqa: ARG001
    """Return the whole answer in `body`; raises DecodingError if it is none."""
    answer = load_answer(body)
    if type(answer) is not dict:
        raise foreign()
    if is_error(answer):
        raise translate_error(answer)
    choice = _first_choice(answer)
    if choice is None or not isinstance(choice.get("message"), dict):
        raise foreign()
    content = choice["message"].get("content")
    text = "" if content is None else check_text(content)
    return _finish(_reason(choice) or "unknown", answer.get("usage"), text=text)


def stream_decoder() -> StreamDecoder:
    return StreamDecoder()


class StreamDecoder(PayloadStreamDecoder):
    """Turns a stream's bytes, split anywhere, into events."""

    def __init__(self) -> None:
        super().__init__()
        self._reason: FinishReason | None = None
        self._usage: dict[str, Any] | None = None
        self._is_done = False

    def _read(self, event: dict[str, Any]) -> list[Event]:
        if event.get("error") is not None or "choices" not in event:
            raise translate_error(event) if is_error(event) else foreign()
        events: list[Event] = []
        choice = _first_choice(event)
        if choice is not None:
            delta = choice.get("delta")
            if isinstance(delta, dict) and (content := delta.get("content")):
                events.append(TokenEvent(check_text(content)))
            self._reason = _reason(choice) or self._reason
        usage = event.get("usage")
        if isinstance(usage, dict):
            self._usage = usage
            if self._reason:
                events += self._end()
        return events

    def _end(self) -> list[Event]:
        """Return the final event, once: the counts come after the last token.

        Without a reason the model has not ended, whatever [DONE] says.
        """
        if self._is_done or self._reason is None:
            return []
        self._is_done = True
        return [_finish(self._reason, self._usage)]


def _first_choice(event: dict[str, Any]) -> dict[str, Any] | None:
    choices = event.get("choices")
    if not isinstance(choices, list):
        raise foreign()
    if not choices:
        return None
    if not isinstance(choices[0], dict):
        raise foreign()
    return choices[0]


def _reason(choice: dict[str, Any]) -> FinishReason | None:
    reason = choice.get("finish_reason")
    if reason is None:
        return None
    if reason in ("error", "abort"):
        raise failure()
    if isinstance(choice.get("stop_reason"), str):
        return "stop_sequence"  # vLLM names it; the number of a token is an end.
    return find_reason(reason)


def _finish(
    reason: FinishReason, usage: object, *, text: str | None = None
) -> FinishEvent:
    counts = usage if isinstance(usage, dict) else {}
    return FinishEvent(
        reason,
        generated_text=text,
        generated_tokens=check_count(counts.get("completion_tokens")),
        input_tokens=check_count(counts.get("prompt_tokens")),
    )
