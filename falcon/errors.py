"""What can go wrong, as one tree. Imports nothing.

FalconError                       str(error) can be shown to the user
├── ConfigurationError            a setting is missing or malformed
├── EndpointError                 the request never became a generation
│   ├── EndpointNotFoundError
│   ├── EndpointUnavailableError
│   ├── PermissionDeniedError
│   └── EndpointConnectionError
│       └── EndpointTimeoutError
├── GenerationError               the model refused or failed
│   ├── InvalidInputError
│   ├── OverloadedError
│   └── IncompleteGenerationError
├── DecodingError                 the bytes were not the container's protocol
├── HistoryError                  the conversation could not be read or saved
├── AttachmentError               an attached file could not be read
└── DeploymentError               AWS refused a step of a deployment
"""

from __future__ import annotations


class FalconError(Exception):
    """Says what happened and what to do, in a Text (falcon/text.py): the page shows it
    in the reader's language."""

    retryable = False
    """Whether asking the same again, unchanged, can succeed."""
    repeatable = False
    """Whether FalconClient may ask again by itself: no answer was being made."""


class ConfigurationError(FalconError):
    """A setting is missing or malformed; the text names it."""


class EndpointError(FalconError):
    """The request never became a generation."""


class EndpointNotFoundError(EndpointError):
    """No endpoint of this name in this account and region."""


class EndpointUnavailableError(EndpointError):
    """The endpoint is being created, at zero instances, throttled or failing."""

    retryable = True
    repeatable = True

    def __init__(
        self,
        message: str,
        *,
        is_starting: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.is_starting = is_starting
        """Whether it says itself that instances are on their way, which takes
        minutes."""
        self.retry_after = retry_after
        """Seconds after which to ask again, where the endpoint says so."""


class PermissionDeniedError(EndpointError):
    """Credentials are missing, expired or not allowed; the text names the action."""


class EndpointConnectionError(EndpointError):
    """The endpoint could not be reached."""

    retryable = True

    def __init__(self, message: str, *, was_sent: bool = True) -> None:
        super().__init__(message)
        self.repeatable = not was_sent


class EndpointTimeoutError(EndpointConnectionError):
    """The endpoint did not answer in time."""


class GenerationError(FalconError):
    """The model refused the request or failed while answering."""

    retryable = True


class InvalidInputError(GenerationError):
    """The prompt is too long, or a parameter is out of range."""

    retryable = False

    def __init__(
        self,
        message: str,
        *,
        input_tokens: int | None = None,
        max_input_tokens: int | None = None,
        max_total_tokens: int | None = None,
    ) -> None:
        super().__init__(message)
        self.input_tokens = input_tokens
        """How long the prompt was, where the container counted and said so."""
        self.max_input_tokens = max_input_tokens
        """The longest prompt it takes, where it said so."""
        self.max_total_tokens = max_total_tokens
        """The longest prompt and answer together, where it said so."""


class OverloadedError(GenerationError):
    """The model, or this server for this person, answers as many as it may."""

    repeatable = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds after which to ask again, where that is known."""


class IncompleteGenerationError(GenerationError):
    """The stream ended before its final event; the answer is cut."""

    def __init__(self, message: str, *, text: str = "") -> None:
        super().__init__(message)
        self.text = text
        """The part of the answer that arrived."""


class DecodingError(FalconError):
    """What answered did not speak the container's protocol."""


class HistoryError(FalconError):
    """The conversation could not be read or saved."""


class AttachmentError(FalconError):
    """An attached file could not be read; the text names it."""


class DeploymentError(FalconError):
    """AWS refused a step of a deployment."""
