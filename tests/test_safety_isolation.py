"""Nobody is shown what another has said: reliability row S7.

FALCON_TEST_TURNS=500 asks as often as the row says, which takes minutes.
"""

from __future__ import annotations

import ast
import os
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browser_fixtures import ROOT, serve
from tests.raw_session import RawSession, sessions
from tests.slow_endpoint import serving_slowly

TURNS = int(os.environ.get("FALCON_TEST_TURNS", "3"))
PEOPLE = 20 if TURNS > 100 else 8
TURNS_IN_A_CHAT = 5


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The page with a history on disk and no limits."""
    history = tmp_path_factory.mktemp("history") / "conversations.sqlite3"
    with (
        serving_slowly() as slow,
        serve(
            **slow.environ,
            FALCON_ENDPOINT="turns",
            FALCON_REGION="us-east-1",
            FALCON_HISTORY=f"sqlite:///{history}",
            FALCON_MOST_OPEN="0",
            FALCON_MOST_QUESTIONS_PER_MINUTE="0",
        ) as port,
    ):
        yield port


def talk(session: RawSession, canary: str) -> None:
    for turn in range(TURNS):
        asked = turn % TURNS_IN_A_CHAT + 1
        if turn and asked == 1:
            session.click("New chat")
            session.wait()
        session.ask(f"{canary} {asked}")
        session.wait_for(f"{asked} questions, the first was {canary} 1")
        session.wait()


def test_no_session_is_told_anothers_words(port: int) -> None:
    canaries = [f"canary-{secrets.token_hex(8)}" for _ in range(PEOPLE)]
    owners = [secrets.token_urlsafe(16) for _ in canaries]
    with sessions(port, owners) as people, ThreadPoolExecutor(PEOPLE) as threads:
        list(threads.map(talk, people, canaries))
        leaks = [
            (person.owner, canary)
            for person, own in zip(people, canaries, strict=True)
            for canary in canaries
            if canary != own and person.was_told(canary)
        ]

        assert all(map(RawSession.was_told, people, canaries))
        assert not leaks


def test_no_list_and_no_search_finds_anothers_conversation(port: int) -> None:
    with sessions(port, [secrets.token_urlsafe(16) for _ in "ab"]) as (anna, ben):
        anna.ask("canary-of-anna")
        anna.wait_for("1 questions")
        ben.run()

        assert not ben.was_told("canary-of-anna")
        assert not ben.was_told(anna.address["conversation"])


KEPT_FOR_ALL = {
    # What this process was started with, and what it has open: the conversations are
    # in the backend's registry, by ids that nobody can guess.
    "ui/backend.py: @backend",
    "ui/backend.py: @environment",
    # The settings and the client of the API, and the answers that it is giving.
    "ui/chat_api.py: @chat_api",
    # What comes with the program, or with the classes that are in it.
    "aws_descriptions.py: @descriptions",
    "interchange/values.py: @_fields",
    "interchange/values.py: @_kinds",
    "tokenizer.py: @_load",
    "ui/memory.py: @give_back_holes",
    "ui/many_chats.py: @leave_modules_out_of_collections",
    "ui/messages/html_buttons.py: @_component",
    "ui/keyboard_focus.py: @_component",
    "ui/language.py: @_catalogue",
    "ui/shell.py: @icon_uri",
    # Who draws just now, and until when nobody does.
    "ui/many_chats.py: _queue = _Queue()",
    "ui/many_chats.py: _turn = _Turn()",
    # Who asks has the text of the preset already.
    "history/presets.py: @_decode",
    # The repetitions that all clients have together: one number.
    "retries.py: PROCESS_BUDGET = RetryBudget()",
}
CHANGES = {
    *("append", "add", "extend", "insert", "update", "setdefault"),
    *("pop", "popitem", "remove", "discard", "clear"),
}


def test_a_module_keeps_nothing_of_anybody() -> None:
    """What stands in a module and can change is shared by all who use this server."""
    found = set[str]()
    for path in ROOT.joinpath("falcon").rglob("*.py"):
        tree = ast.parse(path.read_text())
        name = path.relative_to(ROOT / "falcon").as_posix()
        # Commands and what a process of its own does have one user.
        if not name.startswith("local/") and name != "install.py":
            found.update(f"{name}: {kept}" for kept in kept_for_all(tree))

    assert found - KEPT_FOR_ALL == set()


def kept_for_all(tree: ast.Module) -> Iterator[str]:
    names = set[str]()
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                names.add(name)
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                names.add(name)
            case _:
                continue
        if is_made_here(value):
            yield ast.unparse(statement)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name, decorator_list=decorators):
                said = " ".join(map(ast.unparse, decorators))
                if "cache" in said:
                    yield f"@{name}"
            case ast.Global(names=[*changed]):
                yield f"global {changed}"
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                if name in names:
                    yield f"{name}[]"
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attribute)):
                if name in names and attribute in CHANGES:
                    yield f"{name}.{attribute}"


def is_made_here(value: ast.expr | None) -> bool:
    """Whether it is an object of a class whose objects change."""
    match value:
        case ast.Call(func=ast.Name(id=name)):
            changing = (
                "Budget",
                "Counter",
                "Lock",
                "defaultdict",
                "Registry",
                "Limiter",
            )
            return name.endswith(changing)
    return False
