"""The page for who does not see it well, or presses keys alone, or has a small screen.

axe-core looks at every state of the page. It comes in a package of pip's, as everything
else that the tests need does; it is put in by the browser's debugger, as the page's
policy lets no script in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser_fixtures import serve
from tests.serving import running
from tests.slow_endpoint import SlowConnection, SlowEndpoint
from tests.test_browser_page import (
    QUESTION,
    answer,
    ask,
    box,
    choose_endpoint,
    stop,
)

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
ALLOWED = {
    # Streamlit says nowhere that keys reach a block of code that scrolls. Browsers let
    # them by themselves, which is tested below.
    "scrollable-region-focusable": ".stCode pre",
}
"""What of Streamlit's own markup nobody here can change: rule and elements."""
LOOKS = 6
"""What is being drawn is faint for a moment: what is found is looked at again."""
LOOK_CLOSELY = """async (allowed) => {
    const options = { resultTypes: ["violations"], elementRef: true };
    const { violations } = await axe.run(options);
    return violations.flatMap(({ id, nodes }) => nodes
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .filter(({ element }) => !(id in allowed && element.matches(allowed[id])))
        .map(({ html, failureSummary }) => `${id}: ${failureSummary} ${html}`));
}"""
LOOK_FOR_WIDTH = """() => {
    const own = ".stCode, .katex-mathml, .stMarkdownEllipsis, .st-key-compare_results,"
        + "[role=tablist]";
    const isTooWide = (element) => {
        const { overflowX } = getComputedStyle(element);
        const scrolls = overflowX === "auto" || overflowX === "scroll";
        const most = scrolls ? element.clientWidth + 1 : innerWidth;
        const { right, width } = element.getBoundingClientRect();
        const isSeen = right > 1 && width > 1 && !element.closest(own);
        return isSeen && element.scrollWidth > most;
    };
    const tooWide = [...document.querySelectorAll("*")].filter(isTooWide);
    return tooWide.map(({ outerHTML }) => outerHTML.slice(0, 200));
}"""
"""What scrolls within a frame of its own may be wider, and what is not seen."""
EVERYTHING = f"""
| Falcon | Speed in kilometres per hour | It hunts |
|---|---|---|
| Peregrine | 389 | pigeons |
| Gyrfalcon | 209 | ptarmigans |

```python
@cache
def fly(metres: int = 10) -> str:
    # As far as it goes, which is farther than a telephone is wide, by a lot of letters.
    return f"{{metres}} m" if True else None
```

```diff
- old
+ new
```

```css
@media (width > 1px) {{ .a > b {{ color: #fff !important }} }}
```

```bash
for f in *; do export A=1; grep '^#' "$f"; done
```

{"verylong" * 30} `{"code" * 40}` [a link](https://example.com/)

> quoted

# A heading

$$x{"+y" * 60}$$

Done.
"""


class EverythingConnection(SlowConnection):
    def everything(self) -> None:
        """Everything that an answer may be made of."""
        self.say(EVERYTHING[at : at + 80] for at in range(0, len(EVERYTHING), 80))


@pytest.fixture(scope="module")
def slow() -> Iterator[SlowEndpoint]:
    endpoint = SlowEndpoint()
    endpoint.RequestHandlerClass = EverythingConnection
    with running(endpoint):
        yield endpoint


@pytest.fixture(scope="module")
def address(slow: SlowEndpoint) -> Iterator[str]:
    expect.set_options(timeout=30_000)
    settings = {"FALCON_ENDPOINT": "slow", "FALCON_REGION": "us-east-1"}
    with serve(**slow.environ, **settings) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def chat(page: Page, address: str, slow: SlowEndpoint) -> Iterator[Page]:
    slow.finish.clear()
    page.goto(address)
    box(page).wait_for()
    yield page
    slow.finish.set()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


# What anybody can see or hear: every state of the page, in either look.


@dataclass
class Findings:
    """What was found, each with the state of the page in which it was."""

    serious: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    named_by_icon: list[str] = field(default_factory=list)

    def look(self, page: Page, state: str) -> None:
        for _ in range(LOOKS):
            found = page.evaluate(LOOK_CLOSELY, ALLOWED)
            if not found:
                break
            page.wait_for_timeout(500)
        self.serious += [f"{state}: {finding}" for finding in found]
        if is_narrow(page):
            found = page.evaluate(LOOK_FOR_WIDTH)
            self.too_wide += [f"{state}: {element}" for element in found]
        named = page.locator("body").aria_snapshot().splitlines()
        self.named_by_icon += [line for line in named if ' icon"' in line]


def is_narrow(page: Page) -> bool:
    return page.viewport_size is not None and page.viewport_size["width"] < 768


def open_sidebar(page: Page) -> None:
    if is_narrow(page):
        page.get_by_test_id("stExpandSidebarButton").press("Enter")
    expect(button(page, "New chat")).to_be_in_viewport()


def close_sidebar(page: Page) -> None:
    if is_narrow(page):
        page.get_by_test_id("stSidebarCollapseButton").locator("button").press("Enter")
        expect(button(page, "New chat")).not_to_be_in_viewport()


def walk(page: Page, look: Callable[[Page, str], None]) -> None:
    """Go through the states of the page, and look at each.

    States that a large screen shows beside each other are looked at once there.
    """
    open_sidebar(page)
    for name in ("Sampling", "Penalties", "Stop, seed and watermark"):
        unfold(page, name)
    if is_narrow(page):
        look(page, "settings")
    close_sidebar(page)
    expect(page.get_by_text("Ask a Falcon something.")).to_be_visible()
    look(page, "empty")

    open_sidebar(page)
    choose_endpoint(page, "everything")
    close_sidebar(page)
    ask(page, QUESTION + " " + "verylong" * 20)
    expect(answer(page)).to_contain_text("Done.")
    expect(button(page, "Regenerate")).to_be_visible()
    button(page, "More").last.press("Enter")
    button(page, "What was sent").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("us-east-1")
    look(page, "what was sent")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    button(page, "Code").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("boto3")
    look(page, "the code")
    page.keyboard.press("Escape")

    open_sidebar(page)
    choose_endpoint(page, "slow")
    close_sidebar(page)
    ask(page, QUESTION)
    expect(answer(page)).to_contain_text("word5")
    button(page, "More").first.press("Enter")
    button(page, "Edit and send again").press("Enter")
    expect(page.get_by_label("Edit the question")).to_be_visible()
    look(page, "an answer, one that grows, and a question edited")
    button(page, "Cancel").press("Enter")
    stop(page).press("Enter")
    expect(answer(page)).to_contain_text("Stopped.")
    open_sidebar(page)
    choose_endpoint(page, "http-400-ValidationError")
    close_sidebar(page)
    ask(page, QUESTION)
    expect(button(page, "Retry")).to_be_visible()
    if is_narrow(page):
        look(page, "after an error")

    open_sidebar(page)
    choose_endpoint(page, "everything")
    page.get_by_role("tab", name="Chats").press("Enter")
    button(page, "Export / import").press("Enter")
    expect(button(page, "JSONL")).to_be_visible()
    look(page, "chats, and after an error")
    page.keyboard.press("Escape")
    button(page, "Compare").press("Enter")
    close_sidebar(page)
    page.get_by_placeholder("Ask all columns…").fill(QUESTION)
    page.get_by_placeholder("Ask all columns…").press("Enter")
    expect(page.get_by_text("Results")).to_be_visible()
    button(page, "Settings of A").press("Enter")
    expect(page.get_by_role("spinbutton", name="temperature")).to_be_visible()
    look(page, "comparing")


def unfold(page: Page, name: str) -> None:
    heads = page.get_by_test_id("stSidebar").locator("summary")
    head = heads.filter(has_text=name)
    if head.locator("xpath=..").get_attribute("open") is None:
        head.press("Enter")
    expect(head.locator("xpath=..")).to_have_attribute("open", "")


# High enough for everything to be in view, which axe-core wants to judge colours.
@pytest.fixture(
    scope="module",
    params=[("light", 1280), ("dark", 360)],
    ids=["light-desktop", "dark-phone"],
)
def findings(
    request: pytest.FixtureRequest, browser: Browser, address: str, slow: SlowEndpoint
) -> Iterator[Findings]:
    scheme, width = request.param
    slow.finish.clear()
    context = browser.new_context(
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": width, "height": 2400},
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.goto(address)
    page.evaluate(AXE)
    findings = Findings()
    walk(page, findings.look)
    yield findings
    slow.finish.set()
    context.close()


def test_axe_has_nothing_serious_to_say_of_any_state(findings: Findings) -> None:
    assert findings.serious == []


def test_no_state_scrolls_sideways_on_a_phone(findings: Findings) -> None:
    assert findings.too_wide == []


def test_no_control_is_named_by_its_icon(findings: Findings) -> None:
    assert findings.named_by_icon == []


# Keys alone: nothing below clicks, or puts the focus anywhere by other means.


def tab_to(page: Page, wanted: Locator, *, key: str = "Tab") -> None:
    """Press Tab until the wanted element has the focus, and can be seen to have it."""
    expect(wanted).to_be_visible()
    for _ in range(150):
        if wanted.evaluate("e => e === document.activeElement"):
            assert wanted.evaluate("e => e.matches(':focus-visible')")
            return
        page.keyboard.press(key)
    pytest.fail(f"keys do not lead to {wanted}")


def have_answer(page: Page, slow: SlowEndpoint) -> None:
    ask(page, QUESTION)
    expect(answer(page)).to_contain_text("word5")
    slow.finish.set()
    expect(button(page, "Regenerate")).to_be_visible()


def test_keys_ask_stop_regenerate_and_look_at_versions(
    chat: Page, slow: SlowEndpoint
) -> None:
    keys = chat.keyboard
    tab_to(chat, box(chat), key="Shift+Tab")
    keys.type(QUESTION)
    keys.press("Enter")
    expect(answer(chat)).to_contain_text("word5")
    expect(box(chat)).to_be_focused()

    tab_to(chat, stop(chat))
    keys.press("Enter")
    expect(answer(chat)).to_contain_text("Stopped.")
    expect(box(chat)).to_be_focused()

    tab_to(chat, button(chat, "Regenerate"), key="Shift+Tab")
    keys.press("Enter")
    expect(answer(chat)).not_to_contain_text("Stopped.")
    expect(answer(chat)).to_contain_text("word5")
    slow.finish.set()
    expect(chat.get_by_text("Version 2 of 2")).to_be_attached()
    expect(box(chat)).to_be_focused()

    tab_to(chat, button(chat, "Previous version"), key="Shift+Tab")
    keys.press("Enter")
    expect(chat.get_by_text("Version 1 of 2")).to_be_attached()
    expect(button(chat, "Next version")).to_be_focused()


def test_keys_edit_a_question(chat: Page, slow: SlowEndpoint) -> None:
    have_answer(chat, slow)
    keys = chat.keyboard

    tab_to(chat, button(chat, "More").first, key="Shift+Tab")
    keys.press("Enter")
    tab_to(chat, button(chat, "Edit and send again"))
    keys.press("Enter")
    expect(chat.get_by_label("Edit the question")).to_be_focused()
    slow.finish.clear()
    keys.type("And owls? ")
    keys.press("Control+Enter")
    expect(stop(chat)).to_be_visible()
    expect(answer(chat)).to_contain_text("word5")
    slow.finish.set()

    expect(chat.get_by_label("Chat message from user")).to_contain_text("And owls?")
    expect(chat.get_by_text("Version 2 of 2")).to_be_attached()
    expect(box(chat)).to_be_focused()


def test_keys_open_and_rename_a_conversation(chat: Page, slow: SlowEndpoint) -> None:
    have_answer(chat, slow)
    keys = chat.keyboard
    keys.press("Control+Shift+O")
    expect(chat.get_by_text("Ask a Falcon something.")).to_be_visible()

    tab_to(chat, chat.get_by_role("tab", name="Settings"))
    keys.press("ArrowRight")
    tab_to(chat, button(chat, QUESTION))
    keys.press("Enter")
    expect(chat.get_by_label("Chat message from user")).to_contain_text(QUESTION)
    expect(button(chat, QUESTION)).to_be_focused()

    tab_to(chat, chat.get_by_role("button", name="Rename, pin or delete"))
    keys.press("Enter")
    expect(chat.get_by_role("menuitem", name="Rename")).to_be_focused()
    keys.press("Enter")
    expect(chat.get_by_label("Name of the conversation")).to_be_focused()
    keys.press("Control+A")
    keys.type("Birds")
    keys.press("Enter")
    expect(button(chat, "Birds")).to_be_visible()
    expect(chat.get_by_role("tab", name="Chats")).to_be_focused()


def test_keys_change_a_parameter_and_take_it_back(chat: Page) -> None:
    keys = chat.keyboard
    temperature = chat.get_by_role("slider", name="temperature")
    tab_to(chat, temperature)
    keys.press("ArrowRight")
    expect(chat.get_by_text("1.01", exact=True)).to_be_visible()
    expect(temperature).to_be_focused()

    reset = button(chat, "Reset temperature to its default")
    expect(reset).to_be_enabled()
    tab_to(chat, reset, key="Shift+Tab")
    keys.press("Enter")

    expect(reset).to_be_disabled()
    expect(chat.get_by_text("1.01", exact=True)).to_be_hidden()
    expect(temperature).to_be_focused()


def test_keys_enter_and_leave_panels_and_dialogs(chat: Page) -> None:
    keys = chat.keyboard
    code = button(chat, "Code")
    tab_to(chat, code, key="Shift+Tab")
    keys.press("Enter")
    expect(chat.get_by_role("dialog")).to_contain_text("boto3")
    tab_to(chat, chat.get_by_role("dialog").get_by_role("tab").first)
    keys.press("ArrowRight")
    expect(chat.get_by_role("dialog").get_by_role("tab").nth(1)).to_be_focused()
    keys.press("Escape")
    expect(code).to_be_focused()

    own = chat.get_by_role("button", name="Own")
    tab_to(chat, own, key="Shift+Tab")
    keys.press("Enter")
    expect(chat.get_by_test_id("stPopoverBody").locator(":focus")).to_be_visible()
    keys.press("Escape")
    expect(own).to_be_focused()


def test_keys_reach_a_block_of_code_that_scrolls(chat: Page) -> None:
    choose_endpoint(chat, "everything")
    ask(chat, QUESTION)
    expect(answer(chat)).to_contain_text("Done.")

    tab_to(chat, answer(chat).locator("pre").first, key="Shift+Tab")
