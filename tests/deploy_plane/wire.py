"""The protocols of AWS's services, from bytes to a call and from an answer to bytes."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.parsers import RpcV2CBORParser

Reply = tuple[int, str, bytes]
"""Status, content type, body."""
_S3 = {
    "PUT": "PutObject",
    "HEAD": "HeadObject",
    "GET": "GetObject",
    "DELETE": "DeleteObject",
}


class AwsError(Exception):
    """What AWS answers instead of doing what it was asked."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass
class Call:
    operation: str
    arguments: dict[str, Any]
    encode: Callable[[dict[str, Any] | AwsError], Reply]
    """Makes an answer, or a refusal, into what goes over the wire."""
    number: int = 0
    """Which call of the account it is, counted from 1."""


def decode(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Call:
    """Return what was asked, whatever protocol the service speaks."""
    if "X-Amz-Target" in headers:
        operation = headers["X-Amz-Target"].partition(".")[2]
        return Call(operation, json.loads(body or b"{}"), _encode_json)
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        stream = io.BufferedReader(io.BytesIO(body))
        asked = RpcV2CBORParser().parse_data_item(stream)
        return Call(path.rpartition("/")[2], asked, _encode_cbor)
    if "x-www-form-urlencoded" in headers.get("Content-Type", ""):
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        operation = form.pop("Action")
        return Call(operation, form, lambda answer: _encode_query(operation, answer))
    bucket, _, key = unquote(urlsplit(path).path).lstrip("/").partition("/")
    asked = {"Bucket": bucket, "Key": key, "Body": body}
    operation = _S3[method] if key else "HeadBucket"
    return Call(operation, asked, _encode_s3)


def _encode_json(answer: dict[str, Any] | AwsError) -> Reply:
    status, fields = 200, answer
    if isinstance(answer, AwsError):
        status, fields = answer.status, {"__type": answer.code, "message": str(answer)}
    body = json.dumps(fields, default=datetime.timestamp).encode()
    return status, "application/x-amz-json-1.1", body


def _encode_cbor(answer: dict[str, Any] | AwsError) -> Reply:
    status, fields = 200, answer
    if isinstance(answer, AwsError):
        status, fields = answer.status, {"__type": answer.code, "message": str(answer)}
    return status, "application/cbor", _cbor(fields)


def _encode_query(operation: str, answer: dict[str, Any] | AwsError) -> Reply:
    if isinstance(answer, AwsError):
        error = _xml({"Code": answer.code, "Message": str(answer)})
        text = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
        return answer.status, "text/xml", text.encode()
    result = f"<{operation}Result>{_xml(answer)}</{operation}Result>"
    text = f"<{operation}Response>{result}</{operation}Response>"
    return 200, "text/xml", text.encode()


def _encode_s3(answer: dict[str, Any] | AwsError) -> Reply:
    if isinstance(answer, AwsError):
        error = _xml({"Code": answer.code, "Message": str(answer)})
        return answer.status, "application/xml", f"<Error>{error}</Error>".encode()
    return 200, "application/xml", answer.get("Body", b"")


def _xml(value: object) -> str:
    match value:
        case dict():
            return "".join(
                f"<{key}>{_xml(part)}</{key}>" for key, part in value.items()
            )
        case list():
            return "".join(f"<member>{_xml(part)}</member>" for part in value)
        case datetime():
            return value.isoformat()
        case bool():
            return str(value).lower()
    return escape(str(value))


def _cbor(value: object) -> bytes:
    """Return the few kinds of values that an answer here is made of, in CBOR."""
    match value:
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case datetime():
            return b"\xc1" + _cbor(value.timestamp())
        case str():
            return b"\x79" + struct.pack(">H", len(value.encode())) + value.encode()
        case list():
            return b"\x99" + struct.pack(">H", len(value)) + b"".join(map(_cbor, value))
        case dict():
            parts = (_cbor(part) for item in value.items() for part in item)
            return b"\xb9" + struct.pack(">H", len(value)) + b"".join(parts)
    raise TypeError(value)
