"""Whose conversations these are: an id that the browser itself keeps.

Not in a cookie, which the proxy of SageMaker Studio may strip, but in the browser's own
storage. It is as good as a password: never in an address, a log or a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from falcon.limits import NOBODY

KEY = "owner"
COMPONENT_KEY = "owner_component"
_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_SCRIPT = """
const NAME = "falcon-chat-owner";

function make() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function read() {
  const made = make();
  try {
    const kept = localStorage.getItem(NAME);
    if (/^[\\w-]{22}$/.test(kept ?? "")) return { id: kept, is_kept: true };
    localStorage.setItem(NAME, made);
    return { id: made, is_kept: true };
  } catch {
    return { id: made, is_kept: false };
  }
}

// Told once: what was told goes along to a server that has been started again, and
// telling it twice would interrupt the run that asks a question there.
const told = new WeakSet();

export default function ({ data, parentElement, setStateValue }) {
  if (data.is_known || told.has(parentElement)) return;
  told.add(parentElement);
  setStateValue("owner", read());
}
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who uses this browser, as far as anybody knows."""

    id: str
    is_kept: bool = True
    """Whether the browser has the same id again after a reload."""


def draw_owner() -> None:
    """Ask the browser, which answers with another page run soon after its first.

    Drawn behind what a first run sets up, as that answer interrupts it.
    """
    component = st.components.v2.component("falcon_owner", js=_SCRIPT)
    said = component(
        key=COMPONENT_KEY,
        data={"is_known": current_owner() is not None},
        on_owner_change=_keep,
    )
    _keep(said)


def current_owner() -> Owner | None:
    """Return the browser's owner; None: it has not said yet."""
    known: Owner | None = st.session_state.get(KEY)
    return known


def asker() -> str:
    """Return whom the limits count a question for.

    All whose browsers keep no id are one: a reload would otherwise be somebody new.
    """
    owner = current_owner()
    return owner.id if owner is not None and owner.is_kept else NOBODY


def _keep(said: Mapping[str, Any] | None = None) -> None:
    said = st.session_state[COMPONENT_KEY] if said is None else said
    if current_owner() is None and (owner := _parse(said.get("owner"))):
        st.session_state[KEY] = owner


def _parse(said: Any) -> Owner | None:
    """Return the owner that a browser names; anything may come from there."""
    match said:
        case {"id": str(owner_id), "is_kept": bool(is_kept)}:
            return Owner(owner_id, is_kept) if _ID.fullmatch(owner_id) else None
    return None
