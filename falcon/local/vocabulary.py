"""The spelling of every token: which bytes an id stands for, which ids are special.

llama.cpp shows a token only when it completes a character, so the ids of the tokens
before it are found here, by their bytes. Knows nothing of sampling or of requests.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from falcon.local.gguf import GGUFHeader

CONTROL = 3
"""The GGUF token type of `<|endoftext|>` and its like."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Tokens by id, and ids by their bytes."""

    pieces: tuple[bytes, ...]
    special: frozenset[int]
    ids: dict[bytes, int] = field(repr=False)

    @classmethod
    def from_header(cls, header: GGUFHeader) -> Vocabulary:
        """The vocabulary of a tokenizer that is a byte-level BPE, as Falcon's are."""
        special = frozenset(
            token for token, kind in enumerate(header.token_types) if kind == CONTROL
        )
        alphabet = _byte_level_alphabet()
        pieces = tuple(
            written if token in special else _spell_out(written, alphabet)
            for token, written in enumerate(header.tokens)
        )
        return cls(
            pieces, special, {piece: token for token, piece in enumerate(pieces)}
        )

    def text(self, token: int) -> str:
        """The token as text; bytes that are no whole character become U+FFFD."""
        return self.pieces[token].decode(errors="replace")

    def find_specials(self, text: str) -> dict[str, int]:
        """The special tokens that are written in `text`, with their ids."""
        spelled = {self.text(token): token for token in self.special}
        return {name: token for name, token in spelled.items() if name in text}

    def spell(self, spelled: bytes, *, count: int) -> tuple[int, ...] | None:
        """The ids of `count` tokens that spell these bytes, None if there are none."""
        if count == 0:
            return None if spelled else ()
        for end in range(1, len(spelled) - count + 2):
            token = self.ids.get(spelled[:end])
            if token is not None:
                rest = self.spell(spelled[end:], count=count - 1)
                if rest is not None:
                    return token, *rest
        return None


def _byte_level_alphabet() -> dict[int, int]:
    """The bytes that GPT-2's alphabet writes as another character than their own."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {256 + number: byte for number, byte in enumerate(others)}


def _spell_out(written: bytes, alphabet: dict[int, int]) -> bytes:
    """The bytes behind a written token; one of another kind stands for itself."""
    try:
        return written.decode().translate(alphabet).encode("latin-1")
    except UnicodeError:
        return written
