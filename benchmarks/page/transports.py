"""One chat as a page's own script talks to its server, without drawing anything.

Each transport connects, says when it is ready to ask, asks, and yields what comes.
"""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.page.pages import Transport

Ready = Callable[[], Awaitable[None]]
"""Called when a chat could ask; returns when it is to ask."""
Chat = Callable[[str, str, Ready], AsyncIterator[bytes]]


async def streamlit(host: str, question: str, ready: Ready) -> AsyncIterator[bytes]:
    async with connect(
        f"ws://{host}/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]  # a NewType of str
        origin=f"http://{host}",  # type: ignore[arg-type]  # as above
        compression=None,
        max_size=None,
        ping_interval=None,
    ) as socket:
        await socket.send(_rerun("", ""))
        box = await _question_box(socket)
        await ready()
        await socket.send(_rerun(box, question))
        async for frame in socket:
            assert isinstance(frame, bytes)
            yield frame


def _rerun(box: str, question: str) -> bytes:
    message = BackMsg()
    message.rerun_script.query_string = ""
    if box:
        state = message.rerun_script.widget_states.widgets.add()
        state.id = box
        state.chat_input_value.data = question
    request: bytes = message.SerializeToString()
    return request


async def _question_box(socket: ClientConnection) -> str:
    """Return the id of the question box, once a whole page has been drawn."""
    box = ""
    async for frame in socket:
        assert isinstance(frame, bytes)
        message = ForwardMsg.FromString(frame)
        if message.WhichOneof("type") == "delta":
            element = message.delta.new_element
            if element.WhichOneof("type") == "chat_input":
                box = element.chat_input.id
        if box and message.WhichOneof("type") == "script_finished":
            break
    return box


async def chainlit(host: str, question: str, ready: Ready) -> AsyncIterator[bytes]:
    """Socket.io over a websocket: 40 connects, 42 is an event, 2 is a ping."""
    url = f"ws://{host}/ws/socket.io/?EIO=4&transport=websocket"
    async with connect(url, origin=f"http://{host}", max_size=None) as socket:  # type: ignore[arg-type]  # a NewType of str
        await socket.recv()
        session = {"sessionId": str(uuid4()), "clientType": "webapp", "userEnv": "{}"}
        await socket.send(f"40{json.dumps(session)}")
        while not str(await socket.recv()).startswith("40"):
            pass
        await socket.send('42["connection_successful"]')
        await ready()
        step = {
            "id": str(uuid4()),
            "name": "User",
            "type": "user_message",
            "output": question,
            "createdAt": datetime.now(UTC).isoformat(),
        }
        event = ["client_message", {"message": step, "fileReferences": []}]
        await socket.send(f"42{json.dumps(event)}")
        async for frame in socket:
            if frame == "2":
                await socket.send("3")
            elif isinstance(frame, str) and "stream_" in frame[:20]:
                yield frame.encode()


async def gradio(host: str, question: str, ready: Ready) -> AsyncIterator[bytes]:
    """A place in the queue, and server-sent events of what became of it."""
    function = await asyncio.to_thread(_gradio_function, host)
    session = uuid4().hex
    await ready()
    said = {"data": [question, None], "fn_index": function, "session_hash": session}
    body = json.dumps(said).encode()
    head = (
        f"POST /gradio_api/queue/join HTTP/1.1\r\nHost: {host}\r\n"
        "Content-Type: application/json\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    async for _ in _lines(host, head.encode() + body):
        pass
    head = f"GET /gradio_api/queue/data?session_hash={session} HTTP/1.1\r\n"
    head += f"Host: {host}\r\nConnection: close\r\n\r\n"
    async for line in _lines(host, head.encode()):
        if line.startswith(b"data:"):
            yield line


def _gradio_function(host: str) -> int:
    with urllib.request.urlopen(f"http://{host}/config") as response:
        functions = json.load(response)["dependencies"]
    found = [each["id"] for each in functions if each["api_name"] == "answer"]
    number: int = found[0]
    return number


async def _lines(host: str, request: bytes) -> AsyncIterator[bytes]:
    name, _, port = host.partition(":")
    reader, writer = await asyncio.open_connection(name, int(port), limit=2**24)
    try:
        writer.write(request)
        async for line in reader:
            yield line
    finally:
        writer.close()


TRANSPORTS: dict[Transport, Chat] = {
    "streamlit": streamlit,
    "gradio": gradio,
    "chainlit": chainlit,
}
