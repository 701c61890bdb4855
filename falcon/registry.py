"""Registry: the conversations of this server and the answers being made for them.

The only mutable state of the process. It holds the conversations in memory and will
hand them to a history on disk; `load` and `save` are that history's interface.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from falcon.conversation import Conversation, Message
from falcon.generation import Generation, Progress
from falcon.stream import GenerationStream

MOST_CONVERSATIONS = 1000
"""Past this many, the one that was saved least recently is forgotten."""

OpenStream = Callable[[tuple[Message, ...]], GenerationStream]


class Registry:
    """Safe to use from any thread. Ids are unguessable: who knows one may read it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._conversations: dict[str, Conversation] = {}
        self._generations: dict[str, Generation] = {}

    def load(self, conversation_id: str) -> Conversation | None:
        """Return the conversation as it is now, or None if there is none of this id."""
        with self._lock:
            return self._conversations.get(conversation_id)

    def save(self, conversation: Conversation) -> None:
        """Keep `conversation` in place of the one of the same id."""
        with self._lock:
            self._conversations.pop(conversation.id, None)
            self._conversations[conversation.id] = conversation
            self._forget_oldest()

    def generation(self, conversation_id: str) -> Generation | None:
        """Return the newest answer of a conversation, still running or ended."""
        with self._lock:
            return self._generations.get(conversation_id)

    def answer(self, conversation: Conversation, open_stream: OpenStream) -> Generation:
        """Start the answer to the conversation's leaf and return it.

        One answer at a time: while one runs, that one is returned and nothing starts.
        """
        with self._lock:
            running = self._generations.get(conversation.id)
            if running is not None and not running.ended:
                return running
            turns = conversation.path()
            answer = Message("assistant", "")
            self.save(conversation.add(answer, after=conversation.leaf_id))

            def save(progress: Progress) -> None:
                self._save_answer(conversation.id, answer, progress)

            generation = Generation(lambda: open_stream(turns), save=save)
            self._generations[conversation.id] = generation
        generation.start()
        return generation

    def _save_answer(
        self, conversation_id: str, answer: Message, progress: Progress
    ) -> None:
        with self._lock:
            conversation = self._conversations.get(conversation_id)
            if conversation is None or answer.id not in conversation.messages:
                return
            if progress.reason is not None and not progress.text:
                # An answer that never began is no message: the question stays.
                if conversation.leaf_id == answer.id:
                    conversation = conversation.without_leaf()
            else:
                conversation = conversation.replace(
                    replace(answer, text=progress.text, finish_reason=progress.reason)
                )
            self._conversations[conversation_id] = conversation

    def _forget_oldest(self) -> None:
        for oldest in list(self._conversations):
            if len(self._conversations) <= MOST_CONVERSATIONS:
                return
            generation = self._generations.get(oldest)
            if generation is None or generation.ended:
                del self._conversations[oldest]
                self._generations.pop(oldest, None)
