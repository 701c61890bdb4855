"""A person's own presets as rows of their table, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache

from sqlalchemy import Connection, delete, insert, select

from falcon.errors import ConfigurationError
from falcon.history.rows import storable
from falcon.history.tables import PRESET
from falcon.interchange.document import DocumentError
from falcon.interchange.values import from_plain, to_plain
from falcon.presets import VERSION, Preset, check_room


def read_presets(connection: Connection, owner: str) -> tuple[Preset, ...]:
    """Return the owner's presets by their names.

    What this version cannot read stays where it is, unseen.
    """
    wanted = (
        select(PRESET.c.document)
        .where(PRESET.c.owner == owner, PRESET.c.format <= VERSION)
        .order_by(PRESET.c.name)
    )
    read = map(_decode, connection.scalars(wanted))
    return tuple(preset for preset in read if preset is not None)


def write_presets(
    connection: Connection, owner: str, presets: Iterable[Preset]
) -> None:
    """Write the presets, each in place of one of its name, or none of them.

    Raises ConfigurationError if the owner would have too many.
    """
    new = {preset.name: preset for preset in presets}
    wanted = select(PRESET.c.name).where(PRESET.c.owner == owner)
    check_room({*connection.scalars(wanted), *new})
    connection.execute(
        delete(PRESET).where(PRESET.c.owner == owner, PRESET.c.name.in_(new))
    )
    rows = [
        {"owner": owner, "name": name, "format": VERSION, "document": _encode(preset)}
        for name, preset in new.items()
    ]
    if rows:
        connection.execute(insert(PRESET), rows)


def delete_preset(connection: Connection, owner: str, name: str) -> None:
    connection.execute(
        delete(PRESET).where(PRESET.c.owner == owner, PRESET.c.name == name)
    )


def _encode(preset: Preset) -> str:
    return storable(json.dumps(to_plain(preset), ensure_ascii=False))


# Every page run reads the list, and it hardly ever changes.
@lru_cache(maxsize=1024)
def _decode(document: str) -> Preset | None:
    try:
        return from_plain(Preset, json.loads(document))
    except (DocumentError, ConfigurationError):
        return None
