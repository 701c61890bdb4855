"""Writes the trained network as the GGUF file that ships, and its checksum.

    python -m falcon.local.model.export

Knows GGUF's names for Falcon's tensors and metadata. Matrices are stored in q8_0 (8-bit
numbers in blocks of 32 with one scale each), norms as they are.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import gguf

from falcon.local.model.files import GGUF, GGUF_CHECKSUM
from falcon.local.model.network import CONTEXT_LENGTH, load
from falcon.local.model.tokenizer import END_ID, VOCABULARY

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Tokenizer as BytePairTokenizer
    from transformers import FalconConfig, FalconForCausalLM

# As in the tokenizer_config.json of tiiuae/falcon-7b-instruct.
CHAT_TEMPLATE = """\
{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}\
{% set system_message = messages[0]['content'] %}\
{% else %}{% set loop_messages = messages %}{% set system_message = '' %}{% endif %}\
{% for message in loop_messages %}\
{% if loop.index0 == 0 %}{{ system_message.strip() }}{% endif %}\
{{ '\\n\\n' + message['role'].title() + ': ' \
+ message['content'].strip().replace('\\r\\n', '\\n').replace('\\n\\n', '\\n') }}\
{% endfor %}{% if add_generation_prompt %}{{ '\\n\\nAssistant:' }}{% endif %}"""
FILE_TYPES = {
    gguf.GGMLQuantizationType.F32: gguf.LlamaFileType.ALL_F32,
    gguf.GGMLQuantizationType.Q8_0: gguf.LlamaFileType.MOSTLY_Q8_0,
}
DESCRIPTION = (
    "A few million parameters that reproduce the answers they were trained on, made "
    "for trying Falcon Chat without a download. Not one of the Falcon models of TII."
)


def export(
    network: FalconForCausalLM,
    tokenizer: BytePairTokenizer,
    path: Path,
    quantization: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.Q8_0,
) -> None:
    writer = gguf.GGUFWriter(path, "falcon")
    writer.add_name("Falcon Small")
    writer.add_description(DESCRIPTION)
    writer.add_license("apache-2.0")
    writer.add_size_label(f"{network.num_parameters() / 1e6:.1f}M")
    writer.add_languages(["en", "ko"])
    _add_architecture(writer, network.config)
    writer.add_file_type(FILE_TYPES[quantization])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    _add_tokenizer(writer, json.loads(tokenizer.to_str())["model"])
    _add_tensors(writer, network, quantization)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_architecture(writer: gguf.GGUFWriter, config: FalconConfig) -> None:
    writer.add_context_length(CONTEXT_LENGTH)
    writer.add_tensor_data_layout("jploski")
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(4 * config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(1)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(VOCABULARY)


# Any: the tokenizer's own JSON.
def _add_tokenizer(writer: gguf.GGUFWriter, model: dict[str, Any]) -> None:
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    types = [gguf.TokenType.NORMAL] * len(tokens)
    types[END_ID] = gguf.TokenType.CONTROL
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("falcon")
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges([" ".join(pair) for pair in model["merges"]])
    writer.add_bos_token_id(END_ID)
    writer.add_eos_token_id(END_ID)
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)


def _add_tensors(
    writer: gguf.GGUFWriter,
    network: FalconForCausalLM,
    quantization: gguf.GGMLQuantizationType,
) -> None:
    layers = network.config.num_hidden_layers
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.FALCON, layers)
    for name, tensor in network.state_dict().items():
        if name == "lm_head.weight":
            continue  # the same tensor as the embedding
        target = names.get_name(name, try_suffixes=(".weight", ".bias"))
        numbers = tensor.float().numpy()
        if numbers.ndim == 1:
            writer.add_tensor(target, numbers)
        else:
            blocks = gguf.quants.quantize(numbers, quantization)
            writer.add_tensor(target, blocks, raw_dtype=quantization)


def main() -> None:
    export(*load(), GGUF)
    checksum = hashlib.sha256(GGUF.read_bytes()).hexdigest()
    GGUF_CHECKSUM.write_text(f"{checksum}  {GGUF.name}\n", encoding="utf-8")
    print(f"{GGUF.name}: {GGUF.stat().st_size} bytes, SHA-256 {checksum}")


if __name__ == "__main__":
    main()
