"""One turn: the question is saved, then the answer starts, owned by the server."""

from __future__ import annotations

from dataclasses import replace

from falcon.conversation import Conversation, Message
from falcon.generation import Generation
from falcon.ui.backend import Backend
from falcon.ui.open_conversation import keep_conversation, name_in_address
from falcon.ui.sidebar import Choices


def ask(backend: Backend, conversation: Conversation, text: str) -> Conversation:
    """Add a question and save it before anything is sent."""
    asked = conversation.add(Message("user", text), after=conversation.leaf_id)
    backend.registry.save(asked)
    keep_conversation(asked)
    name_in_address(asked)
    return asked


def answer(
    backend: Backend, conversation: Conversation, choices: Choices
) -> Generation:
    """Start the answer to the conversation's last question."""
    open_stream = backend.opener(
        choices.target, choices.parameters, system_prompt=choices.system_prompt
    )
    return backend.registry.answer(conversation, open_stream)


def without_cut_answer(conversation: Conversation) -> Conversation:
    """Return the conversation as its last question left it, to answer it again."""
    leaf = conversation.leaf
    if leaf is not None and leaf.role == "assistant":
        return replace(conversation, leaf_id=leaf.parent_id)
    return conversation
