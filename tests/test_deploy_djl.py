from __future__ import annotations

import asyncio
import importlib.util
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy.catalogue import find_offer
from deploy.ways.djl import FILES, pack
from falcon.containers import text_length
from falcon.context_window import FittedPrompt
from falcon.local.engine import Engine
from falcon.local.sampling import Sampling
from falcon.parameters import GenerationParameters
from tests.djl_container import Container, container

ROOT = Path(__file__).parents[1]
PROMPT = "\n\nUser: What is the capital of France?\n\nAssistant:"


@pytest.fixture(scope="module")
def engine(small_model: Path) -> Iterator[Engine]:
    engine = Engine(small_model)
    yield engine
    engine.close()


@pytest.fixture
def djl(engine: Engine) -> Iterator[Container]:
    """model.py with the small Falcon in llama.cpp, started."""
    with container() as djl:

        def complete(text: str, text_length: int) -> str:
            tokens = engine.tokenize(text)
            djl.model.check_length(len(tokens), text_length)
            return asyncio.run(go_on(tokens, text_length - len(tokens)))

        async def go_on(tokens: list[int], most: int) -> str:
            sampling = Sampling(top_k=djl.model.TOP_K, seed=7, ignores_end=True)
            generated = engine.generate(tokens, sampling, max_tokens=most)
            return "".join([token.text async for token in generated if token])

        djl.handle = djl.model.Falcon(lambda _: complete).handle
        assert djl.start({"model_id": "small"}).code == 204
        yield djl


def ask(djl: Container, **request: object) -> tuple[int, Any]:
    answer = djl.invoke(json.dumps(request).encode())
    return answer.code, json.loads(answer.body)


def test_the_answer_is_one_that_the_client_reads(djl: Container) -> None:
    prompt = FittedPrompt(
        text=PROMPT,
        tokens=25,
        max_new_tokens=12,
        dropped=0,
        turns=(),
        is_estimate=False,
    )
    body = text_length.encode_request(
        prompt, GenerationParameters(max_new_tokens=12), stream=False
    )

    answer = djl.invoke(body)

    finish = text_length.decode_answer(answer.body, prompt=prompt)
    assert answer.properties == {"content-type": "application/json"}
    assert finish.generated_text
    assert not finish.generated_text.startswith(PROMPT)


def test_text_length_counts_the_prompt_and_is_met_exactly(
    djl: Container, engine: Engine
) -> None:
    status, answer = ask(djl, text=PROMPT, text_length=60)

    assert status == 200
    assert len(engine.tokenize(answer["outputs"][0]["generated_text"])) == 60


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        pytest.param({"text_length": 9}, "`text` has to be", id="no text"),
        pytest.param({"text": "", "text_length": 9}, "not empty", id="empty text"),
        pytest.param({"text": "Hi"}, "`text_length`", id="no length"),
        pytest.param({"text": "Hi", "text_length": True}, "`text_length`", id="bool"),
        pytest.param({"text": PROMPT, "text_length": 5}, "max_length", id="no room"),
    ],
)
def test_a_wrong_request_is_refused_with_the_reason(
    djl: Container, request_: Mapping[str, object], words: str
) -> None:
    status, answer = ask(djl, **request_)

    assert status == 424
    assert words in answer["error"]


def test_the_shipped_model_py_answers_with_a_falcon_in_transformers() -> None:
    requests = [
        json.dumps({"text": PROMPT, "text_length": 40}),
        json.dumps({"text": PROMPT, "text_length": 3}),
    ]

    ran = subprocess.run(
        [python_with_torch(), "-m", "tests.djl_small_falcon"],
        input="\n".join(requests),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    good, short = map(json.loads, ran.stdout.splitlines())
    assert good["status"] == 200
    assert good["body"]["outputs"][0]["generated_text"].startswith(PROMPT)
    assert short["status"] == 424


def python_with_torch() -> str:
    if importlib.util.find_spec("torch") and importlib.util.find_spec("transformers"):
        return sys.executable
    other = ROOT / ".venv-model" / "bin" / "python"
    if not other.exists():
        pytest.skip("no PyTorch: `make model` installs it into .venv-model")
    return str(other)


def test_the_archive_has_both_files_at_its_top() -> None:
    with tarfile.open(fileobj=io.BytesIO(pack())) as archive:
        assert archive.getnames() == list(FILES)
        model = archive.extractfile("model.py")
        assert model is not None
        assert model.read() == (ROOT / "deploy" / "djl" / "model.py").read_bytes()


def test_the_archive_is_the_same_each_time() -> None:
    assert pack() == pack()


def test_the_properties_name_what_the_catalogue_says() -> None:
    lines = (ROOT / "deploy" / "djl" / "serving.properties").read_text().splitlines()
    properties = dict(line.split("=") for line in lines if not line.startswith("#"))
    offer = find_offer("falcon-7b", "djl")

    assert properties["engine"] == "Python"
    assert properties["option.model_id"] == offer.source
    assert properties["option.revision"] == offer.revision
    assert properties["option.tensor_parallel_degree"] == str(offer.gpus)
