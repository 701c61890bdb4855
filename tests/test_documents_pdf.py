"""PDFs are read in a process of their own, whatever is in them."""

from __future__ import annotations

import sys
import time

import pytest

from falcon.documents import MOST_PAGES, read_document
from falcon.documents.pdf import read_pages
from falcon.errors import AttachmentError
from tests.pdf_files import encrypt, print_lines, write_korean_pdf, write_pdf

TWO_PAGES = write_pdf(print_lines("Falcons dive.", "Fast."), print_lines("Owls wait."))


def test_pages_become_a_text_that_knows_where_each_ends() -> None:
    document = read_document("birds.pdf", TWO_PAGES)

    assert document.text == "Falcons dive.\nFast.\n\nOwls wait."
    assert document.page_ends == (19, 31)
    assert document.length == 31


def test_a_pdf_is_one_whatever_its_name() -> None:
    assert read_document("birds.txt", TWO_PAGES).page_ends


def test_korean_is_read_from_a_pdf() -> None:
    file = write_korean_pdf("매는빠르다")

    assert read_document("매.pdf", file).text == "매는빠르다"


def test_an_empty_page_between_others_counts() -> None:
    file = write_pdf(print_lines("One"), b"", print_lines("Three"))

    assert read_document("a.pdf", file).page_ends == (3, 3, 10)


def test_the_pages_process_never_imports_pypdf() -> None:
    sys.modules.pop("pypdf", None)

    read_document("birds.pdf", TWO_PAGES)

    assert "pypdf" not in sys.modules


@pytest.mark.parametrize(
    ("file", "why"),
    [
        pytest.param(write_pdf(b"0 0 m 9 9 l S"), "scanned", id="a picture"),
        pytest.param(write_pdf(), "scanned", id="no pages"),
        pytest.param(TWO_PAGES[: len(TWO_PAGES) // 3], "broken", id="cut"),
        pytest.param(b"%PDF-1.4\n" + bytes(range(256)) * 9, "broken", id="any bytes"),
        pytest.param(b"%PDF-1.7", "broken", id="its first line"),
        pytest.param(
            b"%PDF-1.4\n1 0 obj\n" + b"[" * 900_000 + b"trailer<</Root 1 0 R>>",
            "broken",
            id="nested",
        ),
        pytest.param(
            write_pdf(*[print_lines("x")] * (MOST_PAGES + 1)),
            "a.pdf has 201 pages; 200 are allowed",
            id="many pages",
        ),
        pytest.param(
            write_pdf(b" " * 21_000_000), "more memory", id="a small file, a big page"
        ),
    ],
)
def test_a_pdf_that_cannot_be_read_is_refused(file: bytes, why: str) -> None:
    with pytest.raises(AttachmentError, match=why):
        read_document("a.pdf", file)


def test_a_password_is_asked_for_by_its_name() -> None:
    with pytest.raises(AttachmentError, match="protected by a password"):
        read_document("a.pdf", encrypt(TWO_PAGES, password="secret"))


def test_a_pdf_that_only_may_not_be_changed_is_read() -> None:
    assert read_document("a.pdf", encrypt(TWO_PAGES, password="")).page_ends


def test_a_pdf_that_never_ends_is_given_up() -> None:
    slow = write_pdf(b"BT /F1 12 Tf " + b"(a) Tj " * 900_000 + b" ET")
    began = time.monotonic()

    with pytest.raises(AttachmentError, match="too long to read"):
        read_pages("a.pdf", slow, seconds=0.3)

    assert time.monotonic() - began < 5
