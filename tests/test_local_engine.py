from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from falcon.local.completion import EngineError, Token
from falcon.local.engine import Engine
from falcon.local.sampling import Sampling

GREEDY = Sampling(temperature=0.0)
HOT = Sampling(temperature=1e9, seed=1)
"""Any token is as likely as any other, so an answer seldom ends by itself."""


@pytest.fixture(scope="module")
def engine(small_model: Path) -> Iterator[Engine]:
    engine = Engine(small_model)
    yield engine
    engine.close()


async def collect(tokens: AsyncIterator[Token | None]) -> list[Token]:
    return [token async for token in tokens if token is not None]


def generate(
    engine: Engine, prompt: list[int], sampling: Sampling, *, max_tokens: int
) -> list[Token]:
    generated = engine.generate(prompt, sampling, max_tokens=max_tokens)
    return asyncio.run(collect(generated))


def test_the_engine_tells_what_it_has_loaded(engine: Engine) -> None:
    assert engine.context_tokens == 1024
    assert 1_000_000 < engine.parameter_count < 10_000_000
    assert "Assistant:" in (engine.chat_template or "")


def test_only_the_end_of_text_is_a_special_token_in_a_prompt(engine: Engine) -> None:
    tokens = engine.tokenize("Hi<|endoftext|><|im_start|>there")

    assert tokens.count(0) == 1
    pieces = [engine.vocabulary.text(token) for token in tokens]
    assert "".join(pieces) == "Hi<|endoftext|><|im_start|>there"
    assert len(tokens) > 8


def test_prompt_and_answer_may_fill_the_context_exactly(engine: Engine) -> None:
    prompt = engine.tokenize("a")[:1] * 1004
    tokens: list[Token] = []
    for seed in range(20):
        sampling = Sampling(temperature=1e9, seed=seed)
        tokens = generate(engine, prompt, sampling, max_tokens=20)
        if not tokens[-1].is_end:
            break

    assert len(tokens) == 20


def test_an_answer_that_must_not_end_goes_on(engine: Engine) -> None:
    prompt = engine.tokenize("\n\nUser: Hello\n\nAssistant:")
    endless = Sampling(temperature=0.0, ignores_end=True)

    ended = generate(engine, prompt, GREEDY, max_tokens=500)
    tokens = generate(engine, prompt, endless, max_tokens=500)

    assert ended[-1].is_end
    assert len(tokens) == 500
    assert not any(token.is_end for token in tokens)


def test_a_prompt_beyond_the_context_is_an_error(engine: Engine) -> None:
    with pytest.raises(EngineError, match="exceeds the available context size"):
        generate(engine, [5] * 1100, GREEDY, max_tokens=1)


def test_eight_answers_at_once_are_those_made_one_by_one(engine: Engine) -> None:
    prompts = [engine.tokenize(f"User: Question {n}\n") for n in range(8)]

    async def all_at_once() -> list[list[Token]]:
        return await asyncio.gather(
            *(
                collect(engine.generate(prompt, GREEDY, max_tokens=40))
                for prompt in prompts
            )
        )

    together = [[token.id for token in answer] for answer in asyncio.run(all_at_once())]

    alone = [generate(engine, prompt, GREEDY, max_tokens=40) for prompt in prompts]
    assert together == [[token.id for token in answer] for answer in alone]


def test_closing_the_tokens_frees_the_engine(engine: Engine) -> None:
    async def leave_many() -> None:
        for _ in range(20):
            async with aclosing(engine.generate([5], HOT, max_tokens=1000)) as tokens:
                await anext(tokens)

    began = time.perf_counter()
    generate(engine, [5], HOT, max_tokens=1000)
    long_answer = time.perf_counter() - began

    asyncio.run(leave_many())
    generate(engine, [5], GREEDY, max_tokens=1)

    assert time.perf_counter() - began < 5 * long_answer


def test_an_answer_that_waits_for_its_turn_can_be_left(engine: Engine) -> None:
    async def leave_the_waiting_one() -> int:
        running = [engine.generate([5], HOT, max_tokens=900) for _ in range(4)]
        for tokens in running:
            await anext(tokens)
        waiting = engine.generate([5], HOT, max_tokens=900)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await anext(waiting)
        for tokens in running:
            await tokens.aclose()
        return len(await collect(engine.generate([5], GREEDY, max_tokens=3)))

    assert asyncio.run(leave_the_waiting_one()) > 0


def test_nothing_is_told_whenever_patience_ends_without_a_token(
    engine: Engine,
) -> None:
    async def first_word() -> Token | None:
        tokens = engine.generate([5] * 900, GREEDY, max_tokens=5, patience=0.0001)
        async with aclosing(tokens):
            return await anext(tokens)

    assert asyncio.run(first_word()) is None


def test_alternatives_come_with_each_token(engine: Engine) -> None:
    sampling = Sampling(temperature=0.0, alternatives=4)

    tokens = generate(engine, engine.tokenize("User: Hi"), sampling, max_tokens=3)

    for token in tokens:
        assert len(token.alternatives) == 4
        assert token.alternatives[0].id == token.id


def test_a_repetition_penalty_reaches_back_through_the_whole_prompt(
    engine: Engine,
) -> None:
    def likeliest(prompt: list[int], *, penalty: float) -> int:
        sampling = Sampling(temperature=0.0, repetition_penalty=penalty)
        return generate(engine, prompt, sampling, max_tokens=1)[0].id

    filler = engine.tokenize(" one two three four" * 40)
    for question in ("Hello", "Thanks", "What is a falcon?", "Who are you?"):
        near = filler + engine.tokenize(f"\n\nUser: {question}\n\nAssistant:")
        far = likeliest(near, penalty=1.0)
        if far not in near and likeliest([far, *near], penalty=1.0) == far:
            break
    else:
        pytest.fail("no question is answered with a word that is not in it")

    assert likeliest([far, *near], penalty=5.0) != far


def test_closing_the_engine_ends_a_running_answer_with_an_error(
    small_model: Path,
) -> None:
    engine = Engine(small_model)

    async def close_in_the_middle() -> None:
        tokens = engine.generate([5], HOT, max_tokens=1000)
        await anext(tokens)
        await asyncio.to_thread(engine.close)
        await collect(tokens)

    with pytest.raises(EngineError, match="the engine was stopped"):
        asyncio.run(close_in_the_middle())
