"""Frozen dataclasses as plain JSON values, and back by the types of their fields.

A field at its default is left out and may be missing; everything else must be there,
and be exactly what its type says. Knows no particular class.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import (
    Any,
    Literal,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from falcon.interchange.document import DocumentError
from falcon.text import text

Value = TypeVar("Value")
Kinds = Mapping[type, Any]
"""The types that JSON may give for a field, and what each is read as."""


def to_plain(value: object) -> Any:  # whatever JSON can hold
    """Return a value of a dataclass, or of a field, as JSON holds it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(found)
            for field in fields(value)
            if (found := getattr(value, field.name)) != _default(field)
        }
    if isinstance(value, Mapping):
        return {name: to_plain(found) for name, found in value.items()}
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[Value], plain: object) -> Value:
    """Return the value of the dataclass `kind` that `plain` describes.

    Raises DocumentError if a field is missing, unknown or of another type.
    """
    if not isinstance(plain, dict):
        raise DocumentError(text("A {kind} is not an object", kind=kind.__name__))
    known, required = _fields(kind)  # type: ignore[arg-type]  # classes are hashable
    if unknown := plain.keys() - known.keys():
        raise DocumentError(
            text(
                "A {kind} cannot have {name}",
                kind=kind.__name__,
                name=_quote(min(unknown)),
            )
        )
    if missing := required - plain.keys():
        raise DocumentError(
            text(
                "A {kind} is without its {name}", kind=kind.__name__, name=min(missing)
            )
        )
    return kind(**{name: _read(known[name], plain[name], name) for name in plain})


def _read(kinds: Kinds, plain: Any, name: str) -> object:
    kind = kinds.get(type(plain))
    if kind is str:
        return _whole_text(plain)
    if kind in (bool, int, NoneType):
        return plain
    if kind is float:
        return float(plain)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal and plain in arguments:
        return plain
    if origin is tuple:
        return tuple(_read(_kinds(arguments[0]), item, name) for item in plain)
    if origin is Mapping:
        values = _kinds(arguments[1])
        read = {key: _read(values, item, key) for key, item in plain.items()}
        return MappingProxyType(read)
    if isinstance(kind, type):
        return from_plain(kind, plain)
    raise DocumentError(
        text("{name} cannot be {value}", name=_quote(name), value=_quote(plain))
    )


def _whole_text(given: str) -> str:
    if not given.isascii():
        try:
            given.encode()
        except UnicodeEncodeError as error:
            raise DocumentError(text("A text holds half a character")) from error
    return given


@cache
def _fields(kind: Any) -> tuple[dict[str, Kinds], frozenset[str]]:
    """Return what each field may be, and the names of those that must be there."""
    hints = get_type_hints(kind)
    required = frozenset(
        field.name
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    )
    return {name: _kinds(hint) for name, hint in hints.items()}, required


@cache
def _kinds(hint: Any) -> Kinds:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        merged: dict[type, Any] = {}
        for one in get_args(hint):
            merged = {**_kinds(one), **merged}
        return merged
    if hint is float:
        return {int: float, float: float}
    if hint in (bool, int, str, NoneType):
        return {hint: hint}
    return {{Literal: str, tuple: list}.get(origin, dict): hint}


def _default(field: Field[Any]) -> object:
    if field.default_factory is MISSING or field.name in _ALWAYS_SAVED:
        return field.default
    return field.default_factory()


_ALWAYS_SAVED = ("id", "created")
"""Their default is another one each time."""


def _quote(plain: object) -> str:
    """Return a short ASCII text that shows what was found."""
    if isinstance(plain, dict | list):
        return text("an object") if isinstance(plain, dict) else text("a list")
    shown = ascii(plain[:40] if isinstance(plain, str) else plain)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"
