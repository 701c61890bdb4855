"""The ways in which an answer fails after HTTP 200, one method each."""

from __future__ import annotations

import json
import socket
import struct
import time
from binascii import crc32

from falcon.local.event_stream import (
    encode_message,
    encode_model_stream_error,
    encode_payload_part,
)
from tests.fault_wire import WireConnection
from tests.stream_lines import TEXT, error_line

SIZES = (1, 3, 7, 64, 0)
"""Bytes of a part; 0: all in one."""
LONGEST = 10.0
"""Seconds after which a fault that would last for ever gives up."""
GIANT_TOKEN = " on and on, as a model does that finds no end now "
GIANT_TOKENS = 1_000_000
TOO_LONG = (
    "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 2048. "
    "Given: 4000 `inputs` tokens and 256 `max_new_tokens`"
)


class FaultModes(WireConnection):
    def healthy(self) -> None:
        if self.is_whole:
            self.tell(self.whole())
        else:
            self.stream(*self.begun, self.final)

    def parts(self) -> None:
        """A whole text, for each question in parts of another of the SIZES."""
        lines = self.server.lines
        body = b"".join(lines.token(c) for c in f" {TEXT}") + lines.final(f" {TEXT}")
        body = self.whole() if self.is_whole else body
        size = SIZES[len(self.server.bodies) - 1] or len(body)
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        self.stream(*(pieces if self.is_whole else map(encode_payload_part, pieces)))

    def whole(self) -> bytes:
        prompt = ""
        if self.server.container == "text_length":
            prompt = json.loads(self.body)["text"]
        return self.server.lines.whole(f"{prompt} {TEXT}")

    def recorded_chunked(self) -> None:
        """What the test has put into `recorded`, as a proper HTTP answer."""
        self.stream(*filter(None, [self.server.recorded]))

    def recorded_whole(self) -> None:
        """The same as the beginning of a whole answer that announced more."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.whole())))
        self.end_headers()
        self.wfile.write(self.server.recorded)
        self.close_connection = True

    def recorded_closed(self) -> None:
        """The same in an HTTP answer that ends when the connection does."""
        self.open_stream(chunked=False)
        self.wfile.write(self.server.recorded)

    def endless(self) -> None:
        self.open_stream()
        self.drip_for(LONGEST)

    def drip(self) -> None:
        if self.is_whole:
            self.open_stream()
            self.drip_bytes(b" " * 1000)
        else:
            self.endless()

    def drip_inside(self) -> None:
        """One chunk and one event, of which a byte arrives now and then."""
        self.open_stream()
        self.chunk(self.begun[0])
        part = self.part("x" * 1000)
        self.wfile.write(b"%x\r\n" % len(part))
        self.drip_bytes(part)

    def tires(self) -> None:
        """Some tokens, then silence."""
        self.open_stream()
        self.drip_for(0.3)
        self.silent()

    def drip_for(self, seconds: float) -> None:
        ends_at = time.monotonic() + seconds
        token = self.part(" on")
        while time.monotonic() < ends_at:
            self.chunk(token)
            time.sleep(0.01)

    def drip_bytes(self, payload: bytes) -> None:
        write = self.chunk if self.is_whole else self.wfile.write
        for byte in payload:
            write(bytes([byte]))
            time.sleep(0.01)

    def giant(self) -> None:
        """50 MB in a million tokens."""
        self.open_stream()
        tokens = 100
        part = encode_payload_part(self.server.lines.token(GIANT_TOKEN) * tokens)
        for _ in range(GIANT_TOKENS // tokens):
            self.chunk(part)
        self.chunk(b"")

    def endless_line(self) -> None:
        self.open_stream()
        self.chunk(encode_payload_part(b'data:{"token":{"text":"'))
        part = encode_payload_part(b"x" * 65_536)
        for _ in range(50_000_000 // 65_536):
            self.chunk(part)

    def silent(self) -> None:
        """Accept the request and never answer it."""
        self.server.asked.set()
        self.connection.settimeout(LONGEST)
        if self.connection.recv(1) == b"":
            raise ConnectionError

    def stall(self) -> None:
        self.open_stream()
        self.chunk(self.begun[0])
        self.silent()

    def stall_closed(self) -> None:
        """The same in an HTTP answer that ends when the connection does."""
        self.open_stream(chunked=False)
        self.wfile.write(self.begun[0])
        self.silent()

    def lingers(self) -> None:
        """A whole answer in an HTTP answer that does not end."""
        self.open_stream()
        for part in (*self.begun, self.final):
            self.chunk(part)
        self.silent()

    def murmurs(self) -> None:
        """A whole answer, then comments for ever."""
        self.open_stream()
        for part in (*self.begun, self.final):
            self.chunk(part)
        for _ in range(1000):
            self.chunk(encode_payload_part(b":\n\n"))
            time.sleep(0.01)

    def reset(self) -> None:
        self.open_stream()
        self.chunk(self.begun[0])
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def eof_in_chunk(self) -> None:
        self.open_stream()
        self.chunk(self.begun[0])
        self.wfile.write(b"ffff\r\n" + self.begun[1])
        self.close_connection = True

    def eof_without_terminator(self) -> None:
        self.open_stream()
        self.chunk(self.begun[0])
        self.close_connection = True

    def cut_frame(self) -> None:
        self.stream(*self.begun, self.final[:-1])

    def no_finish(self) -> None:
        self.stream(*self.begun)

    def no_events(self) -> None:
        self.stream()

    def declares_20_megabytes(self) -> None:
        self.stream(*self.begun, _prelude(20_000_000) + b"x" * 100)

    def declares_2_gigabytes(self) -> None:
        self.stream(*self.begun, _prelude(2_000_000_000) + b"x" * 100)

    def bad_checksum(self) -> None:
        self.stream(*self.begun, self.final[:-1] + bytes([self.final[-1] ^ 1]))

    def random_bytes(self) -> None:
        self.stream(*self.begun, b"\x07" * 512)

    def stream_broken(self) -> None:
        self.stream(
            *self.begun, encode_model_stream_error("broken", error_code="StreamBroken")
        )

    def time_exceeded(self) -> None:
        error = encode_model_stream_error(
            "too slow", error_code="ModelInvocationTimeExceeded"
        )
        self.stream(*self.begun, error)

    def internal_stream_failure(self) -> None:
        self.stream(*self.begun, _exception("InternalStreamFailure"))

    def unknown_exception(self) -> None:
        self.stream(*self.begun, _exception("Unheard"))

    def error_frame(self) -> None:
        headers = {":message-type": "error", ":error-code": "InternalError"}
        self.stream(*self.begun, encode_message(headers, b""))

    def unknown_event(self) -> None:
        headers = {":message-type": "event", ":event-type": "News"}
        self.stream(*self.begun, encode_message(headers, b"{}"), self.final)

    def foreign(self) -> None:
        self.tell(b'data: {"something": "else"}\n\n')

    def not_json(self) -> None:
        self.tell(b"data: <html>\n\n")

    def error_object(self) -> None:
        self.tell(self.server.lines.error)

    def finish_error(self) -> None:
        self.tell(self.server.lines.failure)

    def error_after_text(self) -> None:
        self.stream(*self.begun, encode_payload_part(self.server.lines.error))

    def failure_after_text(self) -> None:
        self.stream(*self.begun, encode_payload_part(self.server.lines.failure))

    def overloaded(self) -> None:
        self.tell(error_line("overloaded", "Model is overloaded"))

    def overloaded_after_text(self) -> None:
        line = error_line("overloaded", "Model is overloaded")
        self.stream(*self.begun, encode_payload_part(line))

    def invalid(self) -> None:
        self.tell(error_line("validation", "`top_p` is wrong"))

    def too_long(self) -> None:
        """TGI's refusal of a prompt, which it puts into a stream."""
        self.tell(error_line("validation", TOO_LONG))

    def too_long_refused(self) -> None:
        """The same as it is refused without a stream."""
        words = json.dumps({"error": TOO_LONG, "error_type": "validation"})
        self.refuse("424", "ModelError", "422", words=words)


def _prelude(total: int) -> bytes:
    lengths = struct.pack(">II", total, 0)
    return lengths + struct.pack(">I", crc32(lengths))


def _exception(kind: str) -> bytes:
    headers = {":message-type": "exception", ":exception-type": kind}
    return encode_message(headers, b"{}")
