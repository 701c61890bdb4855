"""The chat template of a model, applied to messages.

A template is a program out of a downloaded file: it runs in Jinja's sandbox, with the
settings and the names that `apply_chat_template` of transformers gives it.
Source: transformers, src/transformers/utils/chat_template_utils.py.
"""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class ChatTemplateError(Exception):
    """The template refused the messages, or is none; the text is its own."""


class ChatTemplate:
    """A compiled template. Raises ChatTemplateError if it cannot be compiled."""

    def __init__(self, source: str, *, bos_token: str, eos_token: str) -> None:
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.loopcontrols"],
        )
        environment.filters["tojson"] = _to_json
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = _format_now
        self._special_tokens = {"bos_token": bos_token, "eos_token": eos_token}
        try:
            self._template = environment.from_string(source)
        except TemplateError as error:
            raise ChatTemplateError(str(error)) from error

    def render(self, messages: Sequence[Mapping[str, str]]) -> str:
        """The prompt that ends where the assistant is to speak."""
        try:
            return self._template.render(
                messages=messages, add_generation_prompt=True, **self._special_tokens
            )
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            raise ChatTemplateError(str(error)) from error


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)


def _to_json(value: object, indent: int | None = None) -> str:
    """Jinja's own would escape for HTML."""
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _format_now(form: str) -> str:
    return datetime.datetime.now().strftime(form)
