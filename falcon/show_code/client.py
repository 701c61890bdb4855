"""A request as Python with FalconClient, which prints the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from falcon.containers import ContainerName
from falcon.endpoint import Endpoint
from falcon.models import DEFAULT_MODEL, MODELS, FalconModel
from falcon.parameters import GenerationParameters
from falcon.prompt import FALCON_3, FALCON_180B_CHAT, FALCON_H1, FALCON_INSTRUCT, Turn
from falcon.show_code.literals import INDENT, python_literal, python_text

_TEMPLATES: Mapping[str, str] = MappingProxyType(
    {
        FALCON_INSTRUCT.name: "FALCON_INSTRUCT",
        FALCON_180B_CHAT.name: "FALCON_180B_CHAT",
        FALCON_3.name: "FALCON_3",
        FALCON_H1.name: "FALCON_H1",
    }
)
_IMPORTS = """\
from falcon import Endpoint, FalconClient{parameters}
from falcon.conversation import Message
"""
_STREAM = """\
with client.stream({arguments}) as stream:
    for event in stream:
        print(getattr(event, "text", ""), end="", flush=True)
"""
_MODEL_IMPORTS = """\
from falcon.context_window import ContextWindow
from falcon.models import FalconModel
from falcon.prompt import {template}
"""
_MODEL = """\
FalconModel(
        id={id},
        window=ContextWindow(max_total_tokens={total}, max_input_tokens={longest}),
        template={template},
    )"""
_WHOLE = "print(client.generate({arguments}).text)\n"


def client_code(
    endpoint: Endpoint,
    container: ContainerName,
    model: FalconModel,
    turns: Sequence[Turn],
    parameters: GenerationParameters,
    *,
    streams: bool,
) -> str:
    """Return the code that asks with FalconClient; only parameters that were set."""
    model_imports, model_code = _model(model)
    asked = {name: getattr(parameters, name) for name in parameters.changed}
    settings = [_endpoint(endpoint), f"container={python_text(container)}"]
    if model_code:
        settings.append(f"model={model_code}")
    imports = _IMPORTS.format(parameters=", GenerationParameters" if asked else "")
    code = [imports, model_imports, "\n", f"client = {_call('FalconClient', settings)}"]
    said = [
        f"Message({python_text(turn.role)}, {python_literal(turn.text, indent=INDENT)})"
        for turn in turns
    ]
    code.append("turns = [\n" + "".join(f"{INDENT}{turn},\n" for turn in said) + "]\n")
    if asked:
        values = [
            f"{name}={python_literal(value, indent=INDENT)}"
            for name, value in asked.items()
        ]
        code.append(f"parameters = {_call('GenerationParameters', values)}")
    ask = _STREAM if streams else _WHOLE
    code.append(ask.format(arguments="turns, parameters" if asked else "turns"))
    return "".join(code)


def _endpoint(endpoint: Endpoint) -> str:
    said = {"name": endpoint.name, "region": endpoint.region, "url": endpoint.url}
    values = [f"{key}={python_text(value)}" for key, value in said.items() if value]
    return f"Endpoint({', '.join(values)})"


def _model(model: FalconModel) -> tuple[str, str]:
    """Return the imports and the expression for a model; empty for the usual one."""
    if model == DEFAULT_MODEL:
        return "", ""
    if model in MODELS:
        return (
            "from falcon.models import find_model\n",
            f"find_model({python_text(model.id)})",
        )
    template = _TEMPLATES[model.template.name]
    return (
        _MODEL_IMPORTS.format(template=template),
        _MODEL.format(
            id=python_text(model.id),
            total=model.window.max_total_tokens,
            longest=model.window.max_input_tokens,
            template=template,
        ),
    )


def _call(name: str, arguments: Sequence[str]) -> str:
    lines = "".join(f"{INDENT}{argument},\n" for argument in arguments)
    return f"{name}(\n{lines})\n"
