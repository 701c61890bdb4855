from __future__ import annotations

import hashlib

from falcon.local.gguf import read_header
from falcon.local.model.files import GGUF, GGUF_CHECKSUM
from falcon.prompt import FALCON_INSTRUCT, template_like


def test_the_checksum_guards_the_file() -> None:
    checksum, name = GGUF_CHECKSUM.read_text(encoding="utf-8").split()

    assert name == GGUF.name
    assert hashlib.sha256(GGUF.read_bytes()).hexdigest() == checksum


def test_the_file_is_small() -> None:
    assert GGUF.stat().st_size < 6_000_000


def test_the_file_says_what_it_is() -> None:
    header = read_header(GGUF)

    assert header.context_length == 1024
    assert header.chat_template is not None
    assert template_like(header.chat_template) is FALCON_INSTRUCT
