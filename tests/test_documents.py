"""A file's bytes become its text, or one clear line why not."""

from __future__ import annotations

import time

import pytest

from falcon.documents import (
    LARGEST_FILE,
    LONGEST_NAME,
    Document,
    clean_name,
    read_document,
)
from falcon.errors import AttachmentError

KOREAN = "안녕하세요. 팔콘입니다.\n\n매는 시속 320 km로 내려온다."


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949"],
)
def test_korean_text_is_read_whatever_wrote_it(encoding: str) -> None:
    assert read_document("노트.txt", KOREAN.encode(encoding)).text == KOREAN


def test_western_accents_are_not_taken_for_korean() -> None:
    text = "Le café était fermé à Noël. Ça coûte 5 €."

    assert read_document("menu.txt", text.encode("cp1252")).text == text


def test_markdown_stays_as_it_was_written() -> None:
    text = "# Title\n\n- one\n  - two\n\n```python\nprint()\n```"

    assert read_document("a.md", text.encode()).text == text


def test_what_only_costs_tokens_is_left_out() -> None:
    file = b"\xef\xbb\xbf\r\n  One  \r\n\r\n\r\n\r\n\tTwo\x1b[0m\x0c\r\n"

    assert read_document("a.txt", file).text == "  One\n\n\tTwo[0m"


@pytest.mark.parametrize(
    ("name", "file", "why"),
    [
        pytest.param("a.txt", b"", "a.txt is empty", id="nothing"),
        pytest.param("a.txt", b" \r\n\t", "a.txt is empty", id="blanks"),
        pytest.param("a.txt", "\N{ZERO WIDTH NO-BREAK SPACE}".encode() * 2, "empty"),
        pytest.param("a.txt", b"\x89PNG\r\n\x1a\n\0\0\0\r", "not a text", id="picture"),
        pytest.param(
            "a.txt", b"PK\x03\x04\x14\0\0\0\x08\0", "not a text", id="archive"
        ),
        pytest.param("a.txt", bytes(range(256)), "not a text", id="any bytes"),
        pytest.param("a.txt", b"\xff\xfea", "not a text", id="half a character"),
        pytest.param("a.txt", b"\xff\xff\xff\x81", "not a text", id="no encoding"),
        pytest.param("a.pdf", b"Hello", "not a PDF", id="text named PDF"),
        pytest.param("a.txt", b"a" * (LARGEST_FILE + 1), "5.0 MB; 5 MB", id="large"),
    ],
)
def test_what_is_no_text_is_refused_with_its_name(
    name: str, file: bytes, why: str
) -> None:
    with pytest.raises(AttachmentError, match=why) as refusal:
        read_document(name, file)

    assert str(refusal.value).startswith(name)


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(b"x" + b" " * 4_000_000 + b"x", id="blanks"),
        pytest.param(b"x\n" * 2_000_000, id="lines"),
        pytest.param(("e" + "\u0301" * 2_000_000).encode(), id="accents"),
        pytest.param(b"`" * 4_000_000, id="backticks"),
    ],
)
def test_a_text_made_to_be_slow_is_not(file: bytes) -> None:
    began = time.process_time()

    read_document("a.txt", file)

    assert time.process_time() - began < 1.5


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd", "../../etc/passwd"),
        ("a\nDocument: b\x00.txt", "a Document: b .txt"),
        ("report\u202efdp.txt", "report fdp.txt"),
        ("", "document"),
        ("x" * 300 + ".pdf", "x" * (LONGEST_NAME - 12) + "…" + "x" * 7 + ".pdf"),
    ],
)
def test_a_name_is_one_line_that_can_be_seen(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


def test_a_beginning_knows_which_pages_it_holds() -> None:
    whole = Document("a.pdf", "One\n\nTwo\n\nThree", (3, 8, 15), 15)

    assert whole.whole_pages == 3
    assert not whole.is_cut
    beginning = whole.beginning(10)
    assert beginning.text == "One\n\nTwo"
    assert beginning.whole_pages == 2
    assert beginning.is_cut
