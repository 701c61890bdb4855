"""A request's body as a JSON object, and its fields, checked one by one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, NoReturn

from falcon.api.messages import ApiError
from falcon.errors import ConfigurationError
from falcon.parameters import GenerationParameters

if TYPE_CHECKING:
    from falcon.api.messages import ApiRequest

LONGEST_BODY = 1_000_000
"""Bytes: more than any Falcon reads."""
_MEDIA_TYPES = {"", "application/json", "text/plain"}
"""A browser's fetch calls a text plain unless it is told otherwise."""

# Every answer is streamed from the endpoint, where a container makes no second one,
# never repeats the prompt, and is asked for the details that usage counts.
PARAMETERS = frozenset(field.name for field in fields(GenerationParameters)) - {
    "best_of",
    "return_full_text",
    "details",
}


def read_object(request: ApiRequest) -> dict[str, Any]:
    """Return the body; raises ApiError if it is no JSON object."""
    if len(request.body) > LONGEST_BODY:
        raise too_large()
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said not in _MEDIA_TYPES:
        raise ApiError(
            415,
            "unsupported_media_type",
            "The body must be JSON, as application/json or text/plain.",
        )
    try:
        value = json.loads(request.body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ApiError(400, "invalid_json", "The body is not JSON in UTF-8.") from error
    if type(value) is not dict:
        raise ApiError(400, "invalid_json", "The body must be a JSON object.")
    return value


def too_large() -> ApiError:
    return ApiError(
        413, "body_too_large", f"The body may have {LONGEST_BODY} bytes at most."
    )


def invalid(param: str, problem: str) -> ApiError:
    """Return the error for a field whose value is wrong."""
    return ApiError(400, "invalid_request", f"{param} {problem}", param=param)


def check_names(
    values: Iterable[str], known: Iterable[str], *, within: str = ""
) -> None:
    """Refuse a name that is not known: a slip must not pass for a wish."""
    for name in values:
        if name not in known:
            param = f"{within}{name[:100]}"
            raise ApiError(
                400,
                "unknown_field",
                f"There is no field {param}; known are {', '.join(sorted(known))}.",
                param=param,
            )


def check_text(value: object, param: str) -> str:
    """Return a text that says something."""
    if not isinstance(value, str):
        raise invalid(param, "must be a text.")
    if not value.strip():
        raise invalid(param, "is empty.")
    return value


def change_parameters(
    parameters: GenerationParameters,
    changes: Mapping[str, object],
    *,
    names: Mapping[str, str] | None = None,
    within: str = "",
) -> GenerationParameters:
    """Return them with `changes`; raises ApiError naming the one that is wrong.

    `names` are what the request calls those it calls otherwise.
    """
    for name, value in changes.items():
        try:
            # By name, and checked there.
            parameters = replace(parameters, **{name: value})  # type: ignore[arg-type]  # any name
        except ConfigurationError as error:
            param = within + (names or {}).get(name, name)
            raise ApiError(400, "invalid_request", str(error), param=param) from error
    return parameters


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity, which are no JSON.
