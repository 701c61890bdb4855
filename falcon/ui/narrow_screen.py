"""Takes the sidebar away on a phone, where it covers the conversation.

Streamlit does so only where somebody goes to another page of an application.
"""

from __future__ import annotations

import streamlit as st

TIMES_KEY = "sidebar_left"
_SCRIPT = """
let seen = 0;

export default function ({ data }) {
  if (data.times !== seen && data.times && matchMedia("(max-width: 768px)").matches) {
    document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  }
  seen = data.times;
}
"""


def leave_sidebar() -> None:
    """Show a person with a narrow screen what was chosen in the sidebar."""
    st.session_state[TIMES_KEY] = st.session_state.get(TIMES_KEY, 0) + 1


def draw_narrow_screen() -> None:
    component = st.components.v2.component("falcon_narrow_screen", js=_SCRIPT)
    component(key="narrow_screen", data={"times": st.session_state.get(TIMES_KEY, 0)})
