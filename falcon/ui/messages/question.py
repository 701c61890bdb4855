"""A question as it stands in the conversation, its documents folded."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from falcon.documents.blocks import without_documents
from falcon.ui.labels import plain


def draw_question(text: str, place: DeltaGenerator) -> None:
    """Draw the text into `place` as one element; unfolded, it is what was sent."""
    blocks, question = without_documents(text)
    if not blocks:
        place.text(text)
        return
    within = place.container()
    folded = within.expander(
        plain(", ".join(block.heading for block in blocks)),
        icon=":material/description:",
    )
    folded.text("\n\n".join(block.text for block in blocks))
    within.text(question)
