"""Removes a deployment's parts in the right order and waits until they are gone.

First it goes on the pending list; an entry leaves the journal only when AWS says that
there is no such resource. What carries another deployment's tag, or none, is left alone
and forgotten: it never was ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError
from deploy.journal import KINDS, Entry, Journal, Record
from deploy.money import format_dollars
from deploy.pace import Pace, Patience
from deploy.progress import Progress
from deploy.resources import Described, delete, describe, read_resource_tags
from deploy.scaling import remove_scaling

Found = Literal["gone", "not ours", "deleted", "busy", "perhaps to come", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """One deployment that is to go."""

    aws: Aws
    record: Record
    journal: Journal
    progress: Progress
    pace: Pace
    waits: bool = True
    """Whether to wait for what AWS cannot delete at the moment."""

    def run(self) -> tuple[Entry, ...]:
        """Remove what there is and return what is left, which is on the pending list.

        Raises FalconError where AWS refuses; then all of it is on the list.
        """
        self.journal.remove(self.record)
        held = self.journal.read(self.record.id)
        entries = held.entries if held else ()
        left: list[Entry] = []
        self._remove_scaling()
        for entry in sorted(entries, key=lambda entry: -KINDS.index(entry.kind)):
            # While the endpoint is there it may need its configuration and model.
            if left or not self.remove(entry):
                left.append(entry)
        return tuple(left)

    def _remove_scaling(self) -> None:
        patience = Patience(self.pace, limit=self.pace.removal)
        while not patience.try_to(self._scaling_is_removed, otherwise=False):
            patience.sleep()

    def _scaling_is_removed(self) -> bool:
        try:
            remove_scaling(self.aws, self.record.endpoint_name)
        except RefusedError as refusal:
            if refusal.retryable or refusal.kind == "credentials":
                raise
            # It costs nothing; the endpoint, whose turn comes next, does.
            self.progress.say(f"Whether it was scaled is not known. {refusal}")
        return True

    def remove(self, entry: Entry) -> bool:
        """Remove one of its parts; return whether that is gone for certain."""
        self.progress.phase(f"Removing {entry.kind} {entry.name}")
        patience = Patience(self.pace, limit=self.pace.removal)
        while True:
            found = patience.try_to(partial(self._look, entry), otherwise="unknown")
            if found == "not ours":
                self.progress.say(
                    f"The {entry.kind} {entry.name} does not carry this deployment's "
                    "tag and stays."
                )
            if found in ("gone", "not ours"):
                self.journal.gone(self.record.id, entry.kind, entry.name)
                return True
            if found == "deleted":
                entry = replace(entry, is_made=True)
                continue
            if patience.is_over or not self.waits:
                return False
            patience.sleep()

    def _look(self, entry: Entry) -> Found:
        """Delete the resource if it is there and ours; return how it stands."""
        described = describe(self.aws, entry.kind, entry.name)
        if described is None:
            return "gone" if self._is_settled(entry) else "perhaps to come"
        if not self.record.is_untagged and not self._is_ours(entry, described):
            return "not ours"
        status = described.get("EndpointStatus")
        if status is not None:
            self.progress.state(status)
        if status == "Deleting" or not delete(self.aws, entry.kind, entry.name):
            return "busy"
        return "deleted"

    def _is_ours(self, entry: Entry, described: Described) -> bool:
        if entry.kind == "upload":  # Known by the journal alone.
            return True
        tags = read_resource_tags(self.aws, entry.kind, described)
        return tags is not None and tags.deployment_id == self.record.id

    def _is_settled(self, entry: Entry) -> bool:
        """Whether a create call that was asked for can no longer have an effect."""
        age = datetime.now(UTC) - entry.at
        return entry.is_made or age >= timedelta(seconds=self.pace.settling)


def tell_left(record: Record) -> str:
    """Return what is left of a deployment on the pending list, and what it costs."""
    parts = ", ".join(f"{entry.kind} {entry.name}" for entry in record.entries)
    cost = ""
    if any(entry.kind == "endpoint" for entry in record.entries):
        price = format_dollars(record.dollars_per_hour)
        cost = f" The endpoint may cost {price} per hour until it is gone."
    return (
        f"Left, and on the pending list, which the next `python -m deploy` command "
        f"goes on with: {parts}.{cost} To wait for it: python -m deploy down "
        f"{record.endpoint_name} --region {record.region}"
    )


def finish_pending(
    aws: Aws,
    *,
    journal: Journal,
    progress: Progress,
    pace: Pace,
    but: str | None = None,
) -> tuple[Record, ...]:
    """Remove what earlier commands could not, without waiting; return what is left.

    Of this account, in every region; `but` is the id of a deployment to leave alone.
    """
    pending = [record for record in journal.records() if record.is_removing]
    left = []
    for record in pending:
        if record.id == but or record.account != aws.account():
            continue
        removal = Removal(
            aws=aws.in_region(record.region),
            record=record,
            journal=journal,
            progress=progress,
            pace=replace(pace, outage=0.0),
            waits=False,
        )
        try:
            entries = removal.run()
        except RefusedError as refusal:
            progress.say(str(refusal))
            entries = record.entries
        if entries:
            left.append(replace(record, entries=entries))
    return tuple(left)
