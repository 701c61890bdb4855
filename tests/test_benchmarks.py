from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.recordings import RECORDINGS, one_event_cut, two_parts

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_stream_is_cut_in_two_at_every_position(name: str) -> None:
    recording = RECORDINGS[name]()
    stream = b"".join(recording.events)

    cuts = list(two_parts(recording))

    assert [len(first) for first, _ in cuts] == list(range(1, len(stream)))
    assert all(b"".join(parts) == stream for parts in cuts)


@pytest.mark.parametrize("name", RECORDINGS)
def test_each_event_is_cut_in_two_at_every_position(name: str) -> None:
    recording = RECORDINGS[name]()
    stream = b"".join(recording.events)

    cuts = [tuple(parts) for parts in one_event_cut(recording)]

    assert len(set(cuts)) == sum(len(event) - 1 for event in recording.events)
    assert all(len(parts) == len(recording.events) + 1 for parts in cuts)
    assert all(b"".join(parts) == stream for parts in cuts)


def test_the_client_is_measured_with_the_boto3_it_is_used_with() -> None:
    used, measured = (
        {
            line
            for line in (ROOT / folder / "requirements.txt").read_text().splitlines()
            if line.startswith("boto")
        }
        for folder in (".", "benchmarks")
    )

    assert measured == used
