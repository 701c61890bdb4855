"""The page in Korean, drawn without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

import pytest
from streamlit.testing.v1 import AppTest

from falcon.containers import CONTAINER_NAMES
from falcon.models import MODELS
from falcon.parameters import GenerationParameters
from falcon.ui import backend as backend_module
from falcon.ui import language as language_module
from falcon.ui import texts
from falcon.ui.language import KEY
from falcon.ui.language_choice import KEY as CHOICE_KEY
from falcon.ui.parameters.values import SET_KEY
from falcon.ui.sidebar import TAB_KEY
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import PAGE, ask, button, messages, small_print
from tests.test_page import aws as aws
from tests.test_page import fake_aws as fake_aws
from tests.test_page import own_settings as own_settings

NAMES = {
    "API", "AWS", "Amplify", "Backspace", "CLI", "Chat", "Cmd", "Ctrl", "English",
    "Enter", "Falcon", "HuggingChat", "JSON", "JSONL", "JumpStart", "LA", "Lambda",
    "Language", "Mac", "Markdown", "Python", "SSH", "SageMaker", "Shift", "Studio",
    "curl", "default", "falcon", "healthy", "us-east-1",
    *(field.name for field in fields(GenerationParameters)),
    *(model.id for model in MODELS),
    *CONTAINER_NAMES,
}  # fmt: skip
"""What has the same name in Korean, or is an example of what is typed."""
MARKS = re.compile(r"<[^>]*>|:material/\w+:|:\w+(-badge)?\[")
ENGLISH = re.compile(r"[A-Za-z][A-Za-z0-9_-]+")
KINDS = (
    "button", "caption", "chat_input", "download_button", "error", "expander",
    "file_uploader", "info", "markdown", "menu_button", "multiselect", "number_input",
    "popover", "segmented_control", "selectbox", "slider", "subheader", "tab",
    "text_area", "text_input", "toast", "warning",
)  # fmt: skip


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    token = language_module.OF_THIS_RUN.set("en")
    yield
    language_module.OF_THIS_RUN.reset(token)


def read_as(language: str) -> None:
    """AppTest asks for the words of a widget's options outside of the page's run."""
    language_module.OF_THIS_RUN.set(language)


def korean() -> AppTest:
    read_as("ko")
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.session_state[KEY] = "ko"
    page.run()
    assert not page.exception
    return page


def english_words(page: AppTest) -> Iterator[str]:
    """What is on the page and neither Korean nor a name."""
    for kind in KINDS:
        for element in page.get(kind):
            for shown in ("label", "value", "placeholder", "help", "options"):
                # Of a field, the value is what a person wrote.
                if shown == "value" and hasattr(element, "label"):
                    continue
                found = getattr(element, shown, None)
                for line in found if isinstance(found, list) else [found]:
                    words = ENGLISH.findall(MARKS.sub("", str(line or "")))
                    # What the model is asked, which knows no Korean.
                    if not NAMES.issuperset(words) and line not in texts.STARTERS:
                        yield f"{kind}: {line}"


def test_every_word_of_the_page_is_korean(aws: SlowEndpoint) -> None:
    page = korean()
    of_an_empty_page = list(english_words(page))
    page = ask(page, "하나")
    page.session_state[TAB_KEY] = "대화 목록"
    page.run()

    assert set(of_an_empty_page) == set()
    assert set(english_words(page)) == set()
    assert len(aws.bodies) == 1


def test_figures_are_korean(aws: SlowEndpoint) -> None:
    page = ask(korean(), "하나")

    assert messages(page)[1] == ("assistant", "Falcon")
    assert "첫 토큰까지" in small_print(page, 1)
    assert aws.bodies


def test_an_error_is_korean(aws: SlowEndpoint) -> None:
    page = korean()
    page.text_input(key="sidebar_endpoint_name").set_value("http-400-ValidationError")
    page = ask(button(page, "이 엔드포인트 사용"), "하나")

    said = page.error[0].value
    assert "http-400-ValidationError" in said
    assert re.search("[가-힣]", said)
    assert not re.search("(?i)endpoint .* in this|not exist", said)
    assert aws.bodies


def test_a_wrong_name_is_refused_in_korean(aws: SlowEndpoint) -> None:
    page = korean()
    page.text_input(key="sidebar_endpoint_name").set_value("not a name")
    page = button(page, "이 엔드포인트 사용")

    assert re.search("[가-힣]", page.error[0].value)
    assert not aws.bodies


def test_a_model_without_korean_is_named(aws: SlowEndpoint) -> None:
    said = korean().caption[0].value

    assert "falcon-7b-instruct" in said
    assert "영어로 질문하면" in said
    assert not aws.bodies


def test_a_model_without_korean_is_offered_questions_in_english(
    aws: SlowEndpoint,
) -> None:
    labels = [each.label for each in korean().button]

    assert "Guide me how to travel from New York to LA." in labels
    assert not aws.bodies


def test_the_small_model_is_offered_questions_in_korean() -> None:
    page = korean()
    backend_module.backend().local.wait(timeout=30)
    page.run()

    assert "영어로 질문하면" not in page.caption[0].value
    page = button(page, "뉴욕에서 LA까지 가는 방법을 알려 주세요.")
    assert re.search("[가-힣]", messages(page)[1][1])


def test_nothing_is_said_of_languages_to_who_reads_english(aws: SlowEndpoint) -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=30).run()

    assert page.caption[0].value == "Endpoint healthy in us-east-1"
    assert not aws.bodies


def test_another_language_leaves_everything_as_it_is(aws: SlowEndpoint) -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=30).run()
    page = ask(page, "One")
    page.slider(key="parameter_temperature").set_value(0.5).run()
    page.text_area(key="system_prompt").set_value("Be brief.").run()

    page.segmented_control(key=CHOICE_KEY).set_value("ko").run()
    read_as("ko")

    assert not page.exception
    assert page.text_area(key="system_prompt").value == "Be brief."
    assert page.session_state[SET_KEY] == {"temperature": 0.5}
    assert messages(page) == [("user", "One"), ("assistant", "Falcon")]
    assert page.subheader == []
    assert [tab.label for tab in page.tabs][:2] == ["설정", "대화 목록"]
    page.segmented_control(key=CHOICE_KEY).set_value("en").run()
    read_as("en")
    assert [tab.label for tab in page.tabs][:2] == ["Settings", "Chats"]
    assert page.slider(key="parameter_temperature").value == 0.5
    assert len(aws.bodies) == 1
