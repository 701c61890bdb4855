"""Documents attached to a question, on the page drawn without a browser."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from falcon.documents import MOST_FILES
from falcon.ui import texts
from tests.pdf_files import print_lines, write_pdf
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import ask, button, draw, messages
from tests.test_page import aws as aws
from tests.test_page import fake_aws as fake_aws
from tests.test_page import own_settings as own_settings

NOTES = "매는 시속 320 km로 내려온다.".encode("cp949")
LONG = "\n\n".join(f"{at}. A falcon dives at 320 km/h." for at in range(2000))
QUESTION = "How fast?"
FOLLOW_UP = f"And owls? {'And why? ' * 30}".strip()


def attach(page: AppTest, question: str, **files: str | bytes) -> AppTest:
    box = page.chat_input[0]
    for name, content in files.items():
        file = content.encode() if isinstance(content, str) else content
        box.upload(name.replace("_", "."), file)
    return box.set_value(question).run()


def sent(aws: SlowEndpoint) -> str:
    prompt: str = json.loads(aws.bodies[-1])["inputs"]
    return prompt


def labels(page: AppTest) -> list[str]:
    return [button.label for button in page.button]


def said(page: AppTest) -> str:
    return "\n".join(element.value for element in page.markdown)


def box(page: AppTest) -> str:
    """What a browser was told to write into the question box."""
    text: str = page.chat_input[0].proto.value
    return text


def test_a_document_that_fits_is_sent_and_shown_folded(aws: SlowEndpoint) -> None:
    page = attach(draw(), QUESTION, notes_txt=NOTES)

    assert NOTES.decode("cp949") in sent(aws)
    assert "Document: notes.txt" in sent(aws)
    assert page.chat_message[0].expander[0].label == "notes\\.txt"
    shown = [text.value for text in page.chat_message[0].text]
    assert shown == [NOTES.decode("cp949"), QUESTION]
    assert page.session_state["conversation"].title == QUESTION
    assert "detach_0" not in {button.key for button in page.button}


def test_a_document_without_a_question_is_summarized(aws: SlowEndpoint) -> None:
    attach(draw(), "", notes_txt=NOTES)

    assert texts.QUESTION_ABOUT_DOCUMENT in sent(aws)


def test_what_does_not_fit_is_said_before_anything_is_sent(aws: SlowEndpoint) -> None:
    page = attach(draw(), QUESTION, long_txt=LONG)

    assert not aws.bodies
    assert not page.chat_message
    assert "of 23,000 tokens fit" in said(page)
    assert "Send the part that fits" in labels(page)
    assert "Don't send" in labels(page)


def test_the_part_that_fits_is_sent_once_it_was_chosen(aws: SlowEndpoint) -> None:
    page = attach(draw(), QUESTION, long_txt=LONG)

    page = button(page, "Send the part that fits")

    assert len(aws.bodies) == 1
    assert "(its beginning)" in sent(aws)
    assert sent(aws).endswith(f"{QUESTION}\n\nAssistant:")
    assert messages(page)[1] == ("assistant", "Falcon")
    assert "Send the part that fits" not in labels(page)


def test_pages_that_fit_are_counted(aws: SlowEndpoint) -> None:
    pages = [print_lines(*[f"Line {at} of a page."] * 20) for at in range(40)]

    page = attach(draw(), QUESTION, birds_pdf=write_pdf(*pages))

    assert "of 40 pages of birds\\.pdf fit" in said(page)
    assert not aws.bodies


def test_an_answer_keeps_the_room_that_it_was_given(aws: SlowEndpoint) -> None:
    page = draw()
    page.slider(key="parameter_max_new_tokens").set_value(1500).run()

    page = button(attach(page, QUESTION, long_txt=LONG), "Send the part that fits")

    body = json.loads(aws.bodies[-1])
    assert body["parameters"]["max_new_tokens"] >= 1024
    assert not page.error


def test_what_is_not_sent_stays(aws: SlowEndpoint) -> None:
    page = attach(draw(), QUESTION, long_txt=LONG, notes_txt=NOTES)

    page = button(page, "Don't send")

    assert box(page) == QUESTION
    assert {"detach_0", "detach_1"} <= {button.key for button in page.button}
    assert "Send the part that fits" not in labels(page)
    page.button(key="detach_0").click().run()
    ask(page, QUESTION)
    assert len(aws.bodies) == 1
    assert NOTES.decode("cp949") in sent(aws)


def test_a_file_that_cannot_be_read_keeps_the_question_and_the_others(
    aws: SlowEndpoint,
) -> None:
    page = attach(draw(), QUESTION, scan_pdf=b"%PDF-1.4 no", notes_txt=NOTES)

    assert "scan\\.pdf is broken" in page.warning[0].value
    assert box(page) == QUESTION
    assert "notes\\.txt" in said(page)
    assert not aws.bodies
    page = ask(page, QUESTION)
    assert NOTES.decode("cp949") in sent(aws)
    assert not page.warning


def test_more_files_than_go_with_a_question_are_named(aws: SlowEndpoint) -> None:
    files = {f"{at}_txt": f"Number {at}" for at in range(MOST_FILES + 1)}

    page = attach(draw(), QUESTION, **files)

    assert f"{MOST_FILES}\\.txt was not attached" in page.warning[0].value
    assert not aws.bodies
    ask(page, QUESTION)
    assert "Number 2" in sent(aws)
    assert "Number 3" not in sent(aws)


def test_what_nothing_fits_beside_is_said(aws: SlowEndpoint) -> None:
    page = attach(draw(), "Why? " * 1000, notes_txt=NOTES)

    assert texts.NOTHING_FITS in said(page)
    assert "Send the part that fits" not in labels(page)
    assert not aws.bodies


def test_a_longer_context_is_noticed_and_nothing_sent_unasked(
    aws: SlowEndpoint,
) -> None:
    page = attach(draw(), QUESTION, long_txt=LONG)
    (models,) = (box for box in page.selectbox if box.label == "Model behind it")

    models.set_value("falcon3-10b-instruct")
    page = button(page, "Use this endpoint")

    assert texts.ALL_FITS in said(page)
    assert not aws.bodies
    button(page, "Send")
    assert "its beginning" not in sent(aws)


def test_a_name_cannot_draw_on_the_page(aws: SlowEndpoint) -> None:
    page = draw()
    page.chat_input[0].upload("![x](https://example.com/y).txt", b"\0")

    page = page.chat_input[0].set_value(QUESTION).run()

    assert "](" not in page.warning[0].value
    assert not aws.bodies


def ask_about_a_long_one(page: AppTest) -> AppTest:
    page = attach(page, QUESTION, long_txt=LONG)
    return button(page, "Send the part that fits")


def test_a_document_that_a_second_question_would_lose_is_offered_again(
    aws: SlowEndpoint,
) -> None:
    page = ask_about_a_long_one(draw())

    page = ask(page, FOLLOW_UP)

    assert len(aws.bodies) == 1
    assert "no longer fits beside this conversation" in said(page)
    page = button(page, "Send it again")
    assert len(aws.bodies) == 2
    assert "1. A falcon dives" in sent(aws)
    assert sent(aws).endswith(f"{FOLLOW_UP}\n\nAssistant:")
    assert len(page.chat_message) == 4


def test_a_second_question_may_go_without_the_document(aws: SlowEndpoint) -> None:
    page = ask(ask_about_a_long_one(draw()), FOLLOW_UP)

    page = button(page, "Ask without it")

    assert len(aws.bodies) == 2
    assert "A falcon dives" not in sent(aws)
    assert "Send it again" not in labels(page)


def test_another_question_takes_the_place_of_one_that_waits(aws: SlowEndpoint) -> None:
    page = ask(ask_about_a_long_one(draw()), FOLLOW_UP)

    page = ask(page, FOLLOW_UP.replace("owls", "kites"))

    assert len(aws.bodies) == 1
    assert any("And kites" in line.value for line in page.caption)
    page = button(page, "Don't send")
    assert box(page).startswith("And kites?")
    assert "detach_0" not in {button.key for button in page.button}


def test_a_document_that_still_fits_is_not_offered_again(aws: SlowEndpoint) -> None:
    page = attach(draw(), QUESTION, notes_txt=NOTES)

    ask(page, FOLLOW_UP)

    assert len(aws.bodies) == 2
    assert NOTES.decode("cp949") in sent(aws)
