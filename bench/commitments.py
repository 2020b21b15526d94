"""What the extractor of commitments makes of 977 UN documents: agreement with their labels, speed, records to read.

    python bench/commitments.py [--records 10] [--seed 1]

The data labels operative paragraphs with their verb. A paragraph agrees where one of its records was made by that verb;
intros that end in a colon and items such as "Ensuring …" hold no act of their own and are counted apart.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from suites import lines, needed

from kb.commitments import Commitment, Parties, extract
from kb.model import Document, Provision

BODIES = {
    "A_HRC": "Human Rights Council",
    "A_": "General Assembly",
    "S_": "Security Council",
    "E_": "Economic and Social Council",
}


def document(name: str, paragraphs: list[str]) -> tuple[Document, list[Provision]]:
    """Operative paragraphs as a resolution."""
    body = next((body for start, body in BODIES.items() if name.startswith(start)), "")
    head = f"The {body},"
    text, provisions = head, [Provision("op", "operative", None, None, "", 1, 0, len(head), len(head), None)]
    for number, paragraph in enumerate(paragraphs, 1):
        text += "\n\n"
        start = len(text)
        text += paragraph
        provisions.append(
            Provision(f"op__item_{number}", "item", "op", f"{number}.", f"{number}.", number, 1, start, len(text), None)
        )
    return Document(name, name, "", "", text, (), kind="resolution", body=body, language="en"), provisions


def main() -> None:
    """Extract, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    parts: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for part in lines(needed("un_resolutions/paragraphs.jsonl.gz")):
        if part["ptype"] == "operative" and part["type"] == "paragraph" and part["text"].strip():
            parts[part["doc"]].append(part)
    parties = Parties.load()
    records: list[tuple[Document, Commitment]] = []
    counts: Counter[str] = Counter()
    began = time.perf_counter()
    for name, some in parts.items():
        read, provisions = document(name, [" ".join(part["text"].split()) for part in some])
        found = extract(read, provisions, parties)
        records += [(read, one) for one in found]
        by_place: dict[str, list[str]] = defaultdict(list)
        for one in found:
            by_place[one.eid].append(one.lexicon.partition(": ")[2].split()[0].lower())
        for number, part in enumerate(some, 1):
            label = (part["verb"] or "").lower()
            if "RES" not in name or not label:
                continue
            counts["labelled"] += 1
            agrees = any(v.startswith(label[:5]) or label.startswith(v[:5]) for v in by_place[f"op__item_{number}"])
            counts["agree"] += agrees
            if not (part["text"].rstrip().endswith(":") or re.match(r"\w+ing\b", part["text"])):
                counts["with an act of their own"] += 1
                counts["agree of these"] += agrees
    seconds = time.perf_counter() - began
    paragraphs = sum(map(len, parts.values()))
    print(f"{len(parts)} documents, {paragraphs} operative paragraphs, {len(records)} records")
    print(f"{len(records) / seconds:.0f} records a second, {paragraphs / seconds:.0f} paragraphs a second")
    for whole, same in (("labelled", "agree"), ("with an act of their own", "agree of these")):
        print(f"{whole}: {counts[whole]}, agree: {counts[same]} ({counts[same] / counts[whole]:.3f})")
    print("strengths:", dict(Counter(one.strength for _, one in records).most_common()))
    for number, (read, one) in enumerate(random.Random(given.seed).sample(records, given.records), 1):
        implied = " (implied)" if any(party.implied for party in one.performers) else ""
        due = one.deadline and (one.deadline.words.text, one.deadline.date_from, one.deadline.date_to)
        print(f"\n{number}. {one.id}  {one.strength}  ({one.lexicon}, {one.rule})")
        names, others = ([party.name for party in some] for some in (one.performers, one.addressees))
        print(f"   who {names}{implied}; for {others}")
        print(f"   what {one.verb} | {one.object.text[:160] if one.object else None}")
        print(f"   when {due}; how often {one.recurrence and (one.recurrence.words.text, one.recurrence.kind)}")
        print(f"   {read.text[one.evidence.start : one.evidence.end][:420]}")


if __name__ == "__main__":
    main()
