"""What stands in the fields of parameters that are written: seed and stop sequences."""

from __future__ import annotations

import re
from types import MappingProxyType

from falcon.parameters import BOUNDS

# A field has one line: \n and \t stand for what cannot be typed into it.
_ESCAPES = MappingProxyType({"\\": "\\\\", "\n": "\\n", "\t": "\\t"})
_MEANINGS = MappingProxyType({written: meant for meant, written in _ESCAPES.items()})


def write_line(text: str) -> str:
    """Return a text as it stands in a field."""
    return "".join(_ESCAPES.get(character, character) for character in text)


def read_line(written: str) -> str:
    """Return the text that is meant by what stands in a field."""
    return re.sub(
        r"\\.", lambda found: _MEANINGS.get(found[0], found[0]), written, flags=re.S
    )


def read_seed(written: str) -> int | None:
    """Return the seed that stands in a field; None: there is none."""
    digits, most = written.strip(), int(BOUNDS["seed"].maximum)
    is_whole = digits.isdecimal() and len(digits) <= len(str(most))
    return int(digits) if is_whole and int(digits) <= most else None
