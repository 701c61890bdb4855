"""DJL's Python engine as far as deploy/djl/model.py meets it, in this process.

`djl_python` is a module of the container that no index offers. Its Input and Output
stand here with the methods, the JSON and the refusals of djl-serving
(engines/python/setup/djl_python/{inputs,outputs,python_sync_engine}.py).
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

MODEL = Path(__file__).parents[1] / "deploy" / "djl" / "model.py"


class Input:
    def __init__(self, body: bytes | None, properties: Mapping[str, str]) -> None:
        self._body = body
        self._properties = dict(properties)

    def get_properties(self) -> dict[str, str]:
        return self._properties

    def is_empty(self) -> bool:
        return self._body is None

    # Any: JSON.
    def get_as_json(self) -> Any:
        return json.loads((self._body or b"").decode("utf-8"))


class Output:
    def __init__(self, code: int = 200, message: str = "OK") -> None:
        self.code = code
        self.message = message
        self.properties: dict[str, str] = {}
        self.body = b""

    def add_property(self, key: str, value: str) -> Output:
        self.properties[key] = value
        return self

    # Any: JSON.
    def add_as_json(self, value: Any) -> Output:
        self.body = json.dumps(
            value, ensure_ascii=False, allow_nan=False, indent=2, separators=(",", ":")
        ).encode()
        return self

    def error(self, error: str) -> Output:
        self.code, self.message = 424, "prediction failure"
        return self.add_as_json(
            {"code": self.code, "message": self.message, "error": error}
        )


class Container:
    """model.py as the engine runs it: the first call is empty and has the options."""

    # Any: model.py sees the container's own modules and is loaded by hand.
    def __init__(self, model: Any) -> None:
        self.model = model
        self.handle = model.handle

    def start(self, properties: Mapping[str, str]) -> Output:
        return self._call(Input(None, properties))

    def invoke(self, body: bytes) -> Output:
        return self._call(Input(body, {"content-type": "application/json"}))

    def _call(self, inputs: Input) -> Output:
        try:
            outputs: Output | None = self.handle(inputs)
        except ValueError as error:
            return Output().error(str(error))
        return outputs if outputs is not None else Output(204, "No content")


@contextmanager
def container() -> Iterator[Container]:
    """A container that has just been started, with a model.py of its own."""
    engine = ModuleType("djl_python")
    engine.__dict__.update(Input=Input, Output=Output)
    sys.modules["djl_python"] = engine
    try:
        spec = importlib.util.spec_from_file_location("djl_model", MODEL)
        assert spec is not None
        assert spec.loader is not None
        model = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(model)
        yield Container(model)
    finally:
        del sys.modules["djl_python"]
