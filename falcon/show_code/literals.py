"""Values as Python literals and as words of a shell, safe to paste into either.

Characters that cannot be seen are spelled out: one that turns the writing direction
would show other code than it runs, and a terminal obeys some of them.
"""

from __future__ import annotations

import json

INDENT = "    "
SHORT = 40
"""Characters up to which a text stays on one line, its line breaks spelled out."""


def python_literal(value: object, *, indent: str = "") -> str:
    """Return `value` in Python, one item a line, after text indented by `indent`."""
    inner = indent + INDENT
    if isinstance(value, dict):
        items = [
            f"{python_text(name)}: {python_literal(item, indent=inner)}"
            for name, item in value.items()
        ]
        return _bracketed("{", items, "}", indent=indent)
    if isinstance(value, list | tuple):
        items = [python_literal(item, indent=inner) for item in value]
        begin, end = "[]" if isinstance(value, list) else "()"
        return _bracketed(begin, items, end, indent=indent)
    if isinstance(value, str):
        if len(value) > SHORT and len(value.splitlines()) > 1:
            return _python_lines(value, indent=indent)
        return python_text(value)
    return repr(value)


def python_text(text: str) -> str:
    """Return `text` as a literal in double quotes on one line."""
    # Since the text begins with a double quote, repr chooses single ones.
    quoted = repr('"' + text)[2:-1]
    return '"' + quoted.replace("\\'", "'").replace('"', '\\"') + '"'


def shell_word(text: str) -> str:
    """Return `text` as one word for sh, bash and zsh, in which nothing is expanded."""
    return "'" + text.replace("'", "'\\''") + "'"


def visible_json(payload: bytes) -> str:
    """Return the JSON text `payload` with every invisible character as \\uXXXX."""
    return "".join(
        character if character.isprintable() else json.dumps(character)[1:-1]
        for character in payload.decode()
    )


def _python_lines(text: str, *, indent: str) -> str:
    lines = "".join(
        f"{indent}{INDENT}{python_text(line)}\n"
        for line in text.splitlines(keepends=True)
    )
    return f"(\n{lines}{indent})"


def _bracketed(begin: str, items: list[str], end: str, *, indent: str) -> str:
    if not items:
        return begin + end
    lines = "".join(f"{indent}{INDENT}{item},\n" for item in items)
    return f"{begin}\n{lines}{indent}{end}"
