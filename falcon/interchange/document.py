"""The JSON documents that a person saves from the page and gives back to it.

A file is read as if somebody hostile had written it: its size and the number of its
parts are bounded before anything is built from it, and no name stands in it twice.
Knows nothing of what a document holds.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from falcon.text import text

LARGEST_DOCUMENT = 20 * 1024 * 1024
"""Bytes."""
# What the largest document of 20,000 messages is made of, and some. Twenty megabytes
# of brackets would otherwise become half a gigabyte of lists.
_MOST_PARTS = 300_000
_MOST_BRACKETS = 500_000
_MOST_QUOTES = 2_000_000
_LONGEST_INTEGER = len(str(2**64))


class DocumentError(ValueError):
    """Says what is wrong with a document."""


def write_document(
    kind: str, version: int, content: Mapping[str, object], *, indent: int | None = None
) -> bytes:
    """Return a document of this kind. What cannot be UTF-8 becomes a question mark."""
    document = {"format": kind, "version": version, **content}
    written = json.dumps(document, ensure_ascii=False, indent=indent, allow_nan=False)
    return written.encode("utf-8", "replace")


def read_document(file: bytes, kind: str, version: int) -> dict[str, Any]:
    """Return what a document of this kind holds beside its format and version.

    Raises DocumentError if it is no such document, or one of a newer version.
    """
    document = _parse(file)
    if not isinstance(document, dict) or document.pop("format", None) != kind:
        raise DocumentError(text('It does not say "format": "{format}"', format=kind))
    found = document.pop("version", None)
    if type(found) is not int or found < 1:
        raise DocumentError(text("Its version is not a whole number from 1 up"))
    if found > version:
        raise DocumentError(
            text(
                "It was saved by a newer Falcon Chat: its version is {found}, and this "
                "one reads up to {newest}",
                found=found,
                newest=version,
            )
        )
    return document


def _parse(file: bytes) -> object:
    if len(file) > LARGEST_DOCUMENT:
        raise DocumentError(
            text(
                "It has {size:.1f} MB; {most} MB are allowed",
                size=len(file) / 1024**2,
                most=LARGEST_DOCUMENT // 1024**2,
            )
        )
    if file.count(b"[") > _MOST_BRACKETS or file.count(b'"') > _MOST_QUOTES:
        raise _too_many_parts()
    parts = _Parts()
    try:
        return json.loads(
            file.decode("utf-8-sig"),
            object_pairs_hook=parts.read_object,
            parse_int=parts.read_integer,
            parse_float=parts.read_decimal,
            parse_constant=parts.refuse_constant,
        )
    except UnicodeDecodeError as error:
        raise DocumentError(text("It is not a text in UTF-8")) from error
    except RecursionError as error:
        raise DocumentError(text("It is nested too deeply")) from error
    except json.JSONDecodeError as error:
        raise DocumentError(
            text(
                "It is not JSON: line {line}, column {column}",
                line=error.lineno,
                column=error.colno,
            )
        ) from error


class _Parts:
    """Counts objects and numbers while they are read, and ends it in time."""

    def __init__(self) -> None:
        self._left = _MOST_PARTS

    def read_object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        self._count()
        found = dict(pairs)
        if len(found) != len(pairs):
            raise DocumentError(text("A name stands twice in the same object"))
        return found

    def read_integer(self, digits: str) -> int:
        self._count()
        if len(digits) > _LONGEST_INTEGER:
            raise DocumentError(text("It holds a number that is too long"))
        return int(digits)

    def read_decimal(self, digits: str) -> float:
        self._count()
        number = float(digits)
        if not math.isfinite(number):
            raise DocumentError(text("It holds a number that is too large"))
        return number

    def refuse_constant(self, name: str) -> NoReturn:
        raise DocumentError(text("{name} is not a number", name=name))

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _too_many_parts()


def _too_many_parts() -> DocumentError:
    return DocumentError(text("It has more parts than Falcon Chat would ever save"))
