"""The local endpoint as the page's server sees it: a child process that stays alive.

Starts `python -m falcon.local`, knows whether it answers, and starts it again when it
dies. The listening socket belongs to the parent, so the address never changes and a
request that comes while the child is down waits for the next one. Knows nothing of
models or protocols.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from falcon.local.listening import HOST, listen
from falcon.local.runtime import ENDPOINT_NAME
from falcon.local.status import ModelFacts, State, Status
from falcon.text import text

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from falcon.local.container import ContainerName

PROJECT = Path(__file__).parents[2]
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 30.0
MOST_FAILED_STARTS = 5
SECONDS_TO_END = 2.0


class LocalEndpoint:
    """The endpoint on this machine, from `start` to `close`. Nothing here raises."""

    name = ENDPOINT_NAME

    def __init__(
        self, model: str | None = None, *, container: ContainerName = "tgi"
    ) -> None:
        if model is not None and Path(model).exists():
            model = str(Path(model).absolute())  # the child runs in another folder
        self._model = model
        self._container = container
        self._listener = listen(0)
        self._port: int = self._listener.getsockname()[1]
        self._status = Status("starting", text("The local model is starting"))
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._child: subprocess.Popen[str] | None = None
        self._watcher = threading.Thread(
            target=self._keep_alive, name="local-endpoint", daemon=True
        )

    def start(self) -> Self:
        """Begin to start the child and return at once."""
        self._watcher.start()
        return self

    @property
    def url(self) -> str:
        """The `endpoint_url` for a SageMaker Runtime client."""
        return f"http://{HOST}:{self._port}"

    @property
    def state(self) -> State:
        """Whether it answers; requests sent while it is "starting" wait."""
        return self._status.state

    @property
    def reason(self) -> str:
        """One line for a person, unless the state is "ready"."""
        return self._status.reason

    @property
    def facts(self) -> ModelFacts | None:
        """What the model is; None until it has been ready."""
        return self._status.facts

    def wait(self, *, timeout: float) -> State:
        """Wait until the endpoint is ready or will never be; tell the state."""
        with self._changed:
            self._changed.wait_for(
                lambda: self.state in ("ready", "unavailable"), timeout
            )
        return self.state

    def close(self) -> None:
        """End the child."""
        with self._changed:
            self._closing.set()
            child = self._child
        if child is not None:
            _end(child)
        if self._watcher.is_alive():
            self._watcher.join(SECONDS_TO_END)
        self._listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _keep_alive(self) -> None:
        self._run_children()
        # A request to an endpoint that will never answer is refused, not kept waiting.
        self._listener.close()

    def _run_children(self) -> None:
        """Run one child after the other until the end or until it is no use."""
        pause = FIRST_PAUSE
        failed_starts = 0
        while not self._closing.is_set():
            began = time.monotonic()
            code = self._run_child()
            if self._closing.is_set() or self.state == "unavailable":
                return
            was_ready = self.state == "ready"
            failed_starts = 0 if was_ready else failed_starts + 1
            how = _describe(code)
            if failed_starts == MOST_FAILED_STARTS:
                reason = text(
                    "The local model stopped ({how}) each time it was started", how=how
                )
                self._set(Status("unavailable", reason))
                return
            if was_ready and time.monotonic() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            reason = text(
                "The local model stopped ({how}) and is starting again", how=how
            )
            self._set(Status("starting", reason))
            self._closing.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _run_child(self) -> int:
        """Run one child to its end."""
        try:
            with self._changed:
                if self._closing.is_set():
                    return 0
                self._child = child = self._spawn()
        except OSError as error:
            reason = text("The local model cannot start: {problem}", problem=str(error))
            self._set(Status("unavailable", reason))
            return 1
        with child:
            assert child.stdout is not None
            for line in child.stdout:
                if line.startswith("{"):  # and not a library's own words
                    self._set(Status.from_line(line))
        return child.returncode

    def _spawn(self) -> subprocess.Popen[str]:
        descriptors: tuple[int, ...] = ()
        if os.name == "posix":
            descriptors = (self._listener.fileno(),)
        else:
            # No descriptor can be handed over: free the port and let the child bind it.
            self._listener.close()
        command = [sys.executable, "-m", "falcon.local", "--port", str(self._port)]
        command += ["--child", str(descriptors[0] if descriptors else -1)]
        command += ["--container", self._container]
        if self._model is not None:
            command += ["--model", self._model]
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            cwd=PROJECT,
            pass_fds=descriptors,
            # A Ctrl-C on the terminal is the server's to handle.
            start_new_session=True,
        )

    def _set(self, status: Status) -> None:
        with self._changed:
            self._status = replace(status, facts=status.facts or self.facts)
            self._changed.notify_all()


def _end(child: subprocess.Popen[str]) -> None:
    """Closing its standard input ends the child at once."""
    assert child.stdin is not None
    child.stdin.close()
    try:
        child.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        child.kill()


def _describe(code: int) -> str:
    if code >= 0:
        return text("exit code {code}", code=code)
    return signal.Signals(-code).name
