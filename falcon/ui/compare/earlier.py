"""The comparisons of this browser's owner, and whether the open one is on disk."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from falcon.comparison import Comparison
from falcon.comparisons import Comparisons
from falcon.errors import HistoryError
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.compare.view import show_comparison, start_new_comparison
from falcon.ui.conversations.owner import Owner, current_owner
from falcon.ui.labels import plain
from falcon.ui.language import say

if TYPE_CHECKING:
    from falcon.history import ComparisonSummary

KEY = "compare_earlier"
LISTED_KEY = "compare_earlier_listed"
DELETED_KEY = "compare_deleted"
PROBLEM_KEY = "compare_earlier_problem"
LISTED = 20
SECONDS_TO_UNDO = 60.0


@dataclass(frozen=True, slots=True)
class _Deleted:
    comparison: Comparison
    was_open: bool
    when: float


def draw_kept(backend: Backend, comparison: Comparison) -> None:
    """Draw one element: why the comparison is not on disk, if it is not."""
    problem = comparison.problem
    if problem is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            said = say(texts.NOT_SAVED, problem=problem)
            st.warning(plain(said), icon=":material/cloud_off:")
            st.button(
                say("Try again"),
                key="compare_save_again",
                icon=":material/refresh:",
                on_click=comparison.save,
            )
    elif backend.history_problem is not None:
        said = say(texts.COMPARE_IN_MEMORY, problem=backend.history_problem)
        st.caption(plain(said))
    else:
        st.empty()


def draw_earlier(comparisons: Comparisons, opened: Comparison) -> None:
    """Draw the list, in a panel: what is closed asks the disk nothing."""
    panel = st.popover(
        say("Earlier"),
        key=KEY,
        icon=":material/history:",
        help=say(texts.COMPARE_EARLIER_HELP),
        on_change="rerun",
    )
    if not panel.open:
        return
    with panel:
        _draw_undo(comparisons)
        owner = current_owner()
        try:
            _draw_list(comparisons, opened, owner)
        except HistoryError as error:
            st.caption(plain(say(error)))


def _draw_list(
    comparisons: Comparisons, opened: Comparison, owner: Owner | None
) -> None:
    most: int = st.session_state.setdefault(LISTED_KEY, LISTED)
    found = comparisons.list(owner.id, limit=most + 1) if owner else ()
    with st.container(key="compare_list", gap=None):
        for summary in found[:most]:
            _draw_row(comparisons, summary, is_open=summary.id == opened.id)
    if len(found) > most:
        st.button(say("Show more"), key="compare_list_more", on_click=_show_more)
    if not found:
        st.caption(say(texts.COMPARE_NO_EARLIER))
    elif owner is not None and not owner.is_kept:
        st.caption(say(texts.COMPARE_OWNER_NOT_KEPT))


def _draw_row(
    comparisons: Comparisons, summary: ComparisonSummary, *, is_open: bool
) -> None:
    title, when = plain(summary.title), _format(summary.updated)
    with st.container(horizontal=True, wrap=False, gap=None):
        st.button(
            f"{title} :small[:gray[{when}]]",
            key=f"compare_open_{summary.id}",
            type="secondary" if is_open else "tertiary",
            on_click=show_comparison,
            args=(summary.id,),
            width="stretch",
        )
        st.button(
            say(texts.COMPARE_DELETE, title=title),
            key=f"compare_delete_{summary.id}",
            icon=":material/delete:",
            type="tertiary",
            on_click=_delete,
            args=(comparisons, summary.id),
            kwargs={"is_open": is_open},
        )


def _draw_undo(comparisons: Comparisons) -> None:
    """Offer to have back what was deleted a moment ago; say what did not work."""
    deleted: _Deleted | None = st.session_state.get(DELETED_KEY)
    if problem := st.session_state.pop(PROBLEM_KEY, None):
        st.error(plain(say(problem)), icon=":material/error:")
    elif deleted is not None and time.time() - deleted.when < SECONDS_TO_UNDO:
        title = plain(deleted.comparison.runs[0].question[:60])
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.caption(say(texts.COMPARE_DELETED, title=title), width="stretch")
            st.button(
                say("Undo"),
                key="compare_undo",
                icon=":material/undo:",
                on_click=_undo,
                args=(comparisons, deleted),
            )


def _delete(comparisons: Comparisons, comparison_id: str, *, is_open: bool) -> None:
    owner = current_owner()
    try:
        gone = comparisons.delete(owner.id, comparison_id) if owner else None
    except HistoryError as error:
        st.session_state[PROBLEM_KEY] = error
        return
    if gone is None:
        return
    st.session_state[DELETED_KEY] = _Deleted(gone, is_open, time.time())
    if is_open:
        start_new_comparison()


def _undo(comparisons: Comparisons, deleted: _Deleted) -> None:
    comparisons.restore(deleted.comparison)
    del st.session_state[DELETED_KEY]
    if deleted.was_open:
        show_comparison(deleted.comparison.id)


def _show_more() -> None:
    st.session_state[LISTED_KEY] += LISTED


def _format(seconds: float) -> str:
    """Return a time as the reader's clock has it."""
    return f"{datetime.fromtimestamp(seconds, _time_zone()):%Y-%m-%d %H:%M}"


def _time_zone() -> tzinfo:
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
