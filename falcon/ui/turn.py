"""One turn: the question is saved, then the answer starts, owned by the server."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from falcon.conversation import Conversation, Message
from falcon.documents.blocks import without_documents
from falcon.errors import InvalidInputError, OverloadedError
from falcon.generation import Generation
from falcon.local.runtime import REGION
from falcon.record import AnswerRecord
from falcon.ui.backend import Backend
from falcon.ui.composer import attachments
from falcon.ui.composer.box import forget_written, put_back_quietly
from falcon.ui.composer.refusal import check_length, forget_refusal, refuse
from falcon.ui.conversations.opened import keep_conversation, name_in_address
from falcon.ui.conversations.owner import asker
from falcon.ui.sidebar import Choices

LONGEST_TITLE = 80
"""Characters of a question about documents."""


def ask(
    backend: Backend, conversation: Conversation, question: Message, choices: Choices
) -> Generation:
    """Add a question, save it before anything is sent, and start its answer.

    Where that is refused, the question goes back to the box. It is saved and its
    answer started in one call: between two, a click might end the run.
    """
    asked = conversation.add(question, after=conversation.leaf_id)
    blocks, text = without_documents(question.text)
    if blocks and not conversation.messages:
        # The list would call it by the document's first words.
        asked = replace(asked, title=" ".join(text.split())[:LONGEST_TITLE])
    try:
        check_length(text)
        running = _answer(backend, asked, choices)
    except (OverloadedError, InvalidInputError) as problem:
        put_back_quietly(question.text)
        refuse(problem)
    forget_refusal()
    forget_written()
    attachments.forget()
    keep_conversation(asked)
    name_in_address(asked)
    return running


def answer(
    backend: Backend, conversation: Conversation, choices: Choices
) -> Generation:
    """Start the answer to the conversation's leaf, or go on with it if it is one."""
    try:
        running = _answer(backend, conversation, choices)
    except OverloadedError as problem:
        refuse(problem)
    forget_refusal()
    return running


def _answer(
    backend: Backend, conversation: Conversation, choices: Choices
) -> Generation:
    open_stream = backend.opener(
        choices.target, choices.parameters, system_prompt=choices.system_prompt
    )
    record = _record(backend, conversation, choices)
    return backend.registry.answer(conversation, open_stream, record, asker=asker())


def _record(
    backend: Backend, conversation: Conversation, choices: Choices
) -> AnswerRecord:
    target, leaf = choices.target, conversation.leaf
    model = target.model if target else backend.local_model()
    parameters = choices.parameters
    return AnswerRecord(
        endpoint=target.endpoint.name if target else backend.local.name,
        region=target.endpoint.region if target else REGION,
        model=model.id if model else "",
        system_prompt=choices.system_prompt,
        parameters=MappingProxyType(
            {name: getattr(parameters, name) for name in parameters.changed}
        ),
        continues=len(leaf.text) if leaf and leaf.role == "assistant" else 0,
    )
