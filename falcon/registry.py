"""Registry: the open conversations of this server and the answers made for them.

The only mutable state of the process. Writes through to a history on disk; without one,
or while the disk refuses, what is in memory stays and nothing else changes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from falcon.comparisons import Comparisons
from falcon.conversation import Conversation
from falcon.errors import HistoryError
from falcon.generation import Generation
from falcon.limits import DEFAULT_LIMITS, NOBODY, Limiter, Limits
from falcon.open_conversation import OpenConversation
from falcon.open_conversation import OpenStream as OpenStream
from falcon.record import AnswerRecord

if TYPE_CHECKING:
    from falcon.history import History, Summary
    from falcon.presets import Preset

MOST_CONVERSATIONS = 1000
"""Past this many, the one that was used least recently is forgotten."""
MOST_SAVED = 100
"""So many of those that can be read from the disk again."""


class Registry:
    """Safe to use from any thread. Ids are unguessable: who knows one may read it."""

    def __init__(
        self, history: History | None = None, *, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.limiter = Limiter(limits)
        """Asked wherever an answer begins, a comparison's too."""
        self.comparisons = Comparisons(history)
        self._history = history
        self._lock = threading.Lock()
        self._open: dict[str, OpenConversation] = {}
        self._deleted: dict[str, OpenConversation] = {}

    def load(self, conversation_id: str) -> Conversation | None:
        """Return the conversation as it is now, or None if there is none of this id.

        Raises HistoryError if it is not in memory and the disk cannot be read.
        """
        found = self._find(conversation_id)
        return None if found is None else found.conversation

    def save(self, conversation: Conversation) -> None:
        """Keep `conversation` in place of the one of the same id.

        It is on the disk then, or else `problem` says why not. A copy that is no longer
        the newest does no harm: messages that it does not know stay, and an answer is
        what its generation made of it.
        """
        self._find_or_open(conversation).save(conversation)
        self._forget_oldest()

    def change(
        self, conversation_id: str, change: Callable[[Conversation], Conversation]
    ) -> Conversation | None:
        """Replace the conversation as it is now by what `change` makes of it.

        For what a person does to it while an answer may be growing: rate, rename, pin,
        take a message out. `change` only computes: it runs under a lock. Returns the
        new one; None: there is none of this id.
        """
        found = self._find(conversation_id)
        return None if found is None else found.change(change)

    def list(
        self, owner: str, *, search: str = "", limit: int = 50, offset: int = 0
    ) -> tuple[Summary, ...]:
        """Return those of `owner` that are on disk; see History.list."""
        if self._history is None:
            return ()
        return self._history.list(owner, search=search, limit=limit, offset=offset)

    def delete(self, conversation_id: str) -> None:
        """End the conversation's answer and take the conversation out of the list.

        Raises HistoryError if the disk refuses, and then it is still there.
        """
        running = self.generation(conversation_id)
        if running is not None:
            running.stop()
        if self._history is not None:
            self._history.delete(conversation_id)
        with self._lock:
            if conversation_id in self._open:
                self._deleted[conversation_id] = self._open.pop(conversation_id)
            while len(self._deleted) > MOST_SAVED:
                del self._deleted[next(iter(self._deleted))]

    def restore(self, conversation_id: str) -> None:
        """Undo `delete`. Raises HistoryError if the disk refuses."""
        if self._history is not None:
            self._history.restore(conversation_id)
        with self._lock:
            if conversation_id in self._deleted:
                self._open[conversation_id] = self._deleted.pop(conversation_id)

    def presets(self, owner: str) -> tuple[Preset, ...]:
        """Return the owner's own presets that are on disk."""
        return self._history.presets(owner) if self._history else ()

    def save_presets(self, owner: str, presets: Iterable[Preset]) -> None:
        """Keep all of the owner's presets, or none; see History.save_presets."""
        if self._history is not None:
            self._history.save_presets(owner, presets)

    def delete_preset(self, owner: str, name: str) -> None:
        if self._history is not None:
            self._history.delete_preset(owner, name)

    def problem(self, conversation_id: str) -> HistoryError | None:
        """Return why the disk does not have the conversation as it is; None: it has.

        Its next save writes all that is missing; so does saving the same once more.
        """
        with self._lock:
            found = self._open.get(conversation_id)
        return None if found is None else found.problem

    def generation(self, conversation_id: str) -> Generation | None:
        """Return the newest answer of a conversation, still running or ended."""
        with self._lock:
            found = self._open.get(conversation_id)
        return None if found is None else found.generation

    def answer(
        self,
        conversation: Conversation,
        open_stream: OpenStream,
        record: AnswerRecord = AnswerRecord(),
        *,
        asker: str = NOBODY,
    ) -> Generation:
        """Save the conversation, start the answer to its leaf and return that.

        If the leaf is an answer itself, it is continued. `record` is what is asked. One
        answer at a time: while one runs, that one is returned and nothing starts.
        Raises OverloadedError if `asker` may have no more answers now, and then nothing
        is saved.
        """
        running = self.generation(conversation.id)
        if running is not None and not running.ended:
            return running
        (place,) = self.limiter.admit(asker)
        try:
            found = self._find_or_open(conversation)
            generation = found.answer(conversation, open_stream, record, place)
        except BaseException:
            place.give_back()
            raise
        with self._lock:
            self._open[conversation.id] = found
        return generation

    def _find(self, conversation_id: str) -> OpenConversation | None:
        """Return the conversation from memory, or else from the disk."""
        with self._lock:
            found = self._open.pop(conversation_id, None)
            if found is not None:
                self._open[conversation_id] = found  # The newest used stands last.
        if found is None:
            return self._read(conversation_id)
        if found.refresh():
            return found
        with self._lock:
            self._open.pop(conversation_id, None)
        return None

    def _read(self, conversation_id: str) -> OpenConversation | None:
        saved = None if self._history is None else self._history.load(conversation_id)
        if saved is None:
            return None
        read = OpenConversation(saved.conversation, history=self._history, saved=saved)
        with self._lock:
            found = self._open.setdefault(conversation_id, read)
        self._forget_oldest()
        return found

    def _find_or_open(self, conversation: Conversation) -> OpenConversation:
        try:
            found = self._find(conversation.id)
        except HistoryError:
            found = None  # The disk is asked again when the conversation is written.
        if found is not None:
            return found
        new = OpenConversation(conversation, history=self._history)
        with self._lock:
            return self._open.setdefault(conversation.id, new)

    def _forget_oldest(self) -> None:
        with self._lock:
            if len(self._open) <= MOST_SAVED:
                return
            idle = [key for key, found in self._open.items() if not found.is_running]
            saved = [key for key in idle if self._open[key].is_on_disk]
            for key in saved[:-MOST_SAVED]:
                del self._open[key]
            kept = [key for key in idle if key in self._open]
            for key in kept[: max(0, len(self._open) - MOST_CONVERSATIONS)]:
                del self._open[key]
