"""The sentence-transformers backend, on the folder that `export_model` writes: no hub, the bundled weights."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip(
    "sentence_transformers",
    reason="sentence-transformers is not installed; run: make test EXTRAS=st",
    exc_type=ModuleNotFoundError,
)

from kb.encode import Encoder, export_model, load_base
from kb.encode.st import SentenceTransformerEncoder
from kb.errors import ModelFileError

TEXTS = [
    "Рекомендовать Фонду поддержки и защиты прав соотечественников оказывать правовую помощь.",
    "The consular post shall be informed without delay.",
    "Jeder hat das Recht auf Bildung; der Unterricht muß unentgeltlich sein.",
    "ყველა ადამიანი იბადება თავისუფალი",
    "人人有权享有生命、自由和人身安全。",
    "لكل فرد حق التمتع بكافة الحقوق والحريات",
    "Барлық адамдар тумысынан азат. " * 120,
    "e\u0301 ﬁ ½ 👍 <mask>",
    "",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The exported model; its 0.5 GB are removed at once when the tests are over."""
    exported = export_model(tmp_path_factory.mktemp("export") / "e5")
    yield exported
    shutil.rmtree(exported)


@pytest.fixture(scope="module")
def exported(folder: Path) -> Encoder:
    return load_base(f"st:{folder}")


@pytest.fixture(scope="module")
def bundled() -> Encoder:
    return load_base()


def test_vectors_are_those_of_the_bundled_encoder(exported: Encoder, bundled: Encoder) -> None:
    assert isinstance(exported, SentenceTransformerEncoder)
    pairs = [
        (exported.encode_queries(TEXTS), bundled.encode_queries(TEXTS)),
        (exported.encode_passages(TEXTS), bundled.encode_passages(TEXTS)),
    ]
    for left, right in pairs:
        assert left.dtype == np.float32
        assert left.shape == (len(TEXTS), 384)
        np.testing.assert_allclose(np.linalg.norm(left, axis=1), 1, atol=1e-5)
        assert (left * right).sum(axis=1).min() >= 0.9999
    assert (pairs[0][0] * pairs[1][0]).sum(axis=1).max() < 0.995, "queries and passages must differ by their prefixes"


def test_limits_and_counts_are_those_of_the_bundled_encoder(exported: Encoder, bundled: Encoder) -> None:
    assert (exported.dimension, exported.max_tokens) == (bundled.dimension, bundled.max_tokens) == (384, 512)
    counts = exported.count_tokens(TEXTS)
    assert counts == bundled.count_tokens(TEXTS)
    assert max(counts) > 512
    assert exported.count_tokens([]) == []
    assert exported.encode_passages([]).shape == exported.encode_queries([]).shape == (0, 384)


def test_progress_and_order_over_several_chunks(exported: Encoder) -> None:
    texts = [TEXTS[number % 3][: 10 + number % 7] for number in range(600)]
    calls: list[tuple[int, int]] = []
    vectors = exported.encode_passages(texts, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(512, 600), (600, 600)]
    rows = [0, 1, 299, 599]
    np.testing.assert_allclose(vectors[rows], exported.encode_passages([texts[row] for row in rows]), atol=1e-5)


def test_lone_surrogates_are_read_as_question_marks(exported: Encoder) -> None:
    np.testing.assert_array_equal(exported.encode_queries(["a \ud800"]), exported.encode_queries(["a ?"]))


def test_the_fingerprint_follows_the_files(folder: Path, exported: Encoder, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, copy_function=lambda source, target: Path(target).hardlink_to(source))
    assert load_base(f"st:{copy}").fingerprint == exported.fingerprint
    settings = copy / "config_sentence_transformers.json"
    content = json.loads(settings.read_text(encoding="utf-8"))
    content["prompts"] = {"query": "search: "}
    settings.unlink()
    settings.write_text(json.dumps(content), encoding="utf-8")
    other = load_base(f"st:{copy}")
    assert other.fingerprint != exported.fingerprint
    assert other.encode_queries(TEXTS[:1])[0] @ exported.encode_queries(TEXTS[:1])[0] < 0.999


def test_e5_models_get_their_prefixes_where_their_files_name_none(
    folder: Path, exported: Encoder, tmp_path: Path
) -> None:
    copy = tmp_path / "multilingual-e5-small"
    shutil.copytree(folder, copy, copy_function=lambda source, target: Path(target).hardlink_to(source))
    (copy / "config_sentence_transformers.json").unlink()
    plain = load_base(f"st:{copy}")
    np.testing.assert_allclose(plain.encode_queries(TEXTS[:2]), exported.encode_queries(TEXTS[:2]), atol=1e-5)
    np.testing.assert_allclose(plain.encode_passages(TEXTS[:2]), exported.encode_passages(TEXTS[:2]), atol=1e-5)


def test_a_folder_that_holds_no_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"cannot be loaded: .*KB_ENCODER") as refused:
        load_base(f"st:{tmp_path}")
    assert "\n" not in str(refused.value)
