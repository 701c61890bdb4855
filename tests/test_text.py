"""A sentence that remembers how it was made, and who must make theirs that way."""

from __future__ import annotations

import ast
import copy
import pickle
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from falcon import errors
from falcon.errors import EndpointError, FalconError, IncompleteGenerationError
from falcon.text import Text, text

FALCON = Path(__file__).parents[1] / "falcon"
ON_A_TERMINAL = ("ask.py", "install.py", "launch.py", "__main__.py")
TAKEN_OVER = {"stream.py: str(error)"}
"""Messages that another FalconError was made with."""
ERRORS = {
    "DocumentError",
    *(name for name, kind in vars(errors).items() if isinstance(kind, type)),
}


def test_a_text_equals_its_english() -> None:
    said = text("The endpoint {endpoint} is busy.", endpoint="falcon")
    assert said == "The endpoint falcon is busy."
    assert {said} == {"The endpoint falcon is busy."}


def test_a_text_keeps_its_template_and_values() -> None:
    reason = text("it is {given} tokens", given=9)
    said = text("Too long: {reason}.", reason=reason)
    assert (said.template, said.values) == ("Too long: {reason}.", {"reason": reason})
    assert said == "Too long: it is 9 tokens."


def test_braces_stand_for_themselves_where_nothing_is_filled_in() -> None:
    assert text('Not {"json"}.') == 'Not {"json"}.'


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])
def test_a_text_survives_copying(again: Callable[[Text], Text]) -> None:
    kept = again(text("{name} is empty.", name="a.txt"))
    assert (kept.template, kept.values) == ("{name} is empty.", {"name": "a.txt"})


def test_an_error_and_its_text_survive_pickling() -> None:
    error = IncompleteGenerationError(text("{name} is cut.", name="It"), text="Hel")
    kept = pickle.loads(pickle.dumps(error))
    assert (str(kept), kept.text, kept.args[0].template) == (
        "It is cut.",
        "Hel",
        "{name} is cut.",
    )


def test_str_of_an_error_is_the_text_it_was_made_with() -> None:
    said = text("{name} is gone.", name="It")
    with pytest.raises(FalconError) as caught:
        raise EndpointError(said) from ValueError("something else")
    assert str(caught.value) is said


def test_every_error_that_the_page_shows_is_made_with_a_text() -> None:
    plain = [
        f"{where}: {ast.unparse(message)}"
        for where, tree in modules()
        for message in messages(tree)
        if not is_text(message, tree)
    ]
    assert set(plain) == TAKEN_OVER


def test_every_template_is_a_literal_whose_places_are_filled_in() -> None:
    for where, tree in modules():
        for call in calls(tree, {"text"}):
            match call.args[0]:
                case ast.Constant(value=str(template)):
                    given = {keyword.arg for keyword in call.keywords}
                    assert not given or places(template) == given, where
                case other:
                    pytest.fail(f"{where}: {ast.unparse(other)}")


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module whose words the page shows as they are, with its name."""
    for path in sorted(FALCON.rglob("*.py")):
        where = path.relative_to(FALCON)
        if where.parts[0] not in ("ui", "local") and str(where) not in ON_A_TERMINAL:
            yield where.as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def messages(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what each error in a module is made with."""
    for call in calls(tree, ERRORS):
        yield call.args[0]


def calls(tree: ast.Module, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in names:
                yield node


def is_text(message: ast.expr, tree: ast.Module) -> bool:
    """Whether an expression is a Text by the words alone."""
    match message:
        case ast.IfExp(body=one, orelse=other):
            return is_text(one, tree) and is_text(other, tree)
        case ast.Call(func=ast.Name(id="text")):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in functions(tree)
        case ast.Name(id=name):
            return name in constants(tree)
    return False


def functions(tree: ast.Module) -> Iterator[str]:
    """Yield the names of a module's functions that return a Text."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name, returns=ast.Name(id="Text")):
                yield name


def constants(tree: ast.Module) -> Iterator[str]:
    """Yield the names of a module's constants that are a Text."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value):
                if is_text(value, tree):
                    yield name
