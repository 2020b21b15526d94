"""Adding and removing: files, catalogue and words for people; nothing is overwritten, nothing is lost."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from arithmetic import ArithmeticEncoder
from folders import deep

from kb.build import build
from kb.catalog import load_catalog
from kb.collect import AddReport, Removed, add, describe, remove, safe_name
from kb.errors import CatalogError, NotFetched, NotFound, UsageError
from kb.fetch import Fetched
from kb.generation import open_generation

CATALOGUE = """\
# What the operator wrote.

["guide/b.md"]   # of b
title = 'B'      # in single quotes
# a word about the end of b

# about c
["guide/c.md"]
date = "2021"
"""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two guides and a file of records, two tables of a catalogue with the operator's comments."""
    folder = tmp_path / "corpus"
    (folder / "guide").mkdir(parents=True)
    (folder / "guide" / "b.md").write_text("# About b\n\nWords of b.\n", encoding="utf-8")
    (folder / "guide" / "c.md").write_text("# About c\n\nWords of c.\n", encoding="utf-8")
    lines = [json.dumps({"_id": f"article {n}", "text": f"Words of article {n}."}) for n in (1, 2)]
    (folder / "laws.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "catalog.toml").write_text(CATALOGUE, encoding="utf-8")
    return folder


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A file to add."""
    path = tmp_path / "in" / "Справка.md"
    path.parent.mkdir()
    path.write_text("# Как получить справку\n\nОбратитесь в консульство.\n", encoding="utf-8")
    return path


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def kb(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("KB_")}
    return subprocess.run(
        [sys.executable, "-m", "kb", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=cwd,
        env={**clean, "PYTHONIOENCODING": "utf-8"},
    )


def test_a_file_goes_in_with_its_fields_and_the_catalogue_stays_as_it_was(corpus: Path, page: Path) -> None:
    fields = {"kind": "guide", "date": "2024-05", "body": 'Консульство "Юг"', "licence": "CC0-1.0"}
    report = add(corpus, [str(page)], fields=fields)
    (added,) = report.added
    assert (added.path, added.id, added.kind, added.date) == ("guide/Справка.md", "spravka", "guide", "2024-05")
    assert (added.title, added.language, added.documents) == ("Как получить справку", "ru", 1)
    assert (corpus / "guide" / "Справка.md").read_bytes() == page.read_bytes()
    text = (corpus / "catalog.toml").read_text(encoding="utf-8")
    assert text.startswith(CATALOGUE)
    assert load_catalog(corpus)["guide/Справка.md"] == {k: v for k, v in fields.items() if k != "kind"}
    assert "guide/Справка.md  (id spravka)" in describe(report)
    again = add(corpus, [str(page)], fields={"title": "Other"})
    assert again.added == ()
    assert again.present == ((str(page), "guide/Справка.md"),)
    assert (corpus / "catalog.toml").read_text(encoding="utf-8") == text
    assert not list(corpus.rglob(".*")), "no temporary file is left"


def test_what_is_added_is_what_a_build_makes_of_it(corpus: Path, page: Path, tmp_path: Path) -> None:
    report = add(corpus, [str(page), str(corpus.parent / "in")], fields={"language": "kk"})
    assert [one.path for one in report.added] == ["added/Справка.md"]
    assert len(report.present) == 1, "the second input holds the first"
    build(corpus, tmp_path / "index", ArithmeticEncoder())
    document = open_generation(tmp_path / "index").document(report.added[0].id)
    told = (document.path, document.title, document.kind, document.date, document.language)
    one = report.added[0]
    assert told == (one.path, one.title, one.kind, one.date, one.language)
    assert document.kind == "guide", "as its text tells: the folder of what is added says no kind"


def test_a_folder_goes_in_with_its_order_and_bad_files_are_named(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "my files"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("Words of a.\n", encoding="utf-8")
    (folder / "sub" / "a.html").write_text("<h1>Title</h1><p>Words of sub.", encoding="utf-8")
    (folder / "two.jsonl").write_text(
        '{"_id": "x", "text": "Words."}\n{"_id": "y", "text": "More."}\n', encoding="utf-8"
    )
    (folder / "none.jsonl").write_text("no json\n", encoding="utf-8")
    (folder / "bad.pdf").write_bytes(b"junk")
    (folder / "sheet.xlsx").write_bytes(b"PK")
    (folder / "_draft.md").write_text("# Draft", encoding="utf-8")
    (folder / ".hidden.md").write_text("# Hidden", encoding="utf-8")
    report = add(corpus, [str(folder), "missing.pdf", "x\0y"])
    assert {one.path: one.documents for one in report.added} == {
        "added/my files/a.txt": 1,
        "added/my files/sub/a.html": 1,
        "added/my files/two.jsonl": 2,
    }
    assert {Path(entry.path).name: entry.reason for entry in report.refused} == {
        "none.jsonl": "empty",
        "bad.pdf": "damaged",
        "missing.pdf": "missing",
        "x\0y": "missing",
    }
    assert [Path(path).name for path in report.passed_over] == ["sheet.xlsx"]
    ids = {one.path: one.id for one in report.added}
    assert len(set(ids.values())) == 3, "two files of one name have different ids"
    forced = add(corpus, [str(folder / "bad.pdf")], force=True)
    assert forced.added[0].unread.startswith("damaged: ")
    assert (corpus / "added" / "bad.pdf").read_bytes() == b"junk"


def test_ids_that_change_are_told(corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "b.txt"
    other.write_text("Other words.\n", encoding="utf-8")
    report = add(corpus, [str(other)])
    assert report.added[0].id.startswith("b-")
    assert len(report.notes) == 1
    assert report.notes[0].startswith("guide/b.md: its id is b-")
    with pytest.raises(UsageError, match=r"--id: 'c' is the id of guide/c\.md"):
        add(corpus, [str(tmp_path / "d.txt")], fields={"id": "c"}) if other.rename(tmp_path / "d.txt") else None


def test_nothing_is_overwritten(corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "b.md"
    other.write_text("# Another b\n\nOther words.\n", encoding="utf-8")
    before = tree(corpus)
    refused = add(corpus, [str(other)], fields={"kind": "guide", "date": "2020"})
    assert refused.added == ()
    assert refused.refused[0].reason == "taken"
    assert "--name" in refused.refused[0].detail
    assert "--replace" in refused.refused[0].detail
    assert tree(corpus) == before

    renamed = add(corpus, [str(other)], fields={"kind": "guide"}, name="another")
    assert renamed.added[0].path == "guide/another.md"
    remove(corpus, ["another"])

    replaced = add(corpus, [str(other)], fields={"kind": "guide", "date": "2020"}, replace_same_name=True)
    assert replaced.added[0].replaced == "_removed/guide/b.md"
    assert (corpus / "guide" / "b.md").read_bytes() == other.read_bytes()
    assert (corpus / "_removed" / "guide" / "b.md").read_bytes() == before["guide/b.md"]
    assert load_catalog(corpus)["guide/b.md"] == {"title": "B", "date": "2020"}
    text = (corpus / "catalog.toml").read_text(encoding="utf-8")
    assert text == CATALOGUE.replace("quotes\n", 'quotes\ndate = "2020"\n')

    other.write_text("# A third b\n\nThird words.\n", encoding="utf-8")
    third = add(corpus, [str(other)], fields={"kind": "guide"}, replace_same_name=True)
    assert third.added[0].replaced == "_removed/guide/b.2.md"
    everything = set(tree(corpus).values())
    assert set(before.values()) - {before["catalog.toml"]} <= everything


def test_two_that_add_at_once_lose_nothing(corpus: Path, tmp_path: Path) -> None:
    reports: list[AddReport] = []

    def one(number: int) -> None:
        file = tmp_path / f"{number}" / "same.jsonl"
        file.parent.mkdir()
        file.write_text(f'{{"_id": "x", "text": "Words of {number}."}}\n', encoding="utf-8")
        reports.append(add(corpus, [str(file)], fields={"licence": f"L{number}"}, name=f"n{number % 4}.jsonl"))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    added = [one for report in reports for one in report.added]
    assert sorted(one.path for one in added) == [f"added/n{n}.jsonl" for n in range(4)]
    assert [entry.reason for report in reports for entry in report.refused] == ["taken"] * 4
    catalog = load_catalog(corpus)
    for one_added in added:
        number = Path(one_added.input).parent.name
        assert catalog[one_added.path] == {"licence": f"L{number}"}
        assert (corpus / one_added.path).read_bytes() == Path(one_added.input).read_bytes()


def test_what_is_kept_while_remove_waits_is_not_overwritten(corpus: Path) -> None:
    kept = corpus / "_removed" / "guide" / "b.md"
    words = (corpus / "guide" / "b.md").read_bytes()
    removed: list[Removed] = []
    thread = threading.Thread(target=lambda: removed.extend(remove(corpus, ["b"])))
    lock = os.open(corpus, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        thread.start()
        time.sleep(0.3)  # it waits for the lock
        kept.parent.mkdir(parents=True)
        kept.write_text("What another put there.", encoding="utf-8")
    finally:
        os.close(lock)
        thread.join()
    assert [one.to for one in removed] == ["_removed/guide/b.2.md"]
    assert kept.read_text(encoding="utf-8") == "What another put there."
    assert kept.with_name("b.2.md").read_bytes() == words
    assert not (corpus / "guide" / "b.md").exists()


def test_a_folder_that_cannot_be_read_is_named(corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    deep(folder)
    (folder / "a.txt").write_text("Words of a.\n", encoding="utf-8")
    report = add(corpus, [str(folder)])
    assert [one.path for one in report.added] == ["added/in/a.txt"]
    assert [(entry.reason, "too long" in entry.detail) for entry in report.refused] == [("unavailable", True)]
    deep(corpus)
    assert remove(corpus, ["b"])[0].to == "_removed/guide/b.md"


def test_a_write_that_fails_leaves_no_part_of_a_file(corpus: Path, tmp_path: Path) -> None:
    for name, words in (("large", "Words. " * 1000), ("small", "Words.")):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"_id": name, "text": words}), encoding="utf-8")
    before = tree(corpus)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))  # the kernel refuses to write more to one file
    try:
        report = add(corpus, [str(tmp_path / "large.jsonl"), str(tmp_path / "small.jsonl")], fields={"date": "2024"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [one.path for one in report.added] == ["added/small.jsonl"]
    assert [(entry.reason, "File too large" in entry.detail) for entry in report.refused] == [("unwritable", True)]
    new = {path: data for path, data in tree(corpus).items() if before.get(path) != data}
    assert set(new) == {"added/small.jsonl", "catalog.toml"}
    assert "added/large.jsonl" not in load_catalog(corpus)


def test_a_dry_run_says_the_same_and_does_nothing(corpus: Path, page: Path) -> None:
    before = tree(corpus)
    dry = add(corpus, [str(page), "missing"], fields={"kind": "law", "date": "2020"}, dry_run=True)
    assert tree(corpus) == before
    wet = add(corpus, [str(page), "missing"], fields={"kind": "law", "date": "2020"})
    assert dry.added == wet.added
    assert dry.refused == wet.refused
    assert dry.dry_run
    assert "would go in" in describe(dry)
    before = tree(corpus)
    assert remove(corpus, ["b"], dry_run=True)[0].to == "_removed/guide/b.md"
    assert tree(corpus) == before


def served(pages: dict[str, Fetched]) -> Callable[[str], Fetched]:
    """What `fetch` gives, without a network: test_fetch.py has the network."""

    def fetch(url: str) -> Fetched:
        if url not in pages:
            raise NotFetched(f"{url}: the server answers 404 Not Found")
        return pages[url]

    return fetch


def test_documents_from_the_web_keep_their_address(corpus: Path) -> None:
    url = "https://www.example.org/d?id=5"
    page = Fetched("https://www.example.org/files/Law%205.html", "../Law 5.html", b"<h1>Law 5</h1><p>Words of law 5.")
    report = add(corpus, [url, "https://www.example.org/none"], fetch=served({url: page}))
    assert [(one.path, one.title) for one in report.added] == [("added/Law 5.html", "Law 5")]
    assert report.refused[0].reason == "not-fetched"
    assert report.refused[0].detail == "the server answers 404 Not Found"
    assert load_catalog(corpus)["added/Law 5.html"] == {"source": page.url}
    assert f'source = "{page.url}" # retrieved 20' in (corpus / "catalog.toml").read_text(encoding="utf-8")
    other = Fetched(page.url, "x.html", b"<p>Other words.")
    report = add(corpus, [url], fields={"source": "https://e.org/x"}, fetch=served({url: other}))
    assert load_catalog(corpus)[report.added[0].path] == {"source": "https://e.org/x"}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x.pdf", "file:///etc/passwd", "http://localhost/", "data:text/html,x"]
)
def test_addresses_are_fetched_by_the_checking_fetcher(url: str, corpus: Path) -> None:
    before = tree(corpus)
    report = add(corpus, [url])
    assert [entry.reason for entry in report.refused] == ["not-fetched"]
    assert tree(corpus) == before


@pytest.mark.parametrize(
    ("inputs", "fields", "name", "words"),
    [
        (["a", "b"], {"title": "T"}, "", "--title is for one document"),
        (["a", "b"], {}, "n.md", "--name is for one document"),
        (["."], {"id": "x"}, "", "--id is for one document"),
        (["a"], {"kind": "poem"}, "", "--kind: 'poem' is not one of"),
        (["a"], {"date": "2022-13"}, "", "--date: '2022-13' is not a date"),
        (["a"], {"date_to": "x"}, "", "--date-to"),
        (["a"], {"language": "Russian"}, "", "--language"),
        (["a"], {"id": "Ж"}, "", "--id"),
        (["a.jsonl"], {"id": "x"}, "", "JSON Lines"),
        (["a"], {}, "../x.md", "--name"),
        (["a"], {}, "_x.md", "--name"),
    ],
)
def test_flags_that_cannot_be_are_refused_before_anything(
    inputs: list[str], fields: dict[str, str], name: str, words: str, corpus: Path
) -> None:
    with pytest.raises(UsageError, match=words):
        add(corpus, inputs, fields=fields, name=name)


def test_a_catalogue_that_is_wrong_is_not_touched(corpus: Path, page: Path) -> None:
    (corpus / "catalog.toml").write_text('["guide/gone.md"]\ntitle = "x"\n', encoding="utf-8")
    before = tree(corpus)
    with pytest.raises(CatalogError, match=r"guide/gone\.md"):
        add(corpus, [str(page)], fields={"date": "2020"})
    with pytest.raises(CatalogError):
        remove(corpus, ["b"])
    assert tree(corpus) == before


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Cafe\u0301.pdf", "Café.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\docs\\a.txt", "a.txt"),
        ("._hidden.md", "hidden.md"),
        ("__x.md", "x.md"),
        ("a\x00b\n.txt", "ab.txt"),
        ("invoice\u202efdp.exe.txt", "invoicefdp.exe.txt"),
        ("a\udcffb.txt", "ab.txt"),
        ("کتاب\u200cها.txt", "کتاب\u200cها.txt"),
        ("..", "document"),
        ("", "document"),
        (" .md", "document.md"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert safe_name(safe) == safe


def test_long_names_keep_their_suffix() -> None:
    name = safe_name("ж" * 300 + ".docx")
    assert name.endswith("ж.docx")
    assert 190 <= len(name.encode()) <= 200


def test_removed_documents_and_their_tables_are_kept(corpus: Path, tmp_path: Path) -> None:
    before = tree(corpus)
    (removed,) = remove(corpus, ["b"])
    assert (removed.id, removed.path, removed.to) == ("b", "guide/b.md", "_removed/guide/b.md")
    assert not (corpus / "guide" / "b.md").exists()
    assert (corpus / removed.to).read_bytes() == before["guide/b.md"]
    text = (corpus / "catalog.toml").read_text(encoding="utf-8")
    assert load_catalog(corpus) == {"guide/c.md": {"date": "2021"}}
    for comment in ("# What the operator wrote.", "# a word about the end of b", '# about c\n["guide/c.md"]'):
        assert comment in text
    kept = (corpus / "_removed" / "catalog.toml").read_text(encoding="utf-8")
    assert tomllib.loads(kept) == {"guide/b.md": {"title": "B"}}
    assert "# in single quotes" in kept
    build(corpus, tmp_path / "index", ArithmeticEncoder())
    assert {d.path for d in open_generation(tmp_path / "index").documents()} == {"guide/c.md", "laws.jsonl"}

    back = add(corpus, [str(corpus / removed.to)], fields={"kind": "guide", "title": "B again"})
    assert back.added[0].path == "guide/b.md"
    again = remove(corpus, ["guide/b.md", str(corpus / "guide" / "c.md"), "laws.jsonl", "b"])
    assert [one.to for one in again] == ["_removed/guide/b.2.md", "_removed/guide/c.md", "_removed/laws.jsonl"]
    assert load_catalog(corpus) == {}
    kept = (corpus / "_removed" / "catalog.toml").read_text(encoding="utf-8")
    assert set(tomllib.loads(kept)) == {"guide/b.md", "guide/b.2.md", "guide/c.md"}


@pytest.mark.parametrize(
    "text",
    [
        '"guide/b.md" = {title = "B"}\n"guide/c.md".date = "2021"\n',
        '["guide/b.md"]\r\ntitle = "B"\r\n["guide/c.md"]\r\ndate = "2021"',
        '["guide/c.md"]\ndate = "2021"\n\n\n["guide/b.md"]\ntitle = """B"""\n',
    ],
)
def test_a_catalogue_may_be_written_in_any_way(text: str, corpus: Path, tmp_path: Path) -> None:
    (corpus / "catalog.toml").write_bytes(text.encode())
    new = tmp_path / "Записи.jsonl"
    new.write_text('{"_id": "x", "text": "Words."}\n', encoding="utf-8")
    add(corpus, [str(new)], fields={"date": "2024"})
    assert (corpus / "catalog.toml").read_bytes().decode().startswith(text)
    other = tmp_path / "b.md"
    other.write_text("", encoding="utf-8")
    (corpus / "guide" / "b.md").write_text("Words.\n", encoding="utf-8")
    add(corpus, [str(other)], fields={"kind": "guide", "date": "2020"}, replace_same_name=True, force=True)
    assert load_catalog(corpus) == {
        "guide/b.md": {"title": "B", "date": "2020"},
        "guide/c.md": {"date": "2021"},
        "added/Записи.jsonl": {"date": "2024"},
    }
    remove(corpus, ["guide/b.md"])
    remove(corpus, ["guide/c.md"])
    assert load_catalog(corpus) == {"added/Записи.jsonl": {"date": "2024"}}
    kept = tomllib.loads((corpus / "_removed" / "catalog.toml").read_text(encoding="utf-8"))
    assert kept == {"guide/b.2.md": {"title": "B", "date": "2020"}, "guide/c.md": {"date": "2021"}}


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("bb", NotFound, "close to it: b"),
        ("nothing-like-it-at-all", NotFound, "kb search shows"),
        ("article-1", UsageError, r"is a line of laws\.jsonl"),
        ("article-3", NotFound, "article-[12]"),
        ("guide", UsageError, "is a folder"),
        ("../corpus/../elsewhere.md", NotFound, "no document"),
        ("catalog.toml", NotFound, "no document"),
        ("_removed", NotFound, "no document"),
    ],
)
def test_what_cannot_be_removed_is_said_and_nothing_moves(
    name: str, error: type[Exception], words: str, corpus: Path
) -> None:
    before = tree(corpus)
    with pytest.raises(error, match=words):
        remove(corpus, ["b", name])
    assert tree(corpus) == before


def test_the_commands(corpus: Path, page: Path, tmp_path: Path) -> None:
    where = ("--corpus", str(corpus))
    partial = kb("add", str(page), "missing", "--date-to", "2024", *where)
    assert partial.returncode == 3, partial.stderr
    assert "added  added/Справка.md  (id spravka)" in partial.stdout
    assert "left out: missing: missing" in partial.stdout
    assert "Run kb build" in partial.stdout
    assert load_catalog(corpus)["added/Справка.md"] == {"date_to": "2024"}
    nothing = kb("add", "missing", "--json", *where)
    assert nothing.returncode == 1
    assert json.loads(nothing.stdout)["refused"][0]["reason"] == "missing"
    wrong = kb("add", str(page), "--kind", "poem", *where)
    assert (wrong.returncode, wrong.stderr.splitlines()) == (
        2,
        ["kb: --kind: 'poem' is not one of resolution, guide, programme, law, other"],
    )
    removed = kb("remove", "spravka", "--json", *where)
    assert removed.returncode == 0, removed.stderr
    expected = {"id": "spravka", "path": "added/Справка.md", "to": "_removed/added/Справка.md"}
    assert json.loads(removed.stdout) == {"removed": [expected], "dry_run": False}


def test_add_builds_when_asked(tmp_path: Path, page: Path) -> None:
    done = kb("add", str(page), "--build", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["build"]["documents"] == 1
    assert open_generation(tmp_path / "index").document("spravka").path == "added/Справка.md"
