"""`python -m falcon.local`, as a person starts it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from falcon.local.listening import listen
from falcon.local.process import PROJECT
from tests.hub_server import REPOSITORY, serve_hub

OFFLINE = "http://127.0.0.1:9"
"""Nobody listens on the port for discarding."""


@contextmanager
def started(
    *arguments: str, cwd: Path = PROJECT, **environ: str
) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "falcon.local", *arguments]
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.terminate()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def complaint(*arguments: str, cwd: Path = PROJECT, **environ: str) -> str:
    """The last line of a start that fails."""
    with started(*arguments, cwd=cwd, **environ) as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out == ""
    return err.splitlines()[-1]


@pytest.mark.parametrize(
    ("container", "field"),
    [
        ("tgi", b"generated_text"),
        ("lmi", b"generated_text"),
        ("openai_chat", b"chat.completion"),
        ("text_length", b"outputs"),
    ],
)
def test_the_line_it_prints_holds_a_call_that_works(
    container: str, field: bytes
) -> None:
    with started("--container", container, "--port", "0") as process:
        call = first_line(process).partition("Try: ")[2]

        answer = subprocess.check_output(
            [sys.executable, "-c", f"import boto3; print({call})"]
        )

    assert field in answer


def test_a_port_that_is_taken_is_said_and_the_next_free_one_used(
    small_model: Path,
) -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        with started("--model", str(small_model), "--port", str(port)) as process:
            line = first_line(process)
            process.terminate()
            _, said = process.communicate()

    found = re.search(r"http://127\.0\.0\.1:(\d+)\.", line)
    assert found is not None
    assert int(found[1]) > port
    assert f"Port {port} is taken: using {found[1]}" in said


def test_a_stop_signal_ends_it_without_a_word(small_model: Path) -> None:
    with started("--model", str(small_model), "--port", "0") as process:
        first_line(process)
        process.terminate()
        _, said = process.communicate(timeout=30)

    assert said == f"Loading {small_model.stem}\n"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        pytest.param("/no/such.gguf", "There is no file /no/such.gguf", id="a path"),
        pytest.param("no/such.gguf", "There is no file no/such.gguf", id="a relative"),
        pytest.param(
            str(PROJECT),
            f"{PROJECT} is a folder; name the GGUF file in it",
            id="folder",
        ),
        pytest.param(__file__, f"{__file__} is not a GGUF file", id="another file"),
    ],
)
def test_what_is_no_model_is_one_line(model: str, expected: str) -> None:
    assert complaint("--model", model) == expected


def test_a_hub_name_is_downloaded_and_kept(small_model: Path, tmp_path: Path) -> None:
    cache = str(tmp_path)
    files = {"f-Q8_0.gguf": small_model, "f-Q4_K_M.gguf": small_model}
    with (
        serve_hub(files) as hub,
        started("--model", REPOSITORY, HF_ENDPOINT=hub, HF_HOME=cache) as process,
    ):
        assert first_line(process).startswith(f"{REPOSITORY} answers at ")

    with started("--model", REPOSITORY, HF_ENDPOINT=OFFLINE, HF_HOME=cache) as process:
        assert first_line(process).startswith(f"{REPOSITORY} answers at ")
    kept = [path.name for path in tmp_path.rglob("*.gguf")]
    assert kept == ["f-Q4_K_M.gguf"]


def test_without_a_network_a_hub_name_is_one_line(tmp_path: Path) -> None:
    said = complaint(
        "--model", "owner/falcon", HF_ENDPOINT=OFFLINE, HF_HOME=str(tmp_path)
    )

    assert said.startswith("owner/falcon cannot be downloaded: huggingface.co does not")


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        pytest.param(
            f"{REPOSITORY}:other.gguf",
            f"{REPOSITORY} has no file other.gguf",
            id="no such file",
        ),
        pytest.param(REPOSITORY, f"{REPOSITORY} has no GGUF file", id="no GGUF"),
        pytest.param(
            "owner/other",
            "owner/other on the Hub: there is none of this name, or it wants a token "
            "(HF_TOKEN)",
            id="no such repository",
        ),
    ],
)
def test_what_the_hub_does_not_have_is_one_line(
    model: str, expected: str, tmp_path: Path
) -> None:
    with serve_hub({"README.md": Path(__file__)}) as hub:
        said = complaint("--model", model, HF_ENDPOINT=hub, HF_HOME=str(tmp_path))

    assert said == expected


def test_a_damaged_shipped_model_is_not_served(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "falcon", tmp_path / "falcon")
    model = tmp_path / "falcon/local/model/falcon-small-q8_0.gguf"
    with model.open("r+b") as file:
        file.seek(-1000, os.SEEK_END)
        file.write(bytes(1000))

    said = complaint(cwd=tmp_path)

    assert said.startswith(f"{model} is damaged: its SHA-256 is not the one in ")
