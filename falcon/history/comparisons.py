"""Comparisons as rows: a head, and a row for each answer. Knows not what these hold."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from falcon.history.listing import shorten
from falcon.history.rows import storable
from falcon.history.tables import COMPARISON, COMPARISON_ANSWER

AnswerKey = tuple[int, str]
"""The number of the question, from 0, and the name of the column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptComparison:
    """What the database has of a comparison, or what it is to have."""

    id: str
    owner: str
    title: str
    format: int
    """The version of what the documents hold."""
    document: str
    answers: Mapping[AnswerKey, str] = field(
        default_factory=lambda: MappingProxyType({})
    )
    version: int = 0
    """Grows with every change that any server makes; 0: it was never saved."""


@dataclass(frozen=True, slots=True)
class ComparisonSummary:
    """A comparison as it stands in the list."""

    id: str
    title: str
    """The beginning of its first question."""
    updated: float
    """When it last changed, in seconds since 1970."""


def list_comparisons(
    connection: Connection, owner: str, *, limit: int
) -> tuple[ComparisonSummary, ...]:
    """Return the owner's newest comparisons."""
    wanted = (
        select(COMPARISON.c.id, COMPARISON.c.title, COMPARISON.c.updated)
        .where(COMPARISON.c.owner == owner)
        .order_by(COMPARISON.c.updated.desc(), COMPARISON.c.id)
        .limit(limit)
    )
    return tuple(
        ComparisonSummary(row["id"], shorten(row["title"]), row["updated"])
        for row in connection.execute(wanted).mappings()
    )


def read_comparison(
    connection: Connection, comparison_id: str
) -> KeptComparison | None:
    wanted = select(COMPARISON).where(COMPARISON.c.id == comparison_id)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        return None
    answers = connection.execute(
        select(COMPARISON_ANSWER).where(
            COMPARISON_ANSWER.c.comparison_id == comparison_id
        )
    ).mappings()
    return KeptComparison(
        id=row["id"],
        owner=row["owner"],
        title=row["title"],
        format=row["format"],
        document=row["document"],
        answers=MappingProxyType(
            {
                (answer["question"], answer["column_name"]): answer["document"]
                for answer in answers
            }
        ),
        version=row["version"],
    )


def write_comparison(connection: Connection, comparison: KeptComparison) -> int | None:
    """Write the head and the given answers, leave the others; return the version.

    None: another server has changed or deleted it since, and nothing was written.
    """
    version = _lock(connection, comparison.id)
    if comparison.version not in (0, version):
        return None
    values = {
        "owner": comparison.owner,
        "version": (version or 0) + 1,
        "updated": time.time(),
        "title": storable(shorten(comparison.title)),
        "format": comparison.format,
        "document": storable(comparison.document),
    }
    if version is None:
        connection.execute(insert(COMPARISON).values(id=comparison.id, **values))
    else:
        _alter(connection, comparison.id, values)
    for key, document in comparison.answers.items():
        _write(connection, comparison.id, key, document)
    return (version or 0) + 1


def write_answer(
    connection: Connection, comparison_id: str, key: AnswerKey, document: str
) -> int | None:
    """Write one answer; return the comparison's version.

    None: there is no such comparison any more, and nothing was written.
    """
    version = _lock(connection, comparison_id)
    if version is None:
        return None
    _write(connection, comparison_id, key, document)
    _alter(connection, comparison_id, {"version": version + 1, "updated": time.time()})
    return version + 1


def delete_comparison(connection: Connection, owner: str, comparison_id: str) -> None:
    connection.execute(
        delete(COMPARISON).where(
            COMPARISON.c.id == comparison_id, COMPARISON.c.owner == owner
        )
    )


def _lock(connection: Connection, comparison_id: str) -> int | None:
    wanted = select(COMPARISON.c.version).where(COMPARISON.c.id == comparison_id)
    version: int | None = connection.scalar(wanted.with_for_update())
    return version


def _write(
    connection: Connection, comparison_id: str, key: AnswerKey, document: str
) -> None:
    document = storable(document)
    changed = connection.execute(
        update(COMPARISON_ANSWER)
        .where(*_is(comparison_id, key))
        .values(document=document)
    )
    if changed.rowcount == 0:
        question, column = key
        connection.execute(
            insert(COMPARISON_ANSWER).values(
                comparison_id=comparison_id,
                question=question,
                column_name=column,
                document=document,
            )
        )


def _alter(
    connection: Connection, comparison_id: str, values: Mapping[str, object]
) -> None:
    connection.execute(
        update(COMPARISON).where(COMPARISON.c.id == comparison_id).values(values)
    )


def _is(comparison_id: str, key: AnswerKey) -> tuple[ColumnElement[bool], ...]:
    question, column = key
    return (
        COMPARISON_ANSWER.c.comparison_id == comparison_id,
        COMPARISON_ANSWER.c.question == question,
        COMPARISON_ANSWER.c.column_name == column,
    )
