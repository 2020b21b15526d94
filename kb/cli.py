"""The command line: parse, call, print."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kb.errors import EncoderMismatch, IndexDamaged, KBError, NoIndex, UsageError
from kb.model import LOW_TRUST
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from rich.text import Text

    from kb.build import BuildReport, Progress
    from kb.commitments import Party
    from kb.register import Entry, Found, Register
    from kb.search import Hit, Searcher

__all__ = ["app", "main"]

NOT_STATED = "not stated"
DOUBTS = 20  # documents that `kb status` names
PARTIAL = 3  # exit code of a build that had to leave some file out

app = typer.Typer(
    name="kb",
    help="Search resolutions, guides and programme documents in any language, with exact citations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
model = typer.Typer(help="The encoder that texts and questions are compared by.", no_args_is_help=True)
app.add_typer(model, name="model")
commitments = typer.Typer(help="Who undertook what, for whom, by when, in which text.", invoke_without_command=True)
app.add_typer(commitments, name="commitments")

Corpus = Annotated[Path | None, typer.Option(help="Folder of documents, or one file.", metavar="DIR")]
Index = Annotated[Path | None, typer.Option(help="Folder of the built index.", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Reader = Annotated[str | None, typer.Option(help="Language that citations are made in: ru or en.", metavar="LANG")]


@app.command()
def build(
    corpus: Corpus = None,
    index: Index = None,
    full: Annotated[bool, typer.Option("--full", help="Forget what was read and encoded before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done and why; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read the corpus and build the index; a running web app keeps serving the old one meanwhile.

    What has not changed since the last build is taken over; a build that was stopped goes on where it was. Exit code
    3: built, but some file could not be read; each is named with its reason.
    """
    settings = load_settings(corpus=corpus, index=index)
    if dry_run:
        _print_plan(settings, full, as_json)
        return
    report = _build(settings, full)
    if as_json:
        _print_json(report.to_json())
    else:
        _print_report(report)
    raise typer.Exit(PARTIAL if report.skipped else 0)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="A question or words, in any language.")],
    limit: Annotated[int, typer.Option(help="How many passages at most.", min=1, max=100)] = 10,
    lang: Annotated[str, typer.Option(help="Only documents in this language (ru, en, de …).")] = "",
    kind: Annotated[str, typer.Option(help="Only resolution, guide, programme, law or other.")] = "",
    body: Annotated[str, typer.Option(help="Only documents of this body.")] = "",
    since: Annotated[str, typer.Option("--from", help="Only documents of this date or later.", metavar="DATE")] = "",
    until: Annotated[str, typer.Option("--to", help="Only documents of this date or earlier.", metavar="DATE")] = "",
    document: Annotated[str, typer.Option(help="Only this document.", metavar="ID")] = "",
    exact: Annotated[
        bool, typer.Option("--exact", help="Search for what was typed, even where it looks mistyped.")
    ] = False,
    reader: Reader = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Find the passages that answer a question.

    "Words in quotes" must stand in a passage together, a word after a minus must not. A question that was typed with
    another keyboard layout, in Latin letters or with a slip is mended, which is said.
    """
    from kb.search import Filters

    searcher = _open(load_settings(corpus=corpus, index=index))
    filters = Filters(language=lang, kind=kind, body=body, document=document, date_from=since, date_to=until)
    answer = searcher.search(query, limit=limit, filters=filters, reader=reader or _reader(), rescue=not exact)
    if as_json:
        _print_json(answer.to_json())
        return
    console = _console()
    if answer.rescued:
        said = f"Searched for: {answer.searched} (--exact searches for what was typed)"
        console.print(said, style="dim", markup=False, highlight=False)
    if not answer.hits:
        console.print("Nothing in the index passes these filters and conditions.")
        return
    if answer.unmet:
        console.print("No passage has the words in quotes, in that form and order.")
    console.print(
        {
            "strong": "[bold]A direct answer was found.[/]",
            "related": "[bold]Passages close in meaning:[/]",
            "nothing": "[bold]No direct answer in this corpus.[/] The nearest passages:",
        }[answer.strength]
    )
    _print_hits(answer.hits)


@app.command()
def similar(
    name: Annotated[str, typer.Argument(help="A passage's id, as kb search shows it.", metavar="ID")],
    limit: Annotated[int, typer.Option(help="How many passages at most.", min=1, max=100)] = 10,
    lang: Annotated[str, typer.Option(help="Only documents in this language (ru, en, de …).")] = "",
    reader: Reader = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Show the passages of other documents, in any language, that say most nearly what a passage says."""
    from kb.search import Filters

    searcher = _open(load_settings(corpus=corpus, index=index))
    hits = searcher.similar(name, limit=limit, filters=Filters(language=lang), reader=reader or _reader())
    if as_json:
        _print_json({"passage_id": name, "hits": [hit.to_json() for hit in hits]})
    elif hits:
        _print_hits(hits)
    else:
        print("No other document says anything like it.")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A document's or a passage's id.", metavar="ID")],
    reader: Reader = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Show a document with its structure as a tree, or one passage with its citation."""
    from rich.markup import escape
    from rich.tree import Tree

    from kb.search import document_to_json

    searcher = _open(load_settings(corpus=corpus, index=index))
    console = _console()
    if "#" in name:
        hit = searcher.passage(name, reader=reader or _reader())
        if as_json:
            _print_json(hit.to_json())
            return
        for line in (hit.quote, hit.citation, hit.url):
            console.print(line, markup=False, highlight=False)
        return
    stored = searcher.document(name)
    if as_json:
        _print_json(document_to_json(stored))
        return
    document = stored.document
    origin = " · ".join(x for x in (document.kind, document.body, document.place, document.date) if x)
    tree = Tree(f"[bold]{escape(document.title or document.path)}[/]\n[dim]{escape(origin)}[/]")
    branches = {"": tree}
    for p in stored.provisions:
        words = " ".join(document.text[p.start : p.end].split())
        short = words if len(words) <= 100 else f"{words[:99].rstrip()}…"
        label = f"[cyan]{p.eid}[/] [dim]{p.kind}[/] {escape(f'{p.marker} {short}'.strip())}"
        branches[p.eid] = branches[p.parent or ""].add(label)
    console.print(tree)


@app.command()
def status(index: Index = None, as_json: AsJson = False) -> None:
    """Say what is indexed, since when, by which encoder, and what had to be left out."""
    from kb.extraction import extractions, summary
    from kb.generation import open_generation

    generation = open_generation(load_settings(index=index).index)
    manifest = generation.manifest
    size = sum(file["bytes"] for file in manifest["files"].values())
    if as_json:
        documents = [one.to_json() for one in extractions(generation)]
        _print_json({**manifest, "bytes": size, "warning": generation.warning, "documents": documents})
        return
    if generation.warning:
        print(f"warning     {generation.warning}")
    counts = manifest["counts"]
    print(f"generation  {manifest['generation']} ({manifest['created']})")
    print(f"encoder     {manifest['encoder']['name']}")
    print(f"documents   {counts['documents']}")
    print(f"passages    {counts['passages']} (from {counts['provisions']} provisions)")
    print(f"commitments {counts['commitments']}")
    print(f"size        {size / 1e6:.1f} MB")
    extracted = summary(extractions(generation))
    if extracted["pages"]:
        print(
            f"pages       {extracted['pages']}: {extracted['text_pages']} with text,"
            f" {extracted['ocr_pages']} recognised in pictures ({extracted['low_trust_pages']} of low trust),"
            f" {extracted['unread_pages']} not read"
        )
    doubtful = [one for one in extractions(generation) if one.doubtful]
    print(f"doubts      {len(doubtful)} documents")
    for one in doubtful[:DOUBTS]:
        said = "; ".join(one.warnings[:3]) or f"recognised with a confidence of {one.confidence:.2f}"
        print(f"  {one.path}: {said}")
    if len(doubtful) > DOUBTS:
        print(f"  and {len(doubtful) - DOUBTS} more: kb status --json has all, page by page")
    print(f"left out    {len(manifest['skipped'])}")
    for entry in manifest["skipped"]:
        print(f"  {entry['path']}: {entry['reason']}: {entry['detail']}")


@app.command()
def add(
    inputs: Annotated[
        list[str], typer.Argument(help="Files, folders, addresses on the web.", metavar="FILE|FOLDER|URL…")
    ],
    kind: Annotated[
        str | None, typer.Option(help="resolution, guide, programme, law or other; decides the folder.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title, of one document.")] = None,
    identity: Annotated[str | None, typer.Option("--id", help="Id, of one document.", metavar="ID")] = None,
    body: Annotated[str | None, typer.Option(help="Who adopted or issued it.")] = None,
    place: Annotated[str | None, typer.Option(help="Where it was adopted.")] = None,
    date: Annotated[str | None, typer.Option(help="When: 2022-11-02, 2022-11 or 2022.")] = None,
    date_to: Annotated[str | None, typer.Option(help="Last day, of an event of several.", metavar="DATE")] = None,
    language: Annotated[str | None, typer.Option(help="Its language: ru, en, de …")] = None,
    source: Annotated[str | None, typer.Option(help="Where the original is published.")] = None,
    licence: Annotated[str | None, typer.Option(help="Its licence, such as CC0-1.0.")] = None,
    name: Annotated[str, typer.Option(help="Another file name, for one document.")] = "",
    replacing: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of a file of the same name, which goes to _removed.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Add also what gives no document.")] = False,
    max_mb: Annotated[int, typer.Option(help="Most that is fetched from an address, in MiB.", min=1, max=256)] = 64,
    port: Annotated[
        list[int] | None, typer.Option(help="Fetch also from this port, besides 80 and 443 (repeat it).")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    build: Annotated[bool, typer.Option("--build", help="Build the index afterwards.")] = False,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Copy documents into the corpus, with what they do not say of themselves into its catalogue.

    Each is read first. Nothing is overwritten. Exit code 3: some were added, some refused; each is named with its
    reason.
    """
    from functools import partial

    from kb import collect
    from kb.fetch import PORTS, fetch

    settings = load_settings(corpus=corpus, index=index)
    fields = {
        "kind": kind,
        "title": title,
        "id": identity,
        "body": body,
        "place": place,
        "date": date,
        "date_to": date_to,
        "language": language,
        "source": source,
        "licence": licence,
    }
    with _progress() as progress:
        report = collect.add(
            settings.corpus,
            inputs,
            fields={key: value for key, value in fields.items() if value is not None},
            name=name,
            replace_same_name=replacing,
            force=force,
            dry_run=dry_run,
            passwords=settings.passwords,
            cache=settings.index / "cache" / "ocr",
            fetch=partial(fetch, max_bytes=max_mb * 2**20, ports=PORTS | set(port or ())),
            progress=progress,
        )
    if not as_json:
        print(collect.describe(report))
    built = _build(settings, full=False) if build and report.added and not dry_run else None
    if as_json:
        _print_json({**report.to_json(), **({"build": built.to_json()} if built else {})})
    elif built:
        _print_report(built)
    elif report.added and not dry_run:
        print("Run kb build to have them found.")
    if report.refused:
        raise typer.Exit(PARTIAL if report.added or report.present else 1)


@app.command()
def remove(
    names: Annotated[list[str], typer.Argument(help="Documents' ids, or paths in the corpus.", metavar="ID|PATH…")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    corpus: Corpus = None,
    as_json: AsJson = False,
) -> None:
    """Take documents out of the corpus: they go to its folder _removed, their tables to the catalogue there."""
    from kb import collect

    removed = collect.remove(load_settings(corpus=corpus).corpus, names, dry_run=dry_run)
    if as_json:
        _print_json({"removed": [one.to_json() for one in removed], "dry_run": dry_run})
        return
    for one in removed:
        print(f"{'would go' if dry_run else 'removed'}  {one.path} → {one.to}")
    if not dry_run:
        print("Run kb build to have them found no longer.")


@app.command()
def doctor(corpus: Corpus = None, index: Index = None, as_json: AsJson = False) -> None:
    """Look at the machine, the settings, the corpus and the index, and say what is wrong and what to do.

    Exit code 1: something is a problem; a warning is none.
    """
    from kb.doctor import examine

    checks = examine(corpus=corpus, index=index)
    if as_json:
        _print_json({"checks": [check.to_json() for check in checks]})
    else:
        for check in checks:
            print(f"{check.state:<8} {check.name:<12} {check.found}")
            if check.remedy:
                print(f"{'':<21} → {check.remedy}")
    raise typer.Exit(1 if any(check.state == "problem" for check in checks) else 0)


@app.command()
def check(index: Index = None, as_json: AsJson = False) -> None:
    """Verify every byte of the index, and every quote; name what is damaged. Exit code 1 when something is."""
    from kb.check import check as look

    report = look(load_settings(index=index).index)
    if as_json:
        _print_json(report.to_json())
    else:
        for line in report.damage:
            print(f"damaged: {line}")
        counted = f"{len(report.generations)} generations, {report.files} files, {report.quotes} quotes"
        print(f"{counted}: {f'{len(report.damage)} things damaged; run kb build' if report.damage else 'all sound'}.")
    raise typer.Exit(1 if report.damage else 0)


@commitments.callback()
def list_commitments(
    context: typer.Context,
    text: Annotated[str, typer.Option(help="Only those about this, in any language.", metavar="WORDS")] = "",
    performer: Annotated[str, typer.Option(help="Only of this performer.", metavar="NAME")] = "",
    addressee: Annotated[str, typer.Option(help="Only for this addressee.", metavar="NAME")] = "",
    strength: Annotated[str, typer.Option(help="acts, all, or one such as instruction or request.")] = "acts",
    due: Annotated[str, typer.Option(help="stated: only with a deadline; none: only without.")] = "",
    due_from: Annotated[str, typer.Option(help="Only due on this date or later.", metavar="DATE")] = "",
    due_to: Annotated[str, typer.Option(help="Only due by this date.", metavar="DATE")] = "",
    recurring: Annotated[str, typer.Option(help="yes or no.")] = "",
    status: Annotated[str, typer.Option(help="open, done, overdue or superseded.")] = "",
    body: Annotated[str, typer.Option(help="Only of documents of this body.")] = "",
    kind: Annotated[str, typer.Option(help="Only resolution, guide, programme, law or other.")] = "",
    lang: Annotated[str, typer.Option(help="Only of documents in this language.")] = "",
    document: Annotated[str, typer.Option(help="Only of this document.", metavar="ID")] = "",
    year: Annotated[str, typer.Option(help="Only of documents of this year.")] = "",
    sort: Annotated[str, typer.Option(help="newest, oldest, due, performer or relevance.")] = "",
    limit: Annotated[int, typer.Option(help="How many at most.", min=1)] = 20,
    explain: Annotated[str, typer.Option(help="Say how this commitment was made of its text.", metavar="ID")] = "",
    output: Annotated[
        Path | None, typer.Option(help="Write all that pass to a .csv, .xlsx or .json file.", metavar="FILE")
    ] = None,
    reader: Reader = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """List commitments: acts that a text says somebody is to do. What is not stated is said to be not stated."""
    if context.invoked_subcommand:
        return
    from kb.register import MOST, Wanted

    register = _register(load_settings(corpus=corpus, index=index))
    reader = reader or _reader()
    if explain:
        _print_entry(register.get(explain, reader=reader), as_json)
        return
    wanted = Wanted(
        text=text,
        performer=performer,
        addressee=addressee,
        strength=strength,
        due=due,  # type: ignore[arg-type]  # checked there
        due_from=due_from,
        due_to=due_to,
        recurring=recurring,  # type: ignore[arg-type]
        status=status,
        body=body,
        kind=kind,
        language=lang,
        document=document,
        year=year,
    )
    found = register.find(wanted, sort=sort, limit=MOST if output else limit, reader=reader)
    if output:
        _write_table(output, found)
    elif as_json:
        _print_json(found.to_json())
    else:
        _print_entries(found)


@commitments.command("thread")
def commitment_thread(
    name: Annotated[str, typer.Argument(help="A commitment's id, as kb commitments shows it.", metavar="ID")],
    reader: Reader = None,
    corpus: Corpus = None,
    index: Index = None,
    as_json: AsJson = False,
) -> None:
    """Show the same undertaking in other documents: said first, repeated, made stronger or weaker, dropped."""
    steps = _register(load_settings(corpus=corpus, index=index)).thread(name, reader=reader or _reader())
    if as_json:
        _print_json({"id": name, "steps": [step.to_json() for step in steps]})
        return
    console = _console()
    for step in steps:
        entry = step.entry
        console.print(f"[bold]{step.relation}[/] {entry.document.date or 'no date'}", highlight=False)
        console.print(f"  {entry.citation}\n  {entry.evidence.text}", markup=False, highlight=False)
        for header in step.dropped:
            console.print(f"  not said again: {header.title} ({header.date})", markup=False, highlight=False)


@commitments.command("note")
def commitment_note(
    name: Annotated[str, typer.Argument(help="A commitment's id, as kb commitments shows it.", metavar="ID")],
    status: Annotated[str, typer.Option(help="open, done or superseded.")],
    remark: Annotated[str, typer.Option(help="What else is to be known.", metavar="TEXT")] = "",
    corpus: Corpus = None,
    index: Index = None,
) -> None:
    """Note what became of a commitment; notes survive every rebuild."""
    entry = _register(load_settings(corpus=corpus, index=index)).note(name, status, remark)
    print(f"{entry.id}: {entry.status}")


@commitments.command("export")
def export_notes(
    file: Annotated[Path, typer.Argument(help="A new JSON file.", metavar="FILE")],
) -> None:
    """Write all notes to a file, from which import takes them."""
    from kb.notes import Notes

    if file.suffix.lower() != ".json":
        raise UsageError(f"{file}: notes are written as JSON; give the file a name that ends in .json")
    notes = Notes(load_settings().notes).all()
    data = {"notes": [note.to_json() for note in notes.values()]}
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}; name a new file") from None
    print(f"{len(notes)} notes written to {file}")


@commitments.command("import")
def import_notes(
    file: Annotated[Path, typer.Argument(help="A file that export wrote.", metavar="FILE")],
    corpus: Corpus = None,
    index: Index = None,
) -> None:
    """Take over the notes of a file as far as they are newer than those here."""
    from kb.notes import Notes, read_notes

    settings = load_settings(corpus=corpus, index=index)
    try:
        notes = read_notes(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{file}: is not UTF-8; give a file that kb commitments export wrote") from None
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None
    taken = Notes(settings.notes).merge(notes)
    older = "; the others are here already, as new or newer" if taken < len(notes) else ""
    print(f"{taken} of {len(notes)} notes taken over{older}")
    for note in _register(settings).astray():
        print(f"{note.id}: is no commitment of this index; the note is kept")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve.", metavar="N")] = None,
    watch: Annotated[bool | None, typer.Option("--watch", help="Build whenever the corpus changes.")] = None,
    corpus: Corpus = None,
    index: Index = None,
) -> None:
    """Serve the web app; where there is no index that it can use, build it first.

    A new build is taken over within two seconds, without a restart.
    """
    settings = load_settings(host=host, port=port, workers=workers, watch=watch, corpus=corpus, index=index)
    try:
        _open(settings)
    except (NoIndex, IndexDamaged, EncoderMismatch):
        _print_report(_build(settings, full=False))
    from web.server import serve as run

    run(settings)


@app.command()
def mcp(
    http: Annotated[
        bool, typer.Option("--http", help="Serve streamable HTTP at /mcp, not standard input and output.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on, with --http.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, with --http.")] = None,
    corpus: Corpus = None,
    index: Index = None,
) -> None:
    """Serve language models over the Model Context Protocol: search, read, cite, list commitments.

    The tools are search, get_document, get_passage, list_commitments and find_similar. A new build is taken over
    within two seconds, without a restart.
    """
    if not http and (host is not None or port is not None):
        raise UsageError("--host and --port: only with --http")
    from kb.mcp_server import serve as run

    run(load_settings(host=host, port=port, corpus=corpus, index=index), http=http)


@app.command("eval")
def evaluate(
    suite: Annotated[str, typer.Argument(help="A folder in BEIR's format, or a suite's name.", metavar="DIR|NAME")],
    index: Annotated[Path | None, typer.Option(help="Keep the indexes here.", metavar="DIR")] = None,
    mode: Annotated[list[str] | None, typer.Option(help="full, dense, lexical (repeat it), or all.")] = None,
    sample: Annotated[
        int | None, typer.Option(help="Ask so many questions of each language; 0 for all.", min=0, metavar="N")
    ] = None,
    suites: Annotated[
        Path | None, typer.Option(help="Python file of named suites (else bench/suites.py).", metavar="FILE")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure how well questions with known answers are answered: a corpus, queries and judgements as BEIR has them.

    The folder holds corpus.jsonl, queries.jsonl and qrels/*.tsv; a suite is made by bench/suites.py.
    """
    from kb import evaluate as measuring
    from kb.encode import load_encoder

    modes = measuring.parse_modes(mode or ["full"])
    settings = load_settings()
    with measuring.working_folder(index) as work:
        found = measuring.find_suite(suite, work, suites)
        encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
        with _progress() as progress:
            report = measuring.evaluate(
                found, encoder, work, modes=modes, sample=sample, cache=settings.cache, progress=progress
            )
    if as_json:
        _print_json(report.to_json())
    else:
        print(measuring.describe(report))


@model.command()
def export(folder: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="DIR")]) -> None:
    """Write the bundled encoder as a sentence-transformers folder (use it with KB_ENCODER=st:DIR)."""
    from kb.encode import export_model

    export_model(folder)
    print(f"{folder}: written; use it with KB_ENCODER=st:{folder}")


def main() -> None:
    """Entry point: one line and an exit code for everything that kb refuses."""
    try:
        app()
    except KBError as error:
        print(f"kb: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader of our output has left
        sys.exit(1)


def _open(settings: Settings) -> Searcher:
    from kb.encode import load_encoder
    from kb.search import Searcher

    encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
    return Searcher.open(settings.index, encoder, settings.corpus, cache=settings.cache)


def _register(settings: Settings) -> Register:
    from kb.notes import Notes
    from kb.register import Register

    return Register(_open(settings), Notes(settings.notes))


def _build(settings: Settings, full: bool) -> BuildReport:
    from kb.build import build
    from kb.encode import load_encoder
    from kb.generation import writer_lock

    with writer_lock(settings.index):
        pass  # who cannot write is told before anything is loaded
    encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
    with _progress() as progress:
        return build(
            settings.corpus, settings.index, encoder, passwords=settings.passwords, full=full, progress=progress
        )


@contextmanager
def _progress() -> Iterator[Progress]:
    """Bars on a terminal; elsewhere a plain line at each tenth."""
    if not sys.stderr.isatty():
        said: dict[str, int] = {}

        def plain(stage: str, done: int, total: int) -> None:
            tenth = 10 * done // total if total else 10
            if said.get(stage) != tenth:
                said[stage] = tenth
                print(f"kb: {stage} {done}/{total}", file=sys.stderr, flush=True)

        yield plain
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.progress import TaskID as Task

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    ) as bars:
        tasks: dict[str, Task] = {}

        def bar(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, rate="")
            speed = next(task.speed for task in bars.tasks if task.id == tasks[stage])
            bars.update(tasks[stage], completed=done, total=total, rate=f"{speed:.0f}/s" if speed else "")

        yield bar


def _print_plan(settings: Settings, full: bool, as_json: bool) -> None:
    from kb.build import plan_build
    from kb.encode import load_encoder

    encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
    plan = plan_build(settings.corpus, settings.index, encoder, full=full)
    if as_json:
        _print_json(plan.to_json())
        return
    for word, paths in (("new", plan.new), ("changed", plan.changed), ("removed", plan.removed)):
        for path in paths:
            print(f"{word}: {path}")
    if plan.nothing:
        print(f"Nothing would be done: {plan.kept} files are as they were.")
    elif plan.anew:
        caches = "nothing is taken from the caches" if full else "files and texts as far as the caches have them not"
        print(f"Everything would be laid out anew, since {plan.anew}; read and encoded: {caches}.")
    elif plan.encode_all:
        print(f"All vectors would be made anew, since the projection is another; {plan.kept} files stay as they are.")
    else:
        print(f"{len(plan.new) + len(plan.changed)} files would be read, {plan.kept} stay as they are.")


def _print_report(report: BuildReport) -> None:
    if report.unchanged:
        print(f"Nothing has changed: {report.documents} documents, {report.passages} passages ({report.generation}).")
    else:
        seconds = sum(report.seconds.values())
        print(
            f"{report.documents} documents, {report.passages} passages, {report.encoded} texts encoded"
            f" in {seconds:.1f} s ({report.generation})."
        )
    for notice in report.notices:
        print(f"note: {notice}")
    for entry in report.skipped:
        print(f"left out: {entry.path}: {entry.reason}: {entry.detail}")


def _print_json(data: Any) -> None:
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False)


def _reader() -> str:
    """The terminal's language, as far as citations are made in it."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(variable):
            return os.environ[variable][:2].lower()
    return "en"


def _print_entries(found: Found) -> None:
    console = _console()
    if not found.total:
        console.print("No commitment passes these filters.")
        return
    for number, entry in enumerate(found.entries, 1):
        noted = f" · {entry.status}" if entry.status not in {"", "open"} else ""
        changed = " · noted on other words" if entry.changed else ""
        date = entry.document.date or "undated"
        console.print(f"\n[bold]{number}.[/] [dim]{entry.strength} · {date}{noted}{changed}[/]", highlight=False)
        lines = {
            "": " ".join(f"{entry.verb} {entry.object.text if entry.object else ''}".split()),
            "who": _names(entry.performers),
            "for": _names(entry.addressees) if entry.addressees else "",
            "due": _due(entry),
            "how often": entry.recurrence.text if entry.recurrence else "",
        }
        for name, value in lines.items():
            if value:
                console.print(f"{name}: {value}" if name else value, markup=False, highlight=False)
        console.print(entry.citation, style="italic", markup=False, highlight=False)
        console.print(entry.id, style="dim", markup=False, highlight=False, soft_wrap=True)
    if found.total > len(found.entries):
        console.print(f"{len(found.entries)} of {found.total}; --limit shows more", style="dim")


def _names(parties: Sequence[Party]) -> str:
    # A name that is no known body's holds its office already.
    names = (f"{party.name} ({party.role})" if party.role and party.entry else party.name for party in parties)
    return "; ".join(names) + (" (implied)" if parties and parties[0].implied else "") or NOT_STATED


def _due(entry: Entry) -> str:
    """The deadline's words with the days they mean."""
    if not entry.deadline:
        return NOT_STATED
    first, last = entry.due_from, entry.due_to
    days = f"{first} – {last}" if first and last else f"by {last}" if last else f"from {first}" if first else ""
    return " ".join(entry.deadline.text.split()) + (f" ({days})" if days else "")


def _print_entry(entry: Entry, as_json: bool) -> None:
    if as_json:
        _print_json(entry.to_json())
        return
    lines = {
        "strength": f"{entry.strength} (rule {entry.rule}, {entry.lexicon})",
        "performer": _names(entry.performers),
        "verb": entry.verb,
        "object": entry.object.text if entry.object else NOT_STATED,
        "addressee": _names(entry.addressees),
        "deadline": _due(entry),
        "recurrence": f"{entry.recurrence.text} ({entry.recurring})" if entry.recurrence else NOT_STATED,
        "status": entry.status,
        "remark": entry.note.remark if entry.note else "",
        "note": "was made on other words; look at it again" if entry.changed else "",
        "evidence": entry.evidence.text,
        "citation": entry.citation,
    }
    for name, value in lines.items():
        if value:
            _console().print(f"{name:<11} {value}", markup=False, highlight=False)


def _write_table(file: Path, found: Found) -> None:
    from kb.sheets import to_csv, to_xlsx

    makers = {
        ".csv": lambda: to_csv(found.entries),
        ".xlsx": lambda: to_xlsx(found.entries),
        ".json": lambda: json.dumps(found.to_json(), ensure_ascii=False, indent=1).encode("utf-8"),
    }
    if file.suffix.lower() not in makers:
        raise UsageError(f"{file}: the name must end in {', '.join(makers)}")
    try:
        file.write_bytes(makers[file.suffix.lower()]())
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
    print(f"{len(found.entries)} commitments written to {file}")


def _print_hits(hits: Sequence[Hit]) -> None:
    console = _console()
    for number, hit in enumerate(hits, 1):
        console.print(f"\n[bold]{number}.[/] [dim]{hit.kind} · {hit.date or 'undated'} · {hit.language}[/]")
        console.print(_marked(hit), soft_wrap=False)
        if hit.ocr is not None:
            said = "uncertain text" if hit.ocr < LOW_TRUST else "text"
            console.print(f"({said}, recognised in a picture: {hit.ocr:.0%} sure)", style="yellow", markup=False)
        console.print(hit.citation, style="italic", markup=False, highlight=False)
        console.print(hit.passage_id, style="dim", markup=False, highlight=False)


def _marked(hit: Hit) -> Text:
    from rich.text import Text

    text = Text(hit.quote)
    if hit.sentence and hit.sentence != (0, len(hit.quote)):
        text.stylize("bold", *hit.sentence)
    for start, end in hit.marks:
        text.stylize("underline", start, end)
    return text
