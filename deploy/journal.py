"""What this machine knows that it made, or was about to make, in AWS.

A write-ahead journal: an entry is on disk before each create call and leaves it only
when the resource is known to be gone. One file for each deployment, replaced whole, so
that a crash at any moment leaves the old one or the new one. Asks AWS nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path

from deploy.deployment import Deployment
from deploy.file_lock import locked
from falcon.errors import DeploymentError

Kind = Literal["upload", "model", "endpoint-config", "endpoint"]
KINDS: tuple[Kind, ...] = ("upload", "model", "endpoint-config", "endpoint")
"""In the order in which they are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    kind: Kind
    name: str
    """An upload's is s3://bucket/key."""
    at: datetime
    is_made: bool = False
    """Whether AWS answered that it exists; until then it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One deployment, with enough to tell of it while AWS cannot be asked."""

    id: str
    account: str
    region: str
    endpoint_name: str
    way: str = ""
    falcon_model: str = ""
    container: str = ""
    instance_type: str = ""
    instance_count: int = 1
    dollars_per_hour: float | None = None
    """Of all its instances, by the price list; None: not known."""
    expires_at: datetime | None = None
    is_removing: bool = False
    """Whether it is on the pending list: somebody wanted it gone."""
    is_untagged: bool = False
    """Whether a person said that it goes although it carries no tag of ours."""
    entries: tuple[Entry, ...] = ()

    @classmethod
    def of(cls, deployment: Deployment, dollars_per_hour: float | None) -> Record:
        return cls(
            id=deployment.id,
            account=deployment.account,
            region=deployment.region,
            endpoint_name=deployment.endpoint_name,
            way=deployment.way,
            falcon_model=deployment.falcon_model,
            container=deployment.container,
            instance_type=deployment.instance_type,
            instance_count=deployment.instance_count,
            dollars_per_hour=dollars_per_hour,
            expires_at=deployment.expires_at,
        )

    def entry(self, kind: Kind, name: str) -> Entry | None:
        found = (
            entry for entry in self.entries if (entry.kind, entry.name) == (kind, name)
        )
        return next(found, None)


class Journal:
    """The records in one folder. Safe from several processes at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def of_environment(cls, environ: Mapping[str, str]) -> Journal:
        """Return the user's: FALCON_DEPLOYMENTS, else in the user's data folder."""
        if chosen := environ.get("FALCON_DEPLOYMENTS"):
            return cls(Path(chosen))
        return cls(user_data_path("falcon-chat", appauthor=False) / "deployments")

    def records(self) -> tuple[Record, ...]:
        """Return every record, by id."""
        return tuple(
            record
            for path in sorted(self.folder.glob("*.json"))
            if (record := self._load(path)) is not None
        )

    def read(self, deployment_id: str) -> Record | None:
        return self._load(self._path(deployment_id))

    def begin(self, record: Record) -> None:
        """Take a deployment off the pending list: it is wanted again."""

        def begun(held: Record | None) -> Record | None:
            return replace(record, entries=held.entries) if held else None

        self._update(record.id, begun)

    def expect(self, record: Record, kind: Kind, name: str) -> None:
        """Note that a resource is about to be made; on disk when this returns."""
        self._note(record, Entry(kind=kind, name=name, at=datetime.now(UTC)))

    def made(self, record: Record, kind: Kind, name: str) -> None:
        """Note that AWS says that it exists."""
        at = datetime.now(UTC)
        self._note(record, Entry(kind=kind, name=name, at=at, is_made=True))

    def gone(self, deployment_id: str, kind: Kind, name: str) -> None:
        """Forget a resource; with its last one the record is gone."""

        def without(held: Record | None) -> Record | None:
            if held is None:
                return None
            left = tuple(e for e in held.entries if (e.kind, e.name) != (kind, name))
            return replace(held, entries=left) if left else None

        self._update(deployment_id, without)

    def remove(self, record: Record) -> None:
        """Put it on the pending list, with all that `record` knows of."""

        def removing(held: Record | None) -> Record:
            known = {(e.kind, e.name): e for e in (*record.entries, *_entries(held))}
            base = held or record
            return replace(
                base,
                is_removing=True,
                is_untagged=record.is_untagged,
                entries=tuple(known.values()),
            )

        self._update(record.id, removing)

    def _note(self, record: Record, entry: Entry) -> None:
        def noted(held: Record | None) -> Record:
            base = held or replace(record, entries=())
            others = tuple(
                e for e in base.entries if (e.kind, e.name) != (entry.kind, entry.name)
            )
            return replace(base, entries=(*others, entry))

        self._update(record.id, noted)

    def _update(
        self, deployment_id: str, change: Callable[[Record | None], Record | None]
    ) -> None:
        path = self._path(deployment_id)
        with _explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / "lock"):
                record = change(self._load(path))
                if record is None:
                    path.unlink(missing_ok=True)
                else:
                    _replace(path, _encode(record))

    def _load(self, path: Path) -> Record | None:
        with _explained(path):
            try:
                text = path.read_text(encoding="utf-8")
            except FileNotFoundError:
                return None
            try:
                return _decode(json.loads(text))
            except (ValueError, TypeError, KeyError) as error:
                raise DeploymentError(
                    f"{path} is not a journal of Falcon Chat. Move it away; "
                    "`python -m deploy gc` finds by tag what it was about."
                ) from error

    def _path(self, deployment_id: str) -> Path:
        return self.folder / f"{deployment_id}.json"


def _entries(record: Record | None) -> tuple[Entry, ...]:
    return record.entries if record else ()


def _encode(record: Record) -> str:
    return json.dumps(asdict(record), default=datetime.isoformat, indent=1) + "\n"


def _decode(fields: dict[str, Any]) -> Record:
    expires_at = fields.pop("expires_at")
    entries = tuple(
        Entry(**{**entry, "at": datetime.fromisoformat(entry["at"])})
        for entry in fields.pop("entries")
    )
    return Record(
        **fields,
        entries=entries,
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
    )


def _replace(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, on disk as well."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    if os.name == "posix":  # Elsewhere a folder cannot be opened.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DeploymentError(
            f"The journal at {path} cannot be used ({error.strerror}), and without it "
            "nothing is created. Make room or name another folder: "
            "FALCON_DEPLOYMENTS=/some/folder"
        ) from error
