"""What this process holds for every page: settings, conversations, the local endpoint.

Nothing here belongs to one person but the conversations in the registry, and those are
found by their unguessable ids alone.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from falcon.conversation import Message
from falcon.endpoint import Endpoint
from falcon.errors import ConfigurationError, EndpointUnavailableError
from falcon.local.process import LocalEndpoint
from falcon.local.runtime import REGION
from falcon.models import FalconModel, describe_gguf
from falcon.registry import OpenStream, Registry
from falcon.settings import Settings

if TYPE_CHECKING:
    from falcon.client import FalconClient
    from falcon.containers import ContainerName
    from falcon.endpoints import EndpointState
    from falcon.parameters import GenerationParameters
    from falcon.stream import GenerationStream

MOST_CLIENTS = 32
"""Anybody may type names into the page, and each client takes about a megabyte."""
SECONDS_BETWEEN_READINGS = 20.0
SECONDS_FOR_LOCAL_START = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a question goes and which model answers there."""

    endpoint: Endpoint
    model: FalconModel
    container: ContainerName | None = None
    """The endpoint's wire format; None: what SageMaker says of it."""


class Backend:
    """Made once, used by every page run of this process. Safe from any thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.registry = Registry()
        self._lock = threading.RLock()
        self._local: LocalEndpoint | None = None
        self._clients: dict[tuple[Endpoint, str | None, str], FalconClient] = {}
        self._states: dict[Endpoint, EndpointState] = {}
        self._read_at: dict[Endpoint, float] = {}

    @property
    def local(self) -> LocalEndpoint:
        """The endpoint on this machine, which starts when it is first wanted."""
        with self._lock:
            if self._local is None:
                self._local = LocalEndpoint(self.settings.local_model).start()
            return self._local

    def local_target(self) -> Target:
        """Return the endpoint on this machine, waiting until it is ready.

        Raises EndpointUnavailableError if it does not come.
        """
        if self.local.state == "starting":
            self.local.wait(timeout=SECONDS_FOR_LOCAL_START)
        model = self.local_model()
        if self.local.state != "ready" or model is None:
            raise EndpointUnavailableError(f"{self.local.reason}.")
        endpoint = Endpoint(name=self.local.name, region=REGION, url=self.local.url)
        return Target(endpoint=endpoint, model=model, container="tgi")

    def local_model(self) -> FalconModel | None:
        """Return the model that answers on this machine, once it is known."""
        facts = self.local.facts
        if facts is None:
            return None
        return describe_gguf(
            name=facts.name,
            context_tokens=facts.context_tokens,
            chat_template=facts.chat_template or "",
        )

    def opener(
        self,
        target: Target | None,
        parameters: GenerationParameters,
        *,
        system_prompt: str,
    ) -> OpenStream:
        """Return what opens the stream of an answer; nothing is sent before it runs."""

        def open_stream(turns: tuple[Message, ...]) -> GenerationStream:
            if system_prompt:
                turns = (Message("system", system_prompt), *turns)
            return self._client(target or self.local_target()).stream(turns, parameters)

        return open_stream

    def state(self, endpoint: Endpoint) -> EndpointState | None:
        """Return what was last read of an endpoint's state; None before the first time.

        Never waits: what is old is read again in a thread.
        """
        with self._lock:
            now = time.monotonic()
            if now - self._read_at.get(endpoint, -1e9) > SECONDS_BETWEEN_READINGS:
                self._read_at[endpoint] = now
                threading.Thread(
                    target=self._read, args=(endpoint,), daemon=True
                ).start()
            return self._states.get(endpoint)

    def close(self) -> None:
        """End what was started."""
        with self._lock:
            if self._local is not None:
                self._local.close()

    def _read(self, endpoint: Endpoint) -> None:
        # Brings boto3 as well; see _client.
        from falcon.endpoints import read_state

        self._states[endpoint] = read_state(endpoint)

    def _client(self, target: Target) -> FalconClient:
        # boto3 takes 0.2 s to import: the first page is painted without it.
        from falcon.client import FalconClient

        key = (target.endpoint, target.container, target.model.id)
        with self._lock:
            if key not in self._clients:
                while len(self._clients) >= MOST_CLIENTS:
                    del self._clients[next(iter(self._clients))]
                self._clients[key] = FalconClient(
                    target.endpoint, container=target.container, model=target.model
                )
            return self._clients[key]


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """The server's life: the local endpoint starts early and ends with it."""
    # Where a setting is wrong, the page says which.
    with suppress(ConfigurationError):
        if backend().settings.endpoint is None:
            _ = backend().local
    try:
        yield
    finally:
        if backend.cache_info().currsize:
            backend().close()


@cache
def backend() -> Backend:
    """Return this process's backend; raises ConfigurationError for a wrong setting."""
    return Backend(read_settings())


@cache
def environment() -> Mapping[str, str]:
    """Return the environment as this process was started with it.

    Asked before the server starts: Streamlit then writes secrets.toml into the
    environment, over what a person said for this one start.
    """
    return dict(os.environ)


def read_settings() -> Settings:
    """Return the settings in secrets.toml and in the environment, which goes first."""
    said_at_start = environment()
    secrets = st.secrets.to_dict() if st.secrets.load_if_toml_exists() else {}
    said = {
        name: str(value)
        for name, value in secrets.items()
        if isinstance(value, (str, int, float))
    }
    return Settings.from_mapping({**said, **said_at_start})
