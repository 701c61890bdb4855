"""How a vLLM refuses: its words, its HTTP statuses, its error object.

Shared by the two containers that run vLLM, which wrap the object differently. Source:
vLLM, vllm/exceptions.py and create_error_response in entrypoints/openai/engine.
"""

from __future__ import annotations


class VLLMError(Exception):
    """vLLM refused the request or failed; the text is its own."""

    status = 400
    error_type = "BadRequestError"

    def __init__(
        self, reason: str, *, param: str | None = None, value: object = None
    ) -> None:
        extras = {"parameter": param, "value": value}
        told = [
            f"{name}={extra}" for name, extra in extras.items() if extra is not None
        ]
        super().__init__(f"{reason} ({', '.join(told)})" if told else reason)
        self.param = param

    @property
    def body(self) -> dict[str, object]:
        """The error object as vLLM answers with it."""
        error = {"message": str(self), "type": self.error_type, "param": self.param}
        return {"error": {**error, "code": self.status}}


class ModelNotFoundError(VLLMError):
    """The request names a model that is not served."""

    status = 404
    error_type = "NotFoundError"

    def __init__(self, name: str) -> None:
        super().__init__(f"The model `{name}` does not exist.")
        self.param = "model"


class GenerationError(VLLMError):
    """The model failed."""

    status = 500
    error_type = "InternalServerError"
