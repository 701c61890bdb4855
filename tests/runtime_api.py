"""Lambda's Runtime API on loopback, and a function that the real awslambdaric runs.

The protocol is AWS's "Using the Lambda runtime API", version 2018-06-01: the runtime
asks for the next event, and posts the answer or the error.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import queue
import subprocess
import sys
import time
import uuid
import zipfile
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.serving import running

PREFIX = "/2018-06-01/runtime"
SECONDS = 60.0


class RuntimeApi(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.events: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()


class Connection(BaseHTTPRequestHandler):
    server: RuntimeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert self.path == f"{PREFIX}/invocation/next"
        event = self.server.events.get()
        request_id = str(uuid.uuid4())
        # Without the first and the third, awslambdaric 4.2.2 crashes.
        self.reply(
            200,
            event,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Trace-Id": "Root=1-0-0;Sampled=0",
                "Lambda-Runtime-Deadline-Ms": "9999999999999",
                "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:x:0:function:f",
            },
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.put((self.path.rpartition("/")[2], body))
        self.reply(202, b"{}", {})

    def reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Function:
    """A function that runs."""

    def __init__(
        self, api: RuntimeApi, process: subprocess.Popen[bytes], log: Path
    ) -> None:
        self._api = api
        self._process = process
        self._log = log

    # Any: a function takes and gives JSON.
    def invoke(self, event: object) -> Any:
        """Return what it answers to an event; an error of its own fails the test."""
        self._api.events.put(json.dumps(event).encode())
        ends = time.monotonic() + SECONDS
        while self._api.answers.empty() and time.monotonic() < ends:
            assert self._process.poll() is None, self.log
            time.sleep(0.005)
        kind, body = self._api.answers.get_nowait()
        assert kind == "response", body
        return json.loads(body)

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")


@contextlib.contextmanager
def lambda_function(
    package: bytes, folder: Path, environment: Mapping[str, str]
) -> Iterator[Function]:
    """Run a zip as Lambda does, with nothing in its environment but this.

    Skips where Lambda's runtime cannot be installed.
    """
    if importlib.util.find_spec("awslambdaric") is None:
        pytest.skip("awslambdaric is not installed: the function was not run")
    task, log = folder / "task", folder / "log"
    archive = folder / "function.zip"
    archive.write_bytes(package)
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(task)
    with running(RuntimeApi()) as api, log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", "lambda_function.handler"],
            cwd=task,
            env={
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_port}",
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "AWS_LAMBDA_LOG_LEVEL": "INFO",
                "LAMBDA_TASK_ROOT": str(task),
                "PYTHONPATH": str(task),
                "PYTHONDONTWRITEBYTECODE": "1",
                **environment,
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Function(api, process, log)
        finally:
            process.kill()
            process.wait()
