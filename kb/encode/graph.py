"""The ONNX graph of multilingual-e5-small, built straight from its 4-bit blocks.

Post-norm BERT with erf GELU. Weights stay 4-bit in the file, 68 MB in all, by ONNX Runtime's own operators (domain
com.microsoft).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from kb.encode.weights import BLOCK, CONFIG, Q4, Weights

__all__ = ["build_graph"]

_FUSED = "com.microsoft"
# float32 arithmetic on dequantized weights. Level 4, int8 activations, is slower in bulk and costs 1e-4 of cosine.
_ACCURACY_LEVEL = 1


def build_graph(weights: Weights) -> bytes:
    """A serialized ONNX model of `input_ids` and `attention_mask`, int64 [b, t].

    Gives `token_states` float32 [b, t, 384], the last hidden states, and `vectors` float32 [b, 384], unit rows: the
    mean of the states of unmasked tokens, normalized.
    """
    graph = _Graph(weights)
    hidden = graph.embed("input_ids")
    graph.node("Cast", ["attention_mask"], "key_mask", to=TensorProto.INT32)
    for layer in range(CONFIG.layers):
        last = layer == CONFIG.layers - 1
        hidden = graph.layer(f"l{layer}", hidden, "token_states" if last else f"l{layer}.out")
    graph.pool(hidden, "attention_mask", "vectors")
    return graph.serialize()


class _Graph:
    """Nodes and initializers under construction; every method returns the name of the value it adds."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: list[onnx.TensorProto] = []

    def node(self, operator: str, inputs: Sequence[str], output: str, *, domain: str = "", **attributes: Any) -> str:
        self._nodes.append(helper.make_node(operator, list(inputs), [output], domain=domain, **attributes))
        return output

    def constant(self, name: str, value: NDArray[np.generic]) -> str:
        self._initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def vector(self, name: str) -> str:
        return self.constant(name, self._weights.vectors[name])

    def embed(self, ids: str) -> str:
        """Word, position and type embeddings, normalized. There is only ever one type."""
        words = self._weights.matrices["emb.word"]
        codes = self.constant("emb.word.codes", _nibbles(words))
        scales = self.constant("emb.word.scales", words.scales)
        options = {"gather_axis": 0, "quantize_axis": 1, "block_size": BLOCK, "bits": 4}
        self.node("GatherBlockQuantized", [codes, ids, scales], "emb.gathered", domain=_FUSED, **options)
        self.node("Cast", ["emb.gathered"], "emb.words", to=TensorProto.FLOAT)
        types = self._weights.vectors["emb.type"].reshape(CONFIG.token_types, CONFIG.hidden)
        positions = self._weights.vectors["emb.pos"].reshape(CONFIG.positions, CONFIG.hidden)
        self.constant("emb.position_and_type", positions + types[0])
        for number in range(3):
            self.constant(f"at.{number}", np.array([number], np.int64))
        self.node("Shape", [ids], "shape")
        self.node("Slice", ["shape", "at.1", "at.2"], "length")
        self.node("Slice", ["emb.position_and_type", "at.0", "length", "at.0"], "emb.positions")
        self.node("Add", ["emb.words", "emb.positions"], "emb.sum")
        return self.norm("emb.ln", "emb.sum", "emb")

    def layer(self, name: str, hidden: str, output: str) -> str:
        """One transformer block: attention, then feed-forward, each added to its input and normalized."""
        heads = [self.linear(f"{name}.{part}", hidden) for part in ("q", "k", "v")]
        attention = {"num_heads": CONFIG.heads, "mask_filter_value": -1e9}
        self.node("MultiHeadAttention", [*heads, "", "key_mask"], f"{name}.heads", domain=_FUSED, **attention)
        attended = self.add_norm(f"{name}.aln", self.linear(f"{name}.ao", f"{name}.heads"), hidden, f"{name}.attended")
        self.node("Gelu", [self.linear(f"{name}.fi", attended)], f"{name}.gelu")
        return self.add_norm(f"{name}.oln", self.linear(f"{name}.fo", f"{name}.gelu"), attended, output)

    def linear(self, name: str, inputs: str) -> str:
        """inputs · Wᵀ + b."""
        matrix = self._weights.matrices[f"{name}.w"]
        rows, columns = matrix.codes.shape
        codes = self.constant(f"{name}.codes", _nibbles(matrix).reshape(rows, columns // BLOCK, BLOCK // 2))
        scales = self.constant(f"{name}.scales", matrix.scales.astype(np.float32))
        options = {"K": columns, "N": rows, "bits": 4, "block_size": BLOCK, "accuracy_level": _ACCURACY_LEVEL}
        operands = [inputs, codes, scales, "", "", self.vector(f"{name}.b")]
        return self.node("MatMulNBits", operands, f"{name}.out", domain=_FUSED, **options)

    def add_norm(self, name: str, update: str, hidden: str, output: str) -> str:
        self.node("Add", [update, hidden], f"{name}.sum")
        return self.norm(name, f"{name}.sum", output)

    def norm(self, name: str, inputs: str, output: str) -> str:
        operands = [inputs, self.vector(f"{name}.w"), self.vector(f"{name}.b")]
        return self.node("LayerNormalization", operands, output, axis=-1, epsilon=CONFIG.epsilon)

    def pool(self, hidden: str, mask: str, output: str) -> str:
        """Masked mean and L2 norm; the norm of a sum is that of the mean, so the division is left out."""
        self.node("Cast", [mask], "mask.float", to=TensorProto.FLOAT)
        self.node("Unsqueeze", ["mask.float", "at.2"], "mask.column")
        self.node("Mul", [hidden, "mask.column"], "states.masked")
        self.node("ReduceSum", ["states.masked", "at.1"], "states.sum", keepdims=0)
        return self.node("LpNormalization", ["states.sum"], output, axis=-1, p=2)

    def serialize(self) -> bytes:
        ids = ["batch", "tokens"]
        graph = helper.make_graph(
            self._nodes,
            "multilingual-e5-small",
            [helper.make_tensor_value_info(name, TensorProto.INT64, ids) for name in ("input_ids", "attention_mask")],
            [
                helper.make_tensor_value_info("token_states", TensorProto.FLOAT, [*ids, CONFIG.hidden]),
                helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", CONFIG.hidden]),
            ],
            self._initializers,
        )
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid(_FUSED, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=10)
        return bytes(model.SerializeToString())


def _nibbles(matrix: Q4) -> NDArray[np.uint8]:
    """Codes in pairs, as ONNX Runtime packs them: byte k holds weight 2k low and weight 2k + 1 high."""
    packed: NDArray[np.uint8] = np.bitwise_or(matrix.codes[:, 0::2], matrix.codes[:, 1::2] << 4, dtype=np.uint8)
    return packed
