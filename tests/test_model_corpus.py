from __future__ import annotations

from pathlib import Path

import pytest

from falcon.local.model.corpus import (
    PLACEHOLDER,
    Corpus,
    CorpusError,
    key,
    parse,
    read_corpus,
)
from falcon.local.model.wordings import is_korean


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return read_corpus()


def answers(corpus: Corpus) -> set[str]:
    return {exchange.answer for entry in corpus.entries for exchange in entry.exchanges}


def test_has_at_least_400_distinct_answers(corpus: Corpus) -> None:
    assert len(answers(corpus)) >= 400


def test_has_at_least_80_distinct_korean_answers(corpus: Corpus) -> None:
    assert sum(is_korean(answer) for answer in answers(corpus)) >= 80


def test_asks_every_question_in_several_wordings(corpus: Corpus) -> None:
    for entry in corpus.entries:
        assert len(set(entry.opening.wordings)) >= 5, entry.place
        for exchange in entry.exchanges[1:]:
            assert len(set(exchange.wordings)) >= 3, entry.place


def test_covers_the_topics_it_promises(corpus: Corpus) -> None:
    topics = {entry.topic for entry in corpus.entries}

    assert topics >= {"falcon", "sagemaker", "deploying", "cost", "parameters"}
    assert topics >= {"application", "website", "travel", "cooking", "science"}
    assert topics >= {"geography", "email", "small_talk", "names", "korean", "unknown"}


def test_admits_in_both_languages_what_it_does_not_know(corpus: Corpus) -> None:
    unknown = [entry.opening for entry in corpus.entries if entry.opening.is_unknown]

    assert sorted(is_korean(exchange.answer) for exchange in unknown) == [False, True]
    assert all(len(exchange.wordings) >= 50 for exchange in unknown)


def test_asks_what_the_starter_prompts_of_the_seeds_ask(corpus: Corpus) -> None:
    asked = {key(w) for entry in corpus.entries for w in entry.opening.wordings}

    assert key("Building a website can be done in 10 simple steps:") in asked
    assert key("Guide me how to travel from New York to LA.") in asked


def test_every_answers_placeholders_are_told_before(corpus: Corpus) -> None:
    for entry in corpus.entries:
        told: set[str] = set()
        for exchange in entry.exchanges:
            told |= set.intersection(
                *(set(PLACEHOLDER.findall(wording)) for wording in exchange.wordings)
            )
            assert set(PLACEHOLDER.findall(exchange.answer)) <= told, entry.place


def test_reads_an_entry_with_a_follow_up() -> None:
    text = "# Heading\n\nQ: One?\nQ: uno\nA: First,\nsecond.\nF: More?\nA: No.\n"

    (entry,) = parse(text, name="numbers.txt")

    assert entry.place == "numbers.txt:3"
    assert entry.topic == "numbers"
    assert entry.opening.wordings == ("One?", "uno")
    assert entry.opening.answer == "First,\nsecond."
    assert entry.exchanges[1].wordings == ("More?",)


def test_a_new_question_begins_a_new_entry() -> None:
    entries = list(parse("Q: a\nA: b\n\nQ: c\nA: d\n", name="x.txt"))

    assert [entry.opening.answer for entry in entries] == ["b", "d"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("A: b\n", "x.txt:1: an answer without", id="answer alone"),
        pytest.param("Q: a\n# b\n", "x.txt:2: the question before", id="no answer"),
        pytest.param("Q: a\n", "x.txt:2: the question before", id="no answer at end"),
        pytest.param("F: a\nA: b\n", "x.txt:1: a follow-up", id="follow-up alone"),
        pytest.param("Q: a\nF: b\n", "x.txt:2: the question before", id="F after Q"),
        pytest.param("Q:\nA: b\n", "x.txt:1: nothing after", id="empty question"),
        pytest.param("Q: a\nA: \n", "x.txt:2: nothing after", id="empty answer"),
        pytest.param("Q: a\nA: b\n\nc\n", "x.txt:4: a line", id="blank in answer"),
        pytest.param("hello\n", "x.txt:1: a line that belongs", id="stray line"),
        pytest.param("Q: a\n\nA: b\n", "x.txt:2: a blank line", id="blank before A"),
        pytest.param("Q: a\nA: b\nUser: c\n", "x.txt:3: an answer's", id="marker"),
        pytest.param("Q: a\nA: b\nA: c\n", "x.txt:3: an answer without", id="two"),
    ],
)
def test_names_the_line_of_a_mistake(text: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        list(parse(text, name="x.txt"))


def test_refuses_one_wording_for_two_questions(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Q: Who?\nA: b\n\nQ: who\nA: c\n", encoding="utf-8")

    with pytest.raises(CorpusError, match=r"a\.txt:4: 'who' is asked at a\.txt:1 too"):
        read_corpus(tmp_path)


def test_refuses_one_answer_for_two_questions(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Q: a\nA: b\n\nQ: c\nA: b\n", encoding="utf-8")

    with pytest.raises(CorpusError, match=r"a\.txt:4: 'b' is said at a\.txt:1 too"):
        read_corpus(tmp_path)
