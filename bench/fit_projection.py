"""Fit the language-neutral projection of an encoder to parallel text, and write it where kb looks for it.

    python bench/fit_projection.py FOLDER [ENCODER]

FOLDER: one UTF-8 `.txt` a language, line i of every file saying the same. The shipped projection was fitted on
NTREX-128 (Federmann et al. 2022, CC BY-SA 4.0) in 34 languages; its sentences are not part of it. ENCODER: as
KB_ENCODER (default: bundled). The bundled encoder's file is written into the package, with the digest to pin
printed; another encoder's goes into the user's cache folder under its fingerprint.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from kb.encode import fit_projection, load_base, projection_path
from kb.settings import load_settings

SENTENCES = 300  # of each language; the means hardly move beyond
QUERIES = 20  # of each language, encoded as queries


def main() -> None:
    """Encode the sample, fit, write."""
    folder = Path(sys.argv[1])
    settings = load_settings(encoder=sys.argv[2] if len(sys.argv) > 2 else None)
    encoder = load_base(settings.encoder, cache=settings.cache, threads=settings.threads)
    texts = {path.stem: path.read_text(encoding="utf-8").splitlines() for path in sorted(folder.glob("*.txt"))}
    lengths = {len(lines) for lines in texts.values()}
    if len(texts) < 2 or len(lengths) != 1:
        sys.exit(f"{folder}: needs two or more .txt files of equally many lines, has {sorted(lengths)}")
    sample = np.random.default_rng(0).choice(lengths.pop(), SENTENCES, replace=False)
    parallel = {}
    queries: list[str] = []
    for language, lines in texts.items():
        parallel[language] = encoder.encode_passages([lines[i] for i in sample])
        queries.extend(lines[i] for i in sample[:QUERIES])
        print(f"{language}: {SENTENCES} sentences", flush=True)
    projection = fit_projection(parallel, encoder.encode_queries(queries))
    path = projection_path(encoder, settings.cache)
    projection.save(path)
    print(f"{path}: written, digest {projection.digest}")


if __name__ == "__main__":
    main()
