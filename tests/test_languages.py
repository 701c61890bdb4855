"""The catalogues, and that nothing is on the page which is not in them."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message

from falcon.errors import FalconError, HistoryError
from falcon.languages import FOLDER, LANGUAGES
from falcon.languages.catalogues import (
    compiled,
    extract,
    mo_path,
    po_path,
    read,
    update,
    write,
)
from falcon.models import MODELS, FalconModel
from falcon.parameters import GenerationParameters
from falcon.text import text
from falcon.ui import language as language_module
from falcon.ui import texts
from falcon.ui.language import say
from falcon.ui.model_languages import describe_languages

ROOT = Path(__file__).parents[1]
PAGE_FILES = (
    ROOT / "streamlit_app.py",
    *sorted((ROOT / "falcon" / "ui").rglob("*.py")),
)
SPOKEN = {"say", "mark", "text"}
NOT_SHOWN = {
    "accept_file", "alignment", "anchor", "args", "avatar", "default", "file_type",
    "gap", "height", "horizontal_alignment", "icon", "initial_sidebar_state", "key",
    "kwargs", "label_visibility", "language", "layout", "mime", "on_change",
    "on_click", "on_dismiss", "options", "shortcut", "type", "vertical_alignment",
    "width",
}  # fmt: skip
"""Arguments of Streamlit's calls that nobody reads; `options` have a format_func."""
SHOWN_BY = {
    "button", "caption", "chat_input", "code", "dialog", "download_button", "error",
    "expander", "feedback", "file_uploader", "form_submit_button", "header", "html",
    "info", "markdown", "menu_button", "metric", "multiselect", "number_input",
    "popover", "progress", "segmented_control", "selectbox", "slider", "spinner",
    "subheader", "success", "table", "tabs", "text", "text_area", "text_input",
    "title", "toast", "toggle", "warning", "write",
}  # fmt: skip
AS_THEY_ARE = {
    # In both languages, for those who read only one.
    "Language / 언어",
    # Names, as on the wire.
    *(field.name for field in fields(GenerationParameters)),
    "application/json",
    "text/markdown",
    "json",
    "JSON",
    "Markdown",
    "English",
    "Falcon Chat",
    # What the small model says, which is looked for.
    *texts.UNKNOWN_ANSWERS,
    # Examples of what is typed, and commands.
    texts.BIGGER_MODEL_COMMAND,
    "default",
    "falcon",
    "falcon-7b-instruct",
    "us-east-1",
    "ssh -L :127.0.0.1: THIS-COMPUTER",
    "bash",
    "thumbs",
}
MARKUP = re.compile(r"<[^>]*>?|^[^<>]*>|:[a-z-]+\[|:material/\w+:|&\w+;")


def places(sentence: str) -> set[tuple[str, str | None]]:
    """The named places of a template, each with its format."""
    parts = Formatter().parse(sentence)
    return {(name, form) for _, name, form, _ in parts if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_just_the_sentences_of_the_source(language: str) -> None:
    sentences = {message.id for message in read(language) if message.id}

    assert sentences == set(extract()), "run `make languages`"


def test_every_sentence_has_a_korean_one() -> None:
    assert [message.id for message in read("ko") if not message.string] == []


def test_english_says_each_sentence_as_it_is() -> None:
    said = {message.string or message.id for message in read("en") if message.id}

    assert said == set(extract())


def test_a_translation_has_the_places_of_its_sentence() -> None:
    differing = [
        message.id
        for message in translated()
        if places(str(message.id)) != places(str(message.string))
    ]

    assert differing == []


def test_a_translation_has_the_icons_of_its_sentence() -> None:
    icon = re.compile(r":material/\w+:|\*\*|`[^`]*`")
    differing = [
        message.id
        for message in translated()
        if sorted(icon.findall(str(message.id)))
        != sorted(icon.findall(str(message.string)))
    ]

    assert differing == []


def test_no_translation_strikes_a_range_of_numbers_out() -> None:
    """Two tildes in one paragraph are Markdown's way to cross out what is between."""
    assert [m.id for m in translated() if str(m.string).count("~") > 1] == []


def test_the_page_speaks_in_one_manner() -> None:
    """Formally; what a person says to the model is said otherwise."""
    asked = {*texts.STARTERS, texts.QUESTION_ABOUT_DOCUMENT}
    informal = [
        message.string
        for message in translated()
        if message.id not in asked and re.search("요[.?]|요$", str(message.string))
    ]

    assert informal == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_page_reads_is_made_from_what_translators_write(
    language: str,
) -> None:
    catalogue = update(read(language), extract())

    assert po_path(language).read_bytes() == write(catalogue), "run `make languages`"
    assert mo_path(language).read_bytes() == compiled(catalogue), "run `make languages`"


def translated() -> list[Message]:
    return [message for message in read("ko") if message.id]


def test_only_literals_are_said() -> None:
    """What is put together in the source has no place in a catalogue."""
    made = [
        f"{file.name}:{node.lineno}"
        for file in PAGE_FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in SPOKEN
        and node.args
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
    ]

    assert made == []


def test_no_word_is_shown_that_is_not_in_the_catalogues() -> None:
    shown = [
        f"{file.name}:{word}"
        for file in PAGE_FILES
        for word in words_shown(ast.parse(file.read_text(encoding="utf-8")))
    ]

    assert shown == []


def test_no_sentence_of_the_page_is_unmarked() -> None:
    """What reaches Streamlit by a name, a tuple or another function."""
    known, reads = (
        extract(),
        re.compile(r"[A-Z][a-z]+( .*|[.…]?)|\w+ \w+ \w+.*", re.S),
    )
    unmarked = [
        f"{file.name}:{node.lineno}: {node.value}"
        for file in PAGE_FILES
        for node in constants(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node.value, str)
        and reads.fullmatch(MARKUP.sub("", node.value).strip())
        and node.value not in known
        and node.value not in AS_THEY_ARE
    ]

    assert unmarked == []


def constants(source: ast.AST) -> Iterator[ast.Constant]:
    """Yield every constant but docstrings and names of type variables."""
    for node in ast.iter_child_nodes(source):
        match node:
            case ast.Expr(value=ast.Constant()) | ast.Call(func=ast.Name(id="TypeVar")):
                continue
            case ast.Constant():
                yield node
        yield from constants(node)


def words_shown(source: ast.AST) -> Iterator[str]:
    """Yield what a call of Streamlit's shows as it stands in the source."""
    for node in ast.walk(source):
        match node:
            case ast.Call(func=ast.Attribute(attr=name), args=args, keywords=keywords):
                if name not in SHOWN_BY:
                    continue
                shown = [*args, *(k.value for k in keywords if k.arg not in NOT_SHOWN)]
                for argument in shown:
                    for word in literals(argument):
                        bare = MARKUP.sub("", word).strip()
                        if any(map(str.isalpha, bare)) and bare not in AS_THEY_ARE:
                            yield f"{node.lineno}: {word}"


def literals(node: ast.AST) -> Iterator[str]:
    """Yield the texts in an expression that it may have as its value."""
    match node:
        case ast.Constant(value=str(word)):
            yield word
        case ast.JoinedStr(values=parts):
            constant = (p.value for p in parts if isinstance(p, ast.Constant))
            yield "".join(map(str, constant))
            for part in parts:
                if isinstance(part, ast.FormattedValue):
                    yield from literals(part.value)
        case ast.IfExp(body=one, orelse=other):
            yield from (*literals(one), *literals(other))
        case ast.BoolOp(values=values) | ast.List(elts=values) | ast.Tuple(elts=values):
            for value in values:
                yield from literals(value)
        case ast.BinOp(left=one, right=other):
            yield from (*literals(one), *literals(other))


@pytest.mark.usefixtures("korean")
def test_a_sentence_is_said_in_korean() -> None:
    assert say("Stopped.") == "중지했습니다."
    assert say("{count} pages", count=3) == "3쪽"


@pytest.mark.usefixtures("korean")
def test_an_error_is_said_in_korean_with_what_it_holds() -> None:
    inner = HistoryError(text("There is no conversation in this file."))
    outer = FalconError(text("Not saved: {problem}", problem=inner))

    said = "저장하지 못했습니다. 이 파일에는 대화가 없습니다."
    assert say(outer) == said
    assert say(text("Not saved: {problem}", problem=inner)) == said


@pytest.mark.usefixtures("korean")
def test_what_no_catalogue_knows_is_said_as_it_is() -> None:
    assert say("Quux {here}") == "Quux {here}"
    assert say(FalconError("Quux")) == "Quux"
    assert say(FalconError()) == ""
    assert say("") == ""


@pytest.mark.usefixtures("korean")
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.id)
def test_only_falcon_h1_is_said_to_know_korean(model: FalconModel) -> None:
    said = describe_languages(model)

    assert (model.id in said) == (model.id != "falcon-h1-instruct")


def test_outside_of_a_page_it_is_english() -> None:
    assert say("Stopped.") == "Stopped."


def test_nothing_but_the_standard_library_reads_a_catalogue() -> None:
    found = gettext.translation("falcon", FOLDER, ["ko"])

    assert found.gettext("Stopped.") == "중지했습니다."


@pytest.fixture
def korean() -> Iterator[None]:
    token = language_module.OF_THIS_RUN.set("ko")
    yield
    language_module.OF_THIS_RUN.reset(token)
