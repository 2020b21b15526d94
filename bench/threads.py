"""Threads over twenty series of yearly UN resolutions: which paragraphs are joined over the years, for people to judge.

    python bench/threads.py INDEX [--pairs 60] [--seed 1]

Writes the series out of ../shared/data/un_resolutions as records, builds INDEX from them, takes the thread of every act
of each series' first document, and prints the figures and a random sample of joined pairs.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from suites import lines, needed

from kb.build import build
from kb.encode import load_encoder
from kb.register import Register, Wanted
from kb.search import Searcher
from kb.settings import load_settings

SERIES = (
    "A_HRC_RES_43_11 A_HRC_RES_55_4 A_RES_73_171 A_RES_75_179 A_RES_76_166 A_RES_78_198",  # the right to food
    "A_RES_61_261 A_RES_62_228 A_RES_73_276 A_RES_74_258 A_RES_77_260 A_RES_79_254",  # administration of justice
    "A_RES_72_312 A_RES_76_303 A_RES_77_333 A_RES_78_331",  # sexual exploitation and abuse
    "A_HRC_RES_42_18 A_HRC_RES_57_11 A_RES_76_169 A_RES_78_210",  # terrorism and human rights
    "A_HRC_RES_39_2 A_HRC_RES_42_3 A_HRC_RES_47_1 A_RES_75_238",  # Rohingya Muslims and other minorities
    "A_RES_67_152 A_RES_70_137 A_RES_71_177 A_RES_76_147",  # rights of the child
    "A_RES_74_235 A_RES_77_181 A_RES_79_223",  # women in development
    "A_HRC_RES_54_18 A_RES_68_158 A_RES_78_203",  # the right to development
    "A_HRC_RES_52_30 A_RES_75_193 A_RES_76_228",  # human rights in Syria
    "A_HRC_RES_52_27 A_HRC_RES_55_19 A_RES_79_183",  # … in Iran
    "A_RES_66_172 A_RES_68_179 A_RES_74_148",  # protection of migrants
    "E_RES_2017_9 E_RES_2021_7 E_RES_2023_11",  # mainstreaming a gender perspective
    "A_HRC_RES_45_7 A_HRC_RES_51_12 A_HRC_RES_57_12",  # local government
    "A_RES_66_260 A_RES_72_271 A_RES_78_290",  # road safety
    "A_RES_70_132 A_RES_74_126 A_RES_78_181",  # women and girls in rural areas
    "A_HRC_RES_51_32 A_HRC_RES_54_27 A_HRC_RES_57_25",  # against racism
    "A_HRC_RES_40_10 A_HRC_RES_55_16 A_RES_77_221",  # freedom of religion
    "A_RES_70_217 A_RES_72_232 A_RES_77_246",  # landlocked developing countries
    "A_RES_75_221 A_RES_76_210 A_RES_77_170",  # energy for all
    "E_RES_2015_26 E_RES_2020_12 E_RES_2024_13",  # follow-up to the World Summit on the Information Society
)
HUMAN_RIGHTS_COUNCIL = {30: 2015, 35: 2017, 39: 2018, 42: 2019, 45: 2020, 48: 2021, 51: 2022, 54: 2023, 57: 2024}


def year(name: str) -> int:
    """When a resolution of this name was adopted, about."""
    if match := re.match(r"A_RES_(\d+)_", name):
        return 1945 + int(match[1])
    if match := re.match(r"A_HRC_RES_(\d+)_", name):
        return next(when for last, when in HUMAN_RIGHTS_COUNCIL.items() if int(match[1]) <= last)
    return int(name.split("_")[2])


def records() -> Iterator[Mapping[str, Any]]:
    """The documents of the series, operative paragraphs numbered."""
    wanted = {name for some in SERIES for name in some.split()}
    parts: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for part in lines(needed("un_resolutions/paragraphs.jsonl.gz")):
        if part["doc"] in wanted:
            parts[part["doc"]].append(part)
    for name, some in parts.items():
        body = (
            "Human Rights Council"
            if "HRC" in name
            else "General Assembly"
            if name[0] == "A"
            else "Economic and Social Council"
        )
        title = next((part["text"] for part in some if part["type"] == "title"), name)
        text, number = [f"The {body},"], 0
        for part in some:
            if part["type"] == "paragraph":
                number += part["ptype"] == "operative"
                text.append(f"{number}. {part['text']}" if part["ptype"] == "operative" else part["text"])
        yield {
            "_id": name,
            "title": title,
            "text": "\n\n".join(text),
            "kind": "resolution",
            "body": body,
            "date": f"{year(name)}",
            "language": "en",
        }


def main() -> None:
    """Build, join, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    given.index.mkdir(parents=True, exist_ok=True)
    corpus = given.index / "series.jsonl"
    corpus.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in records()), encoding="utf-8")
    settings = load_settings()
    encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
    report = build(corpus, given.index, encoder)
    register = Register(Searcher.open(given.index, encoder, corpus))
    ids = {document.id.replace("-", "_").upper(): document.id for document in register.documents()}
    pairs = []
    inside = 0
    began, threads = time.perf_counter(), 0
    for some in SERIES:
        names = sorted(some.split(), key=lambda name: (year(name), name))
        mine = {ids[name.upper()] for name in names}
        for entry in register.find(Wanted(document=ids[names[0].upper()]), limit=1000).entries:
            steps = register.thread(entry.id)
            threads += 1
            for step in steps:
                if step.entry.id != entry.id:
                    pairs.append((entry, step))
                    inside += step.entry.document.id in mine
    seconds = time.perf_counter() - began
    print(f"{report.documents} documents, {report.commitments} records, {threads} acts of the first ones")
    print(f"{len(pairs)} joined, {inside} of them inside their series; {1000 * seconds / threads:.0f} ms a thread")
    for number, (entry, step) in enumerate(random.Random(given.seed).sample(pairs, min(given.pairs, len(pairs))), 1):
        print(f"\n{number}. {step.relation} {step.likeness} {entry.document.id} → {step.entry.document.id}")
        print(f"   {' '.join(entry.evidence.text.split())[:600]}")
        print(f"   {' '.join(step.entry.evidence.text.split())[:600]}")


if __name__ == "__main__":
    main()
