"""A comparison as JSON for the disk, and back. Knows neither page nor database.

One document says which columns and questions there are, and one each what a column
answered and with which settings it was asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from falcon.compare_run import (
    Column,
    ColumnAnswer,
    ColumnSettings,
    CompareRun,
    KeptAnswer,
)
from falcon.containers import ContainerName
from falcon.endpoint import Endpoint
from falcon.errors import FalconError
from falcon.events import FinishReason
from falcon.generation import Progress
from falcon.interchange.values import from_plain, to_plain
from falcon.models import DEFAULT_MODEL, MODELS
from falcon.parameters import GenerationParameters
from falcon.record import AnswerRecord
from falcon.text import Text

FORMAT = 1
"""Grows when an older version could no longer read what is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a comparison holds."""

    columns: tuple[Column, ...]
    named: int
    """How many columns it ever had."""
    runs: tuple[CompareRun, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    name: str
    parameters: GenerationParameters = GenerationParameters()
    system_prompt: str = ""
    endpoint: Endpoint | None = None
    model: str = DEFAULT_MODEL.id
    container: ContainerName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    question: str
    started: float
    columns: tuple[str, ...]
    after: int | None = None
    """The number of the question before it in the columns' conversations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    columns: tuple[_Column, ...]
    named: int
    questions: tuple[_Question, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    """A text that can still be said in another language."""

    template: str
    values: Mapping[str, int | float | str | _Sentence] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    column: _Column
    text: str = ""
    reason: FinishReason | None = None
    error: _Sentence | None = None
    tokens: int = 0
    is_counted: bool = False
    seconds_to_first_token: float | None = None
    seconds: float = 0.0
    record: AnswerRecord = AnswerRecord()


def encode_head(content: Content) -> str:
    numbers: dict[int, int] = {id(run): at for at, run in enumerate(content.runs)}
    head = _Head(
        columns=tuple(map(_plain_column, content.columns)),
        named=content.named,
        questions=tuple(
            _Question(
                question=run.question,
                started=run.started,
                columns=tuple(answer.column.name for answer in run.answers),
                after=None if run.after is None else numbers[id(run.after)],
            )
            for run in content.runs
        ),
    )
    return _encode(head)


def encode_answer(answer: ColumnAnswer) -> str:
    """Return the answer as it was last saved."""
    progress = answer.saved
    return _encode(
        _Answer(
            column=_plain_column(answer.column),
            text=progress.text,
            reason=progress.reason,
            error=None if progress.error is None else _sentence(progress.error),
            tokens=progress.tokens,
            is_counted=answer.is_counted,
            seconds_to_first_token=progress.seconds_to_first_token,
            seconds=progress.seconds,
            record=progress.record,
        )
    )


def decode(head: str, answers: Mapping[tuple[int, str], str]) -> Content:
    """Return what was encoded; an answer that had not ended is an interrupted one.

    Raises ValueError, LookupError or ConfigurationError if it is nothing of the kind.
    """
    read = from_plain(_Head, json.loads(head))
    runs: list[CompareRun] = []
    for number, asked in enumerate(read.questions):
        kept = [answers.get((number, column)) for column in asked.columns]
        run = CompareRun(
            question=asked.question,
            started=asked.started,
            after=None if asked.after is None else runs[asked.after],
            answers=tuple(_decode_answer(document) for document in kept if document),
        )
        runs.append(run)
    return Content(
        columns=tuple(map(_column, read.columns)), named=read.named, runs=tuple(runs)
    )


def _decode_answer(document: str) -> KeptAnswer:
    kept = from_plain(_Answer, json.loads(document))
    progress = Progress(
        kept.text,
        kept.tokens,
        version=0,
        reason=kept.reason or "interrupted",
        error=None if kept.error is None else FalconError(_text(kept.error)),
        seconds_to_first_token=kept.seconds_to_first_token,
        seconds=kept.seconds,
        record=kept.record
        if kept.reason
        else replace(
            kept.record,
            tokens=kept.tokens,
            seconds_to_first_token=kept.seconds_to_first_token,
            seconds=kept.seconds,
        ),
    )
    return KeptAnswer(_column(kept.column), progress, is_counted=kept.is_counted)


def _plain_column(column: Column) -> _Column:
    settings = column.settings
    return _Column(
        name=column.name,
        parameters=settings.parameters,
        system_prompt=settings.system_prompt,
        endpoint=settings.endpoint,
        model=settings.model.id,
        container=settings.container,
    )


def _column(plain: _Column) -> Column:
    known = {model.id: model for model in MODELS}
    settings = ColumnSettings(
        parameters=plain.parameters,
        system_prompt=plain.system_prompt,
        endpoint=plain.endpoint,
        model=known.get(plain.model, DEFAULT_MODEL),
        container=plain.container,
    )
    return Column(plain.name, settings)


def _sentence(said: object) -> _Sentence:
    made = str(said)
    if not isinstance(made, Text):
        return _Sentence(template=made)
    values = {name: _value(value) for name, value in made.values.items()}
    return _Sentence(template=made.template, values=values)


def _value(value: object) -> int | float | str | _Sentence:
    if isinstance(value, Text | FalconError):
        return _sentence(value)
    return value if isinstance(value, int | float) else str(value)


def _text(sentence: _Sentence) -> Text:
    values = {
        name: _text(value) if isinstance(value, _Sentence) else value
        for name, value in sentence.values.items()
    }
    return Text(sentence.template, values)


def _encode(value: object) -> str:
    return json.dumps(to_plain(value), ensure_ascii=False)
