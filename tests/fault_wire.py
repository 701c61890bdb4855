"""One connection to an endpoint that fails: what it sends, and in which framing.

Speaks enough of SageMaker Runtime for the real boto3 client.
"""

from __future__ import annotations

import json
import re
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

from falcon.local.event_stream import encode_payload_part

if TYPE_CHECKING:
    from tests.fault_endpoint import FaultEndpoint

REFUSAL = re.compile(
    r"http-(?P<status>\d+)(?:-(?P<code>[A-Z][A-Za-z]+))?(?:-(?P<original>\d+))?"
    r"(?:-after-(?P<pause>\d+)(?P<unit>s|ms))?"
)
"""http-429-ThrottlingException-after-2s: the status, the code, when to come back."""

MESSAGES = {
    "ValidationError": "Endpoint gone of account 111122223333 not found.",
    "Capacity": "Inference component has no capacity to process this request.",
    "AccessDeniedException": (
        "User: arn:aws:sts::111122223333:assumed-role/x is not authorized to perform: "
        "sagemaker:InvokeEndpointWithResponseStream on resource: y"
    ),
}
ORIGINALS = {
    400: '{"object":"error","message":"top_k must be -1 or more","code":400}',
    422: '{"error":"`top_k` must be strictly positive","error_type":"validation"}',
    424: '{"error":"Request failed: CUDA out of memory","error_type":"generation"}',
    429: '{"error":"Model is overloaded","error_type":"overloaded"}',
    500: "Internal Server Error in /opt/ml/model",
    503: "Service Unavailable at 10.0.0.7",
}
"""What the container behind the endpoint said, by its own status."""


class WireConnection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: FaultEndpoint
    body = b""
    is_early = False
    """Whether the fault comes before any text."""

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests' output is for the tests."""

    @property
    def is_whole(self) -> bool:
        return self.path.endswith("/invocations")

    @property
    def begun(self) -> list[bytes]:
        """The first parts of a stream, " Falcon", unless the fault comes before."""
        return [] if self.is_early else [self.part(" Fal"), self.part("con")]

    @property
    def final(self) -> bytes:
        return encode_payload_part(self.server.lines.final(" Falcon"))

    def part(self, text: str) -> bytes:
        return encode_payload_part(self.server.lines.token(text))

    def reply(self, status: int, payload: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def refuse(
        self,
        status: str,
        code: str | None,
        original: str | None,
        pause: str | None = None,
        unit: str | None = None,
        words: str | None = None,
    ) -> None:
        body: dict[str, str | int] = {"message": MESSAGES.get(code or "", code or "")}
        if original:
            body["OriginalStatusCode"] = int(original)
            body["OriginalMessage"] = words or ORIGINALS[int(original)]
        headers = {"x_amzn_ErrorType": code} if code else {}
        if pause:
            headers["Retry_After" if unit == "s" else "x_amz_retry_after"] = pause
        self.reply(int(status), json.dumps(body).encode(), **headers)

    def tell(self, payload: bytes) -> None:
        """Answer with this text of the container, whole or as a stream of one part."""
        if self.is_whole:
            self.server.began()
            self.reply(200, payload.removeprefix(b"data:").strip())
        else:
            self.stream(encode_payload_part(payload))

    def open_stream(self, *, chunked: bool = True) -> None:
        self.server.began()
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
