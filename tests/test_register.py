"""The register: what it finds, what staff note of it, threads over the years, tables for other programs."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.build import BuildReport, build
from kb.encode import Encoder
from kb.errors import KBError, NotesError, NotFound, UsageError
from kb.notes import MAX_REMARK, Notes, read_notes
from kb.register import Entry, Register, Wanted
from kb.search import Searcher
from kb.sheets import COLUMNS, to_csv, to_xlsx

SEED = "resolution-2022-11-02-economic-cooperation"
YEARLY = """# Резолюция {n} съезда Союза хоров

{n} съезд Союза хоров

(Омск, 3 июня {year} года)

Делегаты съезда, обсудив доклад Правления, решили:

{clauses}
"""


@pytest.fixture(scope="module")
def register(searcher: Searcher) -> Register:
    return Register(searcher)


# What is found.


def test_the_chair_reports(register: Register) -> None:
    """The founding document's best known commitment, right in every field."""
    found = register.find(Wanted(document=SEED, strength="instruction", due="stated"), reader="ru")
    (entry,) = [one for one in found.entries if one.verb == "доложить"]
    (chair,) = entry.performers
    assert (chair.name, chair.role, chair.implied) == (
        "Всемирный координационный совет российских соотечественников",
        "chair",
        False,
    )
    assert entry.object
    assert entry.object.text == "о ходе реализации данного решения"
    assert entry.deadline
    assert entry.deadline.text == "в ходе следующей Всемирной конференции в 2023 году"
    assert (entry.due_from, entry.due_to) == ("2023-01-01", "2023-12-31")
    assert entry.addressees == ()
    assert entry.recurrence is None
    assert entry.status == "overdue"
    assert "тире 21 постановляющей части" in entry.citation
    assert entry.url == f"/doc/{SEED}?mark={entry.evidence.start}-{entry.evidence.end}#{entry.eid}"


def test_only_acts_are_listed_unless_more_is_asked_for(register: Register) -> None:
    acts, everything = (register.find(Wanted(document=SEED, strength=which)) for which in ("acts", "all"))
    assert {e.strength for e in acts.entries} <= {"decision", "instruction", "undertaking", "recommendation", "request"}
    assert {"support", "welcome", "thanks"} <= {e.strength for e in everything.entries}
    assert acts.total < everything.total
    assert len({e.eid for e in everything.entries if e.eid.startswith("op_")}) >= 22


@pytest.mark.parametrize(
    "question",
    ["report on the implementation of the decision", "Bericht über die Umsetzung", "доклад о выполнении решения"],
)
def test_found_by_meaning_in_any_language(register: Register, question: str) -> None:
    found = register.find(Wanted(text=question))
    assert "доложить" in [entry.verb for entry in found.entries[:3]]


def test_every_span_is_a_slice_of_its_document(register: Register, searcher: Searcher) -> None:
    texts = {document.id: searcher.document(document.id).document.text for document in searcher.documents()}
    entries = register.find(Wanted(strength="all"), limit=1000).entries
    assert entries
    for entry in entries:
        text = texts[entry.document.id]
        parties = [party.words for party in (*entry.performers, *entry.addressees)]
        for words in (entry.evidence, entry.action, entry.object, entry.deadline, entry.recurrence, *parties):
            assert words is None or words.text == text[words.start : words.end] != ""


def test_facets_count_what_passes(register: Register) -> None:
    everything = register.find(Wanted(strength="all"), limit=1000)
    for name, field in (("strength", "strength"), ("performer", "performer"), ("addressee", "addressee")):
        for value, count in everything.facets[name]:
            wanted = Wanted(**{"strength": "all", field: value})  # type: ignore[arg-type]
            assert register.find(wanted).total == count, (name, value)
    for name in ("due", "recurring", "year", "language", "kind", "body"):
        for value, count in everything.facets[name]:
            assert register.find(Wanted(**{"strength": "all", name: value})).total == count  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["vks", "ВКС", "World Coordination Council of Russian Compatriots", "координационный совет российских"]
)
def test_a_performer_has_many_names(register: Register, name: str) -> None:
    found = register.find(Wanted(performer=name, document=SEED))
    assert "доложить" in [entry.verb for entry in found.entries]
    assert found.total < register.find(Wanted(document=SEED)).total
    assert register.find(Wanted(performer="no such body")).total == 0


def test_pages_and_orders(register: Register) -> None:
    everything = [e.id for e in register.find(Wanted(), limit=1000).entries]
    paged = [
        e.id for first in range(0, len(everything), 7) for e in register.find(Wanted(), limit=7, offset=first).entries
    ]
    assert paged == everything
    due = [e.due_to or e.due_from or "9999" for e in register.find(Wanted(), sort="due", limit=1000).entries]
    assert due == sorted(due)
    newest = [e.document.date for e in register.find(Wanted(), sort="newest", limit=1000).entries]
    assert newest == sorted(newest, reverse=True)
    late = register.find(Wanted(due_from="2023", due_to="2023"))
    assert late.total
    assert all("2023" <= e.due_to <= "2023-12-31" for e in late.entries)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"strength": "strong"}, "strength: 'strong' is none of acts, all, decision"),
        ({"due_to": "soon"}, "due_to: 'soon' is not a date"),
        ({"status": "late"}, "status: 'late' is none of overdue, open"),
    ],
)
def test_what_cannot_be_asked(wanted: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Wanted(**wanted)  # type: ignore[arg-type]


# Over the years, and through rebuilds.


class World:
    """A corpus of yearly resolutions, rebuilt at will."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        self.corpus, self.index = folder / "corpus" / "resolution", folder / "index"
        self.notes = Notes(folder / "notes.sqlite")
        self.corpus.mkdir(parents=True)

    def write(self, year: int, *clauses: str) -> None:
        text = YEARLY.format(n=f"{year - 2000}-й", year=year, clauses="\n\n".join(f"- {clause}" for clause in clauses))
        (self.corpus / f"choirs-{year}.md").write_text(text, encoding="utf-8")

    def open(self) -> Register:
        build(self.corpus.parent, self.index, self.encoder)
        return Register(Searcher.open(self.index, self.encoder, self.corpus.parent), self.notes)


REPORT = "Правлению доложить о ремонте концертного зала до 1 мая {year} года;"
BOOK = "издать сборник песен народов Сибири;"
ROOF = "Правлению починить крышу;"


@pytest.fixture
def world(tmp_path: Path, encoder: Encoder) -> World:
    return World(tmp_path, encoder)


def one(register: Register, verb: str, document: str) -> Entry:
    (entry,) = [e for e in register.find(Wanted(document=document), limit=100).entries if e.verb == verb]
    return entry


def test_a_note_survives_rebuilds_and_follows_its_words(world: World) -> None:
    world.write(2021, REPORT.format(year=2022), BOOK)
    register = world.open()
    entry = one(register, "доложить", "choirs-2021")
    assert (entry.status, entry.note) == ("overdue", None)
    noted = register.note(entry.id, "done", "Доложено 30 апреля.")
    assert (noted.status, noted.changed) == ("done", False)
    assert noted.note
    assert noted.note.remark == "Доложено 30 апреля."
    assert [e.id for e in register.find(Wanted(status="done")).entries] == [entry.id]
    assert entry.id not in [e.id for e in register.find(Wanted(status="overdue")).entries]

    world.write(2021, ROOF, REPORT.format(year=2022), BOOK)  # the clause moves down
    register = world.open()
    moved = one(register, "доложить", "choirs-2021")
    assert moved.id != entry.id
    assert (moved.status, moved.changed) == ("done", False)
    assert one(register, "починить", "choirs-2021").note is None

    world.write(2021, ROOF, REPORT.format(year=2024), BOOK)  # its words change where it stands
    register = world.open()
    register.note(moved.id, "done", "Ещё раз.")
    world.write(2021, ROOF, REPORT.format(year=2025), BOOK)
    changed = one(world.open(), "доложить", "choirs-2021")
    assert (changed.status, changed.changed) == ("done", True)
    assert changed.note
    assert "2024" in changed.note.quote

    (world.corpus / "choirs-2021.md").unlink()
    world.write(2022, BOOK)
    register = world.open()
    assert moved.id in [note.id for note in register.astray()]
    assert world.notes.all()[moved.id].remark == "Ещё раз."


def test_no_note_takes_anothers_place(world: World) -> None:
    """An act is put in front, and one reworded: each note goes with its words, and a new one replaces none."""
    world.write(2021, REPORT.format(year=2022), BOOK)
    register = world.open()
    first, second = (one(register, verb, "choirs-2021") for verb in ("доложить", "издать"))
    register.note(first.id, "done", "Доклад.")
    register.note(second.id, "superseded", "Сборник.")
    world.write(2021, ROOF, REPORT.format(year=2022), BOOK.replace("сборник", "большой сборник"))
    register = world.open()
    moved = one(register, "доложить", "choirs-2021")
    assert moved.id == second.id
    assert moved.note
    assert (moved.note.remark, moved.changed) == ("Доклад.", False)
    assert [e.id for e in register.find(Wanted(status="done")).entries] == [moved.id]
    register.note(one(register, "починить", "choirs-2021").id, "open", "Крыша.")
    remarks = {note.remark for note in world.notes.all().values()}
    assert remarks == {"Доклад.", "Сборник.", "Крыша."}
    assert [note.remark for note in register.astray()] == ["Сборник."]
    entry = one(register, "доложить", "choirs-2021")
    assert entry.note
    assert entry.note.remark == "Доклад."


def test_the_corpus_names_its_own_bodies(world: World) -> None:
    """A change of parties.toml builds the records anew; one that cannot be read is named, and the index stays."""
    world.write(2021, "Малому совету хоров издать сборник песен;", "президиуму издать ноты;")
    before = world.open().find(Wanted(), limit=100).entries
    assert {party.entry for entry in before for party in entry.performers} == {""}
    parties = world.corpus.parent / "parties.toml"
    parties.write_text(
        '[entries.choirs]\nru = ["Малый совет хоров"]\nen = ["Small Council of Choirs"]\n', encoding="utf-8"
    )
    (entry,) = world.open().find(Wanted(performer="choirs")).entries
    assert (entry.verb, entry.performers[0].entry) == ("издать", "choirs")
    parties.write_text("[choirs\n", encoding="utf-8")
    with pytest.raises(KBError, match=r"parties\.toml"):
        world.open()


def test_notes_are_carried_to_another_store(world: World, tmp_path: Path) -> None:
    world.write(2021, REPORT.format(year=2022), BOOK)
    register = world.open()
    entry = one(register, "издать", "choirs-2021")
    register.note(entry.id, "superseded", "См. решение 2022 года")
    data = json.dumps({"notes": [note.to_json() for note in world.notes.all().values()]}, ensure_ascii=False)
    other = Notes(tmp_path / "other" / "notes.sqlite")
    assert other.merge(read_notes(data)) == 1
    assert other.merge(read_notes(data)) == 0, "not newer"
    assert other.all() == world.notes.all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda note: note.pop("status"), "note 1: field 'status' must be text"),
        (lambda note: note.update(status="late"), "note 1: field 'status': 'late' is none of open, done, superseded"),
        (lambda note: note.update(remark="x" * (MAX_REMARK + 1)), "note 1: field 'remark': 4001 characters"),
        (lambda note: note.update(changed="yesterday"), "note 1: field 'changed'"),
        (lambda note: note.update(id="elsewhere#op_1!1"), "note 1: field 'id'"),
    ],
)
def test_a_damaged_export_is_named(change: Callable[[dict[str, str]], object], said: str) -> None:
    note = {
        "id": "a#op_1!1",
        "document": "a",
        "status": "done",
        "remark": "",
        "quote": "q",
        "changed": "2026-01-01T00:00:00Z",
    }
    change(note)
    with pytest.raises(UsageError, match=said):
        read_notes(json.dumps({"notes": [note]}))


def test_a_damaged_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(NotesError, match=r"notes\.sqlite.*export"):
        Notes(path).all()


def test_a_thread_says_what_was_repeated_changed_and_dropped(world: World) -> None:
    world.write(2021, REPORT.format(year=2022), BOOK, ROOF)
    world.write(2022, "просить Правление доложить о ремонте концертного зала до 1 мая 2023 года;", BOOK)
    world.write(2023, REPORT.format(year=2024), BOOK)
    world.write(2024, BOOK)
    register = world.open()
    steps = register.thread(one(register, "доложить", "choirs-2022").id)
    assert [(step.entry.document.date[:4], step.relation) for step in steps] == [
        ("2021", "first"),
        ("2022", "weaker"),
        ("2023", "stronger"),
    ]
    assert [document.date[:4] for document in steps[-1].dropped] == ["2024"]
    book = register.thread(one(register, "издать", "choirs-2021").id)
    assert [step.relation for step in book] == ["first", "repeated", "repeated", "repeated"]
    assert book[-1].dropped == ()
    with pytest.raises(NotFound, match="kb commitments lists them"):
        register.thread("choirs-2021#op_1__item_9!1")


# Tables.

FORMULA = '=HYPERLINK("http://example.org","see")'


@pytest.fixture
def entries(world: World) -> tuple[Entry, ...]:
    world.write(2021, REPORT.format(year=2022), BOOK)
    text = (world.corpus / "choirs-2021.md").read_text(encoding="utf-8").replace("Резолюция 21-й", f"{FORMULA} 21-й")
    (world.corpus / "choirs-2021.md").write_text(text, encoding="utf-8")
    found = world.open().find(Wanted(), limit=100).entries
    assert any(entry.document.title.startswith("=") for entry in found)
    return found


def test_csv_has_every_column_and_no_formula(entries: tuple[Entry, ...]) -> None:
    data = to_csv(entries, "https://kb.example")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == len(entries)
    assert {row["title"][:2] for row in rows} == {"'="}
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    (row,) = [row for row in rows if row["verb"] == "доложить"]
    assert row["due_to"] == "2022-05-01"
    assert row["url"].startswith("https://kb.example/doc/choirs-2021?mark=")


def test_the_workbook_holds_text_only(entries: tuple[Entry, ...]) -> None:
    with zipfile.ZipFile(io.BytesIO(to_xlsx(entries))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode("utf-8")
        strings = book.read("xl/sharedStrings.xml").decode("utf-8")
    assert "<f>" not in sheet
    assert "=HYPERLINK" in strings
    assert "ремонте концертного зала" in strings


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_libreoffice_opens_the_tables(entries: tuple[Entry, ...], tmp_path: Path, form: str) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed: as root, sh tests/debian.sh installs it")
    table = tmp_path / f"commitments.{form}"
    table.write_bytes(to_csv(entries) if form == "csv" else to_xlsx(entries))
    csv_filter = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
    command = [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to"]
    infilter = ["--infilter=Text - txt - csv (StarCalc):44,34,76"] if form == "csv" else []
    out = tmp_path / "out"
    done = subprocess.run(
        [*command, csv_filter, *infilter, "--outdir", str(out), str(table)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    (written,) = out.glob("*.csv")
    rows = list(csv.DictReader(io.StringIO(written.read_text(encoding="utf-8-sig"))))
    assert len(rows) == len(entries)
    assert {row["title"].lstrip("'")[:11] for row in rows} == {"=HYPERLINK("}
    assert "доложить" in [row["verb"] for row in rows]
    assert [row["evidence"] for row in rows] == [" ".join(entry.evidence.text.split()) for entry in entries]


# The command line.


def kb(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """kb in a folder of its own, where the notes are kept."""
    return subprocess.run(
        [sys.executable, "-m", "kb", "commitments", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        timeout=60,
        check=False,
    )


def test_notes_by_command(shipped: tuple[Path, BuildReport], root: Path, tmp_path: Path) -> None:
    where = ("--index", str(shipped[0]), "--corpus", str(root / "corpus"))
    listed = kb(tmp_path, "--document", SEED, "--strength", "instruction", "--due", "stated", "--json", *where)
    identity = json.loads(listed.stdout)["commitments"][0]["id"]
    noted = kb(tmp_path, "note", identity, "--status", "done", "--remark", "Доложено.", *where)
    assert (noted.returncode, noted.stdout) == (0, f"{identity}: done\n")
    explained = kb(tmp_path, "--explain", identity, *where).stdout
    assert "ru.yaml" in explained
    assert "Доложено." in explained
    assert kb(tmp_path, "export", "notes.json").stdout == "1 notes written to notes.json\n"
    again = kb(tmp_path, "export", "notes.json")
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "name a new file" in again.stderr
    (tmp_path / "notes.sqlite").unlink()
    assert kb(tmp_path, "import", "notes.json", *where).stdout == "1 of 1 notes taken over\n"
    assert "done" in kb(tmp_path, "--explain", identity, *where).stdout
    table = kb(tmp_path, "--document", SEED, "--output", "list.xlsx", *where)
    assert table.returncode == 0
    assert (tmp_path / "list.xlsx").read_bytes().startswith(b"PK")
    refused = kb(tmp_path, "--output", "list.pdf", *where)
    assert (refused.returncode, refused.stderr) == (2, "kb: list.pdf: the name must end in .csv, .xlsx, .json\n")
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    assert kb(tmp_path, "import", "broken.json", *where).stderr.startswith("kb: broken.json: not an export of notes")
    unknown = kb(tmp_path, "note", f"{SEED}#op_9!1", "--status", "done", *where)
    assert (unknown.returncode, "kb commitments lists them" in unknown.stderr) == (1, True)
