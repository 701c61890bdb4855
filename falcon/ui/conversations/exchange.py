"""Conversations as files: this one or all of mine to save, and saved ones to open.

A file is made when its button is pressed and not before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Literal

import streamlit as st

from falcon.conversation import Conversation
from falcon.errors import HistoryError
from falcon.interchange import MOST_MESSAGES, export_json, import_json
from falcon.interchange.document import LARGEST_DOCUMENT
from falcon.interchange.markdown import Say, export_markdown
from falcon.interchange.names import file_name
from falcon.interchange.training import export_jsonl
from falcon.registry import Registry
from falcon.ui import texts
from falcon.ui.conversations.opened import latest, show_conversation
from falcon.ui.conversations.owner import current_owner
from falcon.ui.labels import plain
from falcon.ui.language import mark, say, speaker

if TYPE_CHECKING:
    from falcon.history import Summary

SCOPE_KEY = "export_scope"
SAID_KEY = "import_said"
DESCRIBED_KEY = "export_described"
IMPORT_KEY = "import"
IMPORTS_KEY = "imports"
"""How many files were imported: each gets an uploader of its own, which is empty."""
CONVERSATIONS_AT_ONCE = 200

Scope = Literal["This conversation", "All of mine"]
SCOPES: tuple[Scope, Scope] = (mark("This conversation"), mark("All of mine"))


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file."""

    label: str
    extension: str
    mime: str
    export: Callable[[list[Conversation], Say], bytes]
    help: str | None = None


FORMATS = (
    Format(
        "Markdown", "md", "text/markdown", lambda all_, say_it: _markdown(all_, say_it)
    ),
    Format("JSON", "json", "application/json", lambda all_, _: export_json(all_)),
    Format(
        "JSONL",
        "jsonl",
        "application/jsonl",
        lambda all_, _: export_jsonl(all_).lines,
        texts.TRAINING_HELP,
    ),
)


@dataclass(frozen=True, slots=True)
class Said:
    """What came of the last import."""

    text: str
    is_problem: bool = False


def draw_exchange(registry: Registry, conversation: Conversation) -> None:
    with st.popover(
        say("Export / import"), icon=":material/import_export:", width="stretch"
    ):
        _draw_export(registry, conversation)
        _draw_import(registry)
        _draw_said()


def _draw_export(registry: Registry, conversation: Conversation) -> None:
    scope: Scope = st.segmented_control(
        say("Export"),
        SCOPES,
        default=SCOPES[0],
        key=SCOPE_KEY,
        format_func=speaker(),
        required=True,
        width="stretch",
    )
    owner = current_owner()
    owner_id = owner.id if owner else ""
    is_one = scope == SCOPES[0]
    if is_one:
        wanted = partial(_this, registry, conversation)
        title = conversation.title or next((m.text for m in conversation.path()), "")
    else:
        wanted = partial(_all, registry, owner_id)
        title = "falcon-chat"
    with st.container(horizontal=True, gap="small"):
        for chosen in FORMATS:
            st.download_button(
                chosen.label,
                partial(_make, chosen, wanted, speaker()),
                file_name(title[:200], chosen.extension, day=date.today()),
                chosen.mime,
                key=f"export_{chosen.extension}",
                help=chosen.help and say(chosen.help),
                disabled=not (conversation.messages if is_one else owner_id),
                # A rerun would give the button a new file while this one is made.
                on_click="ignore",
            )
    if is_one:
        said = _describe([conversation]) if conversation.messages else None
    else:
        said = _describe_all(registry, owner_id)
    if said is not None:
        st.caption(said)
    else:
        st.empty()


def _draw_import(registry: Registry) -> None:
    key = f"{IMPORT_KEY}_{st.session_state.setdefault(IMPORTS_KEY, 0)}"
    st.file_uploader(
        say("Import"),
        type="json",
        key=key,
        help=say(texts.IMPORT_HELP),
        max_upload_size=LARGEST_DOCUMENT // 1024**2,
        on_change=_import,
        args=(registry, key),
    )


def _draw_said() -> None:
    said: Said | None = st.session_state.get(SAID_KEY)
    if said is None:
        st.empty()
    elif said.is_problem:
        st.error(plain(said.text), icon=":material/error:")
    else:
        st.caption(said.text)


def _this(registry: Registry, conversation: Conversation) -> list[Conversation]:
    return [latest(registry, conversation)]


def _all(registry: Registry, owner: str) -> list[Conversation]:
    """Return all that stand in the owner's list, in its order."""
    read = (registry.load(summary.id) for summary in _listed(registry, owner))
    return [conversation for conversation in read if conversation is not None]


def _listed(registry: Registry, owner: str) -> list[Summary]:
    found: list[Summary] = []
    # Nobody's list would be everybody's without an owner.
    while owner:
        listed = registry.list(owner, limit=CONVERSATIONS_AT_ONCE, offset=len(found))
        found += listed
        if len(listed) < CONVERSATIONS_AT_ONCE:
            break
    return found


def _make(
    chosen: Format, wanted: Callable[[], list[Conversation]], say_it: Say = str
) -> bytes:
    return chosen.export(wanted(), say_it)


def _markdown(conversations: list[Conversation], say_it: Say) -> bytes:
    return export_markdown(conversations, say=say_it).encode("utf-8", "replace")


def _describe(conversations: list[Conversation]) -> str:
    """Say what is not in the JSONL file, and whether the others are too large."""
    made = export_jsonl(conversations)
    said = say(
        texts.TRAINING_LEFT_OUT,
        conversations=made.conversations,
        pairs=made.pairs,
        left_out=made.left_out_messages,
        empty=made.left_out_conversations,
    )
    messages = [m for c in conversations for m in c.messages.values()]
    size = sum(len(message.text) for message in messages)
    if len(messages) > MOST_MESSAGES or size > LARGEST_DOCUMENT:
        said += f" {say(texts.TOO_MANY_FOR_JSON)}"
    return said


def _describe_all(registry: Registry, owner: str) -> str | None:
    """Return the same of the owner's whole list; read again only if that changed."""
    try:
        listed = tuple(_listed(registry, owner))
        known: tuple[object, str] | None = st.session_state.get(DESCRIBED_KEY)
        if known is None or known[0] != listed:
            known = (listed, _describe(_all(registry, owner)))
            st.session_state[DESCRIBED_KEY] = known
    except HistoryError as error:
        return plain(say(error))
    return known[1] if listed else None


def _import(registry: Registry, key: str) -> None:
    file = st.session_state[key]
    if file is None:
        return
    owner = current_owner()
    try:
        imported = import_json(file.getvalue(), owner=owner.id if owner else "")
    except HistoryError as error:
        _say_of_import(say(error), is_problem=True)
        return
    if not imported:
        _say_of_import(say(texts.IMPORTED_NOTHING), is_problem=True)
        return
    for conversation in reversed(imported):
        registry.save(conversation)
    show_conversation(imported[0].id)
    st.session_state[IMPORTS_KEY] += 1
    _say_of_import(say(texts.IMPORTED, count=len(imported)))


def _say_of_import(text: str, *, is_problem: bool = False) -> None:
    st.session_state[SAID_KEY] = Said(text, is_problem)
