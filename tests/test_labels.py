from __future__ import annotations

import pytest

from falcon.ui.labels import plain


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("What is a falcon?", "What is a falcon?"),
        ("팔콘이 뭐예요?", "팔콘이 뭐예요?"),
        ("**b** `c` $x$", r"\*\*b\*\* \`c\` \$x\$"),
        ("[l](x) <b> 1. ~~a~~", r"\[l\]\(x\) \<b\> 1\. \~\~a\~\~"),
    ],
)
def test_a_mark_of_markdown_stands_for_itself(text: str, label: str) -> None:
    assert plain(text) == label


@pytest.mark.parametrize(
    "text", [":material/home:", ":red[x]", ":smile:", "https://a.b", "www.a.b", "a@b.c"]
)
def test_what_streamlit_would_replace_is_broken_by_an_invisible_letter(
    text: str,
) -> None:
    label = plain(text).replace("\\", "")

    assert text not in label
    assert label.replace("\N{WORD JOINER}", "") == text
