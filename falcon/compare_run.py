"""CompareRun: one question to several columns, and what each answers to it.

Knows nothing of the page, nor of how an endpoint is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType

from falcon.containers import ContainerName
from falcon.conversation import Conversation, Message
from falcon.endpoint import Endpoint
from falcon.generation import Generation, Progress
from falcon.limits import Place
from falcon.models import DEFAULT_MODEL, FalconModel
from falcon.open_conversation import OpenStream
from falcon.parameters import GenerationParameters
from falcon.record import AnswerRecord
from falcon.stream import GenerationStream


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSettings:
    """What one column asks with, and whom."""

    parameters: GenerationParameters = GenerationParameters()
    system_prompt: str = ""
    endpoint: Endpoint | None = None
    """None: the Falcon on this machine."""
    model: FalconModel = DEFAULT_MODEL
    """The model behind the endpoint."""
    container: ContainerName | None = None
    """The endpoint's wire format; None: what SageMaker says of it."""

    @property
    def record(self) -> AnswerRecord:
        """What is known of an answer before it is asked for; of the Falcon on this
        machine, neither its name nor its model."""
        here = self.endpoint
        parameters = self.parameters
        return AnswerRecord(
            endpoint=here.name if here else "",
            region=here.region if here else "",
            model=self.model.id if here else "",
            system_prompt=self.system_prompt,
            parameters=MappingProxyType(
                {name: getattr(parameters, name) for name in parameters.changed}
            ),
        )


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    """A letter that no other column of the comparison has or had."""
    settings: ColumnSettings


class EndedGeneration:
    """What there is of an answer that was made long ago."""

    ended = True

    def __init__(self, progress: Progress) -> None:
        self.progress = progress

    def stop(self) -> None:
        """Do nothing: it has ended."""

    def wait(self, _: int, *, timeout: float) -> Progress:  # noqa: ARG002  # as Generation.wait
        return self.progress


class ColumnAnswer:
    """One column's answer to one question, and the settings it was asked with."""

    generation: Generation | EndedGeneration
    saved: Progress
    """The newest progress that was given to `save`."""

    def __init__(
        self,
        column: Column,
        open_stream: OpenStream,
        turns: tuple[Message, ...],
        record: AnswerRecord,
        place: Place | None = None,
        *,
        save: Callable[[ColumnAnswer], None],
    ) -> None:
        """`place` is given back when the answer has ended; `save` is called about once
        a second, and at the end."""
        self.column = column
        self._save_this = save
        self._open_stream = open_stream
        self._turns = turns
        self._stream: GenerationStream | None = None
        self.generation = Generation(
            self._open, save=self._save, record=record, place=place
        )
        self.saved = self.generation.progress

    @property
    def is_counted(self) -> bool:
        """Whether the endpoint told how many tokens the answer has."""
        finish = self._stream and self._stream.finish
        return bool(finish and finish.generated_tokens is not None)

    def start(self) -> None:
        if isinstance(self.generation, Generation):
            self.generation.start()

    def _open(self) -> GenerationStream:
        self._stream = self._open_stream(self._turns)
        return self._stream

    def _save(self, progress: Progress) -> None:
        self.saved = progress
        self._save_this(self)


class KeptAnswer(ColumnAnswer):
    """An answer that was read from the disk."""

    def __init__(self, column: Column, progress: Progress, *, is_counted: bool) -> None:
        self.column = column
        self.generation = EndedGeneration(progress)
        self.saved = progress
        self._is_counted = is_counted

    @property
    def is_counted(self) -> bool:
        return self._is_counted


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRun:
    """One question and what every column made of it."""

    question: str
    answers: tuple[ColumnAnswer, ...]
    after: CompareRun | None = None
    """What came before it in the columns' conversations."""
    started: float = field(default_factory=time.time)
    """Seconds since 1970, UTC."""

    @property
    def running(self) -> tuple[ColumnAnswer, ...]:
        return tuple(a for a in self.answers if not a.generation.ended)

    def answer(self, column: str) -> ColumnAnswer | None:
        return next((a for a in self.answers if a.column.name == column), None)

    def stop(self) -> None:
        """End every answer; their texts stay as they are."""
        for answer in self.answers:
            answer.generation.stop()


def wait(run: CompareRun, seen: tuple[Progress, ...], *, timeout: float) -> None:
    """Wait until the first answer that still grows has grown, or for the timeout.

    The others may have grown as well: they are as late as the timeout at most.
    """
    for answer, progress in zip(run.answers, seen, strict=True):
        if progress.reason is None:
            answer.generation.wait(progress.version, timeout=timeout)
            return


def conversation_until(newest: CompareRun | None, column: str) -> Conversation:
    """Return what a column was asked and has answered; of errors nothing."""
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
