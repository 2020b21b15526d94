"""Texts and pages in the code pages of Eastern Europe and beyond, told by their letters; snippets and whole files."""

from __future__ import annotations

import csv
import random
import unicodedata
from pathlib import Path

import pytest

from kb.errors import UnreadableFile
from kb.read import read_document
from kb.read.text import decode

RUSSIAN = (
    "Он поставил подпись под резолюцией Всемирной конференции, и мы её приняли. «Объём» — это ещё не всё; №\xa05. " * 3
)
GERMAN = "Die Prüfung der Verträge für die Änderungen war schön, sagte sie: überall gälten dieselben Maßstäbe. " * 3
SNIPPET = 60  # characters


def letters_alike(found: str, meant: str) -> float:
    """The share of characters that are the same ones in the same place."""
    found, meant = (unicodedata.normalize("NFC", text.removeprefix("\ufeff")) for text in (found, meant))
    if len(found) != len(meant):
        return 0.0
    return sum(a == b for a, b in zip(found, meant, strict=True)) / max(len(meant), 1)


CYRILLIC = ["cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5", "cp855"]
UNICODE = ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", [*CYRILLIC, *UNICODE])
def test_russian_is_read_in_every_encoding_it_is_written_in(tmp_path: Path, encoding: str) -> None:
    data = RUSSIAN.encode(encoding, "ignore")
    meant = data.decode(encoding)
    assert decode(data) == meant
    page = "<html><body><p>Текст: ".encode(encoding) + data + "</p>".encode(encoding)
    (tmp_path / "a.html").write_bytes(page)
    document = read_document(tmp_path / "a.html", document_id="a", relative="a.html")
    assert document.text == " ".join(f"Текст: {meant}".removeprefix("\ufeff").replace("\ufeff", "").split())


@pytest.mark.parametrize(
    "declared",
    [
        "iso-8859-1",
        "windows-1252",
        "koi8-r",
        "windows-1251",
        "gb2312",
        "shift_jis",
        "utf-8",
        "utf-16",
        "punycode",
        "no",
    ],
)
def test_a_page_that_declares_another_charset_is_read_as_what_it_is(tmp_path: Path, declared: str) -> None:
    for text, encoding in ((RUSSIAN, "cp1251"), (RUSSIAN, "cp866"), (GERMAN, "cp1252"), (GERMAN, "cp850")):
        data = text.encode(encoding, "ignore")
        (tmp_path / "a.html").write_bytes(f'<meta charset="{declared}"><p>'.encode() + data)
        document = read_document(tmp_path / "a.html", document_id="a", relative="a.html")
        assert document.text == " ".join(data.decode(encoding).split())


def test_a_declaration_that_may_be_right_is_believed() -> None:
    assert decode("Dvě věci".encode("iso8859-2"), "iso-8859-2") == "Dvě věci"
    assert decode("สวัสดีครับ".encode("tis-620"), "tis-620") == "สวัสดีครับ"
    assert decode("漢字かな交じり文".encode("shift_jis"), "shift_jis") == "漢字かな交じり文"


def test_a_text_whose_only_foreign_letter_is_its_last_is_not_taken_for_utf_8() -> None:
    assert decode("la commissione ha detto che la proposta è".encode("cp1252")).endswith(" è")
    assert decode("резолюция".encode()[:-1]) == "резолюци\ufffd"


# (language, encoding, share of snippets that come out whole)
SNIPPETS = [
    *(("rus", encoding, 0.93) for encoding in CYRILLIC),
    *(("ukr", encoding, 0.97) for encoding in ("cp1251", "koi8-u", "cp1125", "mac-cyrillic", "iso8859-5", "cp855")),
    *(("bul", encoding, 0.97) for encoding in ("cp1251", "cp866", "mac-cyrillic", "iso8859-5", "cp855")),
    ("bel", "cp1251", 0.97),
    ("kaz", "kz1048", 0.9),
    *(("ell", "cp1253", 0.95), ("heb", "cp1255", 0.95), ("arb", "cp1256", 0.95), ("zho-CN", "gb18030", 0.95)),
    *(("deu", "cp1252", 0.9), ("fra", "cp1252", 0.9), ("lav", "cp1257", 0.9), ("lit", "cp1257", 0.85)),
    *(("pol", "cp1250", 0.9), ("ces", "cp1250", 0.9), ("tur", "cp1254", 0.9), ("est", "cp1257", 0.9)),
]


@pytest.mark.parametrize(("language", "encoding", "floor"), SNIPPETS)
def test_sixty_characters_tell_the_code_page(evaluation: Path, language: str, encoding: str, floor: float) -> None:
    lines = (evaluation / "ntrex" / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    text = " ".join(lines[:600])
    dice = random.Random(language + encoding)
    right = count = 0
    while count < 40:
        start = dice.randrange(len(text) - SNIPPET)
        data = text[start : start + SNIPPET].encode(encoding, "ignore")
        meant = data.decode(encoding)
        if not data.isascii() and len(meant) >= 0.9 * SNIPPET:
            count += 1
            right += letters_alike(decode(data), meant) >= 0.99
    print(f"{language} {encoding}: {right / count:.3f}")
    assert right >= floor * count


NAMES = {
    "IBM855": "cp855",
    "IBM866": "cp866",
    "MacCyrillic": "mac-cyrillic",
    "iso-8859-5-russian": "iso8859-5",
    "windows-1251-bulgarian": "cp1251",
    "windows-1251-russian": "cp1251",
    "ibm855": "cp855",
    "ibm866": "cp866",
    "utf-16.be": "utf-16-be",
}
MISSED = {"iso-8859-3"}  # a Turkish text in the code page of Maltese


def test_files_of_known_encodings(evaluation: Path) -> None:
    """The texts of two detectors' own tests: as they are, and with what they declare."""
    folder = evaluation / "hard_docs"
    tally: dict[str, list[bool]] = {}
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if not row["path"].startswith("enc/"):
                continue
            parts = row["source_path"].split("/")
            named = parts[1] if "chardet/" in row["path"] and "uchardet/" not in row["path"] else parts[-1]
            named = NAMES.get(named) or NAMES.get(named.rpartition(".")[0]) or named.removesuffix(".txt")
            data = (folder / row["path"]).read_bytes()
            try:
                found = decode(data)
            except UnreadableFile:
                found = ""
            tally.setdefault(named, []).append(letters_alike(found, data.decode(named)) >= 0.99)
    for name, outcomes in sorted(tally.items()):
        print(f"{name}: {sum(outcomes)} of {len(outcomes)}")
    assert sum(map(len, tally.values())) > 60
    assert {name for name, outcomes in tally.items() if not all(outcomes)} <= MISSED
