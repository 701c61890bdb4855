"""A program that talks to the page as a browser does, and need not behave like one.

It knows Streamlit's wire: protocol buffers over a websocket, one session for each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

SECONDS = 30.0


class RawSession:
    """One session. `received` is every message of the server to it, in order."""

    def __init__(
        self, port: int, *, owner: str | None = None, session: str = ""
    ) -> None:
        """`owner` is what a browser would say its id is; None: it says nothing.

        `session`: the id of the session to take up again.
        """
        self.owner = owner
        self.session_id = ""
        self.received: list[bytes] = []
        self.address: dict[str, str] = {}
        self._widgets: dict[str, WidgetState] = {}
        self._ids: dict[str, str] = {}
        protocols = ["streamlit", "none", session][: 3 if session else 1]
        self._closing = ExitStack()
        self._socket: ClientConnection = self._closing.enter_context(
            connect(
                f"ws://127.0.0.1:{port}/_stcore/stream",
                origin=Origin(f"http://127.0.0.1:{port}"),
                subprotocols=[Subprotocol(name) for name in protocols],
                max_size=None,
                max_queue=None,
                close_timeout=1,
            )
        )

    def __enter__(self) -> RawSession:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._closing.close()

    def was_told(self, text: str) -> bool:
        return any(text.encode() in content for content in self.received)

    def open(self, **address: str) -> RawSession:
        """Load the page; `address` is its query."""
        self.address = address
        self.run()
        if self.owner is not None:
            owner = {"owner": {"id": self.owner, "is_kept": True}}
            self.set("bidi_component", json_value=json.dumps(owner))
            self.run()
        return self

    def ask(self, question: str) -> None:
        """Send a question from the box and return at once."""
        state = WidgetState(id=self._ids["chat_input"])
        state.chat_input_value.data = question
        self.send(state)

    def set(self, element: str, **value: Any) -> None:
        self._widgets[element] = WidgetState(id=self._ids[element], **value)

    def click(self, label: str) -> None:
        self.send(WidgetState(id=self._ids[f"button {label}"], trigger_value=True))

    def run(self) -> None:
        self.send()
        self.wait()

    def send(self, *once: WidgetState) -> None:
        message = BackMsg()
        message.rerun_script.query_string = urlencode(self.address)
        for state in (*self._widgets.values(), *once):
            message.rerun_script.widget_states.widgets.append(state)
        self.send_bytes(message.SerializeToString())

    def send_bytes(self, content: bytes) -> None:
        self._socket.send(content)

    def wait(self) -> None:
        """Read until the page's run has ended."""
        for message in self._read():
            if message.WhichOneof("type") == "script_finished":
                return

    def wait_for(self, text: str) -> None:
        """Read until the server says this."""
        for _ in self._read():
            if text.encode() in self.received[-1]:
                return

    def is_closed_within(self, seconds: float) -> bool:
        try:
            while True:
                self._socket.recv(timeout=seconds)
        except ConnectionClosed:
            return True
        except TimeoutError:
            return False

    def _read(self) -> Iterator[ForwardMsg]:
        while True:
            content = self._socket.recv(timeout=SECONDS, decode=False)
            self.received.append(content)
            message = ForwardMsg.FromString(content)
            self._learn(message)
            yield message

    def _learn(self, message: ForwardMsg) -> None:
        match message.WhichOneof("type"):
            case "new_session":
                self.session_id = message.new_session.initialize.session_id
            case "page_info_changed":
                pairs = message.page_info_changed.query_string.split("&")
                self.address = dict(pair.split("=", 1) for pair in pairs if pair)
            case "delta":
                block = message.delta.add_block
                if block.WhichOneof("type") == "tab_container":
                    self._ids["tabs"] = block.id
                element = message.delta.new_element
                kind = element.WhichOneof("type")
                if kind == "button":
                    self._ids[f"button {element.button.label}"] = element.button.id
                elif kind == "bidi_component":
                    if "owner" in element.bidi_component.component_name:
                        self._ids[kind] = element.bidi_component.id
                elif kind == "slider":
                    self._ids[f"slider {element.slider.label}"] = element.slider.id
                elif kind == "chat_input":
                    self._ids[kind] = element.chat_input.id


@contextmanager
def sessions(port: int, owners: Iterable[str | None]) -> Iterator[list[RawSession]]:
    """A session of each owner, with the page loaded."""
    with ExitStack() as all_:
        opened = [RawSession(port, owner=owner) for owner in owners]
        yield [all_.enter_context(session).open() for session in opened]
