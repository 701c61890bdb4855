"""The events that TGI invented and LMI took over: one JSON object per token.

{"token": {"text"}}, and in the last one "generated_text" and, if asked for, "details".
"""

from __future__ import annotations

from typing import Any

from falcon.containers.decoding import check_count, check_text, find_reason, foreign
from falcon.containers.refusals import failure, is_error, translate_error
from falcon.events import Event, FinishEvent, TokenEvent


def read_token_event(event: dict[str, Any]) -> list[Event]:
    """Return what one object of a stream says; raises what it reports."""
    token = event.get("token")
    if type(token) is dict and token.get("id") != -1 and event.get("error") is None:
        text = "" if token.get("special") else check_text(token.get("text"))
        if event.get("generated_text") is None:
            return [TokenEvent(text)]
        return [TokenEvent(text), read_answer(event)]
    if is_error(event):
        raise translate_error(event)
    if type(token) is dict:  # Its id is -1: LMI failed.
        raise failure()
    return [read_answer(event)]


def read_answer(answer: object) -> FinishEvent:
    """Return a whole answer, or the end of a stream; raises what it reports."""
    if type(answer) is not dict:
        raise foreign()
    if is_error(answer):
        raise translate_error(answer)
    text = check_text(answer.get("generated_text"))
    details = answer.get("details")
    if type(details) is not dict:
        return FinishEvent("unknown", generated_text=text)
    reason = details.get("finish_reason")
    if reason == "error":
        raise failure()
    return FinishEvent(
        find_reason(reason),
        generated_text=text,
        generated_tokens=check_count(details.get("generated_tokens")),
        input_tokens=check_count(details.get("input_length")),
        seed=check_count(details.get("seed")),
    )
