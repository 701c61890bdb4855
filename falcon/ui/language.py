"""Says a sentence in the reader's language: the browser's own, or the one chosen.

The page and the errors are written in English; the catalogues under falcon/languages
hold each sentence's template in the others. Knows nothing of what is said.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from falcon.errors import FalconError
from falcon.languages import FOLDER, LANGUAGES
from falcon.text import Text

Template = TypeVar("Template", bound=str)

KEY = "language"

OF_THIS_RUN: ContextVar[str] = ContextVar("language")
"""Streamlit draws in a thread, which has a context of its own. Asking the session each
time would be a place where a click may end the run."""


def mark(template: Template) -> Template:
    """Return a literal as it is; the catalogues find it so. It is said later."""
    return template


def say(template: str | FalconError, /, **values: object) -> str:
    """Return a sentence, or what an error says, in the reader's language.

    As with `text`, braces stand for themselves where nothing is filled in. A value may
    be a Text or an error of its own.
    """
    return _say(template, values, current_language())


def speaker() -> Callable[[str], str]:
    """Return what says a sentence in this reader's language, whoever calls it and
    wherever: Streamlit's callbacks and threads know no reader."""
    language = current_language()
    return lambda said: _say(said, {}, language)


def current_language() -> str:
    """Return the reader's language; outside of a page's run it is English."""
    if known := OF_THIS_RUN.get(None):
        return known
    if get_script_run_ctx(suppress_warning=True) is None:
        return LANGUAGES[0]
    language = chosen_language() or _language_of(st.context.locale)
    OF_THIS_RUN.set(language)
    return language


def chosen_language() -> str | None:
    """Return the language that a person chose; None: it is the browser's."""
    chosen: str | None = st.session_state.get(KEY)
    return chosen


def choose_language(language: str) -> None:
    """Have this session speak it from now on."""
    if language in LANGUAGES:
        st.session_state[KEY] = language
        OF_THIS_RUN.set(language)


def _language_of(locale: str | None) -> str:
    """Return the language for a browser's locale, such as "ko-KR"."""
    language = (locale or "").partition("-")[0].lower()
    return language if language in LANGUAGES else LANGUAGES[0]


def _say(said: object, values: Mapping[str, object], language: str) -> str:
    if isinstance(said, FalconError):
        said = next(iter(said.args), "")
    template = str(said)
    if isinstance(said, Text):
        template, values = said.template, said.values
    translated = _catalogue(language).gettext(template) if template else ""
    if not values:
        return translated
    return translated.format(
        **{name: _filled(value, language) for name, value in values.items()}
    )


def _filled(value: object, language: str) -> object:
    if isinstance(value, Text | FalconError):
        return _say(value, {}, language)
    return value


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("falcon", FOLDER, [language], fallback=True)
