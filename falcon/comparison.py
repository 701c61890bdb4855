"""Comparison: the same question to several columns at once, each with its settings.

What is compared stands here and in no page's run, so that a rerun, a reload or a second
tab finds it again. In memory only. Knows nothing of Streamlit nor of how an endpoint is
asked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

from falcon.compare_run import Column, ColumnAnswer, ColumnSettings, CompareRun
from falcon.conversation import Conversation, Message, new_id
from falcon.open_conversation import OpenStream
from falcon.record import AnswerRecord

FEWEST_COLUMNS = 2
MOST_COLUMNS = 4
MOST_QUESTIONS = 50
"""In one comparison."""
MOST_COMPARISONS = 200
"""On one server; past this many, the one that was used least recently is forgotten."""


class Comparison:
    """Columns and the questions they were asked. Safe to use from any thread."""

    def __init__(self, settings: ColumnSettings) -> None:
        """Begin with columns that all have these settings."""
        self.id = new_id()
        self._lock = threading.Lock()
        self._named = 0
        self._columns = tuple(self._new(settings) for _ in range(FEWEST_COLUMNS))
        self._runs: tuple[CompareRun, ...] = ()

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

    def add(self) -> None:
        """Add a column with the last one's settings; at most MOST_COLUMNS."""
        with self._lock:
            if len(self._columns) < MOST_COLUMNS:
                new = self._new(self._columns[-1].settings)
                self._columns = (*self._columns, new)

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

    def change(
        self, column: str, change: Callable[[ColumnSettings], ColumnSettings]
    ) -> None:
        """Change a column's settings; they count from its next question on."""
        with self._lock:
            self._columns = tuple(
                replace(c, settings=change(c.settings)) if c.name == column else c
                for c in self._columns
            )

    def level(self) -> None:
        """Give all columns the first one's settings."""
        with self._lock:
            first = self._columns[0].settings
            self._columns = tuple(replace(c, settings=first) for c in self._columns)

    def ask(
        self,
        question: str,
        opener: Callable[[ColumnSettings], OpenStream],
        *,
        record: Callable[[ColumnSettings], AnswerRecord] = lambda s: s.record,
        again: bool = False,
    ) -> CompareRun | None:
        """Ask every column at once, each with its own conversation before it.

        `record` says what is known of an answer before it is asked for. `again`: in
        place of the last question, which the columns then do not know. One question at
        a time: None while one is being answered, and past MOST_QUESTIONS.
        """
        with self._lock:
            if self.running is not None or len(self._runs) >= MOST_QUESTIONS:
                return None
            before = self._runs[-1] if self._runs else None
            if again and before is not None:
                before = before.after
            asked = Message("user", question)
            answers = tuple(
                ColumnAnswer(
                    column,
                    opener(column.settings),
                    (*_conversation(column.name, before).path(), asked),
                    record(column.settings),
                )
                for column in self._columns
            )
            run = CompareRun(question=question, answers=answers, after=before)
            self._runs = (*self._runs, run)
            for answer in answers:
                answer.generation.start()
            return run

    def conversation(self, column: str) -> Conversation:
        """Return what one column was asked and has answered; of errors nothing."""
        return _conversation(column, self._runs[-1] if self._runs else None)

    def _new(self, settings: ColumnSettings) -> Column:
        number, self._named = self._named, self._named + 1
        return Column(chr(ord("A") + number % 26) + "'" * (number // 26), settings)


class Comparisons:
    """The comparisons of this server, by ids that nobody can guess."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Comparison] = {}

    def keep(self, comparison: Comparison) -> None:
        with self._lock:
            self._kept[comparison.id] = comparison
            while len(self._kept) > MOST_COMPARISONS:
                self._forget_one()

    def find(self, comparison_id: str) -> Comparison | None:
        with self._lock:
            found = self._kept.pop(comparison_id, None)
            if found is not None:
                self._kept[comparison_id] = found  # the last one to be forgotten
            return found

    def _forget_one(self) -> None:
        """Forget one that never asked, or else the longest idle, or else the oldest."""
        *others, _ = self._kept.values()
        unused = (c for c in others if not c.runs)
        idle = (c for c in others if c.running is None)
        gone = next(unused, None) or next(idle, None) or others[0]
        del self._kept[gone.id]
        if gone.running is not None:
            gone.running.stop()


def _conversation(column: str, newest: CompareRun | None) -> Conversation:
    made = Conversation(is_temporary=True)
    for run in reversed(list(_back_from(newest))):
        answer = run.answer(column)
        if answer is None:
            continue
        asked = Message("user", run.question, created=run.started)
        made = made.add(asked, after=made.leaf_id)
        progress = answer.generation.progress
        if progress.text and progress.reason is not None:
            said = Message(
                "assistant",
                progress.text,
                finish_reason=progress.reason,
                record=progress.record,
            )
            made = made.add(said, after=made.leaf_id)
    return made


def _back_from(run: CompareRun | None) -> Iterator[CompareRun]:
    while run is not None:
        yield run
        run = run.after
