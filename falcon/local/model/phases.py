"""What the training shows the network, and when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """What one batch holds."""

    size: int
    """Tokens of a dialogue."""
    drills: bool = False
    """Whether answers are cut after their beginning: several times as many questions
    are asked in the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One cosine of the learning rate; each kind of batch in turn."""

    seed: int
    """Of its dialogues."""
    steps: int
    learning_rate: float
    kinds: tuple[Kind, ...]
    late_kinds: tuple[Kind, ...]
    """The kinds of the last 30 % of the steps."""
    placeholder_weight: int = 4
    drill_placeholder_weight: int = 10
    """How often names, colours and cities are told, against other turns."""
    invented: float = 0.5
    """The share of invented names."""


DRILL_320, DRILL_640 = Kind(320, drills=True), Kind(640, drills=True)
WHOLE_160, WHOLE_320 = Kind(160), Kind(320)
WHOLE_640, WHOLE_1024 = Kind(640), Kind(1024)
PHASES = (
    # Learns the answers, at last in dialogues that fill the context: without them the
    # network would be lost late in a chat.
    Phase(
        seed=2023,
        steps=1800,
        learning_rate=5e-3,
        kinds=(WHOLE_160, WHOLE_320, WHOLE_640),
        late_kinds=(WHOLE_160, WHOLE_320, WHOLE_640, WHOLE_1024, WHOLE_1024),
    ),
    # Learns which question asks for which of them …
    Phase(
        seed=2023,
        steps=1000,
        learning_rate=4e-3,
        kinds=(DRILL_320, DRILL_640, WHOLE_640, DRILL_320, WHOLE_1024),
        late_kinds=(DRILL_320, DRILL_640, WHOLE_160, WHOLE_640, WHOLE_1024),
    ),
    # … and to copy what it was told.
    Phase(
        seed=4242,
        steps=1500,
        learning_rate=4e-3,
        kinds=(DRILL_320, WHOLE_640, DRILL_320, WHOLE_160, DRILL_640, WHOLE_320),
        late_kinds=(WHOLE_160, WHOLE_320, WHOLE_640, WHOLE_1024, DRILL_320, WHOLE_1024),
        placeholder_weight=8,
        drill_placeholder_weight=30,
    ),
    Phase(
        seed=9191,
        steps=1300,
        learning_rate=3e-3,
        kinds=(DRILL_320, WHOLE_160, WHOLE_320, WHOLE_640),
        late_kinds=(WHOLE_160, DRILL_320, WHOLE_320, WHOLE_640, WHOLE_160, WHOLE_1024),
        placeholder_weight=6,
        drill_placeholder_weight=30,
        invented=0.15,
    ),
)
