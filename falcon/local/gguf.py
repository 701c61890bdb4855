"""The header of a GGUF file: what a model says about itself.

Reads the metadata that llama.cpp does not hand out (the context that the model was
trained for, whether it brings a chat template at all, the spelling of every token) and
tells in words what is wrong with a file that is none. Reads no weights.
Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from falcon.text import text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Value: TypeAlias = "int | float | bool | bytes | tuple[Value, ...]"

SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
STRING, ARRAY = 8, 9


class ModelFileError(Exception):
    """The file cannot be served; the text names it and the likely reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GGUFHeader:
    """What the file says of its model."""

    architecture: str
    context_length: int
    """Tokens that the model was trained to see at once."""
    chat_template: str | None
    tokens: tuple[bytes, ...]
    """The vocabulary as it is written in the file, by id."""
    token_types: tuple[int, ...]


def read_header(path: Path) -> GGUFHeader:
    """Read the header of `path`. Raises ModelFileError if it is not a whole one."""
    try:
        with path.open("rb") as file:
            _require_magic(path, file.read(24))
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return _describe(_Reader(content).read_metadata())
    except OSError as error:
        raise ModelFileError(
            text(
                "{path} cannot be read: {problem}",
                path=str(path),
                problem=error.strerror,
            )
        ) from error
    except (struct.error, OverflowError, MemoryError) as error:
        raise ModelFileError(
            text(
                "{path} is not a whole GGUF file: it ends inside its header; the "
                "download is probably incomplete",
                path=str(path),
            )
        ) from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelFileError(
            text("{path} has a damaged GGUF header", path=str(path))
        ) from error


def _require_magic(path: Path, start: bytes) -> None:
    if not start:
        raise ModelFileError(
            text("{path} is empty; the download probably failed", path=str(path))
        )
    if start.startswith(b"version https://git-l"):
        raise ModelFileError(
            text(
                "{path} is not a GGUF file: it is a Git LFS pointer; run `git lfs "
                "pull`",
                path=str(path),
            )
        )
    if not start.startswith(b"GGUF"):
        raise ModelFileError(text("{path} is not a GGUF file", path=str(path)))


def _describe(metadata: Mapping[str, Value]) -> GGUFHeader:
    architecture = _text(metadata["general.architecture"])
    template = metadata.get("tokenizer.chat_template")
    return GGUFHeader(
        architecture=architecture,
        context_length=_integer(metadata[f"{architecture}.context_length"]),
        chat_template=None if template is None else _text(template),
        tokens=tuple(
            token for token in _list(metadata, "tokens") if isinstance(token, bytes)
        ),
        token_types=tuple(map(_integer, _list(metadata, "token_type"))),
    )


def _list(metadata: Mapping[str, Value], name: str) -> tuple[Value, ...]:
    values = metadata.get(f"tokenizer.ggml.{name}", ())
    if not isinstance(values, tuple):
        raise TypeError(name)
    return values


def _text(value: Value) -> str:
    if not isinstance(value, bytes):
        raise TypeError(value)
    return value.decode()


def _integer(value: Value) -> int:
    if not isinstance(value, int):
        raise TypeError(value)
    return value


class _Reader:
    """Reads values one after the other."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._offset = 4

    def read_metadata(self) -> dict[str, Value]:
        self._scalar("I")  # the format's version: llama.cpp checks it
        self._scalar("Q")  # how many tensors
        count = int(self._scalar("Q"))
        return {self._string().decode(): self._value() for _ in range(count)}

    def _value(self) -> Value:
        return self._typed(int(self._scalar("I")))

    def _typed(self, kind: int) -> Value:
        if kind == STRING:
            return self._string()
        if kind != ARRAY:
            return self._scalar(SCALARS[kind])
        element, count = int(self._scalar("I")), int(self._scalar("Q"))
        if element == STRING:
            return self._strings(count)
        if element == ARRAY:
            return tuple(self._typed(element) for _ in range(count))
        return self._scalars(SCALARS[element], count)

    def _string(self) -> bytes:
        (string,) = self._strings(1)
        return string

    def _strings(self, count: int) -> tuple[bytes, ...]:
        # A vocabulary has 100 000 of them, and a person waits.
        read_length = struct.Struct("<Q").unpack_from
        content, offset = self._content, self._offset
        strings = []
        for _ in range(count):
            (length,) = read_length(content, offset)
            start, offset = offset + 8, offset + 8 + length
            strings.append(content[start:offset])
        if offset > len(content):
            raise struct.error
        self._offset = offset
        return tuple(strings)

    def _scalar(self, form: str) -> int | float | bool:
        (value,) = self._scalars(form, 1)
        return value

    def _scalars(self, form: str, count: int) -> tuple[int | float | bool, ...]:
        scalars = struct.Struct(f"<{count}{form}")
        values = scalars.unpack_from(self._content, self._offset)
        self._offset += scalars.size
        return values
