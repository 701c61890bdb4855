"""A question of the API's clients, asked of the endpoint: admitted, begun, ended."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from falcon.api.failures import refuse_crowd
from falcon.api.messages import ApiError
from falcon.conversation import Message
from falcon.errors import InvalidInputError, OverloadedError
from falcon.events import TokenEvent
from falcon.tokenizer import token_counter

if TYPE_CHECKING:
    from falcon.api.messages import Departure
    from falcon.client import FalconClient
    from falcon.endpoint import Endpoint
    from falcon.events import FinishReason
    from falcon.limits import Limiter
    from falcon.parameters import GenerationParameters
    from falcon.stream import GenerationStream


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """What all questions have in common."""

    client_for: Callable[[], FalconClient]
    parameters: GenerationParameters
    """Hold where a question says nothing."""
    system_prompt: str
    """Stands before a conversation that has none of its own."""
    most_new_tokens: int
    limiter: Limiter


class Asker:
    """One client's request; what it opens is in `closing`."""

    def __init__(
        self, answering: Answering, *, caller: str, departure: Departure
    ) -> None:
        self.closing = ExitStack()
        self.parameters = answering.parameters
        self.most_new_tokens = answering.most_new_tokens
        self._answering = answering
        self._caller = caller
        self._departure = departure
        self._client: FalconClient | None = None

    @property
    def client(self) -> FalconClient:
        """What asks the endpoint; the first time, it may be waited for."""
        if self._client is None:
            self._client = self._answering.client_for()
        return self._client

    @property
    def endpoint(self) -> Endpoint | None:
        """What is asked, once that is known."""
        return None if self._client is None else self._client.endpoint

    def admit(self) -> None:
        """Take a place for an answer; raises ApiError if there is none."""
        try:
            (place,) = self._answering.limiter.admit(self._caller)
        except OverloadedError as error:
            raise refuse_crowd(error) from error
        self.closing.enter_context(place)

    def measure(
        self, turns: tuple[Message, ...], parameters: GenerationParameters
    ) -> int:
        """Return how many tokens are the prompt's, of which no answer takes any.

        Raises ApiError for a question that is too long.
        """
        parameters = replace(parameters, max_new_tokens=1)
        with _too_long():
            return self.client.fit(self._with_system(turns), parameters).tokens

    def begin(
        self, turns: tuple[Message, ...], parameters: GenerationParameters
    ) -> Answer:
        """Ask, and return when the first piece is here.

        Raises FalconError, and ApiError for a question that cannot be asked.
        """
        if parameters.max_new_tokens > self.most_new_tokens:
            raise ApiError(
                400,
                "invalid_request",
                f"An answer may have {self.most_new_tokens} tokens at most here.",
                param="max_new_tokens",
            )
        with _too_long():
            stream = self.client.stream(self._with_system(turns), parameters)
        self.closing.enter_context(stream)
        self.closing.enter_context(self._departure.closing(stream.close))
        pieces = _pieces(stream)
        self.closing.callback(pieces.close)
        first = next(pieces, "")
        return Answer(self.client, stream, chain([first], pieces))

    def _with_system(self, turns: tuple[Message, ...]) -> tuple[Message, ...]:
        """Return the conversation with a system message."""
        prompt = self._answering.system_prompt
        if not prompt or any(turn.role == "system" for turn in turns):
            return turns
        return (Message("system", prompt), *turns)


class Answer:
    """An answer that has begun."""

    def __init__(
        self, client: FalconClient, stream: GenerationStream, pieces: Iterator[str]
    ) -> None:
        self._client = client
        self._stream = stream
        self.pieces = pieces
        """The text as it comes; iterate once. Raises the FalconError that ends it."""

    def read(self) -> str:
        """Return the whole text once it has ended."""
        for _ in self.pieces:
            pass
        return self._stream.text.rstrip()

    @property
    def dropped(self) -> int:
        """How many of the oldest messages did not fit the model's context."""
        return self._stream.prompt.dropped

    @property
    def unsupported(self) -> tuple[str, ...]:
        """The parameters that the endpoint's container does not have."""
        return self._stream.unsupported

    @property
    def reason(self) -> FinishReason:
        """Why it ended; raises ApiError if nobody waits for its end any more."""
        if self._stream.finish is None:
            raise ApiError(503, "answer_ended", "The answer was ended before its end.")
        return self._stream.finish.reason

    @property
    def usage(self) -> dict[str, int]:
        """Tokens: the endpoint's own counts, or else ours."""
        finish, prompt, answer = self._stream.finish, self._stream.prompt.tokens, None
        if finish is not None:
            prompt = finish.input_tokens or prompt
            answer = finish.generated_tokens
        if answer is None:
            count = token_counter(self._client.model.tokenizer)
            answer = (count or self._client.window.estimate)(self._stream.text)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer,
        }


@contextmanager
def _too_long() -> Iterator[None]:
    """Say so of a prompt that does not fit the model."""
    try:
        yield
    except InvalidInputError as error:
        raise ApiError(400, "context_length_exceeded", str(error)) from error


def _pieces(stream: GenerationStream) -> Generator[str]:
    for event in stream:
        if isinstance(event, TokenEvent) and event.text:
            yield event.text
