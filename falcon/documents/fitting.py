"""Which part of documents fits: their beginnings, cut where a reader would cut.

Knows no model: the caller says whether something fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from falcon.documents import Document

SHORTEST_PART = 200
"""Characters; less of a document is not worth a question."""
_SHARE_OF_A_CUT = 0.8
# From the best to the worst place: a paragraph, a line, a sentence, a word.
_BREAKS = ("\n\n", "\n", ". ", "。", " ")


def fit_documents(
    documents: Sequence[Document], fits: Callable[[Sequence[Document]], bool]
) -> tuple[Document, ...]:
    """Return the longest beginnings that fit together; empty: none worth sending do.

    Short documents stay whole and long ones are cut to the same length. `fits` is
    never asked about much more than what fits.
    """
    longest = max(len(document.text) for document in documents)
    fitting, too_long = 0, SHORTEST_PART
    while fits(_shortened(documents, too_long)):
        if too_long >= longest:
            return tuple(documents)
        fitting, too_long = too_long, too_long * 2
    if not fitting:
        return ()
    while too_long - fitting > max(SHORTEST_PART // 4, fitting // 50):
        middle = (fitting + too_long) // 2
        if fits(_shortened(documents, middle)):
            fitting = middle
        else:
            too_long = middle
    return _shortened(documents, fitting)


def _shortened(documents: Sequence[Document], length: int) -> tuple[Document, ...]:
    return tuple(
        document
        if len(document.text) <= length
        else document.beginning(_place_to_cut(document.text, length))
        for document in documents
    )


def _place_to_cut(text: str, limit: int) -> int:
    for mark in _BREAKS:
        found = text.rfind(mark, 0, limit)
        if found >= limit * _SHARE_OF_A_CUT:
            return found + len(mark.rstrip())
    return limit
