"""A sentence that remembers how it was made, so that it can be said in any language.

The application writes English; who shows a sentence looks its template up in a
catalogue. An error made in a thread that knows no reader is shown in the reader's
language all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self


class Text(str):
    """An English sentence, its template and what was filled in.

    Equal to its plain string in every way. `str` of it is itself, and so is `str` of an
    error that was made with it.
    """

    __slots__ = ("template", "values")

    template: str
    values: Mapping[str, object]

    def __new__(cls, template: str, values: Mapping[str, object]) -> Self:
        made = super().__new__(cls, template.format(**values) if values else template)
        made.template = template
        made.values = values
        return made

    def __str__(self) -> str:
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str, Mapping[str, object]]]:
        return type(self), (self.template, self.values)


def text(template: str, /, **values: object) -> Text:
    """Return the sentence; `template` is a literal, for the catalogues find it so.

    Where nothing is filled in, braces in it stand for themselves. A value may be a
    Text of its own.
    """
    return Text(template, values)
