"""Exact token counts, by a model's own tokenizer as soon as that is at hand.

One small file of the Hugging Face cache or hub is read in the background, at most once
per process. Where there is none (no network, a gated model, a package that is not
installed) nobody waits and nothing is said: falcon/context_window.py estimates.
HF_HUB_OFFLINE=1 forbids the network.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from falcon.tokenizer_file import find_tokenizer_file

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def token_counter(repository: str | None) -> Callable[[str], int] | None:
    """Return what counts a prompt's tokens, special ones included.

    None for a model without a `repository` on the hub, and until its tokenizer is at
    hand; the first call sends for it.
    """
    if repository is None:
        return None
    with _one_at_a_time:
        loading = _load(repository)
    return None if loading.tokenizer is None else loading.count


@cache
def _load(repository: str) -> _Loading:
    loading = _Loading(repository)
    loading.start()
    return loading


_one_at_a_time = threading.Lock()


class _Loading(threading.Thread):
    """Ends with the tokenizer of a repository, or without."""

    tokenizer: Tokenizer | None = None

    def __init__(self, repository: str) -> None:
        super().__init__(name=f"tokenizer of {repository}", daemon=True)
        self._repository = repository

    def count(self, text: str) -> int:
        assert self.tokenizer is not None
        return len(self.tokenizer.encode(text).ids)

    def run(self) -> None:
        try:
            self.tokenizer = self._find()
        # Whatever it is, an estimate does; and tokenizers raises no class of its own.
        except Exception:  # noqa: BLE001
            pass

    def _find(self) -> Tokenizer | None:
        file = find_tokenizer_file(self._repository)
        if file is None:
            return None
        # Imported here: it need not be installed, and takes 4 MB.
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(file))
        # What the model's training may have left switched on.
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer
