"""Which file `--model` means: the shipped one, a path, or a name on the Hub."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from falcon.local.gguf import ModelFileError
from falcon.local.hub import HubFile
from falcon.local.model.files import GGUF, GGUF_CHECKSUM
from falcon.text import text

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file to load, and what to call it."""

    path: Path
    name: str
    is_shipped: bool = False


def find_model(model: str | None, announce: Callable[[str], None]) -> ModelFile:
    """Find the file, downloading it if need be. Raises ModelFileError."""
    if model is None:
        _check_shipped_model()
        return ModelFile(GGUF, GGUF.stem, is_shipped=True)
    path = Path(model).expanduser()
    if path.is_dir():
        raise ModelFileError(
            text("{model} is a folder; name the GGUF file in it", model=model)
        )
    if path.exists():
        return ModelFile(path, path.stem)
    hub_file = HubFile.parse(model)
    if hub_file is None:
        raise ModelFileError(text("There is no file {model}", model=model))
    return ModelFile(hub_file.download(announce), model)


def _check_shipped_model() -> None:
    """Damaged weights would load and talk nonsense."""
    try:
        expected = GGUF_CHECKSUM.read_text().split()[0]
        with GGUF.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFileError(
            text(
                "The small Falcon model is missing: {problem}: {file}",
                problem=error.strerror,
                file=str(error.filename),
            )
        ) from error
    if found != expected:
        raise ModelFileError(
            text(
                "{file} is damaged: its SHA-256 is not the one in {checksum}; fetch it "
                "again with `git checkout`",
                file=str(GGUF),
                checksum=GGUF_CHECKSUM.name,
            )
        )
