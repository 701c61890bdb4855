"""Documents are cut to what fits, where a reader would cut."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from falcon.documents import Document
from falcon.documents.fitting import SHORTEST_PART, fit_documents

PARAGRAPHS = "\n\n".join(
    f"Paragraph {at}. " + "A falcon dives. " * 9 for at in range(99)
)


def document(text: str, name: str = "a.txt") -> Document:
    return Document(name, text, length=len(text))


class Room:
    """Says whether documents have at most so many characters, and counts questions."""

    def __init__(self, characters: int) -> None:
        self.characters = characters
        self.asked = 0
        self.longest = 0

    def __call__(self, documents: Sequence[Document]) -> bool:
        length = sum(len(document.text) for document in documents)
        self.asked += 1
        self.longest = max(self.longest, length)
        return length <= self.characters


def test_what_fits_stays_whole() -> None:
    documents = (document("One"), document(PARAGRAPHS))

    assert fit_documents(documents, Room(20_000)) == documents


@pytest.mark.parametrize("characters", [300, 1000, 3000, 7777])
def test_a_long_one_is_cut_after_a_paragraph(characters: int) -> None:
    (cut,) = fit_documents([document(PARAGRAPHS)], Room(characters))

    assert characters * 0.4 < len(cut.text) <= characters
    assert PARAGRAPHS.startswith(cut.text)
    assert cut.text.endswith("dives.")
    assert cut.is_cut


@pytest.mark.parametrize(
    ("piece", "end"),
    [
        ("One line of words\n", "words"),
        ("One sentence of words. ", "words."),
        ("한 문장입니다。", "。"),
        ("word ", "word"),
        ("x", "x"),
    ],
)
def test_without_paragraphs_the_next_best_place_is_taken(piece: str, end: str) -> None:
    (cut,) = fit_documents([document(piece * 2000)], Room(1000))

    assert 900 < len(cut.text) <= 1000
    assert cut.text.endswith(end)


def test_a_short_document_stays_whole_beside_long_ones() -> None:
    short, *long = (document(text) for text in ("Short.", PARAGRAPHS, PARAGRAPHS))

    fitted = fit_documents([short, *long], Room(4000))

    assert fitted[0] == short
    assert len(fitted[1].text) == len(fitted[2].text) > 1500


def test_nothing_is_sent_where_hardly_anything_fits() -> None:
    assert fit_documents([document(PARAGRAPHS)], Room(SHORTEST_PART // 2)) == ()


def test_a_huge_document_costs_what_fits_and_not_what_it_has() -> None:
    room = Room(3000)

    fit_documents([document("A falcon dives. " * 300_000)], room)

    assert room.asked < 20
    assert room.longest < 3 * room.characters
