"""ApiSettings: whom the Chat API answers, checked once.

Reads a mapping, the environment, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from falcon.errors import ConfigurationError
from falcon.text import text

SHORTEST_KEY = 16
"""Characters; a shorter one can be guessed."""
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")

Keyless = Literal["nobody", "this machine", "everybody"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """Whom the Chat API answers."""

    keys: tuple[str, ...] = ()
    """Any of them opens it."""
    keyless: Keyless = "nobody"
    """Who is answered without a key where none is configured; *everybody* is for a
    gateway in front that has asked for the key itself."""
    origins: tuple[str, ...] = ()
    """The other origins whose pages may ask it."""

    @classmethod
    def from_mapping(
        cls, values: Mapping[str, str], *, keyless: Keyless
    ) -> ApiSettings:
        """Return what FALCON_API_KEYS and FALCON_API_ORIGINS say.

        Raises ConfigurationError naming the wrong one, and no key.
        """
        keys = _listed(values, "FALCON_API_KEYS")
        if any(len(key) < SHORTEST_KEY or not key.isascii() for key in keys):
            raise ConfigurationError(
                text(
                    "FALCON_API_KEYS holds a key that is too short or not ASCII: "
                    "{shortest} characters at least, for others must not guess it.",
                    shortest=SHORTEST_KEY,
                )
            )
        return cls(keys=keys, keyless=keyless, origins=read_origins(values))


def read_origins(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the origins in FALCON_API_ORIGINS; raises ConfigurationError."""
    origins = tuple(
        origin.lower().removesuffix("/")
        for origin in _listed(values, "FALCON_API_ORIGINS")
    )
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ConfigurationError(
                text(
                    "FALCON_API_ORIGINS holds {origin!r}, which is no origin such as "
                    "https://chat.example.com or https://localhost:3000.",
                    origin=origin,
                )
            )
    return origins


def _listed(values: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(
        one for said in values.get(name, "").split(",") if (one := said.strip())
    )
