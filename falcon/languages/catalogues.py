"""Finds the sentences in the source and keeps each language's catalogue of them.

For who works on the page: it needs Babel, which the page itself does not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from falcon.languages import FOLDER

SOURCE = FOLDER.parent
_ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
"""The same sentences make the same files, on every day."""
_TEXT = "from falcon.text import "
"""Elsewhere, `text` is another function, such as SQLAlchemy's."""


def po_path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "falcon.po"


def mo_path(language: str) -> Path:
    return po_path(language).with_suffix(".mo")


def extract() -> Mapping[str, tuple[str, ...]]:
    """Return every sentence with the files that say it, in the order of the files."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        name = file.relative_to(SOURCE.parent).as_posix()
        # In the order of the lines, which is not that of a walk.
        for _, _, sentence in sorted(_sentences(file.read_text(encoding="utf-8"))):
            if name not in found.get(sentence, ()):
                found[sentence] = (*found.get(sentence, ()), name)
    return found


def _sentences(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield line, column and sentence of each call that says or marks a literal.

    Not by Babel's own extractor, which before Python 3.12 misses what stands within an
    f-string.
    """
    keywords = {"say", "mark"} | ({"text"} if _TEXT in source else set())
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(str(said)), *_]):
                if name in keywords:
                    yield node.lineno, node.col_offset, said


def read(language: str) -> Catalog:
    path = po_path(language)
    if not path.exists():
        return update(Catalog(language), {})
    with path.open("rb") as file:
        return read_po(file, language)


def update(old: Catalog, sentences: Mapping[str, tuple[str, ...]]) -> Catalog:
    """Return a catalogue of just these sentences, with what `old` knows of them."""
    new = Catalog(
        old.locale,
        header_comment=f"# Falcon Chat: {old.locale}",
        project="Falcon Chat",
        version="1",
        msgid_bugs_address="-",
        creation_date=_ALWAYS,
        revision_date=_ALWAYS,
        last_translator="-",
        language_team="-",
        fuzzy=False,
    )
    for sentence, files in sentences.items():
        known = old.get(sentence)
        new.add(
            sentence,
            known.string if known else "",
            locations=[(file, 0) for file in files],
        )
    return new


def write(catalogue: Catalog) -> bytes:
    """Return the catalogue as falcon.po, for translators."""
    file = BytesIO()
    write_po(file, catalogue, width=88, include_lineno=False, ignore_obsolete=True)
    return file.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """Return the catalogue as falcon.mo, for gettext."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()
