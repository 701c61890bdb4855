"""Documents and exported conversations in a real browser, which gives a file once."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.slow_endpoint import SlowEndpoint
from tests.test_browser_page import (
    QUESTION,
    answer,
    ask,
    box,
    choose_endpoint,
    stop,
)
from tests.test_browser_page import address as address
from tests.test_browser_page import chat as chat
from tests.test_browser_page import slow as slow


def attach(page: Page, name: str, content: str) -> None:
    files = page.get_by_test_id("stChatInput").locator("input[type=file]")
    files.set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": content.encode()}
    )
    expect(page.get_by_test_id("stChatInput")).to_contain_text(name)


def send(page: Page) -> None:
    page.get_by_test_id("stChatInputSubmitButton").click()


def test_a_document_sent_during_an_answer_waits_with_its_question(
    chat: Page, slow: SlowEndpoint
) -> None:
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("word5")

    attach(chat, "owls.txt", "Owls wait.")
    box(chat).fill("And owls?")
    send(chat)

    expect(chat.get_by_text("your question and its documents wait")).to_be_visible()
    expect(chat.get_by_role("button", name="Take owls.txt out")).to_be_visible()
    expect(box(chat)).to_have_value("And owls?")
    assert len(slow.bodies) == 1
    stop(chat).click()
    expect(answer(chat)).to_contain_text("Stopped.")
    choose_endpoint(chat, "turns")
    send(chat)
    expect(chat.get_by_label("Chat message from user").last).to_contain_text("owls.txt")
    expect(answer(chat)).to_contain_text("2 questions")
    assert b"Owls wait." in slow.bodies[-1]


def test_an_exported_conversation_comes_back(chat: Page, tmp_path: Path) -> None:
    choose_endpoint(chat, "turns")
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("1 questions")
    exported = chat.url

    chat.get_by_role("tab", name="Chats").click()
    chat.get_by_role("button", name="Export / import").click()
    with chat.expect_download() as download:
        chat.get_by_role("button", name="JSON", exact=True).click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.name.startswith("Tell-me-about-falcons-")
    chat.get_by_test_id("stFileUploader").locator("input").set_input_files(file)

    expect(chat.get_by_text("Conversations imported: 1.")).to_be_visible()
    expect(chat.get_by_label("Chat message from user")).to_contain_text(QUESTION)
    assert chat.url != exported
