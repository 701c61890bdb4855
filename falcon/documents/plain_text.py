"""The text of a text file, whatever wrote it.

UTF-8, UTF-16 and the two encodings that older Korean and Western Windows programs
write. Each is told from the others by what it cannot be.
"""

from __future__ import annotations

import codecs
import re

from falcon.errors import AttachmentError
from falcon.text import text

_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# A text has none of these, but tabs, line ends, page breaks and a terminal's colours.
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def decode(name: str, file: bytes) -> str:
    """Return a file's text; raises AttachmentError if it is none."""
    for encoding in _candidates(file):
        try:
            content = file.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _BINARY.search(content):
            return content
    raise AttachmentError(
        text(
            "{name} is not a text file: it may be a program, a picture or an archive. "
            "Text, Markdown and PDF can be attached.",
            name=name,
        )
    )


def _candidates(file: bytes) -> tuple[str, ...]:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if file.startswith(mark):
            return (encoding,)
    if 0 in file:
        return (_utf_16(file),)
    # Western accents before a letter are no Korean syllable, so CP949 comes first.
    return ("utf-8", "cp949", "cp1252")


def _utf_16(file: bytes) -> str:
    """Return which of both it is if it is one: the one with more blanks and lines."""
    little = file.count(b" \0") + file.count(b"\n\0")
    big = file.count(b"\0 ") + file.count(b"\0\n")
    return "utf-16-le" if little >= big else "utf-16-be"
