"""Documents attached to the question: read, fitted to the model, kept until sent.

A browser gives a file once. So what a person attached stays in the session until the
question is on its way, whatever interrupts it: another click, an answer that is still
running, a file that cannot be read, a document that is too long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from falcon.documents import MOST_FILES, Document, clean_name, read_document
from falcon.documents.blocks import Block, with_documents
from falcon.documents.fitting import fit_documents
from falcon.errors import AttachmentError
from falcon.ui import texts
from falcon.ui.labels import plain
from falcon.ui.language import say
from falcon.ui.many_chats import end_turn

if TYPE_CHECKING:
    from falcon.context_window import FittedPrompt

    Fit = Callable[[str], FittedPrompt | None]

KEY = "attachments"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as the browser gave it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A question with documents that is not on its way yet."""

    question: str = ""
    files: tuple[File, ...] = ()
    """What has not been read yet."""
    documents: tuple[Document, ...] = ()
    problems: tuple[str, ...] = ()
    """Why files were not attached, one line each."""
    is_wanted: bool = False
    """Whether it is to be sent; otherwise the question is in the box."""
    part: tuple[Document, ...] | None = None
    """What of the documents fits; None: not known yet, or all of it."""
    part_tokens: int = 0
    fitted_for: object = None
    """The endpoint and settings for which `part` was found."""
    is_part_enough: bool = False
    """Whether a person chose to send that part."""
    takes_part: bool = False
    """Whether a person chose to send what fits before it was known."""
    recalled: tuple[Document, ...] = ()
    """Documents of an earlier question, which the model would not see any more."""


def attach(question: str, files: Sequence[File]) -> None:
    """Keep a question that is to be sent, with what was attached to it."""
    keep_files(files)
    keep(replace(draft(), question=question, is_wanted=True))


def keep_files(files: Sequence[File]) -> None:
    """Keep what was attached, until a question is sent with it."""
    old = draft()
    room = MOST_FILES - len(old.documents) - len(old.files)
    problems = tuple(
        say(texts.TOO_MANY_FILES, name=plain(clean_name(file.name)), most=MOST_FILES)
        for file in files[room:]
    )
    keep(
        Draft(
            files=(*old.files, *files[:room]),
            documents=old.documents,
            problems=problems,
        )
    )


def recall(question: str, blocks: Sequence[Block]) -> None:
    """Keep a question until a person has said whether documents go with it again."""
    documents = (
        Document(block.heading, block.text, length=len(block.text)) for block in blocks
    )
    keep(Draft(question=question, is_wanted=True, recalled=tuple(documents)))


def draft() -> Draft:
    kept: Draft = st.session_state.get(KEY, _NOTHING)
    return kept


def keep(draft: Draft) -> None:
    st.session_state[KEY] = draft


def read_files() -> None:
    """Read what was attached; what was read stays so if a click interrupts this."""
    while (now := draft()).files:
        end_turn()
        file, *rest = now.files
        with st.spinner(say(texts.READING_FILE, name=plain(clean_name(file.name)))):
            try:
                document = read_document(file.name, file.content)
            except AttachmentError as error:
                now = replace(now, problems=(*now.problems, plain(say(error))))
            else:
                now = replace(now, documents=(*now.documents, document))
        keep(replace(now, files=tuple(rest)))


def text_to_send(fit: Fit, fitted_for: object, *, unasked: str) -> str | None:
    """Return the whole text of the question once all of it fits, or enough does.

    `fit` returns None for a text that is too long; `unasked` is the question of who
    only attached something.
    """
    now = draft()
    question = now.question or unasked
    if now.part is None or now.fitted_for != fitted_for:
        now = _fitted(now, question, fit, fitted_for)
        keep(now)
    return with_documents(question, now.part or ()) if now.is_part_enough else None


def forget() -> None:
    """What was attached is on its way, and in the conversation."""
    st.session_state.pop(KEY, None)


def _fitted(now: Draft, question: str, fit: Fit, fitted_for: object) -> Draft:
    def fits(documents: Sequence[Document]) -> bool:
        return fit(with_documents(question, documents)) is not None

    part = fit_documents(now.documents, fits)
    fitted = fit(with_documents(question, part)) if part else None
    return replace(
        now,
        part=part,
        part_tokens=fitted.tokens if fitted else 0,
        fitted_for=fitted_for,
        # Once a person was asked, another model that takes more sends nothing unasked.
        is_part_enough=now.part is None
        and bool(part)
        and (now.takes_part or part == now.documents),
    )


def send_part() -> None:
    """Send what fits: a person has seen what that is."""
    keep(replace(draft(), is_part_enough=True))


def send_again() -> None:
    """Send the documents of an earlier question with this one too."""
    # Beside another question a little less may fit.
    now = draft()
    keep(replace(now, documents=now.recalled, recalled=(), takes_part=True))


def send_without() -> None:
    """Send the question without the documents of an earlier one."""
    keep(replace(draft(), recalled=()))


def take_back() -> None:
    """Give the question back to the box; the documents stay attached."""
    from falcon.ui.composer.box import DRAFT_KEY

    now = draft()
    if now.question:
        st.session_state[DRAFT_KEY] = now.question
    keep(replace(now, question="", is_wanted=False, part=None, recalled=()))


def detach(document: Document) -> None:
    now = draft()
    left = tuple(other for other in now.documents if other is not document)
    keep(replace(now, documents=left, part=None, problems=()))
    if not left:
        take_back()


_NOTHING = Draft()
