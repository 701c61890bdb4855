from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from falcon.tokenizer import token_counter
from tests.hub_server import COMMIT, REPOSITORY, serve_hub

ROOT = Path(__file__).parents[1]
TEXTS = ["", "User: Hi there", "값은 1 👩‍👩‍👧", "a<|endoftext|>b"]

# Its own process: huggingface_hub reads its environment when it is imported.
COUNT = """
import json, sys, threading
from falcon.tokenizer import token_counter

repository, *texts = sys.argv[1:]
at_once = token_counter(repository)
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join(30)
count = token_counter(repository)
print(json.dumps([at_once, count and [count(text) for text in texts]]))
"""


def python(program: str, *arguments: str, **environment: str) -> str:
    """Return what a program printed, which must be all that it said."""
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small byte-level vocabulary of the kind that Falcon has."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        ["User: Hi there", "Assistant: there is a Falcon"],
        trainers.BpeTrainer(
            vocab_size=300,
            special_tokens=["<|endoftext|>", "<|begin|>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|begin|> $A", special_tokens=[("<|begin|>", 1)]
    )
    tokenizer.enable_truncation(3)
    tokenizer.enable_padding(length=50)
    path = tmp_path_factory.mktemp("hub") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@pytest.fixture(scope="module")
def lengths(tokenizer_file: Path) -> list[int]:
    """How many tokens the texts are."""
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [len(tokenizer.encode(text).ids) for text in TEXTS]


def test_a_tokenizer_is_fetched_from_the_hub_and_counts_exactly(
    tokenizer_file: Path, lengths: list[int], tmp_path: Path
) -> None:
    with serve_hub({"tokenizer.json": tokenizer_file}) as hub:
        said = python(COUNT, REPOSITORY, *TEXTS, HF_ENDPOINT=hub, HF_HOME=str(tmp_path))
    again = python(COUNT, REPOSITORY, *TEXTS, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))

    assert json.loads(said) == json.loads(again) == [None, lengths]
    assert lengths[0] == 1
    assert lengths[3] == 4


def test_a_tokenizer_is_found_in_the_cache(
    tokenizer_file: Path, lengths: list[int], tmp_path: Path
) -> None:
    folder = tmp_path / "hub" / f"models--{REPOSITORY.replace('/', '--')}"
    snapshot = folder / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "refs" / "main").write_text(COMMIT)
    (snapshot / "tokenizer.json").write_bytes(tokenizer_file.read_bytes())

    # Port 9 answers nobody: the network is not needed.
    said = python(
        COUNT,
        REPOSITORY,
        *TEXTS,
        HF_ENDPOINT="http://127.0.0.1:9",
        HF_HOME=str(tmp_path),
    )

    assert json.loads(said) == [None, lengths]


def test_without_the_network_nothing_is_counted(tmp_path: Path) -> None:
    said = python(COUNT, REPOSITORY, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))

    assert json.loads(said) == [None, None]


@pytest.mark.parametrize(
    "refusal", [(404, "RepoNotFound"), (404, "EntryNotFound"), (403, "GatedRepo")]
)
def test_what_the_hub_does_not_give_is_not_counted(
    refusal: tuple[int, str], tmp_path: Path
) -> None:
    with serve_hub({}, refusal=refusal) as hub:
        said = python(COUNT, REPOSITORY, HF_ENDPOINT=hub, HF_HOME=str(tmp_path))

    assert json.loads(said) == [None, None]


def test_a_broken_file_is_not_counted_with(tmp_path: Path) -> None:
    with serve_hub({"tokenizer.json": Path(__file__)}) as hub:
        said = python(COUNT, REPOSITORY, HF_ENDPOINT=hub, HF_HOME=str(tmp_path))

    assert json.loads(said) == [None, None]


def test_it_is_not_tried_again(tokenizer_file: Path, tmp_path: Path) -> None:
    files: dict[str, Path] = {}
    twice = COUNT + "input()\n" + COUNT
    with (
        serve_hub(files) as hub,
        subprocess.Popen(
            [sys.executable, "-c", twice, REPOSITORY],
            cwd=ROOT,
            env={**os.environ, "HF_ENDPOINT": hub, "HF_HOME": str(tmp_path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        first = process.stdout.readline()
        files["tokenizer.json"] = tokenizer_file
        second, _ = process.communicate("\n", timeout=30)

    assert json.loads(first) == json.loads(second) == [None, None]


def test_a_hub_that_does_not_answer_holds_nobody_up(tmp_path: Path) -> None:
    program = """
import sys, time
from falcon.tokenizer import token_counter
started = time.perf_counter()
token_counter(sys.argv[1])
print(time.perf_counter() - started)
time.sleep(0.5)
"""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hub = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        took = python(program, REPOSITORY, HF_ENDPOINT=hub, HF_HOME=str(tmp_path))

    assert float(took) < 0.1
    assert time.monotonic() - started < 5


def test_a_hub_that_cannot_be_reached_is_not_spoken_of(tmp_path: Path) -> None:
    program = """
import sys, time
from falcon.tokenizer import token_counter
token_counter(sys.argv[1])
time.sleep(1.5)
"""
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}

    assert python(program, REPOSITORY, **environment) == ""


@pytest.mark.parametrize("package", ["tokenizers", "huggingface_hub"])
def test_a_package_may_be_missing(package: str, tmp_path: Path) -> None:
    program = f"import sys\nsys.modules[{package!r}] = None\n{COUNT}"

    said = python(program, REPOSITORY, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))

    assert json.loads(said) == [None, None]


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    program = """
import sys
import falcon.client, falcon.tokenizer
print([name for name in ("tokenizers", "huggingface_hub") if name in sys.modules])
"""
    assert python(program) == "[]\n"


def test_a_model_without_a_repository_has_no_counter() -> None:
    assert token_counter(None) is None
