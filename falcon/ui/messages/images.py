"""Turns the images of a model's text into links, so that showing it fetches nothing.

An image's address may carry the conversation away to whoever wrote what the model has
read. The page's Content-Security-Policy refuses such a request as well; a link is what
a person can still look at and choose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

PICTURE = "🖼\N{VARIATION SELECTOR-16}"
_JOINER = "\N{WORD JOINER}"
_IMAGE = re.compile(r"!\[(\])?")
_LINE = re.compile(r"[^\n\r]*(?:\r\n|\n|\r)|[^\n\r]+")
"""Markdown's lines; str.splitlines knows other ends as well."""
_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})")
# What may hold a fence that means nothing, or end one: HTML, a formula, a directive.
_UNSURE = re.compile(r"[\s>*+\-\d.)]*(<|\$\$|:::)")


def without_images(markdown: str) -> str:
    """Return the text with every image as a link; code in fences stays as it is.

    Only a fence that begins its line and surely is one counts. In a line with other
    code the mark stays too, with an invisible letter behind it.
    """
    if "![" not in markdown:
        return markdown
    return "".join(_lines(markdown))


def _lines(markdown: str) -> Iterator[str]:
    fence, is_sure = "", True
    for line in _LINE.findall(markdown):
        if fence:
            marks = line.strip()
            if marks.startswith(fence) and not marks.strip(fence[0]):
                fence = ""
            yield line
            continue
        is_sure = is_sure and not _UNSURE.match(line)
        found = _FENCE.match(line) if is_sure else None
        if found is not None:
            fence = found[1]
            yield line
        elif "`" in line:
            yield line.replace("![", f"!{_JOINER}[")
        else:
            yield _IMAGE.sub(_link, line)


def _link(image: re.Match[str]) -> str:
    return f"{PICTURE} [image]" if image[1] else f"{PICTURE} ["
