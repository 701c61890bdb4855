"""ministack: an AWS account on loopback that makes stacks and runs their functions.

It is another project's (PyPI, MIT), lives in an environment of its own and is spoken to
over HTTP alone. It does not model CloudFront in front of an API, nor the validation of
a request's body.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
VENV = ROOT / ".venv-ministack"
SECONDS_TO_INSTALL = 180
SECONDS_TO_START = 60
SERVICES = ("CLOUDFORMATION", "S3", "API_GATEWAY", "LAMBDA", "CLOUDWATCH_LOGS", "IAM")


@dataclass(frozen=True, slots=True)
class Ministack:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes botocore ask it for the services of the stack."""
        return {f"AWS_ENDPOINT_URL_{name}": self.url for name in SERVICES}

    def ask(
        self,
        api_url: str,
        path: str,
        *,
        method: str = "POST",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Ask an API of it by the address that it has in AWS."""
        host, _, stage = api_url.removeprefix("https://").partition("/")
        api = host.partition(".")[0]
        request = urllib.request.Request(
            f"{self.url}/{stage}{path}",
            method=method,
            data=body,
            headers={
                **(headers or {}),
                "Host": f"{api}.execute-api.localhost:{self.port}",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, _small(response.headers), response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _small(error.headers), error.read()


@contextlib.contextmanager
def ministack(folder: Path, environment: Mapping[str, str]) -> Iterator[Ministack]:
    """Run it, its functions with `environment`; skips where it is not to be had."""
    python = _install()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    log = folder / "ministack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "-m", "ministack"],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "TMPDIR": str(folder),
                "BIND_HOST": "127.0.0.1",
                "GATEWAY_PORT": str(port),
                "MINISTACK_REGION": "us-east-1",
                **environment,
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await(process, port, log)
        yield Ministack(port)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _install() -> str:
    requirements = "tests/ministack-requirements.txt"
    command = [sys.executable, "-I", "falcon/install.py", "--into", VENV.name]
    try:
        done = subprocess.run(
            [*command, requirements],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=SECONDS_TO_INSTALL,
        )
    except subprocess.TimeoutExpired:
        pytest.skip("ministack could not be installed in time: no stack was made")
    if done.returncode:
        pytest.skip(f"ministack cannot be installed: no stack was made: {done.stdout}")
    return str(VENV / "bin" / "python")


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < ends:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=1),
        ):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


def _small(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
