"""The columns' heads: a panel for each, and what changes all of them."""

from __future__ import annotations

import streamlit as st

from falcon.comparison import FEWEST_COLUMNS, MOST_COLUMNS, Comparison
from falcon.ui import texts
from falcon.ui.backend import Backend, Target
from falcon.ui.compare.figures import describe_settings
from falcon.ui.compare.panel import Panel
from falcon.ui.compare.settings import target_of
from falcon.ui.labels import plain
from falcon.ui.language import say


def draw_columns(
    backend: Backend, comparison: Comparison, chosen: Target | None
) -> None:
    """Draw the heads; `chosen` is the sidebar's endpoint, which each may choose."""
    columns, is_running = comparison.columns, comparison.running is not None
    with st.container(horizontal=True):
        st.button(
            say("Add a column"),
            icon=":material/add:",
            on_click=comparison.add,
            disabled=len(columns) == MOST_COLUMNS,
            help=say(texts.COMPARE_ADD_HELP),
        )
        st.button(
            say("Same settings everywhere"),
            icon=":material/content_copy:",
            on_click=comparison.level,
            disabled=all(c.settings == columns[0].settings for c in columns),
            help=say(texts.COMPARE_LEVEL_HELP, column=columns[0].name),
        )
    targets: list[Target | None] = [None]
    for target in (chosen, *(target_of(column.settings) for column in columns)):
        if target not in targets:
            targets.append(target)
    for place, column in zip(st.columns(len(columns)), columns, strict=True):
        panel = Panel(comparison, column, backend.settings.parameters, tuple(targets))
        with place, st.container(gap="small"):
            with st.popover(
                say("Settings of {column}", column=column.name),
                icon=":material/tune:",
                width="stretch",
            ):
                panel.draw()
                st.button(
                    say("Take column {column} out", column=column.name),
                    key=f"compare_remove_{column.name}",
                    icon=":material/delete:",
                    on_click=comparison.remove,
                    args=(column.name,),
                    # What stands at its place would stay while the others go on.
                    disabled=len(columns) == FEWEST_COLUMNS or is_running,
                    width="stretch",
                )
            st.caption(plain(describe_settings(column.settings)))
