"""OpenConversation: one conversation in memory, its answer and its copy on disk.

Used by Registry alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from falcon.conversation import Conversation, Message
from falcon.errors import HistoryError
from falcon.generation import Generation, Progress
from falcon.limits import Place
from falcon.record import AnswerRecord
from falcon.stream import GenerationStream

if TYPE_CHECKING:
    from falcon.history import History, Saved

OpenStream = Callable[[tuple[Message, ...]], GenerationStream]


class OpenConversation:
    """Safe to use from any thread: what changes it happens one after the other."""

    def __init__(
        self,
        conversation: Conversation,
        *,
        history: History | None,
        saved: Saved | None = None,
    ) -> None:
        self.conversation = conversation
        self.generation: Generation | None = None
        """The newest answer, still running or ended."""
        self.problem: HistoryError | None = None
        """Why the disk does not have the conversation as it is; None: it has."""
        self._history = history
        self._saved = saved
        self._answer_id: str | None = None
        self._lock = threading.RLock()

    @property
    def is_running(self) -> bool:
        return self.generation is not None and not self.generation.ended

    @property
    def is_on_disk(self) -> bool:
        return self._saved is not None and self.problem is None

    def save(self, conversation: Conversation) -> None:
        with self._lock:
            self._keep(self._merge(conversation))

    def change(self, change: Callable[[Conversation], Conversation]) -> Conversation:
        with self._lock:
            self._keep(change(self.conversation))
            return self.conversation

    def answer(
        self,
        conversation: Conversation,
        open_stream: OpenStream,
        record: AnswerRecord,
        place: Place,
    ) -> Generation:
        """See Registry.answer; who is given the running one needs no place."""
        with self._lock:
            if self.generation is not None and self.is_running:
                place.give_back()
                return self.generation
            turns = conversation.path()
            merged = self._merge(conversation)
            if turns and turns[-1].role == "assistant":
                answer = replace(turns[-1], finish_reason=None)
                self._keep(merged.replace(answer))
            else:
                answer = Message("assistant", "")
                self._keep(merged.add(answer, after=conversation.leaf_id))

            def save(progress: Progress) -> None:
                self._save_answer(answer.id, progress)

            generation = Generation(
                lambda: open_stream(turns),
                save=save,
                record=record,
                text=answer.text,
                place=place,
            )
            self.generation, self._answer_id = generation, answer.id
        generation.start()
        return generation

    def refresh(self) -> bool:
        """Read again what another server changed; return whether it still exists."""
        with self._lock:
            if self._history is None or self._saved is None:
                return True
            if self.is_running or self.problem is not None:
                return True
            try:
                version = self._history.version(self.conversation.id)
                if version == self._saved.version and not self._grows_elsewhere:
                    return True
                self._saved = self._history.load(self.conversation.id)
            except HistoryError:
                return True  # What is in memory is the best there is.
            if self._saved is not None:
                self.conversation = self._saved.conversation
            return self._saved is not None

    @property
    def _grows_elsewhere(self) -> bool:
        leaf = self.conversation.leaf
        return bool(leaf and leaf.role == "assistant" and leaf.finish_reason is None)

    def _save_answer(self, answer_id: str, progress: Progress) -> None:
        with self._lock:
            answer = self.conversation.messages.get(answer_id)
            if answer is None:
                return
            if progress.reason is not None and not progress.text:
                # An answer that never began is no message: the question stays.
                self._keep(_without(self.conversation, answer))
                return
            grown = replace(
                answer,
                text=progress.text,
                finish_reason=progress.reason,
                record=progress.record,
            )
            self._keep(self.conversation.replace(grown))

    def _keep(self, conversation: Conversation) -> None:
        self.conversation = conversation
        if self._history is None or conversation.is_temporary:
            return
        try:
            self._saved = self._history.save(conversation, before=self._saved)
            self.problem = None
        except HistoryError as error:
            self.problem = error

    def _merge(self, conversation: Conversation) -> Conversation:
        """Return `conversation` with what only this one knows."""
        ours = self.conversation.messages
        messages = {**ours, **conversation.messages}
        answer = None if self._answer_id is None else ours.get(self._answer_id)
        if answer is not None:
            given = messages[answer.id]
            messages[answer.id] = replace(
                answer, rating=given.rating, comment=given.comment
            )
        return replace(conversation, messages=MappingProxyType(messages))


def _without(conversation: Conversation, message: Message) -> Conversation:
    """Return the conversation without a message that nothing follows."""
    messages = {
        key: kept for key, kept in conversation.messages.items() if key != message.id
    }
    shown = conversation.leaf_id
    return replace(
        conversation,
        messages=MappingProxyType(messages),
        leaf_id=message.parent_id if shown == message.id else shown,
    )
