"""Comparison: the same question to several columns at once, each with its settings.

What is compared stands here and in no page's run, so that a rerun, a reload or a second
tab finds it again; as soon as something was asked, on disk too. Knows nothing of
Streamlit nor of how an endpoint is asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from falcon.compare_run import (
    Column,
    ColumnAnswer,
    ColumnSettings,
    CompareRun,
    conversation_until,
)
from falcon.comparison_copy import ComparisonCopy
from falcon.comparison_document import FORMAT, Content, encode_answer, encode_head
from falcon.conversation import Conversation, Message, new_id
from falcon.errors import HistoryError
from falcon.limits import Place
from falcon.open_conversation import OpenStream
from falcon.record import AnswerRecord

if TYPE_CHECKING:
    from falcon.history import History, KeptComparison

FEWEST_COLUMNS = 2
MOST_COLUMNS = 4
MOST_QUESTIONS = 50
"""In one comparison."""
LONGEST_TITLE = 500


class Comparison:
    """Columns and the questions they were asked. Safe to use from any thread."""

    def __init__(
        self,
        settings: ColumnSettings,
        *,
        owner: str = "",
        history: History | None = None,
    ) -> None:
        """Begin with columns that all have these settings.

        `owner` is whose list it stands in: an id that one browser keeps; empty:
        nobody's.
        """
        self.id = new_id()
        self.owner = owner
        self._copy = ComparisonCopy(history)
        self._lock = threading.Lock()
        self._named = 0
        self._columns = tuple(self._new(settings) for _ in range(FEWEST_COLUMNS))
        self._runs: tuple[CompareRun, ...] = ()

    @classmethod
    def read(
        cls, kept: KeptComparison, content: Content, history: History | None
    ) -> Comparison:
        """Return the comparison that the disk has."""
        read = cls(content.columns[0].settings, owner=kept.owner)
        read.id = kept.id
        read._copy = ComparisonCopy(history, version=kept.version)
        read._columns, read._named = content.columns, content.named
        read._runs = content.runs
        return read

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._columns

    @property
    def runs(self) -> tuple[CompareRun, ...]:
        return self._runs

    @property
    def running(self) -> CompareRun | None:
        """The newest question, while any of its answers grows."""
        newest = self._runs[-1] if self._runs else None
        return newest if newest and newest.running else None

    @property
    def problem(self) -> HistoryError | None:
        """Why the disk does not have the comparison as it is; None: it has."""
        return self._copy.problem

    @property
    def is_newest(self) -> bool:
        """Whether no other server has changed or deleted it since."""
        return self.running is not None or self._copy.is_newest(self.id)

    def belong_to(self, owner: str) -> None:
        """Stand in this owner's list, if it stands in nobody's."""
        if not self.owner:
            self.owner = owner
            self._save()

    def save(self) -> None:
        """Write all of it, where `problem` says that something is not on disk."""
        self._copy.write(lambda: self._kept(self._runs))

    def save_anew(self) -> None:
        """Write all of it, after it was deleted from the disk."""
        self._copy.forget()
        self.save()

    def add(self) -> None:
        """Add a column with the last one's settings; at most MOST_COLUMNS."""
        with self._lock:
            if len(self._columns) < MOST_COLUMNS:
                new = self._new(self._columns[-1].settings)
                self._columns = (*self._columns, new)
        self._save()

    def remove(self, column: str) -> None:
        """End a column's answer and take the column out; FEWEST_COLUMNS stay.

        What it has answered stays in `runs`.
        """
        with self._lock:
            kept = tuple(c for c in self._columns if c.name != column)
            if len(kept) < FEWEST_COLUMNS:
                return
            self._columns = kept
        newest = self._runs[-1].answer(column) if self._runs else None
        if newest is not None:
            newest.generation.stop()
        self._save()

    def change(
        self, column: str, change: Callable[[ColumnSettings], ColumnSettings]
    ) -> None:
        """Change a column's settings; they count from its next question on."""
        with self._lock:
            self._columns = tuple(
                replace(c, settings=change(c.settings)) if c.name == column else c
                for c in self._columns
            )
        self._save()

    def level(self) -> None:
        """Give all columns the first one's settings."""
        with self._lock:
            first = self._columns[0].settings
            self._columns = tuple(replace(c, settings=first) for c in self._columns)
        self._save()

    def ask(
        self,
        question: str,
        opener: Callable[[ColumnSettings], OpenStream],
        *,
        record: Callable[[ColumnSettings], AnswerRecord] = lambda s: s.record,
        again: bool = False,
        admit: Callable[[int], tuple[Place, ...]] | None = None,
    ) -> CompareRun | None:
        """Ask every column at once, each with its own conversation before it.

        `record` says what is known of an answer before it is asked for. `again`: in
        place of the last question, which the columns then do not know. One question at
        a time: None while one is being answered, and past MOST_QUESTIONS. `admit`
        takes a place for each column; if it raises an error, nothing is asked.
        """
        with self._lock:
            if self.running is not None or len(self._runs) >= MOST_QUESTIONS:
                return None
            before = self._runs[-1] if self._runs else None
            if again and before is not None:
                before = before.after
            asked = Message("user", question)
            to_ask = [
                (
                    column,
                    opener(column.settings),
                    (*conversation_until(before, column.name).path(), asked),
                    record(column.settings),
                )
                for column in self._columns
            ]
            places = admit(len(to_ask)) if admit else (None,) * len(to_ask)
            save = partial(self._save_answer, len(self._runs))
            answers = tuple(
                ColumnAnswer(*asking, place, save=save)
                for asking, place in zip(to_ask, places, strict=True)
            )
            run = CompareRun(question=question, answers=answers, after=before)
            self._runs = (*self._runs, run)
            # Saved before anybody is asked.
            self._copy.write(lambda: self._kept((run,)))
            for answer in answers:
                answer.start()
            return run

    def conversation(self, column: str) -> Conversation:
        """Return what one column was asked and has answered; of errors nothing."""
        return conversation_until(self._runs[-1] if self._runs else None, column)

    def _new(self, settings: ColumnSettings) -> Column:
        number, self._named = self._named, self._named + 1
        round_ = f"{number // 26 + 1}" if number >= 26 else ""
        return Column(f"{chr(ord('A') + number % 26)}{round_}", settings)

    def _save(self) -> None:
        """Write what is not an answer. Who never asked has nothing to keep."""
        if self._runs:
            self._copy.write(
                lambda: self._kept(() if self.problem is None else self._runs)
            )

    def _save_answer(self, number: int, answer: ColumnAnswer) -> None:
        """Called by a growing answer."""
        if self.problem is not None:
            self.save()
            return
        key = number, answer.column.name
        self._copy.write_answer(self.id, key, lambda: encode_answer(answer))

    def _kept(self, runs: tuple[CompareRun, ...]) -> KeptComparison:
        """Return what the disk is to have, with the answers in these runs."""
        # Whoever writes has SQLAlchemy already; it takes 0.2 s to import.
        from falcon.history import KeptComparison

        all_runs = self._runs
        content = Content(columns=self._columns, named=self._named, runs=all_runs)
        return KeptComparison(
            id=self.id,
            owner=self.owner,
            title=all_runs[0].question[:LONGEST_TITLE],
            format=FORMAT,
            document=encode_head(content),
            answers={
                (number, answer.column.name): encode_answer(answer)
                for number, run in enumerate(all_runs)
                if run in runs
                for answer in run.answers
            },
        )
