"""What is attached to the question, drawn over its box, and the choice what to send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from falcon.documents import MOST_FILES, Document
from falcon.ui import texts
from falcon.ui.composer.attachments import (
    Draft,
    detach,
    draft,
    send_again,
    send_part,
    send_without,
    take_back,
)
from falcon.ui.labels import plain
from falcon.ui.language import say

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator


def draw_attached(place: DeltaGenerator, *, is_busy: bool) -> None:
    """Draw what is attached, what is wrong with it and what of it fits."""
    with place:
        _draw(draft(), is_busy=is_busy)


def _draw(now: Draft, *, is_busy: bool) -> None:
    # Fixed places: what an earlier run drew stays in view until this one ends.
    for position in range(MOST_FILES):
        if position < len(now.documents):
            _draw_document(position, now.documents[position])
        else:
            st.empty()
    if now.problems:
        st.warning("  \n".join(now.problems), icon=":material/error:")
    else:
        st.empty()
    if now.recalled:
        _draw_recalled(now, is_busy=is_busy)
    elif now.is_wanted and now.part is not None:
        _draw_choice(now, now.part, is_busy=is_busy)
    else:
        st.empty()


def _draw_document(position: int, document: Document) -> None:
    with st.container(
        horizontal=True, wrap=False, vertical_alignment="center", gap="small"
    ):
        pages = len(document.page_ends)
        about = say(texts.PAGES, count=pages) if pages > 1 else ""
        st.markdown(
            f":material/description: {plain(document.name)} :gray[{about}]",
            width="content",
        )
        st.button(
            # Only an icon is seen; the words are for screen readers.
            say(texts.DETACH, name=plain(document.name)),
            key=f"detach_{position}",
            icon=":material/close:",
            type="tertiary",
            on_click=detach,
            args=(document,),
        )


def _draw_choice(now: Draft, part: Sequence[Document], *, is_busy: bool) -> None:
    with st.container(border=True, key="attachments_choice", gap="small"):
        is_whole = part == now.documents
        if is_whole:
            st.markdown(say(texts.ALL_FITS))
        elif part:
            st.markdown("  \n".join(_what_fits(now, part)))
        else:
            st.markdown(say(texts.NOTHING_FITS))
        if now.question:
            st.caption(say(texts.YOUR_QUESTION, question=_shortened(now.question)))
        with st.container(horizontal=True, gap="small"):
            if part:
                st.button(
                    say("Send") if is_whole else say("Send the part that fits"),
                    key="send_part",
                    icon=None if is_whole else ":material/content_cut:",
                    type="primary",
                    disabled=is_busy,
                    on_click=send_part,
                )
            st.button(say("Don't send"), key="send_nothing", on_click=take_back)


def _draw_recalled(now: Draft, *, is_busy: bool) -> None:
    names = ", ".join(plain(document.name) for document in now.recalled)
    with st.container(border=True, key="attachments_choice", gap="small"):
        st.markdown(say(texts.RECALLED, names=names))
        st.caption(say(texts.YOUR_QUESTION, question=_shortened(now.question)))
        with st.container(horizontal=True, gap="small"):
            st.button(
                say("Send it again"),
                key="send_again",
                icon=":material/description:",
                type="primary",
                disabled=is_busy,
                on_click=send_again,
            )
            st.button(
                say("Ask without it"),
                key="send_without",
                disabled=is_busy,
                on_click=send_without,
            )
            st.button(say("Don't send"), key="send_nothing", on_click=take_back)


def _what_fits(now: Draft, part: Sequence[Document]) -> list[str]:
    whole = sum(document.length for document in part)
    shown = sum(len(document.text) for document in part)
    lines = [
        say(
            texts.PART_FITS,
            fitting=f"{_rounded(now.part_tokens):,}",
            whole=f"{_rounded(now.part_tokens * whole / shown):,}",
        )
    ]
    for document in part:
        if document.is_cut and document.whole_pages:
            lines.append(
                say(
                    texts.PAGES_FIT,
                    fitting=document.whole_pages,
                    whole=len(document.page_ends),
                    name=plain(document.name),
                )
            )
        elif document.is_cut:
            share = max(1, 100 * len(document.text) // document.length)
            lines.append(say(texts.SHARE_FITS, share=share, name=plain(document.name)))
    return lines


def _rounded(tokens: float) -> int:
    """Return a number with two digits and zeros: it is an estimate."""
    places = 2 - len(str(int(tokens)))
    return int(round(tokens, min(places, 0)))


def _shortened(question: str) -> str:
    line = " ".join(question.split())
    return plain(line if len(line) <= 120 else f"{line[:119]}…")
