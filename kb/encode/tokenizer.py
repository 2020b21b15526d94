"""Token ids and character offsets, exactly those of the model's own tokenizer.json.

Reading the 250,002 pieces of tokenizer.json takes over half a second, which one query should not wait for. A Unigram
segmentation depends only on the pieces that occur in the text, so a short text gets a tokenizer that holds no others:
the same library, normalizer and scores, hence the same ids. The pieces are found in a sorted table kept in the cache.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from tokenizers.models import Unigram

from kb.encode.cached import cached_file
from kb.encode.weights import TOKENIZER, locate

__all__ = ["Pieces", "Tokens", "XlmrTokenizer", "load_tokenizer"]

_PIECE_CHARS = 16  # the longest piece
_PIECE_BYTES = 48  # the longest piece in UTF-8
_SHORT = 16_000  # characters up to which looking pieces up takes less time than reading tokenizer.json
_CHUNK = 1024  # texts whose encodings, some 100 bytes a token, are held at a time
_UNKNOWN = 10.0  # what SentencePiece takes off the lowest score for a character that it does not know
_KEPT = 200_000  # parts of words whose scores are held between calls
_LAYOUT = 1  # of the cached table


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text's tokens, special ones included. `spans`: [t, 2] character offsets; empty spans for special tokens."""

    ids: NDArray[np.int32]
    spans: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Pieces:
    """The vocabulary in the order of its UTF-8 bytes, and a tokenizer.json that holds the special tokens only.

    `always`: ids that every reduced vocabulary starts with: the special tokens in the skeleton's order, and a piece
    of the lowest score, which is what the score of an unknown character is derived from.
    """

    skeleton: str
    always: NDArray[np.int32]
    text: NDArray[np.bytes_]
    scores: NDArray[np.float64]
    ids: NDArray[np.int32]


class XlmrTokenizer:
    """Tokenizer of the XLM-R family: `<s>`, Unigram pieces of the normalized text, `</s>`. Safe to share by threads."""

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces
        self._skeleton = Tokenizer.from_str(pieces.skeleton)
        self._special = [token.content for token in self._skeleton.get_added_tokens_decoder().values()]
        self._always = np.argsort(pieces.ids)[pieces.always]
        self._unknown = float(pieces.scores.min()) - _UNKNOWN
        self._known: dict[str, float | None] = {}

    @cached_property
    def full(self) -> Tokenizer:
        """The tokenizer with its whole vocabulary, read from the installed file."""
        return Tokenizer.from_file(str(locate(TOKENIZER)))

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokens of each text, with offsets into the text as given."""
        return [
            Tokens(ids, _spans(encoding, text))
            for batch in _chunks(texts)
            for text, (ids, encoding) in zip(batch, self._encode(batch), strict=True)
        ]

    def ids(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """Token ids of each text."""
        return [ids for batch in _chunks(texts) for ids, _ in self._encode(batch)]

    def log_probabilities(self, texts: Sequence[str]) -> list[float]:
        """For each text the natural log-probability of its best segmentation into pieces, words added up.

        A frequent word of any of the model's hundred languages is one piece (about -10), what is no word falls into
        single letters. A character without a piece counts ten less than the rarest piece, as in SentencePiece.
        """
        normalize, split = self._skeleton.normalizer.normalize_str, self._skeleton.pre_tokenizer.pre_tokenize_str
        divided = [[word for word, _ in split(normalize(_encodable(text)))] for text in texts]
        words = {word for words in divided for word in words}
        known = self._learn({part for word in words for part in _substrings(word)})
        scores = {word: _best(word, known, self._unknown) for word in words}
        return [sum(scores[word] for word in words) for words in divided]

    def _learn(self, parts: set[str]) -> Mapping[str, float | None]:
        """Scores that hold at least those of these parts of words; None for one that is no piece."""
        if len(self._known) > _KEPT:
            self._known = {}  # a new one: another thread may still be reading the old
        known = self._known
        if wanted := {part for part in parts if part not in known}:
            rows = self._find(wanted)
            pieces = [piece.decode("utf-8") for piece in self._pieces.text[rows].tolist()]
            scores = dict(zip(pieces, self._pieces.scores[rows].tolist(), strict=True))
            known.update({part: scores.get(part) for part in wanted})
        return known

    def _encode(self, texts: Sequence[str]) -> list[tuple[NDArray[np.int32], Encoding]]:
        clean = [_encodable(text) for text in texts]
        if self._looks_up(clean):
            tokenizer, ids = self._reduced(clean)
            return [(ids[encoding.ids], encoding) for encoding in tokenizer.encode_batch(clean)]
        return [(np.array(encoding.ids, np.int32), encoding) for encoding in self.full.encode_batch(clean)]

    def _looks_up(self, texts: Sequence[str]) -> bool:
        if "full" in self.__dict__ or sum(map(len, texts)) > _SHORT:
            return False
        # A special token written out in a text divides it before normalization, which the look-up does not follow.
        return not any(special in text for text in texts for special in self._special)

    def _reduced(self, texts: Sequence[str]) -> tuple[Tokenizer, NDArray[np.int32]]:
        """A tokenizer of all the pieces that occur in the texts, and the vocabulary's id for each of its ids."""
        normalize, split = self._skeleton.normalizer.normalize_str, self._skeleton.pre_tokenizer.pre_tokenize_str
        words = {word for text in texts for word, _ in split(normalize(text))}
        found = self._find({part for word in words for part in _substrings(word)})
        rows = np.concatenate([self._always, np.setdiff1d(found, self._always)])
        vocabulary = [piece.decode("utf-8") for piece in self._pieces.text[rows].tolist()]
        unknown = vocabulary.index("<unk>")
        scores = self._pieces.scores[rows].tolist()
        tokenizer = Tokenizer(Unigram(list(zip(vocabulary, scores, strict=True)), unk_id=unknown))
        tokenizer.normalizer = self._skeleton.normalizer
        tokenizer.pre_tokenizer = self._skeleton.pre_tokenizer
        tokenizer.post_processor = self._skeleton.post_processor
        tokenizer.add_special_tokens(list(self._skeleton.get_added_tokens_decoder().values()))
        return tokenizer, self._pieces.ids[rows]

    def _find(self, parts: set[str]) -> NDArray[np.intp]:
        """Rows of the table that hold one of the parts."""
        encoded = [part.encode("utf-8") for part in parts]
        wanted = np.array([part for part in encoded if len(part) <= _PIECE_BYTES], self._pieces.text.dtype)
        rows = np.minimum(np.searchsorted(self._pieces.text, wanted), len(self._pieces.text) - 1)
        return np.compress(self._pieces.text[rows] == wanted, rows)


def load_tokenizer(folder: Path) -> XlmrTokenizer:
    """The bundled tokenizer, with its table of pieces in the cache folder.

    Raises ModelFileError if the table must be built and tokenizer.json is missing or altered.
    """
    path = cached_file(folder, f"pieces{_LAYOUT}-{TOKENIZER.sha256[:16]}", ".npz", _build_table)
    with np.load(path, allow_pickle=False) as table:
        return XlmrTokenizer(
            Pieces(
                skeleton=table["skeleton"].tobytes().decode("utf-8"),
                always=table["always"],
                text=table["text"],
                scores=table["scores"],
                ids=table["ids"],
            )
        )


def _build_table() -> bytes:
    tokenizer = json.loads(locate(TOKENIZER).read_text(encoding="utf-8"))
    vocabulary = [(piece.encode("utf-8"), score) for piece, score in tokenizer["model"]["vocab"]]
    special = [token["id"] for token in tokenizer["added_tokens"]]
    lowest = min(range(len(vocabulary)), key=lambda number: vocabulary[number][1])
    order = sorted(range(len(vocabulary)), key=lambda number: vocabulary[number][0])
    tokenizer["model"]["vocab"] = [tokenizer["model"]["vocab"][number] for number in special]
    for number, token in enumerate(tokenizer["added_tokens"]):
        token["id"] = number
    stream = io.BytesIO()
    np.savez(
        stream,
        skeleton=np.frombuffer(json.dumps(tokenizer).encode("utf-8"), np.uint8),
        always=np.array([*special, lowest], np.int32),
        text=np.array([vocabulary[number][0] for number in order], f"S{_PIECE_BYTES}"),
        scores=np.array([vocabulary[number][1] for number in order], np.float64),
        ids=np.array(order, np.int32),
    )
    return stream.getvalue()


def _substrings(word: str) -> Iterator[str]:
    length = len(word)
    return (word[i:j] for i in range(length) for j in range(i + 1, min(i + _PIECE_CHARS, length) + 1))


def _best(word: str, known: Mapping[str, float | None], unknown: float) -> float:
    """The score of a word's best segmentation (Viterbi); `known` has all its parts."""
    best = [0.0]
    for end in range(1, len(word) + 1):
        score = best[-1] + unknown
        for start in range(max(0, end - _PIECE_CHARS), end):
            piece = known[word[start:end]]
            if piece is not None and best[start] + piece > score:
                score = best[start] + piece
        best.append(score)
    return best[-1]


def _encodable(text: str) -> str:
    """The text with lone surrogates, which UTF-8 cannot hold, replaced one for one."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK))


def _spans(encoding: Encoding, text: str) -> NDArray[np.int32]:
    """Offsets without the white space that a piece starts with."""
    spans = [(end - len(text[start:end].lstrip()), end) for start, end in encoding.offsets]
    return np.array(spans, np.int32).reshape(-1, 2)
