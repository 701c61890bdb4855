from __future__ import annotations

import pytest

from falcon.ui.messages.paragraphs import SHORTEST_PART, split_finished

LONG = "A falcon dives. " * (SHORTEST_PART // 16 + 1)


def test_short_paragraphs_stay_together() -> None:
    assert split_finished("One.\n\nTwo.\n\nThree.") == ("One.\n\nTwo.\n\nThree.",)


def test_a_long_paragraph_is_finished_once_the_next_one_begins() -> None:
    assert split_finished(f"{LONG}\n\n") == (f"{LONG}\n\n",)
    assert split_finished(f"{LONG}\n\nNext") == (f"{LONG}\n\n", "Next")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"```python\n{LONG}\n\nx = 1\n\ny = 2", id="open fence"),
        pytest.param(f"````\n{LONG}\n\n```\n\nstill inside", id="shorter fence inside"),
        pytest.param(f"~~~\n{LONG}\n\n```\n\nstill inside", id="other fence inside"),
        pytest.param(
            f"```\n{LONG}\n\n```python\n\nstill inside", id="words close none"
        ),
        pytest.param(f"$$\n{LONG}\n\nx^2", id="open formula"),
        pytest.param(f"1. {LONG}\n\n2. Second", id="numbered list"),
        pytest.param(f"- {LONG}\n\n- Second", id="list"),
        pytest.param(f"1. {LONG}\n\n   More of the first", id="paragraph in a list"),
        pytest.param(f"{LONG}\n\n", id="nothing after the empty line"),
    ],
)
def test_what_may_still_change_is_kept_whole(text: str) -> None:
    assert split_finished(text) == (text,)


def test_a_closed_code_block_is_finished() -> None:
    block = f"```\n{LONG}\n\n{LONG}\n```\n\n"

    assert split_finished(f"{block}After it") == (block, "After it")


def test_a_finished_part_never_changes_and_nothing_is_lost() -> None:
    code = f"```\n{LONG}\n\nx\n```"
    text = f"{LONG}\n\n- a\n- b\n\n{LONG}\n\n{code}\n\n{LONG}\n\n팔콘 {LONG}"

    finished: tuple[str, ...] = ()
    for length in range(len(text) + 1):
        *now, _ = parts = split_finished(text[:length])
        assert "".join(parts) == text[:length]
        assert tuple(now[: len(finished)]) == finished
        finished = tuple(now)
    assert len(finished) == 4
