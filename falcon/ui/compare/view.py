"""Whether the comparison is on the screen in place of the chat, and which one it is.

The page's address says both, so that a reload finds them. The chat stays as it is.
"""

from __future__ import annotations

import streamlit as st

from falcon.compare_run import ColumnSettings
from falcon.comparison import Comparison
from falcon.comparisons import Comparisons
from falcon.errors import HistoryError
from falcon.ui import texts
from falcon.ui.conversations.opened import conversation
from falcon.ui.conversations.owner import current_owner
from falcon.ui.language import say

VIEW = "view"
COMPARE = "compare"
ID = "comparison"
KEPT_KEY = "comparison_id"
"""The comparison that this session comes back to."""
BEGUN_KEY = "comparison_begun"
"""The id of the comparison that this session began itself."""
SHOWN_KEY = "compare_runs_shown"
BESIDE_KEY = "comparison_beside"
"""The id of the conversation that was open when the comparison was opened."""


def is_comparing() -> bool:
    """Whether the comparison is shown; opening another conversation ends that."""
    if st.query_params.get(VIEW) != COMPARE:
        return False
    opened = conversation().id
    if st.session_state.setdefault(BESIDE_KEY, opened) == opened:
        return True
    hide_comparison()
    return False


def draw_compare_button() -> None:
    """Draw what leads to the comparison, and back."""
    is_shown = is_comparing()
    st.button(
        say("Back to the chat") if is_shown else say("Compare"),
        key="compare_view",
        icon=":material/chat:" if is_shown else ":material/view_column:",
        help=None if is_shown else say(texts.COMPARE_HELP),
        on_click=hide_comparison if is_shown else _show,
        width="stretch",
    )


def hide_comparison() -> None:
    """Go back to the chat; the comparison stays on the server."""
    for name in (VIEW, ID):
        st.query_params.pop(name, None)
    st.session_state.pop(BESIDE_KEY, None)


def start_new_comparison() -> None:
    """Leave the comparison for a new one."""
    st.query_params.pop(ID, None)
    for name in (KEPT_KEY, SHOWN_KEY):
        st.session_state.pop(name, None)


def show_comparison(comparison_id: str) -> None:
    """Leave the comparison for this one, which the next run finds."""
    st.query_params[ID] = comparison_id
    st.session_state.pop(SHOWN_KEY, None)


def find_comparison(comparisons: Comparisons) -> Comparison | None:
    """Return the comparison that the address names, or else the session's own."""
    named: str | None = st.query_params.get(ID)
    kept: str | None = st.session_state.get(KEPT_KEY)
    try:
        found = comparisons.find(named or kept or "")
    except HistoryError as error:
        st.toast(say(error))
        return None
    if found is not None:
        keep_comparison(found)
    elif named:
        st.toast(say(texts.COMPARE_GONE))
    return found


def keep_comparison(comparison: Comparison) -> None:
    """Have the address and the session name this one, and it its owner."""
    st.session_state[KEPT_KEY] = comparison.id
    if st.query_params.get(ID) != comparison.id:
        st.query_params[ID] = comparison.id
    owner = current_owner()
    if owner is not None and st.session_state.get(BEGUN_KEY) == comparison.id:
        comparison.belong_to(owner.id)


def begin_comparison(comparisons: Comparisons, settings: ColumnSettings) -> Comparison:
    comparison = comparisons.begin(settings)
    st.session_state[BEGUN_KEY] = comparison.id
    keep_comparison(comparison)
    return comparison


def _show() -> None:
    st.query_params[VIEW] = COMPARE
    st.session_state[BESIDE_KEY] = conversation().id
