"""The command line as a user meets it: real processes, real exit codes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from kb.build import BuildReport
from kb.search import Searcher


def kb(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("KB_", "LC_", "LANG"))}
    return subprocess.run(
        [sys.executable, "-m", "kb", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**clean, "PYTHONIOENCODING": "utf-8", **environment},
    )


@pytest.fixture
def index(shipped: tuple[Path, BuildReport]) -> str:
    return str(shipped[0])


def test_search_prints_quote_and_citation(index: str) -> None:
    done = kb(
        "search", "Who must report on implementation and when?", "--index", index, "--limit", "1", LANG="ru_RU.UTF-8"
    )
    assert done.returncode == 0, done.stderr
    assert "доложить о ходе реализации данного" in " ".join(done.stdout.split())
    assert "тире 21 постановляющей части" in " ".join(done.stdout.split())


def test_search_json_is_the_api_object(index: str, searcher: Searcher) -> None:
    question = "Кто и когда должен доложить о выполнении решений?"
    done = kb("search", question, "--index", index, "--json", "--limit", "2", "--kind", "resolution")
    answer = json.loads(done.stdout)
    assert set(answer) >= {"query", "searched", "language", "strength", "total", "generation", "hits"}
    hit = answer["hits"][0]
    assert set(hit) >= set(
        "passage_id document_id title kind language date body heading locator page quote start end marks citation url"
        " score strength".split()
    )
    text = searcher.document(hit["document_id"]).document.text
    assert text[hit["start"] : hit["end"]] == hit["quote"]
    assert len(answer["hits"]) == 2
    assert {h["kind"] for h in answer["hits"]} == {"resolution"}
    assert hit["url"] == f"/doc/{hit['document_id']}#op__item_21"
    assert answer["language"] == "ru"


def test_show_document_passage_and_tree(index: str) -> None:
    name = "resolution-2022-11-02-economic-cooperation"
    document = json.loads(kb("show", name, "--json", "--index", index).stdout)
    items = [p for p in document["provisions"] if p["kind"] == "item" and p["parent"] == "op"]
    assert len(items) == 22
    tree = kb("show", name, "--index", index).stdout
    assert "op__item_22" in tree
    passage = kb("show", f"{name}#op__item_22", "--index", index)
    assert passage.stdout.startswith("опубликовать резолюцию Конференции")


def test_status_counts(index: str, shipped: tuple[Path, BuildReport]) -> None:
    status = json.loads(kb("status", "--json", "--index", index).stdout)
    assert status["counts"]["passages"] == shipped[1].passages
    assert status["generation"] == shipped[1].generation
    assert f"documents   {shipped[1].documents}" in kb("status", "--index", index).stdout


def test_build_exit_codes(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.md").write_text("# A\n\nWords of a.\n", encoding="utf-8")
    arguments = ("build", "--corpus", str(corpus), "--index", str(tmp_path / "index"))
    whole = kb(*arguments, "--json")
    assert whole.returncode == 0, whole.stderr
    assert json.loads(whole.stdout)["documents"] == 1
    (corpus / "b.pdf").write_bytes(b"junk")
    partial = kb(*arguments)
    assert partial.returncode == 3
    assert "left out: b.pdf: damaged" in partial.stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "words"),
    [
        (("status", "--index", "nowhere"), {}, 10, "run kb build"),
        (("search", "x", "--index", "nowhere"), {}, 10, "run kb build"),
        (("search", "x", "--kind", "poem", "--index", "nowhere"), {}, 10, "run kb build"),
        (("build", "--corpus", "nowhere"), {}, 2, "nowhere"),
        (("status",), {"KB_COLOUR": "red"}, 2, "KB_COLOUR"),
        (("search", "x"), {"KB_ENCODER": "magic"}, 2, "KB_ENCODER"),
        (("search",), {}, 2, "query"),
    ],
)
def test_errors_are_one_line_with_their_exit_code(
    arguments: tuple[str, ...], environment: dict[str, str], code: int, words: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kb", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    if code != 2 or words != "query":
        assert done.stderr.startswith("kb: ")
        assert len(done.stderr.splitlines()) == 1


def test_unknown_ids_are_named(index: str) -> None:
    done = kb("show", "no-such-document", "--index", index)
    assert done.returncode == 1
    assert "no-such-document" in done.stderr
    assert (
        "op__item_99" in kb("show", "resolution-2022-11-02-economic-cooperation#op__item_99", "--index", index).stderr
    )


def test_default_path_imports_no_torch(index: str) -> None:
    code = (
        "import sys; sys.argv = ['kb', 'search', 'consul', '--index', sys.argv[1]]\n"
        "from kb.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'onnx', 'fastapi'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, index], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_command_and_option_has_help() -> None:
    import typer

    from kb.cli import app

    group = typer.main.get_command(app)
    pending = [("kb", group)]
    while pending:
        name, command = pending.pop()
        assert command.help, f"{name} has no help"
        for parameter in command.params:
            if parameter.name != "help":
                assert getattr(parameter, "help", None), f"{name} {parameter.name} has no help"
        pending.extend((f"{name} {n}", c) for n, c in getattr(command, "commands", {}).items())


def test_a_taken_port_is_one_line(index: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = kb("serve", "--index", index, "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"kb: 127.0.0.1:{port}: cannot listen there")
    assert "Traceback" not in done.stderr


def test_filters_that_nothing_passes_are_said(index: str) -> None:
    done = kb("search", "consul", "--index", index, "--lang", "zz")
    assert done.returncode == 0
    assert done.stdout.strip() == "Nothing in the index passes these filters and conditions."
