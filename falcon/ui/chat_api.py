"""The Chat API of this process: the page's settings, its endpoint and its limits."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from ipaddress import ip_address
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from streamlit import config

from falcon.api import Api, ApiSettings
from falcon.api.settings import Keyless, read_origins
from falcon.errors import ConfigurationError
from falcon.hosts import LOCAL_HOSTS, allowed_hosts
from falcon.retries import RetryPolicy
from falcon.studio import read_space
from falcon.ui.backend import Backend, Target, backend, environment
from falcon.ui.backend import lifespan as backend_lifespan

if TYPE_CHECKING:
    from falcon.client import FalconClient

PATIENCE = RetryPolicy(total=10.0, start_total=0.0)
"""A program is told at once that an endpoint is starting, and asks again itself."""
_ENDING = (signal.SIGINT, signal.SIGTERM)


@cache
def chat_api() -> Api:
    """Return this process's API; where a setting is wrong, every answer says which."""
    environ = environment()
    try:
        settings = ApiSettings.from_mapping(environ, keyless=find_keyless(environ))
        served = backend().settings
        limiter = backend().registry.limiter
    except ConfigurationError as error:
        return Api(_Failing(error), ApiSettings(keyless="everybody"))
    return Api(
        _Client(backend()),
        settings,
        parameters=served.parameters,
        system_prompt=served.system_prompt,
        limiter=limiter,
    )


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """The server's life: when it is told to end, answers do not keep it waiting."""
    loop = asyncio.get_running_loop()
    async with backend_lifespan(app):
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.getsignal(number) for number in _ENDING}

        def end(number: int, frame: FrameType | None) -> None:
            # In the loop, and not here, where a lock may be held just now.
            loop.call_soon_threadsafe(_end_answers)
            if callable(server := before[signal.Signals(number)]):
                server(number, frame)

        for number in _ENDING:
            signal.signal(number, end)
        yield


def _end_answers() -> None:
    if chat_api.cache_info().currsize:
        chat_api().close()


def find_keyless(environ: Mapping[str, str]) -> Keyless:
    """Return who may ask without a key where none is configured.

    This machine, unless others can reach the server: through Studio's proxy, by a host
    name of its own, or because it listens on a network.
    """
    hosts = allowed_hosts(environ, read_space(environ))
    address = config.get_option("server.address")
    if set(hosts) != set(LOCAL_HOSTS) or not _is_loopback(address):
        return "nobody"
    return "this machine"


def page_origins(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the other origins whose pages may ask; none where that is set wrongly."""
    try:
        return read_origins(environ)
    except ConfigurationError:
        return ()


def _is_loopback(address: object) -> bool:
    try:
        return address == "localhost" or ip_address(str(address)).is_loopback
    except ValueError:
        return False


class _Client:
    """The client of the API's endpoint; a new one when that on this machine moved."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._lock = threading.Lock()
        self._client: FalconClient | None = None

    def __call__(self) -> FalconClient:
        # boto3 takes 0.2 s to import: the page is painted without it.
        from falcon.client import FalconClient

        target = self._target()
        with self._lock:
            if self._client is None or self._client.endpoint != target.endpoint:
                self._client = FalconClient(
                    target.endpoint,
                    container=target.container,
                    model=target.model,
                    retries=PATIENCE,
                )
            return self._client

    def _target(self) -> Target:
        settings = self._backend.settings
        if settings.endpoint is None:
            return self._backend.local_target()
        return Target(
            endpoint=settings.endpoint,
            model=settings.model,
            container=settings.container,
        )


class _Failing:
    def __init__(self, error: ConfigurationError) -> None:
        self._error = error

    def __call__(self) -> NoReturn:
        raise self._error
