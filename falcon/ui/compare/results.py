"""All figures of a comparison in a table, and its files."""

from __future__ import annotations

from contextvars import copy_context
from datetime import date
from functools import partial

import streamlit as st

from falcon.comparison import Comparison
from falcon.interchange.names import file_name
from falcon.ui import texts
from falcon.ui.compare.export import (
    comparison_json,
    comparison_markdown,
    results_table,
)
from falcon.ui.language import say


def draw_results(comparison: Comparison) -> None:
    with st.expander(say("Results"), icon=":material/table_chart:"):
        with st.container(key="compare_results"):
            st.markdown(results_table(comparison.runs))
        st.caption(say(texts.COMPARE_TABLE_NOTE))
    # The files are made in threads that know no reader.
    language = copy_context()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Markdown",
            partial(language.run, _markdown, comparison),
            _file_name(comparison, "md"),
            "text/markdown",
            icon=":material/download:",
            help=say(texts.COMPARE_MARKDOWN_HELP),
            on_click="ignore",
        )
        st.download_button(
            "JSON",
            lambda: comparison_json(comparison),
            _file_name(comparison, "json"),
            "application/json",
            icon=":material/download:",
            help=say(texts.COMPARE_JSON_HELP),
            on_click="ignore",
        )


def _markdown(comparison: Comparison) -> bytes:
    return comparison_markdown(comparison).encode("utf-8", "replace")


def _file_name(comparison: Comparison, extension: str) -> str:
    title = f"comparison {comparison.runs[0].question[:60]}"
    return file_name(title, extension, day=date.today())
