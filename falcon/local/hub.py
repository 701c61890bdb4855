"""A GGUF file from the Hugging Face Hub, downloaded once and kept in its cache."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from falcon.local.gguf import ModelFileError
from falcon.text import text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

HUB_ID = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+?)([:/](?P<file>.+\.gguf))?", re.ASCII)

QUANTISATIONS = ("Q4_K_M", "Q4_K_S", "Q4_0", "Q5_K_M", "Q6_K", "Q8_0", "Q3_K_M", "F16")
"""The best first: 4 bits keep nearly all of the quality at a third of the size."""

PART_OF_SPLIT = re.compile(r"-(?P<part>\d{5})-of-\d{5}\.gguf$")


@dataclass(frozen=True, slots=True)
class HubFile:
    """`owner/repository`, and the GGUF file in it if one is named."""

    repository: str
    file: str | None

    @classmethod
    def parse(cls, text: str) -> HubFile | None:
        """Read `owner/repo`, `owner/repo:file.gguf` or `owner/repo/file.gguf`."""
        match = HUB_ID.fullmatch(text)
        if match is None or match["repo"].endswith(".gguf"):
            return None
        return cls(match["repo"], match["file"])

    def download(self, announce: Callable[[str], None]) -> Path:
        """Fetch the file, or find it in the cache. Raises ModelFileError."""
        # Imported here: nobody else needs them, and they take a fifth of a second.
        import httpx2  # huggingface_hub's own; it lets the network's errors through
        from huggingface_hub import HfApi, hf_hub_download
        from huggingface_hub.errors import (
            HfHubHTTPError,
            LocalEntryNotFoundError,
            RepositoryNotFoundError,
        )

        try:
            repository = HfApi().model_info(self.repository, timeout=10)
            files = [sibling.rfilename for sibling in repository.siblings or ()]
            file = self.choose(files)
            announce(
                text(
                    "Fetching {file} from huggingface.co/{repository}",
                    file=file,
                    repository=self.repository,
                )
            )
            paths = [
                hf_hub_download(self.repository, part) for part in _parts(file, files)
            ]
        except RepositoryNotFoundError as error:
            raise ModelFileError(
                text(
                    "{repository} on the Hub: there is none of this name, or it wants "
                    "a token (HF_TOKEN)",
                    repository=self.repository,
                )
            ) from error
        except HfHubHTTPError as error:
            raise ModelFileError(
                text(
                    "{repository} on the Hub: {problem}",
                    repository=self.repository,
                    problem=str(error).partition("\n")[0],
                )
            ) from error
        except (httpx2.HTTPError, ConnectionError, LocalEntryNotFoundError) as error:
            return self._find_in_cache(error)
        except OSError as error:
            raise ModelFileError(
                text(
                    "{repository} cannot be downloaded: {problem}",
                    repository=self.repository,
                    problem=error.strerror or str(error),
                )
            ) from error
        return Path(paths[0])

    def _find_in_cache(self, network_error: Exception) -> Path:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError

        try:
            folder = Path(snapshot_download(self.repository, local_files_only=True))
        except LocalEntryNotFoundError:
            raise ModelFileError(
                text(
                    "{repository} cannot be downloaded: huggingface.co does not answer "
                    "({problem})",
                    repository=self.repository,
                    problem=str(network_error),
                )
            ) from network_error
        cached = [str(path.relative_to(folder)) for path in folder.rglob("*.gguf")]
        return folder / self.choose(cached)

    def choose(self, files: Collection[str]) -> str:
        """The named file, or the one that suits a laptop best."""
        if self.file is not None:
            if self.file not in files:
                raise ModelFileError(
                    text(
                        "{repository} has no file {file}",
                        repository=self.repository,
                        file=self.file,
                    )
                )
            return self.file
        models = sorted(filter(_is_model, files))
        if not models:
            raise ModelFileError(
                text("{repository} has no GGUF file", repository=self.repository)
            )
        return min(models, key=_rank)


def _is_model(file: str) -> bool:
    part = PART_OF_SPLIT.search(file)
    is_later_part = part is not None and part["part"] != "00001"
    return file.endswith(".gguf") and "mmproj" not in file and not is_later_part


def _rank(file: str) -> int:
    for rank, quantisation in enumerate(QUANTISATIONS):
        if quantisation in file.upper():
            return rank
    return len(QUANTISATIONS)


def _parts(file: str, files: Collection[str]) -> list[str]:
    """The file itself, or all the parts of one that is split, the first one first."""
    part = PART_OF_SPLIT.search(file)
    if part is None:
        return [file]
    stem = file[: part.start()]
    return sorted(
        other
        for other in files
        if (match := PART_OF_SPLIT.search(other)) and other[: match.start()] == stem
    )
