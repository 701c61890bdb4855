"""An endpoint that answers at the speed of a big model, so that a browser can watch.

An endpoint's name says how it answers, as in tests/fault_endpoint.py. "slow" goes on
until the test has seen enough, however busy the machine is.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterable, Iterator

from falcon.local.event_stream import encode_payload_part
from tests.fault_endpoint import (
    Connection,
    FaultEndpoint,
    final_line,
    token_line,
)
from tests.serving import running

SECONDS_BETWEEN_TOKENS = 0.03
MOST_WORDS = 10_000
DESCRIPTIONS = {
    "DescribeEndpoint": {
        "EndpointStatus": "InService",
        "EndpointConfigName": "any",
        "CreationTime": 1_790_000_000,
    },
    "DescribeEndpointConfig": {
        "ProductionVariants": [{"VariantName": "any", "ModelName": "any"}]
    },
    "DescribeModel": {
        "PrimaryContainer": {"Image": "huggingface-pytorch-tgi-inference:2.4-tgi2.4.0"}
    },
}
CODE = (
    "Steps first:\n\n1. Write it.\n2. Run it.\n\n```python\ndef fly(metres):\n\n"
    "    for metre in range(metres):\n\n        yield metre\n```\n\nThat is all."
)


class SlowConnection(Connection):
    server: SlowEndpoint

    def do_POST(self) -> None:  # noqa: N802  # http.server's name
        if self.path == "/":
            self.describe()
        elif not self.path.startswith("/endpoints/"):
            # CloudWatch, which has nothing to say here.
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_error(403)
        else:
            super().do_POST()

    def describe(self) -> None:
        """The control plane: every name is in service and runs TGI."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        payload = json.dumps(DESCRIPTIONS[operation]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def slow(self) -> None:
        """Count words until the test sets `finish`."""
        self.say(self.words())

    def words(self) -> Iterator[str]:
        for number in range(MOST_WORDS):
            if self.server.finish.is_set():
                return
            yield f" word{number}"

    def code(self) -> None:
        self.say(CODE.splitlines(keepends=True))

    def essay(self) -> None:
        """Several long paragraphs with a list between them."""
        words = "A falcon is a bird of prey that flies fast. " * 11
        items = "1. Look.\n2. Fold the wings.\n3. Fall.\n\n"
        text = f"{words}\n\n{items}{words}\n\n{words}\n\n{words}"
        self.say([text[at : at + 40] for at in range(0, len(text), 40)])

    def unknown(self) -> None:
        """What the small model says when it does not know."""
        self.say(
            [
                "I am a small Falcon network made for trying this application, ",
                "and I do not know this. ",
                "Ask a bigger Falcon.",
            ]
        )

    def image(self) -> None:
        """An answer that tries to make the browser fetch something."""
        self.say(["Look: ", f"![bird]({self.server.url}/bird.png)", " A bird."])

    def turns(self) -> None:
        """Say how many questions the prompt holds, and the first of them."""
        prompt = json.loads(self.server.bodies[-1])["inputs"]
        questions = prompt.split("User:")[1:]
        first = questions[0].split("\n")[0].strip()
        self.say([f"{len(questions)} questions, the first was {first}"])

    def say(self, pieces: Iterable[str]) -> None:
        self.open_stream()
        text = ""
        try:
            for piece in pieces:
                text += piece
                self.chunk(encode_payload_part(token_line(piece)))
                time.sleep(SECONDS_BETWEEN_TOKENS)
            self.chunk(encode_payload_part(final_line(text)))
            self.chunk(b"")
        except ConnectionError:
            self.server.left.set()

    def do_GET(self) -> None:  # noqa: N802
        self.server.bodies.append(self.path.encode())
        self.send_error(404)


class SlowEndpoint(FaultEndpoint):
    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = SlowConnection
        self.finish = threading.Event()

    @property
    def environ(self) -> dict[str, str]:
        """What points the page's boto3 here, with credentials that open nothing."""
        return {
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_ENDPOINT_URL": self.url,
        }


def serving_slowly() -> contextlib.AbstractContextManager[SlowEndpoint]:
    return running(SlowEndpoint())
