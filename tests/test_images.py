from __future__ import annotations

import pytest

from falcon.ui.messages.images import PICTURE, without_images

JOINER = "\N{WORD JOINER}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("![a](http://evil/1) b", f"{PICTURE} [a](http://evil/1) b"),
        ("![](http://evil/1)", f"{PICTURE} [image](http://evil/1)"),
        ("![a][b]\n\n[b]: //evil", f"{PICTURE} [a][b]\n\n[b]: //evil"),
        ("[![a](//e)](//f)", f"[{PICTURE} [a](//e)](//f)"),
        ("`![a](b)`", f"`!{JOINER}[a](b)`"),
    ],
)
def test_an_image_is_a_link(text: str, shown: str) -> None:
    assert without_images(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "No image! [A link](https://example.com).",
        "```rust\nvec![1, 2]\n```",
        "Text\n\n~~~~\n![a](b)\n```\n~~~\n![a](b)\n~~~~\nMore",
        "```\n![a](b)",
    ],
)
def test_what_is_surely_no_image_stays_as_it_is(text: str) -> None:
    assert without_images(text) == text


@pytest.mark.parametrize(
    "before",
    [
        "```\n```\n",
        "- a\n\n  ```\n",
        "> ```\n",
        "<div>\n```\n\n",
        "- <!--\n```\n-->\n",
        "$$\n```\n$$\n",
        ":::note\n```\n:::\n",
        "# `\n`a` ",
        "x\u2028```\n",
        "x\x0b```\n",
        "``` a`b\n",
        "~~~\n~~~~ \t\r",
        "    ```\n",
    ],
)
def test_code_that_is_none_hides_no_image(before: str) -> None:
    assert "![" not in without_images(f"{before}![a](http://evil/1)")
