"""What this process holds for every page: settings, conversations, the local endpoint.

Nothing here belongs to one person but the conversations in the registry, and those are
found by their unguessable ids alone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import streamlit as st

from falcon.conversation import Message
from falcon.endpoint import Endpoint
from falcon.errors import (
    ConfigurationError,
    EndpointUnavailableError,
    FalconError,
    HistoryError,
)
from falcon.local.process import LocalEndpoint
from falcon.local.runtime import REGION
from falcon.models import FalconModel, describe_gguf
from falcon.registry import OpenStream, Registry
from falcon.settings import Settings
from falcon.text import text
from falcon.ui.conversations.opened_history import open_history
from falcon.ui.endpoint.aws_readings import EndpointReadings
from falcon.ui.many_chats import end_turn

if TYPE_CHECKING:
    from falcon.client import FalconClient
    from falcon.containers import ContainerName
    from falcon.parameters import GenerationParameters
    from falcon.stream import GenerationStream

MOST_CLIENTS = 32
"""Anybody may type names into the page, and each client takes about a megabyte."""
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
        threads = ThreadPoolExecutor(1, "history")
        self._opening = threads.submit(open_history, settings.history)
        threads.shutdown(wait=False)
        self._registry: Registry | None = None
        self._lock = threading.RLock()
        self._local: LocalEndpoint | None = None
        self._clients: dict[tuple[Endpoint, str | None, str], FalconClient] = {}
        self.endpoints = EndpointReadings()

    @property
    def registry(self) -> Registry:
        """The conversations; waits until the database is open.

        Raises ConfigurationError if its address is wrong.
        """
        opened = self._opening.result()
        with self._lock:
            if self._registry is None:
                self._registry = Registry(opened.history, limits=self.settings.limits)
            return self._registry

    @property
    def history_problem(self) -> HistoryError | None:
        """Why conversations are kept in memory only; None: they are on disk."""
        return self._opening.result().problem

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
            end_turn()
            self.local.wait(timeout=SECONDS_FOR_LOCAL_START)
        model = self.local_model()
        if self.local.state != "ready" or model is None:
            raise EndpointUnavailableError(text("{reason}.", reason=self.local.reason))
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
            return self.client(target or self.local_target()).stream(turns, parameters)

        return open_stream

    def close(self) -> None:
        """End what was started."""
        with self._lock:
            if self._local is not None:
                self._local.close()
        with suppress(ConfigurationError):
            self._opening.result().history.close()

    def client(self, target: Target) -> FalconClient:
        """Return what asks an endpoint; there is one for each."""
        # boto3 takes 0.2 s to import: the first page is painted without it.
        from falcon.client import FalconClient

        key = _key(target)
        with self._lock:
            if key not in self._clients:
                while len(self._clients) >= MOST_CLIENTS:
                    del self._clients[next(iter(self._clients))]
                self._clients[key] = FalconClient(
                    target.endpoint, container=target.container, model=target.model
                )
            return self._clients[key]

    def made_client(self, target: Target) -> FalconClient | None:
        """Return the endpoint's client if there is one already."""
        with self._lock:
            return self._clients.get(_key(target))

    def ready_target(self, target: Target | None) -> Target | None:
        """Return `target`, or the endpoint on this machine if that is ready."""
        if target is None and self.local.state == "ready" and self.local_model():
            return self.local_target()
        return target

    def known_container(self, target: Target | None) -> ContainerName | None:
        """Return the endpoint's wire format; None: it is not known yet.

        Never waits: where only SageMaker can tell, it is asked in a thread, once.
        """
        if target is None:
            return "tgi"
        if target.container is not None:
            return target.container
        client = self.made_client(target)
        if client is None:
            threading.Thread(
                target=self._find_container, args=(target,), daemon=True
            ).start()
            return None
        return client.known_container

    def _find_container(self, target: Target) -> None:
        with suppress(FalconError):  # Whoever asks a question is told.
            _ = self.client(target).container


def _key(target: Target) -> tuple[Endpoint, str | None, str]:
    return target.endpoint, target.container, target.model.id


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
