"""The process that reads one PDF: bytes on standard input, pages on standard output.

Run by falcon/documents/pdf.py.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
from io import BytesIO

from falcon.documents import MOST_PAGES

MOST_MEMORY = 768 * 1024 * 1024
"""Bytes of address space, of which Python and pypdf take 100 MB."""
LARGEST_STREAM = 20_000_000
"""Bytes of one page's drawing; pictures are not unpacked."""
MOST_CHARACTERS = 5_000_000
"""All pages together; more than a file of the largest size would hold."""


def main(seconds: float) -> None:
    _limit(seconds)
    try:
        said = _read(sys.stdin.buffer.read())
    except MemoryError:
        said = {"refusal": "too much"}
    sys.stdout.write(json.dumps(said))


def _limit(seconds: float) -> None:
    """Bound this process's memory and processor time."""
    if sys.platform == "win32":
        return  # There the process that waits for this one ends it.
    import resource

    whole = math.ceil(seconds)
    # Not every system has both, nor allows them.
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 1))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def _read(file: bytes) -> dict[str, object]:
    from pypdf import PdfReader, overwrite_configuration
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

    overwrite_configuration(
        zlib_maximum_output_length=LARGEST_STREAM,
        lzw_maximum_output_length=LARGEST_STREAM,
        run_length_maximum_output_length=LARGEST_STREAM,
        array_based_stream_maximum_output_length=LARGEST_STREAM,
    )
    try:
        reader = PdfReader(BytesIO(file))
        # Many that may not be printed open without a password.
        if reader.is_encrypted and not reader.decrypt(""):
            return {"refusal": "encrypted"}
        count = len(reader.pages)
        if count > MOST_PAGES:
            return {"refusal": "pages", "pages": count, "most": MOST_PAGES}
        pages: list[str] = []
        left = MOST_CHARACTERS
        for page in reader.pages:
            pages.append(page.extract_text())
            left -= len(pages[-1])
            if left < 0:
                return {"refusal": "too much"}
    except (DependencyError, FileNotDecryptedError):
        return {"refusal": "encrypted"}
    except LimitReachedError:
        return {"refusal": "too much"}
    return {"pages": pages}


if __name__ == "__main__":
    main(float(sys.argv[1]))
