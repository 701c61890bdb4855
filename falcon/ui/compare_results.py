"""All figures of a comparison in a table, and its files."""

from __future__ import annotations

from datetime import date

import streamlit as st

from falcon.comparison import Comparison
from falcon.interchange.names import file_name
from falcon.ui import texts
from falcon.ui.compare_export import (
    comparison_json,
    comparison_markdown,
    results_table,
)


def draw_results(comparison: Comparison) -> None:
    with st.expander("Results", icon=":material/table_chart:"):
        with st.container(key="compare_results"):
            st.markdown(results_table(comparison.runs))
        st.caption(texts.COMPARE_TABLE_NOTE)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Markdown",
            lambda: comparison_markdown(comparison).encode("utf-8", "replace"),
            _file_name(comparison, "md"),
            "text/markdown",
            icon=":material/download:",
            help=texts.COMPARE_MARKDOWN_HELP,
            on_click="ignore",
        )
        st.download_button(
            "JSON",
            lambda: comparison_json(comparison),
            _file_name(comparison, "json"),
            "application/json",
            icon=":material/download:",
            help=texts.COMPARE_JSON_HELP,
            on_click="ignore",
        )


def _file_name(comparison: Comparison, extension: str) -> str:
    title = f"comparison {comparison.runs[0].question[:60]}"
    return file_name(title, extension, day=date.today())
