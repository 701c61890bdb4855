"""A request as Python with boto3, which prints the answer's text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from falcon.containers import ContainerName
from falcon.endpoint import Endpoint
from falcon.show_code.literals import python_literal, python_text

# How each container's answers are read: whole ones, and one event of a stream.
_WHOLE: Mapping[ContainerName, str] = MappingProxyType(
    {
        "tgi": 'print(answer[0]["generated_text"])',
        "lmi": (
            "if isinstance(answer, list):\n"
            "    answer = answer[0]\n"
            'print(answer["generated_text"])'
        ),
        "openai_chat": 'print(answer["choices"][0]["message"]["content"])',
        "text_length": 'print(answer["outputs"][0]["generated_text"])',
    }
)
_TOKEN = """\
token = event["token"]
if not token.get("special"):
    print(token["text"], end="", flush=True)
"""
_EVENT: Mapping[ContainerName, str] = MappingProxyType(
    {
        "tgi": _TOKEN,
        "lmi": _TOKEN,
        "openai_chat": """\
for choice in event["choices"]:
    print(choice["delta"].get("content") or "", end="", flush=True)
""",
    }
)

_SETUP = """\
import json

import boto3
{imports}from botocore.config import Config

client = boto3.client(
    "sagemaker-runtime",
    region_name={region},
{place}    # One attempt: botocore repeats a read timeout, and each repeat is paid for.
    config=Config({signs}read_timeout=70, retries={{"total_max_attempts": 1}}),
)
payload = {payload}
"""
_CALL = """\
response = client.{operation}(
    EndpointName={name},
    ContentType="application/json",
    Body=json.dumps(payload, ensure_ascii=False).encode(),
)
"""
_READ_STREAM = '''

def lines(body):
    """Yield each line of the stream, which is split anywhere."""
    rest = b""
    for part in body:
        *complete, rest = (rest + part["PayloadPart"]["Bytes"]).split(b"\\n")
        yield from complete
    yield rest


for line in lines(response["Body"]):
    line = line.strip().removeprefix(b"data:").strip()
    if line.startswith(b"{"):
        event = json.loads(line)
'''


def whole_code(endpoint: Endpoint, container: ContainerName, payload: bytes) -> str:
    """Return the code that asks for a whole answer."""
    return (
        _setup(endpoint, payload)
        + _call(endpoint, "invoke_endpoint")
        + 'answer = json.loads(response["Body"].read())\n'
        + f"{_WHOLE[container]}\n"
    )


def stream_code(endpoint: Endpoint, container: ContainerName, payload: bytes) -> str:
    """Return the code that asks for a stream and prints each token as it comes."""
    event = "".join(f"        {line}\n" for line in _EVENT[container].splitlines())
    return (
        _setup(endpoint, payload)
        + _call(endpoint, "invoke_endpoint_with_response_stream")
        + _READ_STREAM
        + event
    )


def _setup(endpoint: Endpoint, payload: bytes) -> str:
    url = endpoint.url
    return _SETUP.format(
        imports="from botocore import UNSIGNED\n" if url else "",
        region=python_text(endpoint.region),
        place=f"    endpoint_url={python_text(url)},\n" if url else "",
        signs="signature_version=UNSIGNED, " if url else "",
        payload=python_literal(json.loads(payload)),
    )


def _call(endpoint: Endpoint, operation: str) -> str:
    return _CALL.format(operation=operation, name=python_text(endpoint.name))
