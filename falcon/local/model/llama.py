"""Greedy answers from llama.cpp, for the checks of the model.

Knows xllamacpp and its pitfalls. The server of local mode has an engine of its own.
"""

from __future__ import annotations

import http.client
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import xllamacpp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Completion:
    text: str
    ids: list[int]


@dataclass(frozen=True, slots=True)
class Llama:
    """A loaded model."""

    server: xllamacpp.Server

    def complete(self, prompt: str, *, max_tokens: int) -> Completion:
        """Return the likeliest continuation; the end token is not part of its ids."""
        answer = self._post(
            "/completion",
            {
                "prompt": prompt,
                "n_predict": max_tokens,
                "temperature": 0,
                # With a cache the last bits depend on what was asked before.
                "cache_prompt": False,
                "return_tokens": True,
            },
        )
        return Completion(answer["content"], answer["tokens"])

    def tokenize(self, text: str) -> list[int]:
        ids: list[int] = self._post("/tokenize", {"content": text})["tokens"]
        return ids

    # Any: llama.cpp's own JSON.
    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(
            urlsplit(self.server.listening_address).netloc, timeout=60
        )
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise RuntimeError(f"llama.cpp answered {answer}")
        return answer


@contextmanager
def loaded(path: Path) -> Iterator[Llama]:
    """Load a GGUF file for the length of the block."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = 1024
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = 1
    parameters.verbosity = -1
    parameters.fit_params = False
    parameters.cache_ram_mib = 0
    parameters.ui = False
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    llama = Llama(xllamacpp.Server(parameters))
    # A server that is destroyed before its first request can hang for ever.
    llama.complete("a", max_tokens=1)
    yield llama
