from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from falcon.interchange.names import file_name

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        pytest.param("What is a falcon?", "What-is-a-falcon", id="English"),
        pytest.param("팔콘이 뭐예요?", "팔콘이-뭐예요", id="Korean"),
        pytest.param(
            unicodedata.normalize("NFD", "팔콘"), "팔콘", id="Korean in its letters"
        ),
        pytest.param("हिन्दी", "हिन्दी", id="Hindi with its marks"),
        pytest.param("../../etc/passwd", "etc-passwd", id="a path"),
        pytest.param("C:\\Windows\\nul", "C-Windows-nul", id="a path on Windows"),
        pytest.param(".bashrc", "bashrc", id="a hidden file"),
        pytest.param('a"b\r\nSet-Cookie: c', "a-b-Set-Cookie-c", id="a header"),
        pytest.param("a\u202egpj.exe\x00", "a-gpj-exe", id="a turned name"),
        pytest.param("--rf *", "rf", id="an option"),
        pytest.param("\ud800", "conversation", id="half a character"),
        pytest.param("", "conversation", id="nothing"),
        pytest.param("👩‍👩‍👧!?", "conversation", id="no letters"),
    ],
)
def test_a_title_becomes_a_name_for_a_file(title: str, slug: str) -> None:
    assert file_name(title, "md", day=DAY) == f"{slug}-2026-11-20.md"


def test_a_long_title_is_cut_between_characters() -> None:
    name = file_name("팔" * 1000, "json", day=DAY)

    assert name == "팔" * 40 + "-2026-11-20.json"
    assert len(name.encode()) < 255
