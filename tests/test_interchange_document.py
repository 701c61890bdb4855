from __future__ import annotations

import gzip
import io
import json
import pickle
import time
import tracemalloc
import zipfile

import pytest

from falcon.errors import HistoryError
from falcon.interchange import import_json
from falcon.interchange.document import (
    LARGEST_DOCUMENT,
    DocumentError,
    read_document,
    write_document,
)

HEAD = b'{"format": "falcon-chat", "version": 1, "conversations": '
GOOD = HEAD + b"[]}"
MOST_SECONDS = 0.5


def filled(item: bytes, *, begin: bytes = b"[", end: bytes = b"0]") -> bytes:
    """The largest document that is full of `item`."""
    room = LARGEST_DOCUMENT - len(HEAD) - len(begin) - len(end) - 1
    return HEAD + begin + item * (room // len(item)) + end + b"}"


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("conversations.json", GOOD)
    return file.getvalue()


def answers(count: int) -> bytes:
    """A document of so many answers that only its end gives away."""
    record = {"endpoint": "e", "parameters": {"top_k": 3}, "tokens": 5, "seconds": 1.5}
    messages = [
        {
            "id": str(at),
            "role": "assistant",
            "text": "가나",
            "parent_id": str(at + 1),
            "record": record,
        }
        for at in range(count)
    ]
    return HEAD + json.dumps([{"messages": messages}]).encode() + b"}"


HOSTILE = [
    pytest.param(lambda: b"x" * 50 * 1024**2, "50.0 MB", id="50 MB"),
    pytest.param(lambda: b"[" * 100_000, "deep", id="lists 100,000 deep"),
    pytest.param(lambda: b'{"a":' * 100_000, "deep", id="objects 100,000 deep"),
    pytest.param(lambda: HEAD + b"[" * 100_000, "deep", id="deep inside"),
    pytest.param(lambda: HEAD + b"[NaN]}", "NaN", id="NaN"),
    pytest.param(lambda: HEAD + b"[-Infinity]}", "Infinity", id="infinity"),
    pytest.param(lambda: HEAD + b"[1e999]}", "too large", id="infinity in digits"),
    pytest.param(lambda: HEAD + b"9" * 100_000 + b"}", "too long", id="many digits"),
    pytest.param(
        lambda: GOOD.replace(b"{", b'{"format": "x", '), "twice", id="one name twice"
    ),
    pytest.param(lambda: zipped(), "UTF-8|not JSON", id="a ZIP archive"),
    pytest.param(lambda: gzip.compress(GOOD), "UTF-8", id="gzip"),
    pytest.param(lambda: pickle.dumps([GOOD]), "UTF-8", id="a pickle"),
    pytest.param(lambda: GOOD.decode().encode("utf-16"), "UTF-8", id="UTF-16"),
    pytest.param(lambda: b"../../etc/passwd", "not JSON", id="a path"),
    pytest.param(lambda: b"\x00" * 1000, "not JSON", id="zeros"),
    pytest.param(lambda: filled(b"[],"), "parts", id="millions of lists"),
    pytest.param(lambda: filled(b"{},"), "parts", id="millions of objects"),
    pytest.param(lambda: filled(b'"",'), "parts", id="millions of texts"),
    pytest.param(lambda: filled(b"1,"), "parts", id="millions of numbers"),
    pytest.param(lambda: filled(b"1.5,"), "parts", id="millions of fractions"),
    pytest.param(lambda: filled(b"null,"), "object", id="millions of nulls"),
    pytest.param(
        lambda: HEAD + b'[{"messages": [' + b"{}," * 1_000_000 + b"0]}]}",
        "parts",
        id="a million messages",
    ),
    pytest.param(
        lambda: HEAD + b'[{"messages": [' + b"null," * 1_000_000 + b"0]}]}",
        "20000 messages",
        id="a million nothings",
    ),
    pytest.param(
        lambda: filled(b"a", begin=b'"', end=b'"'), "a list", id="one long text"
    ),
    pytest.param(
        lambda: filled(b"\\\\", begin=b'"', end=b'"'), "a list", id="backslashes"
    ),
    pytest.param(lambda: filled(b" ", end=b"1]"), "object", id="white space"),
    pytest.param(lambda: answers(10_000), "missing", id="wrong at the very end"),
]


@pytest.mark.parametrize(("make", "why"), HOSTILE)
def test_a_hostile_file_is_refused_soon(make: object, why: str) -> None:
    assert callable(make)
    file = make()
    began = time.thread_time()

    with pytest.raises(HistoryError, match=why):
        import_json(file)

    assert time.thread_time() - began < MOST_SECONDS


@pytest.mark.parametrize("item", [b"[],", b"{},", b'"",', b"1,"])
def test_a_file_of_small_parts_is_not_built(item: bytes) -> None:
    file = filled(item)
    tracemalloc.start()
    try:
        with pytest.raises(HistoryError):
            import_json(file)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 4 * LARGEST_DOCUMENT


def test_what_is_written_is_read() -> None:
    content = {
        "text": '팔콘 "\\ \u2028',
        "number": 2**64 - 1,
        "list": [None, True, 0.1],
    }

    file = write_document("kind", 3, content)

    assert read_document(file, "kind", 4) == content


def test_an_older_reader_says_that_the_file_is_newer() -> None:
    with pytest.raises(DocumentError, match="newer Falcon Chat"):
        read_document(write_document("kind", 3, {}), "kind", 2)
