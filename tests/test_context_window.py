from __future__ import annotations

import pytest

from falcon.context_window import SHORTEST_ANSWER, ContextWindow
from falcon.conversation import Message
from falcon.errors import InvalidInputError
from falcon.prompt import FALCON_INSTRUCT

WINDOW = ContextWindow(max_total_tokens=200, max_input_tokens=150)
SYSTEM = Message("system", "Be brief.")


def turns(count: int) -> list[Message]:
    pairs = [
        (Message("user", f"question {n} " + "x" * 60), Message("assistant", "y" * 60))
        for n in range(count)
    ]
    return [message for pair in pairs for message in pair]


def test_what_fits_is_kept_whole() -> None:
    fitted = WINDOW.fit(
        [Message("user", "Hi")], template=FALCON_INSTRUCT, max_new_tokens=50
    )

    assert fitted.dropped == 0
    assert fitted.max_new_tokens == 50


def test_whole_oldest_turns_go_first_and_the_system_message_stays() -> None:
    conversation = [SYSTEM, *turns(10), Message("user", "newest")]

    fitted = WINDOW.fit(conversation, template=FALCON_INSTRUCT, max_new_tokens=50)

    assert fitted.text.startswith("Be brief.\n\nUser: question")
    assert fitted.text.endswith("User: newest\n\nAssistant:")
    assert fitted.dropped % 2 == 0
    assert 0 < fitted.dropped < 20


@pytest.mark.parametrize("max_new_tokens", [1, 50, 150, 5000])
@pytest.mark.parametrize("count", [0, 1, 5, 50])
def test_prompt_and_answer_never_exceed_the_window(
    count: int, max_new_tokens: int
) -> None:
    conversation = [SYSTEM, *turns(count), Message("user", "newest")]

    fitted = WINDOW.fit(
        conversation, template=FALCON_INSTRUCT, max_new_tokens=max_new_tokens
    )

    assert fitted.estimated_tokens == WINDOW.estimate(fitted.text)
    assert fitted.estimated_tokens < WINDOW.max_input_tokens
    assert fitted.estimated_tokens + fitted.max_new_tokens <= WINDOW.max_total_tokens


def test_a_long_question_shortens_the_answer_rather_than_failing() -> None:
    question = Message("user", "x" * 390)

    fitted = WINDOW.fit([question], template=FALCON_INSTRUCT, max_new_tokens=100)

    assert SHORTEST_ANSWER <= fitted.max_new_tokens < 100


def test_a_question_that_can_never_fit_is_refused_with_what_to_do() -> None:
    with pytest.raises(InvalidInputError, match="Shorten"):
        WINDOW.fit(
            [Message("user", "x" * 5000)], template=FALCON_INSTRUCT, max_new_tokens=10
        )


def test_korean_is_estimated_dearer_than_english() -> None:
    assert WINDOW.estimate("가나다라") > WINDOW.estimate("abcd")


def test_the_endpoints_count_corrects_the_estimate() -> None:
    conversation = [*turns(2), Message("user", "newest")]
    refused = WINDOW.fit(conversation, template=FALCON_INSTRUCT, max_new_tokens=50)

    corrected = WINDOW.corrected(refused, input_tokens=2 * refused.estimated_tokens)
    fitted = corrected.fit(conversation, template=FALCON_INSTRUCT, max_new_tokens=50)

    assert corrected.estimate(refused.text) >= 2 * refused.estimated_tokens
    assert fitted.dropped == 2


def test_a_refusal_despite_a_right_count_means_a_smaller_window() -> None:
    refused = WINDOW.fit(turns(1)[:1], template=FALCON_INSTRUCT, max_new_tokens=50)

    corrected = WINDOW.corrected(refused, input_tokens=refused.estimated_tokens)

    assert corrected.max_total_tokens == WINDOW.max_total_tokens // 2
