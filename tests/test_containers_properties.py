from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from falcon.containers import CONTAINER_NAMES, ContainerName, find_container
from falcon.containers.text_length import strip_prompt
from falcon.errors import FalconError
from tests.container_requests import fitted
from tests.stream_fixtures import replay
from tests.stream_lines import LINES

STREAMING = [name for name in CONTAINER_NAMES if find_container(name).STREAMS]

# The same cases in every run, however slow the machine.
same_cases = settings(derandomize=True, deadline=None, database=None, max_examples=100)
every_stream = pytest.mark.parametrize("name", STREAMING)
every_container = pytest.mark.parametrize("name", CONTAINER_NAMES)

cuts = st.lists(st.integers(0, 2000), max_size=8)
rewrites = st.sampled_from(
    [
        lambda sent: sent,
        lambda sent: sent.replace(b"\n", b"\r\n"),
        lambda sent: re.sub(rb"(?m)^data: ?", b"data: ", sent),
        lambda sent: sent.rstrip(b"\n"),
        lambda sent: b"\xef\xbb\xbf" + sent,
        lambda sent: b": comment\n\n" + sent.replace(b"\n\n", b"\n\n:\n\nevent: x\n"),
    ]
)

fragments = st.sampled_from(
    [
        *(b"data:", b"data: ", b"event: x", b"\n", b"\n\n", b"\r\n", b"\r", b":", b" "),
        *(
            b"[DONE]",
            b"\xef\xbb\xbf",
            b"\xed\xa0\x80",
            b"{",
            b"}",
            b"[",
            b'"',
            b"\\ud83d",
        ),
        *(line for name in STREAMING for line in [LINES[name].token("팔 🦅")]),
        *(line for name in STREAMING for line in [LINES[name].final(" data: x\n\n")]),
        *(LINES[name].error for name in CONTAINER_NAMES),
        *(LINES[name].failure for name in CONTAINER_NAMES),
        b'{"outputs": [" a"]}\n',
    ]
)
noise = st.lists(fragments | st.binary(max_size=6), max_size=12).map(b"".join)

KEYS = (
    "token text id special generated_text details finish_reason generated_tokens "
    "input_length seed outputs choices delta content message usage completion_tokens "
    "prompt_tokens stop_reason error error_type type code object n_ctx"
)
keys = st.sampled_from(KEYS.split())
leaves: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["stop", "error", "length", "validation", "\ud83d", 400, 429, -1])
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner)
)


def split(sent: bytes, at: list[int]) -> list[bytes]:
    borders = [0, *sorted(min(cut, len(sent)) for cut in at), len(sent)]
    return [sent[start:end] for start, end in pairwise(borders)]


@every_stream
@given(texts=st.lists(st.text(), max_size=8), rewrite=rewrites, at=cuts)
@same_cases
def test_any_texts_sent_in_any_pieces_arrive_as_they_are(
    name: ContainerName, texts: list[str], rewrite: Any, at: list[int]
) -> None:
    lines, answer = LINES[name], "".join(texts)
    sent = rewrite(b"".join(map(lines.token, texts)) + lines.final(answer))

    outcome = replay(find_container(name).stream_decoder(), split(sent, at))

    assert outcome.text == answer
    assert outcome.end == "eos_token"


@every_stream
@given(sent=noise, at=cuts)
@same_cases
def test_any_bytes_become_events_or_a_typed_error_however_they_are_split(
    name: ContainerName, sent: bytes, at: list[int]
) -> None:
    container = find_container(name)

    whole = replay(container.stream_decoder(), [sent])

    assert replay(container.stream_decoder(), split(sent, at)) == whole


@every_container
@given(value=values, status=st.integers(400, 599))
@same_cases
def test_any_json_becomes_an_answer_or_a_typed_error(
    name: ContainerName, value: object, status: int
) -> None:
    container = find_container(name)
    body = json.dumps(value)

    assert str(container.translate_refusal(status, body)).encode()
    if container.STREAMS:
        replay(container.stream_decoder(), [body.encode(), b"\n"])
    try:
        finish = container.decode_answer(body.encode(), prompt=fitted())
    except FalconError:
        return
    assert isinstance(finish.generated_text, str)
    finish.generated_text.encode()


@every_container
@given(text=st.text())
@same_cases
def test_any_text_of_a_whole_answer_arrives_as_it_is(
    name: ContainerName, text: str
) -> None:
    body = LINES[name].whole(text)

    finish = find_container(name).decode_answer(body, prompt=fitted(""))

    assert finish.generated_text == text


@given(prompt=st.text(), answer=st.text())
@same_cases
def test_any_prompt_is_taken_off_its_answer(prompt: str, answer: str) -> None:
    assert strip_prompt(prompt + answer, prompt) == answer
