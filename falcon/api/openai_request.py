"""OpenAI's chat completion request, as a question to Falcon.

Fields that only steer OpenAI's own machinery (store, user, metadata, …) are passed
over, as are those nobody knows: its clients send more with each version. What would
change the answer and cannot be done here is refused, unless it asks for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from falcon.api.body import change_parameters, check_text, invalid
from falcon.api.messages import ApiError
from falcon.conversation import Message
from falcon.parameters import BOUNDS

if TYPE_CHECKING:
    from falcon.conversation import Role
    from falcon.parameters import GenerationParameters

_ROLES: dict[object, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}
_RENAMED = {
    "max_tokens": "max_new_tokens",
    "max_completion_tokens": "max_new_tokens",
    "stop": "stop",
    "seed": "seed",
    "top_p": "top_p",
    "frequency_penalty": "frequency_penalty",
    # Not OpenAI's, but known to servers that speak its format.
    "top_k": "top_k",
    "typical_p": "typical_p",
    "repetition_penalty": "repetition_penalty",
}
_ONLY: dict[str, tuple[object, ...]] = {
    "n": (None, 1),
    "presence_penalty": (None, 0),
    "logit_bias": (None, {}),
    "logprobs": (None, False),
    "tools": (None, []),
    "functions": (None, []),
    "response_format": (None, {"type": "text"}),
    "modalities": (None, ["text"]),
    "audio": (None,),
    "prediction": (None,),
    "web_search_options": (None,),
}
"""What each may be: anything else asks for what is not here."""
_GREEDY: dict[str, object] = {
    "do_sample": False,
    "temperature": None,
    "top_p": None,
    "top_k": None,
    "typical_p": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """What a body asks."""

    model: str
    """Empty: whichever there is."""
    turns: tuple[Message, ...]
    parameters: GenerationParameters
    is_stream: bool
    includes_usage: bool


def read_request(
    body: Mapping[str, Any], parameters: GenerationParameters
) -> CompletionRequest:
    """Return the request in `body`; raises ApiError.

    `parameters` hold where it says nothing.
    """
    for name, allowed in _ONLY.items():
        if body.get(name) not in allowed:
            shown = " or ".join(repr(value) for value in allowed if value is not None)
            problem = (
                f"may only be {shown} here." if shown else "is not supported here."
            )
            raise ApiError(400, "unsupported", f"{name} {problem}", param=name)
    options = body.get("stream_options") or {}
    if not isinstance(options, dict):
        raise invalid("stream_options", "must be an object.")
    return CompletionRequest(
        model=_read_model(body),
        turns=_read_messages(body.get("messages")),
        parameters=_read_parameters(body, parameters),
        is_stream=_read_switch(body, "stream"),
        includes_usage=_read_switch(options, "include_usage"),
    )


def _read_model(body: Mapping[str, Any]) -> str:
    model = body.get("model") or ""
    if not isinstance(model, str):
        raise invalid("model", "must be a text.")
    return model


def _read_switch(values: Mapping[str, Any], name: str) -> bool:
    value = values.get(name)
    if not isinstance(value, bool | None):
        raise invalid(name, "must be true or false.")
    return bool(value)


def _read_parameters(
    body: Mapping[str, Any], parameters: GenerationParameters
) -> GenerationParameters:
    """Return the parameters; null and 0 mean what they mean to OpenAI."""
    changes: dict[str, object] = {}
    names: dict[str, str] = {}
    for theirs, ours in _RENAMED.items():
        if (value := body.get(theirs)) is not None:
            names[ours] = theirs
            changes[ours] = _convert(ours, value)
    temperature = body.get("temperature")
    if temperature is not None:
        # A division by less than our least temperature takes the likeliest token too.
        if _is_number(temperature) and 0 <= temperature < BOUNDS["temperature"].minimum:
            changes |= _GREEDY
        else:
            changes |= {"do_sample": None, "temperature": temperature}
    return change_parameters(parameters, changes, names=names)


def _convert(name: str, value: Any) -> object:
    match name:
        case "stop":
            return tuple(value) if isinstance(value, list) else (value,)
        case "seed" if type(value) is int and -(2**63) <= value < 0:
            return value % 2**64  # Theirs has a sign.
        case "top_p" if _is_number(value) and 0 <= value < BOUNDS["top_p"].minimum:
            return BOUNDS["top_p"].minimum
        case "frequency_penalty" if value == 0:
            return None
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read_messages(said: object) -> tuple[Message, ...]:
    if not isinstance(said, list) or not said:
        raise invalid("messages", "must be a list with a message in it.")
    read = (_read_message(one, f"messages[{at}]") for at, one in enumerate(said))
    messages = tuple(message for message in read if message.text)
    if all(message.role != "user" for message in messages):
        raise invalid("messages", "must hold a message of the user.")
    return messages


def _read_message(said: object, param: str) -> Message:
    if not isinstance(said, dict):
        raise invalid(param, "must be an object with role and content.")
    role = said.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise invalid(f"{param}.role", "must be system, developer, user or assistant.")
    if said.get("tool_calls"):
        raise ApiError(
            400,
            "unsupported",
            f"{param}.tool_calls is not supported here.",
            param=f"{param}.tool_calls",
        )
    content = said.get("content")
    if role != "user" and content in (None, "", []):
        # What clients keep of an answer that came to nothing; it is left out.
        return Message(_ROLES[role], "")
    return Message(_ROLES[role], _read_content(content, f"{param}.content"))


def _read_content(content: object, param: str) -> str:
    """Return the text; several parts of text are one, a line for each."""
    if not isinstance(content, list):
        return check_text(content, param)
    for part in content:
        if not isinstance(part, dict) or part.get("type") != "text":
            raise ApiError(
                400, "unsupported", f"{param} may only hold text here.", param=param
            )
    return check_text("\n".join(_part(part, param) for part in content), param)


def _part(part: Mapping[str, Any], param: str) -> str:
    if not isinstance(text := part.get("text"), str):
        raise invalid(param, "must hold parts of text.")
    return text
