"""Kills a program that saves conversations, again and again, and looks what is left.

    python -m tests.history_crash 200

One process imports the history and forks a child for each round. The child tells what
has been saved, after it has been; at a random moment it gets SIGKILL.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from falcon.conversation import Conversation, Message
from falcon.history import History

SECONDS_TO_LIVE = 0.12
WORDS = "송골매는 아주 빠른 새입니다. 🦅 Falcons fly fast.\n" * 40


@dataclass
class Figures:
    kills: int = 0
    turns: int = 0
    """Saved and acknowledged, over all rounds."""
    torn: int = 0
    lost: int = 0
    unreadable: int = 0
    cut: int = 0
    """Answers that were growing when the kill came."""
    unmarked: int = 0
    """Those of them that the next start did not mark."""
    seconds: float = 0.0


@dataclass
class Round:
    conversation_id: str = ""
    acknowledged: dict[str, tuple[int, bool]] = field(default_factory=dict)
    """By message: how many pieces of its text, and whether that was all of it."""


def text_of(message_id: str, pieces: int) -> str:
    return f"{message_id}:" + WORDS[: 97 * pieces]


def save_for_ever(url: str, acknowledge: int) -> None:
    """What the child does: turns, with answers that grow."""

    def tell(*said: object) -> None:
        os.write(acknowledge, f"{json.dumps(said)}\n".encode())

    history = History(url)
    conversation = Conversation(owner="crash")
    saved = history.save(conversation)
    tell("conversation", conversation.id)
    while True:
        for role in ("user", "assistant"):
            pieces = 1 if role == "user" else random.randint(2, 12)
            message = Message("user" if role == "user" else "assistant", "")
            for piece in range(1, pieces + 1):
                is_whole = piece == pieces
                message = replace(
                    message,
                    text=text_of(message.id, piece),
                    finish_reason="eos_token"
                    if is_whole and role == "assistant"
                    else None,
                )
                if message.id in conversation.messages:
                    conversation = conversation.replace(message)
                else:
                    conversation = conversation.add(message, after=conversation.leaf_id)
                saved = history.save(conversation, before=saved)
                tell("message", message.id, piece, is_whole)


def kill_one(url: str, moment: float, *, has_begun: bool) -> Round:
    """Return what one child had acknowledged when it was killed.

    `moment` counts from its first save, or else from its birth: then the kill may come
    while it opens the database, and on a busy machine always does.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        save_for_ever(url, writing)
    os.close(writing)
    if has_begun:
        select.select([reading], [], [])
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as pipe:
        lines = pipe.read().decode().splitlines()
    round_ = Round()
    for line in lines:
        kind, *said = json.loads(line)
        if kind == "conversation":
            round_.conversation_id = said[0]
        else:
            round_.acknowledged[said[0]] = (said[1], said[2])
    return round_


def judge(url: str, round_: Round, figures: Figures) -> None:
    figures.kills += 1
    figures.turns += sum(whole for _, whole in round_.acknowledged.values())
    if not is_whole_file(url):
        figures.unreadable += 1
        return
    history = History(url)
    saved = history.load(round_.conversation_id) if round_.conversation_id else None
    history.close()
    if saved is None:
        figures.lost += len(round_.acknowledged)
        return
    messages = saved.conversation.messages
    for message in messages.values():
        figures.torn += message.text not in possible_texts(message.id)
        if message.role == "assistant" and message.finish_reason != "eos_token":
            figures.cut += 1
            figures.unmarked += message.finish_reason != "interrupted"
    for message_id, (pieces, _) in round_.acknowledged.items():
        message = (
            messages[message_id] if message_id in messages else Message("user", "")
        )
        figures.lost += len(message.text) < len(text_of(message_id, pieces))


def possible_texts(message_id: str) -> Iterator[str]:
    return (text_of(message_id, pieces) for pieces in range(1, 13))


def is_whole_file(url: str) -> bool:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
    except sqlite3.DatabaseError:
        return False
    finally:
        connection.close()


def crash(kills: int, folder: Path) -> Figures:
    figures, began = Figures(), time.monotonic()
    url = f"sqlite:///{folder / 'conversations.sqlite3'}"
    for number in range(kills):
        moment = random.uniform(0.005, SECONDS_TO_LIVE)
        round_ = kill_one(url, moment, has_begun=number % 2 == 0)
        judge(url, round_, figures)
    figures.seconds = round(time.monotonic() - began, 1)
    return figures


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        found = crash(int(sys.argv[1]), Path(folder))
    sys.stdout.write(f"{json.dumps(vars(found))}\n")
