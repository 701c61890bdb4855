"""Presets: named sets of generation parameters, a person's own among them.

A preset holds only what it changes, and perhaps a system prompt; never an endpoint or
credentials, so that it can be passed on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from falcon.errors import ConfigurationError
from falcon.interchange.document import DocumentError, read_document, write_document
from falcon.interchange.values import from_plain, to_plain
from falcon.parameters import GenerationParameters
from falcon.record import ParameterValue
from falcon.text import Text, text

FORMAT = "falcon-chat-presets"
VERSION = 1
MOST_PRESETS = 200
"""In one document, and of one person's own."""
LONGEST_NAME = 60
LONGEST_TEXT = 20_000
"""Characters of a description, a system prompt or the stop sequences together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Raises ConfigurationError if its parameters or texts are out of bounds."""

    name: str
    description: str = ""
    parameters: Mapping[str, ParameterValue] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """What it changes, by the names in GenerationParameters."""
    system_prompt: str | None = None
    """None leaves the system prompt as it is."""

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= LONGEST_NAME or not self.name.isprintable():
            raise ConfigurationError(
                text(
                    "A preset's name is one line of 1 to {most} characters.",
                    most=LONGEST_NAME,
                )
            )
        if max(len(self.description), len(self.system_prompt or "")) > LONGEST_TEXT:
            raise self._too_long()
        try:
            made = self.applied_to(GenerationParameters())
        except TypeError as error:
            raise ConfigurationError(
                text(
                    "The preset {name} holds a parameter that there is not.",
                    name=self.name,
                )
            ) from error
        if sum(map(len, made.stop)) > LONGEST_TEXT:
            raise self._too_long()

    def _too_long(self) -> ConfigurationError:
        return ConfigurationError(
            text(
                "The preset {name} holds a text of more than {most} characters.",
                name=self.name,
                most=LONGEST_TEXT,
            )
        )

    def applied_to(self, parameters: GenerationParameters) -> GenerationParameters:
        """Return `parameters` with what this preset changes.

        Raises ConfigurationError if the two together are out of bounds.
        """
        changes: dict[str, Any] = dict(self.parameters)  # as many types as names
        return replace(parameters, **changes)


def find_equal(
    presets: Iterable[Preset],
    parameters: GenerationParameters,
    *,
    system_prompt: str = "",
    base: GenerationParameters = GenerationParameters(),
) -> Preset | None:
    """Return the first preset that makes just these parameters from `base`."""
    for preset in presets:
        try:
            made = preset.applied_to(base)
        except ConfigurationError:
            continue  # It does not go together with this base.
        if made == parameters and preset.system_prompt in (None, system_prompt):
            return preset
    return None


def preset_of(
    parameters: GenerationParameters,
    *,
    name: str,
    description: str = "",
    system_prompt: str | None = None,
) -> Preset:
    """Return the parameters that were set as a preset of this name."""
    return Preset(
        name=name,
        description=description,
        parameters=MappingProxyType(
            {changed: getattr(parameters, changed) for changed in parameters.changed}
        ),
        system_prompt=system_prompt,
    )


def check_room(names: Collection[str]) -> None:
    """Raise ConfigurationError if these are too many names of one person's own."""
    if len(names) > MOST_PRESETS:
        raise ConfigurationError(
            text(
                "There is room for {most} presets of your own. Delete some first.",
                most=MOST_PRESETS,
            )
        )


def export_presets(presets: Iterable[Preset]) -> bytes:
    """Return the presets as a document that `import_presets` reads."""
    content = {"presets": [to_plain(preset) for preset in presets]}
    return write_document(FORMAT, VERSION, content, indent=2)


def import_presets(file: bytes) -> tuple[Preset, ...]:
    """Return the presets in a document.

    Raises ConfigurationError, which says what is wrong, if it is not wholly right.
    """
    try:
        document = read_document(file, FORMAT, VERSION)
        plain = document.pop("presets", None)
        if not isinstance(plain, list) or document:
            raise DocumentError(
                text('It must hold "{name}", a list, and no more', name="presets")
            )
        if len(plain) > MOST_PRESETS:
            raise DocumentError(
                text("It has more than {most} presets", most=MOST_PRESETS)
            )
        presets = tuple(from_plain(Preset, preset) for preset in plain)
        if len({preset.name for preset in presets}) != len(presets):
            raise DocumentError(text("Two presets have the same name"))
    except DocumentError as error:
        raise ConfigurationError(
            text(
                "These presets cannot be imported, and none was. {problem}.",
                problem=error.args[0],
            )
        ) from error
    except ConfigurationError as error:
        raise ConfigurationError(
            text(
                "These presets cannot be imported, and none was. {problem}",
                problem=error,
            )
        ) from error
    return presets


def _built_in(name: Text, description: Text, **parameters: ParameterValue) -> Preset:
    return Preset(
        name=name, description=description, parameters=MappingProxyType(parameters)
    )


# Values and where they come from: see each description, and for the first three the
# AWS samples for Falcon (temperature 0.1 to 0.8, top_p 0.9, repetition_penalty 1.03).
PRECISE = _built_in(
    text("Precise"),
    text("The likeliest words: the same question gets the same answer."),
    do_sample=False,
    repetition_penalty=1.03,
)
BALANCED = _built_in(
    text("Balanced"),
    text("Some freedom in the choice of words, without straying."),
    do_sample=True,
    temperature=0.6,
    top_p=0.9,
    repetition_penalty=1.03,
)
CREATIVE = _built_in(
    text("Creative"),
    text("Less likely words too, for stories and ideas."),
    do_sample=True,
    temperature=1.0,
    top_p=0.95,
    repetition_penalty=1.1,
)
HUGGINGCHAT_FALCON = _built_in(
    text("HuggingChat Falcon"),
    text("What HuggingChat asked Falcon 180B with."),
    temperature=0.1,
    top_p=0.95,
    repetition_penalty=1.2,
    top_k=50,
    truncate=1024,
    max_new_tokens=1024,
    stop=("User:",),
)
JUMPSTART = _built_in(
    text("JumpStart notebook"),
    text("What AWS's notebook text-generation-falcon asks with."),
    do_sample=True,
    temperature=0.8,
    top_p=0.9,
    max_new_tokens=1024,
    stop=("<|endoftext|>", "</s>"),
)
CHAT_API = _built_in(
    text("Chat API"),
    text(
        "What the Lambda function of chatbot-based-on-Falcon-FM asks with: 200 tokens."
    ),
    max_new_tokens=200,
)
AMPLIFY = _built_in(
    text("Amplify and Lambda"),
    text(
        "What AWS Amplify's tutorial asks falcon-7b with: 300 tokens, drawn from the "
        "50 likeliest. There, the 300 count the question too."
    ),
    max_new_tokens=300,
    do_sample=True,
    top_k=50,
)
BUILT_IN = (
    PRECISE,
    BALANCED,
    CREATIVE,
    HUGGINGCHAT_FALCON,
    JUMPSTART,
    CHAT_API,
    AMPLIFY,
)
