"""Whether a model was made for the reader's language, and what to say if not.

The languages are those of the models' cards on the Hugging Face Hub.
"""

from __future__ import annotations

from types import MappingProxyType

from falcon.models import FalconModel
from falcon.ui import texts
from falcon.ui.language import current_language, say

_EUROPEAN = texts.ENGLISH_AND_EUROPEAN
_TRAINED_ON = MappingProxyType(
    {
        "falcon-7b": texts.ENGLISH_AND_FRENCH,
        "falcon-40b": _EUROPEAN,
        "falcon-180b": _EUROPEAN,
        "falcon2-11b": _EUROPEAN,
        "falcon-11b": _EUROPEAN,
        "falcon3-": texts.LANGUAGES_OF_FALCON_3,
    }
)
"""By how a model's id begins. Those of Falcon-H1 speak Korean; of a model that is not
known, nothing is said."""


def describe_languages(model: FalconModel | None) -> str:
    """Return a line for a reader whose language the model was not made for."""
    if model is None or current_language() != "ko":
        return ""
    for beginning, languages in _TRAINED_ON.items():
        if model.id.lower().startswith(beginning):
            return say(texts.NOT_IN_KOREAN, model=model.id, languages=say(languages))
    return ""


def say_to(model: FalconModel | None, question: str) -> str:
    """Return a question of the page's own in a language that reader and model know."""
    return question if describe_languages(model) else say(question)
