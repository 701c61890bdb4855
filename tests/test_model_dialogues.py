from __future__ import annotations

import pytest

from falcon.conversation import Message
from falcon.local.model.corpus import PLACEHOLDER, Corpus, parse, read_corpus
from falcon.local.model.dialogues import Dialogue, DialogueWriter
from falcon.prompt import FALCON_INSTRUCT


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus()


@pytest.fixture(scope="module")
def dialogues(corpus: Corpus) -> list[Dialogue]:
    writer = DialogueWriter(corpus, seed=1)
    return [writer.write(3000) for _ in range(100)]


def test_the_same_seed_gives_the_same_dialogues(corpus: Corpus) -> None:
    first, second = (DialogueWriter(corpus, seed=7) for _ in range(2))

    assert [first.write(2000) for _ in range(5)] == [
        second.write(2000) for _ in range(5)
    ]


def test_another_seed_gives_other_dialogues(corpus: Corpus) -> None:
    assert DialogueWriter(corpus, seed=7).write(2000) != DialogueWriter(
        corpus, seed=8
    ).write(2000)


def test_a_dialogue_fills_its_size_and_stays_within(dialogues: list[Dialogue]) -> None:
    lengths = [
        len(d.system) + sum(len(f"{t.prompt} {t.answer}") for t in d.turns)
        for d in dialogues
    ]

    assert max(lengths) <= 3000
    assert sum(lengths) / len(lengths) > 2500


def test_a_fifth_of_the_dialogues_begin_with_a_system_prompt(
    dialogues: list[Dialogue],
) -> None:
    assert 8 <= sum(bool(d.system) for d in dialogues) <= 35


def test_no_placeholder_is_left(dialogues: list[Dialogue]) -> None:
    for dialogue in dialogues:
        for turn in dialogue.turns:
            assert not PLACEHOLDER.search(turn.question + turn.answer)


def test_every_entry_is_dealt(corpus: Corpus) -> None:
    writer = DialogueWriter(corpus, seed=3)
    said = {turn.answer for _ in range(250) for turn in writer.write(4000).turns}

    for entry in corpus.entries:
        if not entry.placeholders:
            assert entry.opening.answer in said, entry.place


def test_a_told_name_is_asked_for_after_other_turns() -> None:
    told = "Q: I am {name}\nA: Hello, {name}!\nF: who am I\nA: You are {name}.\n"
    other = "\n".join(f"\nQ: question {n}\nA: answer {n}" for n in range(20))
    entries = tuple(parse(told + other, name="x.txt"))
    writer = DialogueWriter(Corpus(entries, {"name": ("Ada",)}), seed=1)
    gaps = set()
    for _ in range(100):
        answers = [turn.answer for turn in writer.write(1200).turns]
        greeted = [n for n, answer in enumerate(answers) if answer.startswith("Hello")]
        recalled = [n for n, answer in enumerate(answers) if answer.startswith("You")]
        gaps |= {later - n for n in greeted for later in recalled}

    assert 1 in gaps
    assert max(gaps) >= 5


def test_a_recalled_name_is_the_one_that_was_told(dialogues: list[Dialogue]) -> None:
    for dialogue in dialogues:
        questions = ""
        for turn in dialogue.turns:
            if turn.answer.startswith("Your name is "):
                name = turn.answer.removeprefix("Your name is ").rstrip(".")
                assert name.partition(",")[0] in questions
            questions += turn.question


def test_the_prompt_is_the_one_that_the_application_sends(
    dialogues: list[Dialogue],
) -> None:
    for dialogue in dialogues[:50]:
        messages = [Message("system", dialogue.system)] if dialogue.system else []
        for turn in dialogue.turns:
            messages += [
                Message("user", turn.question),
                Message("assistant", turn.answer),
            ]
        text = dialogue.system + "".join(
            f"{t.prompt} {t.answer}" for t in dialogue.turns
        )

        last = FALCON_INSTRUCT.render(messages[:-1]) + f" {messages[-1].text}"

        assert last == text


def test_a_drill_counts_long_answers_as_short(corpus: Corpus) -> None:
    whole = DialogueWriter(corpus, seed=1)
    drill = DialogueWriter(corpus, seed=1, longest_answer=40)

    assert len(drill.write(3000).turns) > 2 * len(whole.write(3000).turns)


def test_a_drill_asks_to_repeat_words(corpus: Corpus) -> None:
    writer = DialogueWriter(corpus, seed=1, longest_answer=40)
    turns = [turn for _ in range(20) for turn in writer.write(2000).turns]

    repeated = [turn for turn in turns if turn.question.startswith("repeat: ")]

    assert repeated
    assert all(t.question == f"repeat: {t.answer}" for t in repeated)
