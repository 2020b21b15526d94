"""The README's commands run, and what it shows of an answer is what kb answers."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kb.build import BuildReport
from kb.search import Searcher
from kb.settings import Settings

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line.split("  #")[0].strip()
    for kind, block in BLOCKS
    if kind == "sh"
    for line in block.splitlines()
    if line.startswith("kb ")
]


@pytest.mark.parametrize("command", [command for command in COMMANDS if not command.startswith("kb build")])
def test_commands_run(command: str, shipped: tuple[Path, BuildReport], root: Path) -> None:
    arguments = [*shlex.split(command)[1:], "--index", str(shipped[0])]
    done = subprocess.run(
        [sys.executable, "-m", "kb", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=root,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_build_commands_parse(tmp_path: Path) -> None:
    builds = [shlex.split(command)[1:] for command in COMMANDS if command.startswith("kb build")]
    assert len(builds) == 2
    (tmp_path / "other-folder").mkdir()
    (tmp_path / "other-folder" / "a.md").write_text("# A\n\nWords.\n", encoding="utf-8")
    (tmp_path / "corpus").symlink_to(tmp_path / "other-folder")
    for arguments in builds:
        done = subprocess.run(
            [sys.executable, "-m", "kb", *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=tmp_path,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_the_shown_answer_is_the_answer(searcher: Searcher) -> None:
    shown = next(block for kind, block in BLOCKS if kind == "console")
    question = shlex.split(shown.splitlines()[0])[3]
    hit = searcher.search(question, limit=1, reader="en").hits[0]
    assert " ".join(shown.splitlines()[1:]) == " ".join(f"{hit.quote} {hit.citation}".split())


def test_the_program_that_talks_runs_and_quotes(shipped: tuple[Path, BuildReport], root: Path, tmp_path: Path) -> None:
    """It prints the session: python -m pytest -s tests/test_docs.py -k talks."""
    (program,) = [block for kind, block in BLOCKS if kind == "python"]
    settings = f'corpus = "{root / "corpus"}"\nindex = "{shipped[0]}"\n'
    (tmp_path / "kb.toml").write_text(settings, encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    print(done.stdout)
    quote = "доложить о ходе реализации данного решения в ходе следующей Всемирной конференции в 2023 году;"
    assert done.stdout.count(quote) == 3
    for said in (
        "direct answer",
        "21. Spiegelstrich des operativen Teils",
        "operative part, 21st indent",
        "strength: ",
    ):
        assert said in done.stdout


def test_every_setting_is_in_the_readme() -> None:
    rows = " ".join(line for line in README.splitlines() if line.startswith("| `"))
    for name in Settings.model_fields:
        assert f"`{name}`" in rows


def test_links_and_picture_exist(root: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (root / target).is_file(), target


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_no_placeholder_is_left(root: Path, name: str) -> None:
    assert not re.findall(r"\{[A-Z]+\}|TODO|TBD", (root / name).read_text(encoding="utf-8"))
