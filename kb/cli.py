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

from kb.errors import EncoderMismatch, IndexDamaged, KBError, NoIndex
from kb.settings import Settings, load_settings

if TYPE_CHECKING:
    from rich.text import Text

    from kb.build import BuildReport, Progress
    from kb.search import Hit, Searcher

__all__ = ["app", "main"]

PARTIAL = 3  # exit code of a build that had to leave some file out

app = typer.Typer(
    name="kb",
    help="Search resolutions, guides and programme documents in any language, with exact citations.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
model = typer.Typer(help="The encoder that texts and questions are compared by.", no_args_is_help=True)
app.add_typer(model, name="model")

Corpus = Annotated[Path | None, typer.Option(help="Folder of documents, or one file.", metavar="DIR")]
Index = Annotated[Path | None, typer.Option(help="Folder of the built index.", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Reader = Annotated[str | None, typer.Option(help="Language that citations are made in: ru or en.", metavar="LANG")]


@app.command()
def build(
    corpus: Corpus = None,
    index: Index = None,
    full: Annotated[bool, typer.Option(help="Forget what was read and encoded before.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read the corpus and build the index; a running web app keeps serving the old one meanwhile.

    Exit code 3: built, but some file could not be read; each is named with its reason.
    """
    report = _build(load_settings(corpus=corpus, index=index), full)
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
    from kb.generation import open_generation

    manifest = open_generation(load_settings(index=index).index).manifest
    size = sum(file["bytes"] for file in manifest["files"].values())
    if as_json:
        _print_json({**manifest, "bytes": size})
        return
    counts = manifest["counts"]
    print(f"generation  {manifest['generation']} ({manifest['created']})")
    print(f"encoder     {manifest['encoder']['name']}")
    print(f"documents   {counts['documents']}")
    print(f"passages    {counts['passages']} (from {counts['provisions']} provisions)")
    print(f"size        {size / 1e6:.1f} MB")
    print(f"left out    {len(manifest['skipped'])}")
    for entry in manifest["skipped"]:
        print(f"  {entry['path']}: {entry['reason']}: {entry['detail']}")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    corpus: Corpus = None,
    index: Index = None,
) -> None:
    """Serve the web app; where there is no index that it can use, build it first."""
    settings = load_settings(host=host, port=port, corpus=corpus, index=index)
    try:
        _open(settings)
    except (NoIndex, IndexDamaged, EncoderMismatch):
        _print_report(_build(settings, full=False))
    from web.server import serve as run

    run(settings)


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


def _build(settings: Settings, full: bool) -> BuildReport:
    from kb.build import build
    from kb.encode import load_encoder

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


def _print_hits(hits: Sequence[Hit]) -> None:
    console = _console()
    for number, hit in enumerate(hits, 1):
        console.print(f"\n[bold]{number}.[/] [dim]{hit.kind} · {hit.date or 'undated'} · {hit.language}[/]")
        console.print(_marked(hit), soft_wrap=False)
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
