"""What a DJL container runs to serve Falcon: {"text", "text_length"} in, text out.

Packed alone with serving.properties beside it, so it knows nothing else of this
repository; DJL's Python engine imports it and calls `handle`. The answer is
{"outputs": [{"generated_text"}]}: the text, and after it as many tokens as make
`text_length` together with the text's own, exactly, since before that length the
end-of-text token is never chosen. What is raised here DJL answers with 424 and the
exception's words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from djl_python import Input, Output  # type: ignore[import-not-found]  # in its image

Complete = Callable[[str, int], str]
"""Returns what follows a text, given how many tokens both have together."""

# What transformers samples from if nothing else is said; said, because its releases
# differ in what they take from the model's own configuration.
TOP_K = 50


class Falcon:
    """A model that is loaded at the first call."""

    def __init__(self, load: Callable[[Mapping[str, str]], Complete]) -> None:
        self._load = load
        self._complete: Complete | None = None

    def handle(self, inputs: Input) -> Output | None:
        """Answer one request.

        The first call comes from DJL itself, empty and with serving.properties'
        options as properties, and nobody is served before it returns.
        """
        if self._complete is None:
            self._complete = self._load(inputs.get_properties())
        if inputs.is_empty():
            return None
        outputs = Output().add_property("content-type", "application/json")
        return outputs.add_as_json(answer(inputs.get_as_json(), self._complete))


# Any: whatever JSON a caller sends.
def answer(request: Any, complete: Complete) -> dict[str, Any]:
    """Return the answer to `request`, or raise ValueError saying what is wrong."""
    if not isinstance(request, dict):
        raise ValueError('the request has to be {"text": …, "text_length": …}')
    text, text_length = request.get("text"), request.get("text_length")
    if not isinstance(text, str) or not text:
        raise ValueError("`text` has to be a string that is not empty")
    if isinstance(text_length, bool) or not isinstance(text_length, int):
        raise ValueError("`text_length` has to be a number of tokens")
    return {"outputs": [{"generated_text": text + complete(text, text_length)}]}


def check_length(tokens: int, text_length: int) -> None:
    """Raise ValueError unless `text_length` leaves room after a text of `tokens`."""
    if tokens >= text_length:
        raise ValueError(
            f"Input length of input_ids is {tokens}, but `max_length` is set to "
            f"{text_length}: `text_length` counts the text's own tokens"
        )


def load(properties: Mapping[str, str]) -> Complete:
    """Load the model that serving.properties names, on the GPU where there is one."""
    # Only the container has them.
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    name, revision = properties["model_id"], properties.get("revision")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer = AutoTokenizer.from_pretrained(name, revision=revision)
    # "auto": in the numbers of the checkpoint (bfloat16), half of float32's memory.
    model = AutoModelForCausalLM.from_pretrained(
        name, revision=revision, torch_dtype="auto"
    ).to(device)

    def complete(text: str, text_length: int) -> str:
        tokens = tokenizer(text, return_tensors="pt").input_ids.to(device)
        length = tokens.shape[1]
        check_length(length, text_length)
        # Not a pipeline: those of newer releases put max_new_tokens above max_length.
        generated = model.generate(
            tokens,
            attention_mask=torch.ones_like(tokens),
            do_sample=True,
            top_k=TOP_K,
            min_length=text_length,
            max_length=text_length,
            pad_token_id=tokenizer.eos_token_id,
        )
        decoded: str = tokenizer.decode(generated[0, length:], skip_special_tokens=True)
        return decoded

    return complete


_falcon = Falcon(load)


def handle(inputs: Input) -> Output | None:
    """Answer one request; DJL's name for it."""
    return _falcon.handle(inputs)
