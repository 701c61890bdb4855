"""The engine: llama.cpp in this process, generating tokens from a GGUF file.

The only module that imports xllamacpp. Knows nothing of HTTP towards callers, of TGI or
of SageMaker. Every sampling value is sent with every request, because llama.cpp's own
defaults (temperature 0.8, top_k 40, top_p 0.95, min_p 0.05) are nobody else's.

Special tokens: the prompt is tokenised as plain text except for the special tokens that
the model's own chat template names, and its end-of-text token; these become the one
token they are, as in a TGI container. Any other, in a user's text for example, stays
the characters it is written with. Keeping a user's text from spelling the template's
own markers is the prompt's task: an endpoint sees one text and cannot tell them apart.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import xllamacpp

from falcon.local.completion import CompletionReader, EngineError
from falcon.local.gguf import ModelFileError, read_header
from falcon.local.sampling import Sampling
from falcon.local.vocabulary import Vocabulary
from falcon.text import text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from pathlib import Path

    from falcon.local.completion import Token

    Chunk = dict[str, Any]  # llama.cpp's JSON

PARALLEL = 4
"""Generations at the same time; further ones wait."""

LARGEST_CONTEXT = 4096
"""Tokens of context served at most: its memory is taken PARALLEL times at the start."""

SMALL_MODEL = 100_000_000
"""Bytes of a file below which a second thread and a prompt cache cost more than they
bring: the one waits for the other's core, the other changes an answer's last bits."""

LONGEST_CHARACTER = 4
"""Bytes of a UTF-8 character. llama.cpp shows the tokens of one when it is whole, so it
is asked for a few more than wanted: otherwise the last ones would never be seen."""

SAMPLERS = ("penalties", "temperature", "top_k", "top_p", "typ_p")
"""TGI's warpers in TGI's order; llama.cpp would apply the temperature last."""

LARGEST_SEED = 2**32 - 1
"""llama.cpp takes 32 bits, and this value of them to mean a random one."""

STOPPED = "the engine was stopped"


class Engine:
    """A loaded model. Raises ModelFileError if the file cannot be loaded."""

    def __init__(self, path: Path) -> None:
        header = read_header(path)
        self._is_small = path.stat().st_size < SMALL_MODEL
        self.context_tokens = min(header.context_length, LARGEST_CONTEXT)
        self.chat_template = header.chat_template
        self.vocabulary = Vocabulary.from_header(header)
        self._api_key = secrets.token_urlsafe()
        self._server = self._load(path)
        self._address = urlsplit(self._server.listening_address).netloc
        self.parameter_count = self._count_parameters()
        properties = self._ask("/props")
        self.bos_token: str = properties["bos_token"]
        self.eos_token: str = properties["eos_token"]
        self._specials = self.vocabulary.find_specials(
            (self.chat_template or "") + self.eos_token
        )
        self._executor = ThreadPoolExecutor(PARALLEL, thread_name_prefix="engine")
        self._closed = threading.Event()
        # A server that is destroyed before its first request can hang for ever.
        self._complete(self._request([0], Sampling(), max_tokens=1), lambda _: False)

    def tokenize(self, text: str) -> list[int]:
        """The ids of a prompt; see the module for what becomes of special tokens."""
        content: list[str | int] = [text]
        if self._specials:
            names = "|".join(map(re.escape, self._specials))
            parts = re.split(f"({names})", text)
            content = [self._specials.get(part, part) for part in parts if part]
        question = {"content": content, "add_special": True, "parse_special": False}
        tokens: list[int] = self._ask("/tokenize", question)["tokens"]
        return tokens

    async def generate(
        self,
        prompt: Sequence[int],
        sampling: Sampling,
        *,
        max_tokens: int,
        patience: float = 15.0,
    ) -> AsyncGenerator[Token | None]:
        """Generate up to `max_tokens` tokens; closing the iterator stops the model.

        Waits while PARALLEL others are being made, and yields None whenever `patience`
        seconds went by without a token, so that a caller can show signs of life.
        Raises EngineError if llama.cpp refuses or fails, or the engine is closed.
        """
        if self._closed.is_set():
            raise EngineError(STOPPED)
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[Chunk | None] = asyncio.Queue()
        stopped = threading.Event()

        def receive(chunk: Chunk) -> bool:
            loop.call_soon_threadsafe(chunks.put_nowait, chunk)
            return stopped.is_set() or self._closed.is_set()

        request = self._request(prompt, sampling, max_tokens=max_tokens)
        completion = loop.run_in_executor(
            self._executor, self._complete, request, receive
        )
        completion.add_done_callback(lambda _: chunks.put_nowait(None))
        reader = CompletionReader(self.vocabulary, sampling.alternatives)
        left = max_tokens
        try:
            while left:
                try:
                    async with asyncio.timeout(patience):
                        chunk = await chunks.get()
                except TimeoutError:
                    yield None
                    continue
                if chunk is None:
                    break
                for token in reader.read(chunk):
                    yield token
                    left -= 1
                    if not left:
                        break
            if left and self._closed.is_set():
                raise EngineError(STOPPED)
            if left:
                await completion
        finally:
            stopped.set()
            completion.cancel()

    def close(self) -> None:
        """End every generation and wait until the last has ended."""
        self._closed.set()
        self._executor.shutdown(cancel_futures=True)

    def _load(self, path: Path) -> xllamacpp.Server:
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx = self.context_tokens * PARALLEL
        parameters.n_parallel = PARALLEL
        # A generation can be stopped between two batches of its prompt.
        parameters.n_batch = 128
        parameters.fit_params = False
        parameters.cache_ram_mib = 0
        parameters.verbosity = -1
        if self._is_small:
            parameters.cpuparams.n_threads = 1
            parameters.cpuparams_batch.n_threads = 1
        # It always listens; close all but the tokenizer's way in.
        parameters.hostnames = ["127.0.0.1"]
        parameters.port = 0
        parameters.api_keys = [self._api_key]
        parameters.cors_origins = "http://127.0.0.1"
        parameters.cors_credentials = False
        parameters.ui = False
        parameters.endpoint_slots = False
        try:
            return xllamacpp.Server(parameters)
        except RuntimeError as error:
            raise ModelFileError(
                text(
                    "llama.cpp cannot load {path}: it is incomplete, damaged, or a "
                    "kind of model that it cannot run",
                    path=str(path),
                )
            ) from error

    def _count_parameters(self) -> int:
        return int(self._ask("/v1/models")["data"][0]["meta"]["n_params"])

    def _request(
        self, prompt: Sequence[int], sampling: Sampling, *, max_tokens: int
    ) -> Chunk:
        return {
            "prompt": list(prompt),
            "stream": True,
            "max_tokens": max_tokens + LONGEST_CHARACTER - 1,
            "samplers": SAMPLERS,
            "temperature": sampling.temperature,
            "top_k": sampling.top_k,
            "top_p": sampling.top_p,
            "min_p": 0.0,
            "typical_p": sampling.typical_p,
            "repeat_penalty": sampling.repetition_penalty,
            "repeat_last_n": self.context_tokens,
            "frequency_penalty": sampling.frequency_penalty,
            "presence_penalty": 0.0,
            "seed": sampling.seed % LARGEST_SEED,
            "ignore_eos": sampling.ignores_end,
            "cache_prompt": not self._is_small,
            # The ids of tokens come with their probabilities, their count with timings,
            # and progress through a long prompt is a chance to stop.
            "logprobs": max(1, sampling.alternatives),
            "timings_per_token": True,
            "return_progress": True,
        }

    def _complete(self, request: Chunk, receive: Callable[[Chunk], bool]) -> None:
        failures: list[Exception] = []

        def receive_or_stop(chunk: Chunk) -> bool:
            # xllamacpp swallows what a callback raises and ends the stream.
            try:
                return receive(chunk)
            except RuntimeError as error:  # the event loop is gone
                failures.append(error)
                return True

        self._server.handle_completions(request, receive_or_stop)
        if failures:
            raise failures[0]

    def _ask(self, path: str, question: Chunk | None = None) -> Chunk:
        connection = http.client.HTTPConnection(self._address, timeout=60)
        try:
            connection.request(
                "GET" if question is None else "POST",
                path,
                None if question is None else json.dumps(question),
                {"Authorization": f"Bearer {self._api_key}"},
            )
            answer: Chunk = json.loads(connection.getresponse().read())
        except OSError as error:
            raise EngineError(f"llama.cpp does not answer: {error}") from error
        finally:
            connection.close()
        if "error" in answer:
            raise EngineError(answer["error"]["message"])
        return answer
