"""What the other pages are fed with: TGI's answer through boto3, and a history.

Runs in their environments, which have boto3 and nothing of this program.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3

HISTORY_VARIABLE = "BENCHMARK_HISTORY"
"""How many messages a page begins with."""
LAST_WORDS = "That was the last message."
_ANSWER = (
    "Falcons are **birds of prey** of the genus *Falco*. Adults have thin, tapered "
    "wings, which let them fly fast and change direction rapidly.\n\n"
    "- The peregrine dives at more than 300 km/h.\n- The kestrel hovers in the wind.\n"
    "- The hobby catches dragonflies.\n\nFledgling falcons, in their first year of "
    "flying, have longer flight feathers, which make their configuration more like "
    "that of a general-purpose bird, so that they learn more easily."
)
_CODE = (
    "\n\n```python\nfor speed in range(0, 300, 10):\n    print(speed, speed / 3.6)\n```"
)


def stream(question: str) -> Iterator[str]:
    """Yield the pieces of the answer as they come."""
    request = json.dumps({"inputs": question, "stream": True})
    response = _client().invoke_endpoint_with_response_stream(
        EndpointName="any", ContentType="application/json", Body=request
    )
    pending = b""
    for event in response["Body"]:
        *lines, pending = (pending + event["PayloadPart"]["Bytes"]).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                token = json.loads(line.removeprefix(b"data:"))["token"]
                if not token["special"]:
                    yield token["text"]


@cache
def _client() -> Any:  # boto3 makes its clients at run time.
    return boto3.client("sagemaker-runtime")


def history() -> list[dict[str, str]]:
    """The messages that a page begins with."""
    return messages(int(os.environ.get(HISTORY_VARIABLE, "0")))


def messages(count: int) -> list[dict[str, str]]:
    """Questions of about 90 characters and answers of about 420, each fifth with code;
    the last one ends with words of its own."""
    made = []
    for index in range(count):
        if index % 2 == 0:
            text = f"Question {index}: what makes a falcon so fast when it dives, and "
            made.append({"role": "user", "content": f"{text}how does it see its prey?"})
        else:
            text = f"Answer {index}. {_ANSWER}" + (_CODE if index % 10 == 9 else "")
            made.append({"role": "assistant", "content": text})
    if made:
        made[-1]["content"] += f"\n\n{LAST_WORDS}"
    return made
