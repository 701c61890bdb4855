from __future__ import annotations

import pytest

from falcon.local.gguf import ModelFileError
from falcon.local.hub import HubFile


@pytest.mark.parametrize(
    ("text", "repository", "file"),
    [
        pytest.param("tiiuae/falcon", "tiiuae/falcon", None, id="a repository"),
        pytest.param("a/b:c.gguf", "a/b", "c.gguf", id="a file after a colon"),
        pytest.param("a/b/c.gguf", "a/b", "c.gguf", id="a file after a slash"),
        pytest.param("a/b/c/d.gguf", "a/b", "c/d.gguf", id="a file in a folder"),
        pytest.param("a/b-1.5:c-Q4_K_M.gguf", "a/b-1.5", "c-Q4_K_M.gguf", id="dots"),
    ],
)
def test_a_hub_name_is_read(text: str, repository: str, file: str | None) -> None:
    assert HubFile.parse(text) == HubFile(repository, file)


@pytest.mark.parametrize("text", ["falcon", "a/b.gguf", "/a/b", "a/b/c", "a b/c", ""])
def test_what_is_no_hub_name_is_none(text: str) -> None:
    assert HubFile.parse(text) is None


@pytest.mark.parametrize(
    ("files", "chosen"),
    [
        pytest.param(["x-Q8_0.gguf", "x-Q4_K_M.gguf"], "x-Q4_K_M.gguf", id="4 bits"),
        pytest.param(["x-q8_0.gguf", "x-f16.gguf"], "x-q8_0.gguf", id="8 bits"),
        pytest.param(["x.gguf", "README.md"], "x.gguf", id="the only one"),
        pytest.param(
            ["mmproj-Q4_K_M.gguf", "x-Q2_K.gguf"], "x-Q2_K.gguf", id="no projector"
        ),
        pytest.param(
            ["x-Q4_K_M-00002-of-00002.gguf", "x-Q4_K_M-00001-of-00002.gguf"],
            "x-Q4_K_M-00001-of-00002.gguf",
            id="the first part",
        ),
    ],
)
def test_the_file_that_suits_a_laptop_is_chosen(files: list[str], chosen: str) -> None:
    assert HubFile("owner/repository", None).choose(files) == chosen


def test_a_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ModelFileError, match=r"has no file x\.gguf"):
        HubFile("owner/repository", "x.gguf").choose(["y.gguf"])
