from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from falcon.local.engine import Engine
from falcon.local.gguf import ModelFileError, read_header

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"


def test_the_header_tells_what_the_small_model_is(small_model: Path) -> None:
    header = read_header(small_model)

    assert header.architecture == "falcon"
    assert header.context_length == 1024
    assert "Assistant:" in (header.chat_template or "")
    assert header.tokens[0] == b"<|endoftext|>"
    assert len(header.tokens) == len(header.token_types) == 2048


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        pytest.param(lambda _: b"", "is empty", id="empty"),
        pytest.param(lambda _: LFS_POINTER, "Git LFS pointer", id="LFS pointer"),
        pytest.param(lambda _: b"<html>", "is not a GGUF file", id="a web page"),
        pytest.param(lambda whole: whole[:20], "ends inside", id="20 bytes"),
        pytest.param(lambda whole: whole[:9000], "ends inside", id="9000 bytes"),
        pytest.param(lambda whole: whole[:-1], "incomplete", id="last byte missing"),
        pytest.param(
            lambda whole: whole[: len(whole) // 2], "incomplete", id="half of it"
        ),
        pytest.param(
            lambda whole: whole[:4] + struct.pack("<I", 99) + whole[8:],
            "cannot load",
            id="a version to come",
        ),
        pytest.param(
            lambda whole: whole[:16] + struct.pack("<Q", 2**60) + whole[24:],
            "GGUF",
            id="more metadata than bytes",
        ),
        pytest.param(
            lambda whole: whole.replace(b"falcon.block_count", b"falcon.black_count"),
            "cannot load",
            id="a number missing",
        ),
        pytest.param(
            lambda whole: whole.replace(
                b"general.architecture", b"general.architectur_"
            ),
            "damaged",
            id="no architecture",
        ),
        pytest.param(
            lambda whole: whole.replace(b"output_norm", b"output_morn"),
            "cannot load",
            id="a tensor missing",
        ),
    ],
)
def test_a_broken_file_is_one_line_that_names_it_and_the_reason(
    damage: Callable[[bytes], bytes], reason: str, small_model: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(damage(small_model.read_bytes()))

    with pytest.raises(ModelFileError) as caught:
        Engine(broken)

    assert str(broken) in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_is_not_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="Is a directory"):
        read_header(tmp_path)
