"""A question's text holds its documents, and they are found again in it."""

from __future__ import annotations

import pytest

from falcon.documents import Document
from falcon.documents.blocks import with_documents, without_documents


def document(name: str, text: str) -> Document:
    return Document(name, text, length=len(text))


def test_the_documents_come_first_and_the_question_last() -> None:
    text = with_documents("Why?", [document("a.txt", "One."), document("b.md", "Two.")])

    assert text == (
        "Document: a.txt\n```\nOne.\n```\n\nDocument: b.md\n```\nTwo.\n```\n\nWhy?"
    )


@pytest.mark.parametrize(
    "inside",
    [
        "One.\n\nTwo.",
        "```\n\nWhy not?",
        "```\n\nDocument: b.txt\n```\nTwo\n```",
        "`````",
        "ends with```",
        "",
    ],
)
def test_no_document_ends_its_own_block(inside: str) -> None:
    text = with_documents("Why?", [document("a.txt", inside)] * 2)

    blocks, question = without_documents(text)

    assert [block.text for block in blocks] == [inside, inside]
    assert question == "Why?"


@pytest.mark.parametrize(
    "text", ["Why?", "Document: a.txt", "See:\nDocument: a\n```\n```"]
)
def test_a_plain_question_has_none(text: str) -> None:
    assert without_documents(text) == ((), text)


def test_the_heading_says_which_part_it_is() -> None:
    pages = Document("a.pdf", "One\n\nTwo\n\nThree", (3, 8, 15), 15)
    text = with_documents(
        "Why?",
        [
            pages,
            pages.beginning(9),
            pages.beginning(2),
            document("b", "x" * 9).beginning(5),
        ],
    )

    headings = [block.heading for block in without_documents(text)[0]]

    assert headings == [
        "a.pdf",
        "a.pdf (pages 1 to 2 of 3)",
        "a.pdf (its beginning)",
        "b (its beginning)",
    ]
