"""How a TGI 2.4 container refuses: its error types, their HTTP statuses, their bodies.

Two layers answer. The router's own errors are JSON with an `error_type`; a body that is
not the request's shape never reaches it and is answered by its web framework, axum, in
plain text. Source: text-generation-inference, router/src/{server,infer,validation}.rs.
"""

from __future__ import annotations

from typing import Literal

ErrorType = Literal["validation", "generation", "overloaded", "incomplete_generation"]

STATUSES: dict[ErrorType, int] = {
    "validation": 422,
    "generation": 424,
    "overloaded": 429,
    "incomplete_generation": 500,
}


class TGIError(Exception):
    """The router refused the request or could not finish it."""

    def __init__(self, error_type: ErrorType, message: str) -> None:
        super().__init__(message)
        self.status = STATUSES[error_type]
        self.body: dict[str, object] = {"error": message, "error_type": error_type}


class ValidationError(TGIError):
    """The request has the right shape and a wrong value."""

    def __init__(self, reason: str) -> None:
        super().__init__("validation", f"Input validation error: {reason}")


class GenerationError(TGIError):
    """The model failed."""

    def __init__(self, reason: str) -> None:
        super().__init__("generation", f"Request failed during generation: {reason}")


class OverloadedError(TGIError):
    """More requests than the container takes at once."""

    def __init__(self) -> None:
        super().__init__("overloaded", "Model is overloaded")


class IncompleteGenerationError(TGIError):
    """The model stopped without an end."""

    def __init__(self) -> None:
        super().__init__("incomplete_generation", "Incomplete generation")


class MalformedRequestError(Exception):
    """The body is not a request; answered in plain text."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
