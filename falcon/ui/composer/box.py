"""Where a question is written, and Stop beside it while an answer runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

import streamlit as st

from falcon.conversation import Conversation, Message, new_id
from falcon.documents import ENDINGS, LARGEST_FILE
from falcon.documents.blocks import Block, without_documents
from falcon.errors import FalconError, InvalidInputError
from falcon.generation import Generation
from falcon.ui import shortcuts, texts
from falcon.ui.composer import attachments
from falcon.ui.composer.attachments import File
from falcon.ui.composer.next_request import turns_to_ask
from falcon.ui.language import say
from falcon.ui.model_languages import say_to

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator
    from streamlit.typing import ChatInputValue

    from falcon.context_window import FittedPrompt
    from falcon.ui.backend import Backend
    from falcon.ui.sidebar import Choices

KEY = "question"
WRITTEN_KEY = "question_written"
DRAFT_KEY = "question_draft"
NOTICE_KEY = "question_notice"


@dataclass(frozen=True, slots=True)
class Written:
    """A question that was sent from the box, until it is saved.

    What the box itself returns is gone when another click ends the run that took it.
    """

    text: str
    files: tuple[File, ...] = ()
    id: str = field(default_factory=new_id)
    """The message's: one that is saved already is not asked again."""


def draw_composer(
    backend: Backend, conversation: Conversation, choices: Choices, *, is_busy: bool
) -> tuple[Message | None, DeltaGenerator]:
    """Draw the box at the bottom of the page; return the question to be sent, and the
    place over the box for what is attached.

    The question holds its documents. One that comes while an answer runs, or whose
    documents cannot be sent as they are, waits with them.
    """
    if draft := st.session_state.pop(DRAFT_KEY, None):
        st.session_state[KEY] = draft
    if notice := st.session_state.pop(NOTICE_KEY, None):
        st.toast(notice)
    tray = st.bottom.container(key="attachments", gap="xsmall")
    # Not within `st.bottom`: only Streamlit's own place for it makes the page follow
    # a growing answer.
    st.chat_input(
        say("Ask a Falcon…"),
        key=KEY,
        accept_file="multiple",
        file_type=ENDINGS,
        max_upload_size=LARGEST_FILE // 1024**2,
        on_submit=_keep_written,
    )
    written = _written(conversation)
    question, files = written.text.strip(), written.files
    if question or files:
        if attachments.draft().recalled:
            attachments.forget()  # Another question has come in its place.
        if files or attachments.draft() != attachments.Draft():
            forget_written()
            attachments.attach(question, files)
        elif not is_busy and (
            blocks := _lost(backend, conversation, choices, question)
        ):
            forget_written()
            attachments.recall(question, blocks)
    with tray.container():
        attachments.read_files()
    if attachments.draft() != attachments.Draft():
        text = _with_documents(backend, choices, is_busy=is_busy)
        return Message("user", text) if text else None, tray
    return Message("user", question, id=written.id) if question else None, tray


def send(question: str) -> None:
    """Send a question as if it had been written in the box; for a click's function."""
    st.session_state[WRITTEN_KEY] = Written(question)


def is_sending() -> bool:
    """Whether a question was sent that is not saved yet."""
    return WRITTEN_KEY in st.session_state


def forget_written() -> None:
    """Let go of the question that was sent: it is saved now, or kept elsewhere."""
    st.session_state.pop(WRITTEN_KEY, None)


def _keep_written() -> None:
    value: ChatInputValue | None = st.session_state[KEY]
    if value and (value.text.strip() or value.files):
        st.session_state[WRITTEN_KEY] = Written(value.text, tuple(_files(value)))


def _written(conversation: Conversation) -> Written:
    written: Written | None = st.session_state.get(WRITTEN_KEY)
    if written is not None and written.id in conversation.messages:
        forget_written()
        written = None
    return written or Written("")


def put_back(question: str) -> NoReturn:
    """Give a question that came while an answer runs back to the box."""
    forget_written()
    st.session_state[DRAFT_KEY] = question
    st.session_state[NOTICE_KEY] = say(texts.BUSY)
    st.rerun()


def put_back_quietly(question: str) -> None:
    """Have the next run find a question in the box, its documents over it."""
    forget_written()
    if attachments.draft() != attachments.Draft():
        attachments.take_back()
    else:
        st.session_state[DRAFT_KEY] = question


def put_back_unsent() -> None:
    """Let what was sent just now wait in the box that is about to be drawn."""
    written: Written | None = st.session_state.pop(WRITTEN_KEY, None)
    if written is not None:
        if written.files:
            attachments.keep_files(written.files)
        st.session_state[KEY] = written.text


def draw_stop(running: Generation) -> None:
    """Draw Stop outside the watching loop, so that a click interrupts that loop."""
    st.bottom.button(
        say("Stop"),
        key="stop",
        icon=":material/stop_circle:",
        shortcut=shortcuts.STOP,
        on_click=running.stop,
    )


def _files(value: ChatInputValue) -> list[File]:
    return [File(name=file.name, content=file.getvalue()) for file in value.files]


def _with_documents(backend: Backend, choices: Choices, *, is_busy: bool) -> str | None:
    """Return the question with its documents, if it can be sent as it is."""
    draft = attachments.draft()
    if not draft.is_wanted or draft.recalled or (is_busy and draft.part is not None):
        return None
    if draft.problems or is_busy:
        _take_back(say(texts.BUSY_WITH_FILES) if is_busy else None)
    return _text_to_send(backend, choices)


def _text_to_send(backend: Backend, choices: Choices) -> str | None:
    if not attachments.draft().documents:
        return attachments.draft().question or None
    parameters = choices.parameters

    def fit(text: str) -> FittedPrompt | None:
        turns = turns_to_ask((), text, system_prompt=choices.system_prompt)
        try:
            fitted = client.fit(turns, parameters)
        except InvalidInputError:
            return None
        # An answer keeps its room, as long as it is not nearly all there is.
        total = client.window.max_total_tokens
        wanted = min(parameters.max_new_tokens, total // 2)
        return fitted if fitted.max_new_tokens >= wanted else None

    try:
        target = choices.target or backend.local_target()
        client = backend.client(target)
        return attachments.text_to_send(
            fit,
            (target, parameters, choices.system_prompt),
            unasked=say_to(target.model, texts.QUESTION_ABOUT_DOCUMENT),
        )
    except FalconError as error:
        _take_back(say(error))


def _lost(
    backend: Backend, conversation: Conversation, choices: Choices, question: str
) -> tuple[Block, ...]:
    """Return the newest documents of the conversation if the model would not see them
    with this question."""
    path = conversation.path()
    for position in range(len(path) - 1, -1, -1):
        blocks, _ = without_documents(path[position].text)
        if blocks and path[position].role == "user":
            break
    else:
        return ()
    turns = turns_to_ask(path, question, system_prompt=choices.system_prompt)
    try:
        client = backend.client(choices.target or backend.local_target())
        fitted = client.fit(turns, choices.parameters)
    except FalconError:
        return ()  # Who asks the question is told.
    return blocks if fitted.dropped > position else ()


def _take_back(notice: str | None) -> NoReturn:
    attachments.take_back()
    st.session_state[NOTICE_KEY] = notice
    st.rerun()
