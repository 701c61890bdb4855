"""The environment variables by which each container is told what to serve.

Each function knows one container's own names for the model, its revision and the
length of the context; values are texts, as SageMaker wants them.
"""

from __future__ import annotations

from deploy.catalogue import Offer

LOADING_SECONDS = 1800
"""How long weights may take to come from the Hugging Face Hub and load. Nobody measured
a Falcon's; this is what LMI itself waits, and SageMaker takes up to 3600."""


def tgi(offer: Offer) -> dict[str, str]:
    window = offer.described.window
    return {
        "HF_MODEL_ID": offer.source,
        "HF_MODEL_REVISION": offer.revision,
        "SM_NUM_GPUS": str(offer.gpus),
        "MAX_INPUT_TOKENS": str(window.max_input_tokens),
        "MAX_TOTAL_TOKENS": str(window.max_total_tokens),
    }


def lmi(offer: Offer) -> dict[str, str]:
    return {
        "HF_MODEL_ID": offer.source,
        "OPTION_REVISION": offer.revision,
        "TENSOR_PARALLEL_DEGREE": str(offer.gpus),
        "OPTION_MAX_MODEL_LEN": str(offer.described.window.max_total_tokens),
        "OPTION_MODEL_LOADING_TIMEOUT": str(LOADING_SECONDS),
    }


def vllm(offer: Offer) -> dict[str, str]:
    """SM_VLLM_MAX_MODEL_LEN is --max-model-len, and so are all of them."""
    return {
        "HF_MODEL_ID": offer.source,
        "SM_VLLM_REVISION": offer.revision,
        "SM_VLLM_TENSOR_PARALLEL_SIZE": str(offer.gpus),
        "SM_VLLM_MAX_MODEL_LEN": str(offer.described.window.max_total_tokens),
    }


def llama_cpp(offer: Offer) -> dict[str, str]:
    """Likewise, for llama-server; with a file of one's own it finds that by itself."""
    context = offer.described.window.max_total_tokens
    environment = {"SM_LLAMA_CPP_CTX_SIZE": str(context)}
    if offer.source:
        repository, _, file = offer.source.rpartition("/")
        # --hf-repo would take the newest revision.
        environment["SM_LLAMA_CPP_MODEL_URL"] = (
            f"https://huggingface.co/{repository}/resolve/{offer.revision}/{file}"
        )
    return environment
