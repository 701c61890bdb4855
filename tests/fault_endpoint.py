"""An endpoint that fails in the way its name says: chunked HTTP over loopback.

Speaks enough of SageMaker Runtime for the real boto3 client. It counts the requests and
notices when a client leaves, which is what a GPU bill depends on.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from binascii import crc32
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from falcon.local.event_stream import (
    encode_message,
    encode_model_stream_error,
    encode_payload_part,
)
from tests.serving import running

TEXT = "팔콘 is a family of models. 👩‍👩‍👧"


def token_line(text: str, index: int = 1) -> bytes:
    token = {"id": index, "text": text, "logprob": -0.1, "special": False}
    event = {"index": index, "token": token, "generated_text": None, "details": None}
    return f"data:{json.dumps(event, ensure_ascii=False)}\n\n".encode()


def final_line(text: str, reason: str = "eos_token") -> bytes:
    token = {"id": 0, "text": "<|endoftext|>", "logprob": 0.0, "special": True}
    details = {"finish_reason": reason, "generated_tokens": 3, "seed": None}
    event = {"index": 9, "token": token, "generated_text": text, "details": details}
    return f"data:{json.dumps(event, ensure_ascii=False)}\n\n".encode()


def error_line(kind: str, message: str) -> bytes:
    return f"data:{json.dumps({'error': message, 'error_type': kind})}\n\n".encode()


PARTS = [
    encode_payload_part(token_line(" Fal")),
    encode_payload_part(token_line("con")),
]
FINAL = encode_payload_part(final_line(" Falcon"))


class Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FaultEndpoint

    def do_POST(self) -> None:
        self.server.bodies.append(
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
        )
        fault = self.path.split("/")[2]
        with contextlib.suppress(ConnectionError):
            if fault.startswith("http-"):
                self.refuse(*fault.removeprefix("http-").split("-"))
            elif self.path.endswith("/invocations"):
                self.answer_whole()
            else:
                getattr(self, fault.replace("-", "_"))()

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests' output is for the tests."""

    def refuse(self, status: str, code: str = "", original: str = "") -> None:
        body = {"message": REFUSALS.get(code, code)}
        if original:
            body["OriginalStatusCode"] = int(original)  # type: ignore[assignment]
            body["OriginalMessage"] = ORIGINALS[int(original)]
        payload = json.dumps(body).encode()
        self.send_response(int(status))
        self.send_header("Content-Type", "application/json")
        if code:
            self.send_header("x-amzn-ErrorType", code)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def answer_whole(self) -> None:
        details = {"finish_reason": "eos_token", "generated_tokens": 3, "seed": None}
        payload = json.dumps([{"generated_text": f" {TEXT}", "details": details}])
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload.encode())))
        self.end_headers()
        self.wfile.write(payload.encode())

    def open_stream(self, *, chunked: bool = True) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()

    def chunk(self, payload: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(payload), payload))

    def stream(self, *payloads: bytes) -> None:
        self.open_stream()
        for payload in payloads:
            self.chunk(payload)
        self.chunk(b"")

    def healthy(self) -> None:
        self.stream(*PARTS, FINAL)

    def one_byte_parts(self) -> None:
        body = b"".join(token_line(c) for c in f" {TEXT}") + final_line(f" {TEXT}")
        self.stream(*(encode_payload_part(bytes([byte])) for byte in body))

    def endless(self) -> None:
        self.open_stream()
        started = time.monotonic()
        try:
            while time.monotonic() < started + 10:
                self.chunk(encode_payload_part(token_line(" on")))
                time.sleep(0.01)
        except ConnectionError:
            self.server.left.set()

    def silent(self) -> None:
        """Accept the request and never answer it."""
        self.server.asked.set()
        self.connection.settimeout(10)
        if self.connection.recv(1) == b"":
            self.server.left.set()

    def stall(self) -> None:
        self.open_stream()
        self.chunk(PARTS[0])
        self.silent()

    def drip(self) -> None:
        self.endless()

    def reset(self) -> None:
        self.open_stream()
        self.chunk(PARTS[0])
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def eof_in_chunk(self) -> None:
        self.open_stream()
        self.chunk(PARTS[0])
        self.wfile.write(b"ffff\r\n" + PARTS[1])
        self.close_connection = True

    def eof_without_terminator(self) -> None:
        self.open_stream()
        self.chunk(PARTS[0])
        self.close_connection = True

    def cut_frame(self) -> None:
        self.stream(*PARTS, FINAL[:-1])

    def cut_frame_connection_closed(self) -> None:
        self.open_stream(chunked=False)
        self.wfile.write(b"".join(PARTS) + FINAL[:-1])

    def cut_at_frame_border(self) -> None:
        self.open_stream(chunked=False)
        self.wfile.write(b"".join(PARTS))

    def no_finish(self) -> None:
        self.stream(*PARTS)

    def declares_20_megabytes(self) -> None:
        self.stream(*PARTS, _prelude(20_000_000) + b"x" * 100)

    def declares_2_gigabytes(self) -> None:
        self.stream(*PARTS, _prelude(2_000_000_000) + b"x" * 100)

    def no_events(self) -> None:
        self.stream()

    def bad_checksum(self) -> None:
        self.stream(*PARTS, FINAL[:-1] + bytes([FINAL[-1] ^ 1]))

    def random_bytes(self) -> None:
        self.stream(*PARTS, b"\x07" * 512)

    def model_stream_error(self) -> None:
        error = encode_model_stream_error("broken", error_code="StreamBroken")
        self.stream(*PARTS, error)

    def internal_stream_failure(self) -> None:
        self.stream(*PARTS, _exception("InternalStreamFailure"))

    def unknown_exception(self) -> None:
        self.stream(*PARTS, _exception("Unheard"))

    def error_frame(self) -> None:
        headers = {":message-type": "error", ":error-code": "InternalError"}
        self.stream(*PARTS, encode_message(headers, b""))

    def unknown_event(self) -> None:
        headers = {":message-type": "event", ":event-type": "News"}
        self.stream(*PARTS, encode_message(headers, b"{}"), FINAL)

    def not_tgi(self) -> None:
        self.stream(encode_payload_part(b'data: {"something": "else"}\n\n'))

    def not_json(self) -> None:
        self.stream(encode_payload_part(b"data: <html>\n\n"))

    def generation_error(self) -> None:
        self.stream(encode_payload_part(error_line("generation", "CUDA error 0x7f")))

    def overloaded(self) -> None:
        self.stream(
            encode_payload_part(error_line("overloaded", "Model is overloaded"))
        )

    def invalid(self) -> None:
        self.stream(encode_payload_part(error_line("validation", "`top_p` is wrong")))

    def error_after_text(self) -> None:
        self.stream(*PARTS, encode_payload_part(error_line("generation", "CUDA")))

    def too_long_once(self) -> None:
        if len(self.server.bodies) > 1:
            self.healthy()
            return
        text = (
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= "
            "2048. Given: 4000 `inputs` tokens and 256 `max_new_tokens`"
        )
        self.stream(encode_payload_part(error_line("validation", text)))


REFUSALS = {
    "ValidationError": "Endpoint gone of account 111122223333 not found.",
    "Capacity": "Inference component has no capacity to process this request.",
    "AccessDeniedException": (
        "User: arn:aws:sts::111122223333:assumed-role/x is not authorized to perform: "
        "sagemaker:InvokeEndpointWithResponseStream on resource: y"
    ),
}
ORIGINALS = {
    422: '{"error":"`top_k` must be strictly positive","error_type":"validation"}',
    424: '{"error":"Request failed: CUDA out of memory","error_type":"generation"}',
    429: '{"error":"Model is overloaded","error_type":"overloaded"}',
    500: "Internal Server Error",
}


def _prelude(total: int) -> bytes:
    lengths = struct.pack(">II", total, 0)
    return lengths + struct.pack(">I", crc32(lengths))


def _exception(kind: str) -> bytes:
    headers = {":message-type": "exception", ":exception-type": kind}
    return encode_message(headers, b"{}")


class FaultEndpoint(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.bodies: list[bytes] = []
        """The request bodies, in order: one for each generation."""
        self.asked = threading.Event()
        self.left = threading.Event()
        """Set when a client leaves before its answer has ended."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients leave on purpose here."""


def serving() -> contextlib.AbstractContextManager[FaultEndpoint]:
    return running(FaultEndpoint())
