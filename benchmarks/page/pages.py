"""The pages that are compared: how each is started, and where its question box is."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.page.peer_stream import HISTORY_VARIABLE, messages
from falcon.conversation import Conversation, Message
from falcon.history import History

ROOT = Path(__file__).parents[2]
APPS = Path(__file__).parent / "apps"
SECONDS_TO_START = 90.0
Transport = Literal["streamlit", "gradio", "chainlit"]


class PageError(Exception):
    """A page cannot be measured; str(error) says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPage:
    """One of the pages."""

    name: str
    command: Callable[[int], list[str]]
    """What serves it on a port."""
    box: str
    """CSS selector of its question box."""
    transport: Transport
    requirements: str | None = None
    """The name of its environment; None: the one that this runs in."""

    @property
    def environment(self) -> Path | None:
        if self.requirements is None:
            return None
        return ROOT / f".venv-bench-page-{self.requirements}"

    def install(self) -> None:
        """Make its environment; PageError says why it cannot be made."""
        if self.environment is None:
            return
        wanted = ROOT / "benchmarks" / "page_requirements" / f"{self.requirements}.txt"
        installer = ROOT / "falcon" / "install.py"
        command = [sys.executable, "-I", str(installer), "--into"]
        command += [str(self.environment), str(wanted)]
        if subprocess.run(command, cwd=ROOT).returncode:
            raise PageError("its environment cannot be made")

    @property
    def python(self) -> str:
        if self.environment is None:
            return sys.executable
        return str(self.environment / "bin" / "python")


def _falcon(port: int) -> list[str]:
    return ["-m", "falcon", "run", "--port", str(port)]


def _write_stream(port: int) -> list[str]:
    options = {
        "server.port": port,
        "server.address": "127.0.0.1",
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return ["-m", "streamlit", "run", str(APPS / "write_stream.py"), *flags]


def _gradio(port: int) -> list[str]:
    return ["-m", "benchmarks.page.apps.gradio_chat", str(port)]


def _chainlit(port: int) -> list[str]:
    app = str(APPS / "chainlit_chat.py")
    return ["-m", "chainlit", "run", app, "--headless", "--port", str(port)]


_STREAMLIT_BOX = "[data-testid=stChatInputTextArea]"
OURS, WRITE_STREAM = "Falcon Chat", "write_stream"
PAGES = (
    ChatPage(name=OURS, command=_falcon, box=_STREAMLIT_BOX, transport="streamlit"),
    ChatPage(
        name=WRITE_STREAM,
        command=_write_stream,
        box=_STREAMLIT_BOX,
        transport="streamlit",
        requirements="write_stream",
    ),
    ChatPage(
        name="Gradio",
        command=_gradio,
        box="textarea[data-testid=textbox]",
        transport="gradio",
        requirements="gradio",
    ),
    ChatPage(
        name="Chainlit",
        command=_chainlit,
        box="#chat-input",
        transport="chainlit",
        requirements="chainlit",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A page that is served."""

    page: ChatPage
    host: str
    query: str
    """Behind the address: which conversation is opened."""
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def group(self) -> int:
        """The process group of its server."""
        return self.process.pid

    def check(self) -> None:
        """Raise PageError with what it said if it has ended."""
        if self.process.poll() is not None:
            said = self.log.read_text(errors="replace").strip()[-300:]
            raise PageError(f"its server ended: {said}")

    @property
    def address(self) -> str:
        return f"http://{self.host}/{self.query}"


@contextmanager
def launched(page: ChatPage, source: str, *, history: int = 0) -> Iterator[Server]:
    """Start a page's server, in a folder of its own, and end it with the block.

    It may not listen yet. `source` is the endpoint's address; `history` the messages
    of the conversation that it opens with.
    """
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        query = _keep_history(folder, history) if page.name == OURS else ""
        log = Path(folder) / "log"
        with (
            log.open("wb") as output,
            subprocess.Popen(
                [page.python, *page.command(port)],
                cwd=ROOT if page.name == OURS else folder,
                env=_environment(folder, source, history),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                host = f"127.0.0.1:{port}"
                yield Server(
                    page=page, host=host, query=query, process=process, log=log
                )
            finally:
                _end(process)


@contextmanager
def serving(page: ChatPage, source: str, *, history: int = 0) -> Iterator[Server]:
    """As `launched`, once the page answers."""
    with launched(page, source, history=history) as server:
        deadline = time.monotonic() + SECONDS_TO_START
        while not _answers(server.address):
            server.check()
            if time.monotonic() > deadline:
                raise PageError(f"no page within {SECONDS_TO_START:.0f} s")
            time.sleep(0.1)
        yield server


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10):
            return True
    except (OSError, urllib.error.URLError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _environment(folder: str, source: str, history: int) -> dict[str, str]:
    foreign = ("AWS_", "CHAINLIT_", "FALCON_", "GRADIO_", "SAGEMAKER_", "STREAMLIT_")
    own = {
        name: said
        for name, said in os.environ.items()
        # A person's Python keeps what it has compiled.
        if not name.startswith(foreign) and name != "PYTHONDONTWRITEBYTECODE"
    }
    return {
        **own,
        "PYTHONPATH": str(ROOT),
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": source,
        "FALCON_ENDPOINT": "any",
        "FALCON_REGION": "us-east-1",
        "FALCON_HISTORY": f"sqlite:///{folder}/history.sqlite3",
        # Eighty chats from one machine would be refused.
        "FALCON_MOST_OPEN": "0",
        "FALCON_MOST_OPEN_PER_PERSON": "0",
        "FALCON_MOST_QUESTIONS_PER_MINUTE": "0",
        HISTORY_VARIABLE: str(history),
        # Nothing but the page is to be fetched, and nothing told to anybody.
        "CHAINLIT_APP_ROOT": folder,
        "GRADIO_ANALYTICS_ENABLED": "False",
        "HF_HUB_OFFLINE": "1",
    }


def _keep_history(folder: str, count: int) -> str:
    """Keep a conversation where our page finds it; return the query that opens it."""
    if not count:
        return ""
    conversation = Conversation()
    for said in messages(count):
        role: Literal["user", "assistant"] = (
            "user" if said["role"] == "user" else "assistant"
        )
        message = Message(
            role,
            said["content"],
            finish_reason="eos_token" if role == "assistant" else None,
        )
        conversation = conversation.add(message, after=conversation.leaf_id)
    history = History(f"sqlite:///{folder}/history.sqlite3")
    history.save(conversation)
    history.close()
    return f"?conversation={conversation.id}"
