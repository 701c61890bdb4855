"""TGI's generate contract, through an unmodified client and with the real model."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runtime_client import KOREAN_PROMPT, PROMPT, RuntimeClient

EVENT_NAMES = ["index", "token", "generated_text", "details"]


def texts(events: list[Any]) -> str:
    return "".join(
        event["token"]["text"] for event in events if not event["token"]["special"]
    )


def test_a_whole_answer_is_a_list_with_its_text(runtime: RuntimeClient) -> None:
    answer = runtime.whole(max_new_tokens=5)

    assert list(answer) == ["generated_text"]
    assert answer["generated_text"]


def test_details_tell_every_token(runtime: RuntimeClient) -> None:
    details = runtime.whole(max_new_tokens=5, details=True)["details"]

    assert details["finish_reason"] == "length"
    assert details["generated_tokens"] == len(details["tokens"]) == 5
    assert details["prefill"] == []
    assert details["seed"] is None
    assert list(details["tokens"][0]) == ["id", "text", "logprob", "special"]
    assert details["tokens"][0]["logprob"] <= 0


def test_decoder_input_details_tell_the_prompts_tokens(runtime: RuntimeClient) -> None:
    answer = runtime.whole(max_new_tokens=1, decoder_input_details=True)

    prompt = [token["text"] for token in answer["details"]["prefill"]]
    assert "".join(prompt) == PROMPT


def test_a_stream_has_one_event_for_each_token(runtime: RuntimeClient) -> None:
    events = runtime.stream(max_new_tokens=12, details=True)

    assert [event["index"] for event in events] == list(range(1, 13))
    assert all(list(event) == EVENT_NAMES for event in events)
    assert all(event["generated_text"] is None for event in events[:-1])
    assert all(event["details"] is None for event in events[:-1])


def test_each_event_is_one_payload_part_in_tgis_bytes(runtime: RuntimeClient) -> None:
    parts = list(runtime.parts(max_new_tokens=3))

    assert len(parts) == 3
    assert all(part.startswith(b'data:{"index":') for part in parts)
    assert all(part.endswith(b"}\n\n") for part in parts)


def test_the_last_event_carries_the_text_and_the_details(
    runtime: RuntimeClient,
) -> None:
    events = runtime.stream(max_new_tokens=7, details=True, do_sample=True, seed=11)

    assert events[-1]["generated_text"] == texts(events)
    details = events[-1]["details"]
    assert details["finish_reason"] == "length"
    assert details["generated_tokens"] == 7
    assert details["seed"] == 11
    assert details["input_length"] > 0


def test_details_are_null_unless_asked_for(runtime: RuntimeClient) -> None:
    assert runtime.stream(max_new_tokens=2)[-1]["details"] is None


def test_the_models_own_end_is_a_special_token_and_no_text(
    runtime: RuntimeClient,
) -> None:
    events = runtime.stream(max_new_tokens=300, details=True)

    assert events[-1]["details"]["finish_reason"] == "eos_token"
    assert events[-1]["token"]["special"]
    assert events[-1]["token"]["text"] == "<|endoftext|>"
    assert "<|endoftext|>" not in events[-1]["generated_text"]


@pytest.mark.parametrize("parameters", [{}, {"do_sample": True, "seed": 5}])
def test_a_stream_and_a_whole_answer_agree(
    parameters: dict[str, object], runtime: RuntimeClient
) -> None:
    whole = runtime.whole(max_new_tokens=60, **parameters)

    events = runtime.stream(max_new_tokens=60, **parameters)

    assert events[-1]["generated_text"] == whole["generated_text"]


def test_a_seed_makes_an_answer_repeatable(runtime: RuntimeClient) -> None:
    hot = {"temperature": 5.0, "max_new_tokens": 40}

    answers = [runtime.whole(**hot, seed=seed) for seed in (1, 1, 2, 3)]

    assert answers[0] == answers[1]
    assert answers[0] != answers[2] != answers[3]


def test_without_a_seed_answers_differ_and_tell_theirs(runtime: RuntimeClient) -> None:
    hot = {"temperature": 5.0, "max_new_tokens": 40, "details": True}

    first, second = runtime.whole(**hot), runtime.whole(**hot)
    again = runtime.whole(**hot, seed=first["details"]["seed"])

    assert first["generated_text"] != second["generated_text"]
    assert first == again


def test_an_unfinished_character_is_an_empty_text_until_it_is_whole(
    runtime: RuntimeClient,
) -> None:
    events = runtime.stream(KOREAN_PROMPT, max_new_tokens=60, details=True)

    shown = [event["token"]["text"] for event in events]
    assert "" in shown
    assert not any("\N{REPLACEMENT CHARACTER}" in text for text in shown)
    assert events[-1]["generated_text"] == texts(events)
    assert events[-1]["details"]["generated_tokens"] == len(events)


def test_an_answer_cut_within_a_character_keeps_the_characters_before(
    runtime: RuntimeClient,
) -> None:
    whole = runtime.stream(KOREAN_PROMPT, max_new_tokens=60)
    cut = next(event["index"] for event in whole if event["token"]["text"] == "")

    events = runtime.stream(KOREAN_PROMPT, max_new_tokens=cut, details=True)

    assert len(events) == cut
    assert events[-1]["token"] == whole[cut - 1]["token"]
    assert events[-1]["generated_text"] == texts(whole[: cut - 1])
    assert events[-1]["details"]["finish_reason"] == "length"


def test_the_tokens_of_an_unfinished_character_have_their_own_ids(
    runtime: RuntimeClient,
) -> None:
    events = runtime.stream(KOREAN_PROMPT, max_new_tokens=60)

    ids = [event["token"]["id"] for event in events[:-1]]
    assert 0 not in ids


def test_a_stop_sequence_ends_the_answer_and_belongs_to_it(
    runtime: RuntimeClient,
) -> None:
    whole = runtime.stream(max_new_tokens=60)
    stop = whole[3]["token"]["text"] + whole[4]["token"]["text"]

    events = runtime.stream(max_new_tokens=60, stop=["never", stop], details=True)

    assert len(events) == 5
    assert events[-1]["generated_text"].endswith(stop)
    assert events[-1]["details"]["finish_reason"] == "stop_sequence"


def test_the_full_text_begins_with_the_prompt(runtime: RuntimeClient) -> None:
    parameters = {"max_new_tokens": 4, "return_full_text": True}

    whole = runtime.whole(**parameters)["generated_text"]
    streamed = runtime.stream(**parameters)[-1]["generated_text"]

    assert whole == streamed
    assert whole.startswith(PROMPT)
    assert len(whole) > len(PROMPT)


def test_the_best_of_two_comes_first(runtime: RuntimeClient) -> None:
    answer = runtime.whole(max_new_tokens=20, best_of=2, temperature=5.0, details=True)

    [other] = answer["details"]["best_of_sequences"]
    assert mean_logprob(answer["details"]) >= mean_logprob(other)
    assert answer["details"]["seed"] != other["seed"]


def mean_logprob(details: Any) -> float:
    known: list[float] = [
        token["logprob"] for token in details["tokens"] if token["logprob"]
    ]
    return sum(known) / len(known)


def test_top_n_tokens_tell_the_likeliest(runtime: RuntimeClient) -> None:
    event, *_ = runtime.stream(max_new_tokens=2, top_n_tokens=3)

    assert len(event["top_tokens"]) == 3
    assert event["top_tokens"][0] == event["token"]
    logprobs = [token["logprob"] for token in event["top_tokens"]]
    assert logprobs == sorted(logprobs, reverse=True)


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"top_k": 1}, id="top_k 1"),
        pytest.param({"top_p": 1e-6}, id="least top_p"),
        pytest.param({"temperature": 1e-6}, id="least temperature"),
    ],
)
def test_a_filter_that_leaves_one_token_is_greedy(
    parameters: dict[str, object], runtime: RuntimeClient
) -> None:
    greedy = runtime.whole(max_new_tokens=30)

    assert runtime.whole(max_new_tokens=30, **parameters) == greedy


def test_a_temperature_of_one_is_greedy_unless_sampling_is_asked_for(
    runtime: RuntimeClient,
) -> None:
    answer = runtime.whole(max_new_tokens=2, temperature=1.0, details=True)
    sampled = runtime.whole(
        max_new_tokens=2, temperature=1.0, do_sample=True, details=True
    )

    assert answer["details"]["seed"] is None
    assert sampled["details"]["seed"] is not None
