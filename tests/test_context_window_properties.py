"""What the window keeps, for any conversation, window and tokenizer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from falcon.context_window import SHORTEST_ANSWER, ContextWindow, FittedPrompt
from falcon.conversation import Message, Role
from falcon.errors import InvalidInputError
from falcon.prompt import FALCON_3, FALCON_INSTRUCT, PromptTemplate

Count = Callable[[str], int] | None

properties = settings(max_examples=500, derandomize=True, deadline=None, database=None)
windows = st.builds(
    ContextWindow,
    max_total_tokens=st.integers(40, 400),
    max_input_tokens=st.integers(30, 400),
    correction=st.floats(0.5, 3),
)
texts = st.integers(0, 200).map(lambda length: ("a word, 낱말 " * 20)[:length])
templates = st.sampled_from([FALCON_INSTRUCT, FALCON_3])
tokenizers: st.SearchStrategy[Count] = st.sampled_from(
    [None, len, lambda text: len(text.split()), lambda text: len(text.encode()) // 3]
)


@st.composite
def conversations(draw: st.DrawFn) -> list[Message]:
    """A system message or none, then up to a dozen turns of any roles."""
    roles: st.SearchStrategy[Role] = st.sampled_from(["user", "assistant", "user"])
    turns = draw(st.lists(st.builds(Message, roles, texts), max_size=12))
    turns.append(Message("user", draw(texts)))
    if draw(st.booleans()):
        turns.insert(0, Message("system", draw(texts)))
    return turns


def fit(
    window: ContextWindow,
    turns: list[Message],
    template: PromptTemplate,
    max_new_tokens: int,
    count: Count,
) -> FittedPrompt | None:
    try:
        return window.fit(
            turns, template=template, max_new_tokens=max_new_tokens, count=count
        )
    except InvalidInputError:
        return None


@properties
@given(windows, conversations(), templates, st.integers(1, 500), tokenizers)
def test_what_is_kept_fits_and_is_the_newest(
    window: ContextWindow,
    turns: list[Message],
    template: PromptTemplate,
    max_new_tokens: int,
    count: Count,
) -> None:
    fitted = fit(window, turns, template, max_new_tokens, count)
    system = [turn for turn in turns if turn.role == "system"]
    rest = turns[len(system) :]

    if fitted is None:
        least = (count or window.estimate)(template.render([*system, rest[-1]]))
        assert (
            least >= window.max_input_tokens
            or least + SHORTEST_ANSWER > window.max_total_tokens
        )
        return
    assert fitted.text == template.render([*system, *rest[fitted.dropped :]])
    assert [(turn.role, turn.text) for turn in fitted.turns] == [
        (turn.role, template.clean(turn.text))
        for turn in [*system, *rest[fitted.dropped :]]
    ]
    assert rest[fitted.dropped].role == "user"
    assert fitted.tokens == (count or window.estimate)(fitted.text)
    assert fitted.tokens < window.max_input_tokens
    assert fitted.tokens + fitted.max_new_tokens <= window.max_total_tokens
    assert min(max_new_tokens, SHORTEST_ANSWER) <= fitted.max_new_tokens
    assert fitted.max_new_tokens <= max_new_tokens
    assert fitted.is_estimate == (count is None)


@properties
@given(windows, conversations(), templates, st.integers(1, 100))
def test_nothing_is_dropped_that_would_have_fitted(
    window: ContextWindow,
    turns: list[Message],
    template: PromptTemplate,
    max_new_tokens: int,
) -> None:
    fitted = fit(window, turns, template, max_new_tokens, None)
    assume(fitted is not None and fitted.dropped)
    assert fitted is not None
    system = [turn for turn in turns if turn.role == "system"]
    rest = turns[len(system) :]
    room = min(
        window.max_total_tokens - fitted.max_new_tokens, window.max_input_tokens - 1
    )

    for first in range(fitted.dropped):
        if rest[first].role == "user":
            longer = template.render([*system, *rest[first:]])
            assert window.estimate(longer) > room


@properties
@given(windows, conversations(), st.integers(1, 100), tokenizers, st.integers(1, 100))
def test_a_larger_window_never_keeps_less(
    window: ContextWindow,
    turns: list[Message],
    max_new_tokens: int,
    count: Count,
    more: int,
) -> None:
    larger = replace(
        window,
        max_total_tokens=window.max_total_tokens + more,
        max_input_tokens=window.max_input_tokens + more,
    )
    before = fit(window, turns, FALCON_3, max_new_tokens, count)
    after = fit(larger, turns, FALCON_3, max_new_tokens, count)

    if before is not None:
        assert after is not None
        assert after.dropped <= before.dropped
        assert after.max_new_tokens >= before.max_new_tokens


@properties
@given(windows, st.text(min_size=64), st.lists(st.integers(64, 2000), min_size=1))
def test_what_was_just_counted_is_never_estimated_too_low(
    window: ContextWindow, text: str, counts: list[int]
) -> None:
    template = FALCON_3
    large = replace(window, max_total_tokens=10**6, max_input_tokens=10**6)
    prompt = large.fit([Message("user", text)], template=template, max_new_tokens=1)
    most = len(prompt.text.encode())
    for count in counts:
        window = window.learned(prompt, input_tokens=min(count, most))

    assert window.estimate(prompt.text) >= min(counts[-1], most)
    assert 0.5 <= window.correction <= 3
