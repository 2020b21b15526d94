"""The bundled model as a sentence-transformers folder, for other tools and for `st:` itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.encode.weights import CONFIG, TOKENIZER, WEIGHTS, Weights, locate, read_weights
from kb.errors import UsageError

__all__ = ["export_model"]

_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
_LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}


def export_model(folder: Path) -> Path:
    """Write the bundled model into `folder`, new or empty, as sentence-transformers reads it: 0.5 GB of float32.

    Raises UsageError if the folder holds anything, ModelFileError if an installed file is missing or altered.
    """
    from safetensors.numpy import save_file  # wanted by nothing else

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder; name a new one for the model")
    weights, tokenizer = read_weights(locate(WEIGHTS)), locate(TOKENIZER)
    pooling = folder / "1_Pooling"
    pooling.mkdir(parents=True, exist_ok=True)
    save_file(_tensors(weights), folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)  # save_file leaves it to its owner alone, unlike its neighbours
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    for name, content in _SETTINGS.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return folder


def _tensors(weights: Weights) -> dict[str, NDArray[np.float32]]:
    """Dequantized arrays under the names of transformers' BertModel."""
    hidden = CONFIG.hidden
    tensors = {
        "embeddings.word_embeddings.weight": weights.matrices["emb.word"].dequantize(),
        "embeddings.position_embeddings.weight": weights.vectors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": weights.vectors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": weights.vectors["emb.ln.w"],
        "embeddings.LayerNorm.bias": weights.vectors["emb.ln.b"],
    }
    for layer in range(CONFIG.layers):
        for short, name in _LINEAR.items():
            tensors[f"encoder.layer.{layer}.{name}.weight"] = weights.matrices[f"l{layer}.{short}.w"].dequantize()
            tensors[f"encoder.layer.{layer}.{name}.bias"] = weights.vectors[f"l{layer}.{short}.b"]
        for short, name in _NORMS.items():
            tensors[f"encoder.layer.{layer}.{name}.weight"] = weights.vectors[f"l{layer}.{short}.w"]
            tensors[f"encoder.layer.{layer}.{name}.bias"] = weights.vectors[f"l{layer}.{short}.b"]
    return tensors


_SETTINGS: dict[str, object] = {
    "config.json": {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": CONFIG.hidden,
        "num_hidden_layers": CONFIG.layers,
        "num_attention_heads": CONFIG.heads,
        "intermediate_size": CONFIG.feed_forward,
        "vocab_size": CONFIG.vocabulary,
        "max_position_embeddings": CONFIG.positions,
        "type_vocab_size": CONFIG.token_types,
        "layer_norm_eps": CONFIG.epsilon,
        "hidden_act": "gelu",
        "position_embedding_type": "absolute",
        "pad_token_id": 1,
        "torch_dtype": "float32",
    },
    "tokenizer_config.json": {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": CONFIG.positions,
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "mask_token": "<mask>",
        "model_input_names": ["input_ids", "attention_mask"],
    },
    "modules.json": [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ],
    "sentence_bert_config.json": {"max_seq_length": CONFIG.positions, "do_lower_case": False},
    "1_Pooling/config.json": {"word_embedding_dimension": CONFIG.hidden, "pooling_mode_mean_tokens": True},
    "config_sentence_transformers.json": {
        # `encode_document` takes "document" before "passage", and an absent one for empty.
        "prompts": {"query": "query: ", "document": "passage: ", "passage": "passage: "},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    },
}
