"""Any sentence-transformers model, on CPU or GPU, behind kb's `Encoder`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from kb.encode.protocol import Progress
from kb.errors import ModelFileError, UsageError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["SentenceTransformerEncoder", "load_sentence_transformer"]

_CHUNK = 512  # texts between two reports of progress
# The E5 family was trained with these, but its model folders do not say so (Wang et al. 2022, 2024).
_E5_PROMPTS = {"query": "query: ", "document": "passage: "}
_E5_NAME = re.compile(r"(^|[/_-])e5-(small|base|large)(-v2)?$")


class SentenceTransformerEncoder:
    """`Encoder` over a loaded sentence-transformers model and the prompts that it was trained with."""

    def __init__(self, model: SentenceTransformer, name: str, fingerprint: str, query: str, passage: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.max_tokens = int(model.max_seq_length or model.tokenizer.model_max_length)
        self._model = model
        self._query, self._passage = query, passage

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage before any cut, counting the special ones and the prompt."""
        if not texts:
            return []
        encoded = self._model.tokenizer([self._passage + text for text in texts], truncation=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit row a query: [len(texts), dimension]."""
        return self._encode(texts, "query", self._query)

    def encode_passages(self, texts: Sequence[str], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """One unit row a passage: [len(texts), dimension]. `progress` counts texts."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        rows = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
        for start in range(0, len(rows), _CHUNK):
            chunk = rows[start : start + _CHUNK]
            vectors[chunk] = self._encode([texts[row] for row in chunk], "document", self._passage)
            if progress:
                progress(start + len(chunk), len(rows))
        return vectors

    def _encode(self, texts: Sequence[str], task: str, prompt: str) -> NDArray[np.float32]:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]  # no lone surrogates
        encode = self._model.encode_query if task == "query" else self._model.encode_document
        vectors = encode(clean, prompt=prompt, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)


def load_sentence_transformer(model: str, threads: int = 0) -> SentenceTransformerEncoder:
    """The model of a folder or hub id, on the GPU where there is one. `threads`: 0 for torch's own choice.

    Raises UsageError if the packages are not installed, ModelFileError if the model cannot be loaded.
    """
    try:
        import sentence_transformers
        import torch
    except ImportError as error:
        raise UsageError(
            "KB_ENCODER names a sentence-transformers model; install what it needs, in the project: "
            "pip install -e '.[st]'"
        ) from error
    if threads:
        torch.set_num_threads(threads)
    try:
        loaded = sentence_transformers.SentenceTransformer(model)
        fingerprint = _source_digest(model)
    except (OSError, ValueError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModelFileError(
            f"The model {model} cannot be loaded: {reason}; check the folder or hub id in KB_ENCODER"
        ) from error
    query, passage = _prompts(loaded, model)
    settings = f"{fingerprint} {loaded.max_seq_length} {query!r} {passage!r}"
    digest = hashlib.sha256(settings.encode("utf-8")).hexdigest()
    return SentenceTransformerEncoder(loaded, Path(model).name, digest, query, passage)


def _prompts(loaded: SentenceTransformer, model: str) -> tuple[str, str]:
    """What goes before a query and a passage: as the model's files say, else as its family was trained."""
    prompts = {name: prompt for name, prompt in loaded.prompts.items() if prompt}
    if not prompts and _E5_NAME.search(model.lower()):
        prompts = _E5_PROMPTS
    passage = next((prompts[name] for name in ("document", "passage", "corpus") if name in prompts), "")
    return prompts.get("query", ""), passage


def _source_digest(model: str) -> str:
    """Digest of a folder's files, or the commit of a hub model's snapshot."""
    folder = Path(model)
    if not folder.is_dir():
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(model, local_files_only=True)).name
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not re.search(r"(^|/)\.", name):
            with path.open("rb") as stream:
                digest.update(f"{name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()
