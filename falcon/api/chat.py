"""POST /chat and /api/chat: one question, one whole answer, in two older forms.

{"text": "…"} is answered by {"statusCode": 200, "msg": "…"}; {"message": "…"} and
{"message": {"Field0": "…"}} by {"outputs": [{"generated_text": "…"}]} inside a JSON
string, which the pages of that form parse twice. Both take our own fields beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from falcon.api.body import (
    PARAMETERS,
    change_parameters,
    check_names,
    check_text,
    invalid,
)
from falcon.api.messages import ApiError, encode_json
from falcon.context_window import SHORTEST_ANSWER
from falcon.conversation import Message
from falcon.parameters import BOUNDS

if TYPE_CHECKING:
    from falcon.api.answering import Asker
    from falcon.parameters import GenerationParameters

TEXT_LENGTH = 300
"""Tokens of prompt and answer together, where a {"message"} says nothing else."""
_FIELDS = {"text", "message", "messages", "parameters", "text_length"}
_ROLES = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatQuestion:
    """What a body asks."""

    turns: tuple[Message, ...]
    parameters: GenerationParameters
    text_length: int | None
    """Tokens of prompt and answer together; None: `parameters` hold."""
    is_message: bool
    """Whether it came as {"message"}."""


def answer(body: Mapping[str, Any], asker: Asker) -> bytes:
    """Return the whole answer in the form of the question; raises ApiError."""
    question = read_question(body, asker.parameters)
    asker.admit()
    begun = asker.begin(question.turns, _choose_length(question, asker))
    text = begun.read()
    ours: dict[str, object] = {
        "finish_reason": begun.reason,
        "usage": begun.usage,
        "unsupported": list(begun.unsupported),
        "dropped": begun.dropped,
    }
    if question.is_message:
        outputs = {"outputs": [{"generated_text": text}], **ours}
        return encode_json(encode_json(outputs).decode())
    return encode_json({"statusCode": 200, "msg": text, **ours})


def _choose_length(question: ChatQuestion, asker: Asker) -> GenerationParameters:
    """Return the parameters; a text_length counts the tokens of the prompt too."""
    if question.text_length is None:
        return question.parameters
    prompt = asker.measure(question.turns, question.parameters)
    left = max(question.text_length - prompt, SHORTEST_ANSWER)
    longest = min(left, asker.most_new_tokens)
    return replace(question.parameters, max_new_tokens=longest)


def read_question(
    body: Mapping[str, Any], parameters: GenerationParameters
) -> ChatQuestion:
    """Return the question in `body`; raises ApiError.

    `parameters` hold where it says nothing.
    """
    check_names(body, _FIELDS)
    if ("text" in body) == ("message" in body):
        raise ApiError(
            400, "invalid_request", "Send either text or message.", param="text"
        )
    is_message = "message" in body
    text = _read_message(body["message"]) if is_message else body["text"]
    asked = check_text(text, "message" if is_message else "text")
    said = body.get("parameters", {})
    changed = _read_parameters(said, parameters)
    text_length = _read_text_length(body)
    if "max_new_tokens" in said:
        if text_length is not None:
            raise invalid("text_length", "and max_new_tokens say the same: send one.")
    elif is_message and text_length is None:
        text_length = TEXT_LENGTH
    return ChatQuestion(
        turns=(*_read_messages(body.get("messages", [])), Message("user", asked)),
        parameters=changed,
        text_length=text_length,
        is_message=is_message,
    )


def _read_message(message: object) -> object:
    """Return the text of a form's only field, or the text itself."""
    return message.get("Field0") if isinstance(message, dict) else message


def _read_text_length(body: Mapping[str, Any]) -> int | None:
    if "text_length" not in body:
        return None
    value, most = body["text_length"], BOUNDS["max_new_tokens"].maximum
    if type(value) is not int or not 1 <= value <= most:
        raise invalid("text_length", f"must be a whole number from 1 to {most}.")
    return value


def _read_parameters(
    said: object, parameters: GenerationParameters
) -> GenerationParameters:
    if not isinstance(said, dict):
        raise invalid("parameters", "must be an object.")
    check_names(said, PARAMETERS, within="parameters.")
    changes = dict(said)
    if isinstance(changes.get("stop"), list):
        changes["stop"] = tuple(changes["stop"])
    return change_parameters(parameters, changes, within="parameters.")


def _read_messages(said: object) -> list[Message]:
    """Return the conversation so far."""
    if not isinstance(said, list):
        raise invalid("messages", "must be a list of objects.")
    messages = []
    for at, one in enumerate(said):
        param = f"messages[{at}]"
        if not isinstance(one, dict):
            raise invalid(param, "must be an object with role and content.")
        check_names(one, {"role", "content"}, within=f"{param}.")
        if (role := one.get("role")) not in _ROLES:
            raise invalid(f"{param}.role", f"must be one of {', '.join(_ROLES)}.")
        messages.append(
            Message(role, check_text(one.get("content"), f"{param}.content"))
        )
    return messages
