"""Finds a tokenizer on the Hugging Face hub or in its cache, in a process of its own.

    python -m falcon.tokenizer_file REPOSITORY

prints the file's path. A server that did this itself would keep the hub's library, and
an HTTP client, for good: 5 MB for one file.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FILE = "tokenizer.json"


def find_tokenizer_file(repository: str) -> Path | None:
    """Return where the tokenizer is, fetched if need be; None: there is none."""
    found = subprocess.run(
        [sys.executable, "-m", "falcon.tokenizer_file", repository],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        # It tries five times, and announces each.
        stderr=subprocess.DEVNULL,
        text=True,
    )
    path = found.stdout.strip()
    return Path(path) if found.returncode == 0 and path else None


def main() -> None:
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    (repository,) = sys.argv[1:]
    file = try_to_load_from_cache(repository, FILE)
    if not isinstance(file, str):
        file = hf_hub_download(repository, FILE)
    sys.stdout.write(file)


if __name__ == "__main__":
    main()
