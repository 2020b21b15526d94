"""`kb doctor`: a sound machine is called sound, and each thing that is broken is named with what to do."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from arithmetic import ArithmeticEncoder

from kb import doctor
from kb.build import build
from kb.encode import Encoder
from kb.generation import open_generation


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in os.environ:
        if variable.startswith("KB_"):
            monkeypatch.delenv(variable)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.md").write_text("# Право на переводчика\n\nКаждый имеет право на переводчика.\n", encoding="utf-8")
    return folder


def run(setup: str = "", **environment: str) -> tuple[int, dict[str, tuple[str, str]]]:
    """Exit code, and state and words of each check, of `kb doctor` in a process of its own."""
    command = f"{setup}exec {shlex.quote(sys.executable)} -m kb doctor --json"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, **environment},
    )
    assert "Traceback" not in done.stderr, done.stderr
    checks = json.loads(done.stdout)["checks"]
    for check in checks:
        assert check["found"].strip(), check
        assert check["remedy"] or check["state"] == "ok" or "; " in check["found"], f"{check} says no way out"
    return done.returncode, {check["name"]: (check["state"], f"{check['found']} {check['remedy']}") for check in checks}


def test_a_sound_machine_is_called_sound(corpus: Path, tmp_path: Path, encoder: Encoder) -> None:
    build(corpus, tmp_path / "index", encoder)
    code, checks = run()
    assert [name for name, (state, _) in checks.items() if state == "problem"] == []
    assert code == 0
    assert list(checks) == [
        *("settings", "Python", "encoding", "clock", "open files", "memory", "cache folder", "encoder", "reading"),
        *("corpus", "catalogue", "index", "index folder", "disk", "tesseract"),
    ]
    generation = open_generation(tmp_path / "index").name
    assert checks["index"][0] == "ok"
    assert generation in checks["index"][1]
    assert checks["corpus"] == ("ok", "1 files ")
    assert not list(tmp_path.rglob(".kb-doctor-*")), "nothing is left"


def test_each_broken_thing_is_named(corpus: Path, tmp_path: Path) -> None:
    build(corpus, tmp_path / "index", ArithmeticEncoder())
    records = open_generation(tmp_path / "index").folder / "kb.sqlite"
    data = bytearray(records.read_bytes())
    data[len(data) // 2] ^= 1
    records.write_bytes(data)
    (corpus / "catalog.toml").write_text('["gone.md"]\ntitle = "x"\n', encoding="utf-8")
    (corpus / os.fsdecode(b"\xff.md")).write_text("# Words\n", encoding="utf-8")
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    code, checks = run(
        "ulimit -n 200; ",
        KB_CACHE=str(tmp_path / "file" / "cache"),
        PATH=str(tmp_path),
        LC_ALL="POSIX",
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
        PYTHONIOENCODING="ascii",
    )
    assert code == 1
    expected = {
        "settings": ("ok", "KB_CACHE"),
        "encoding": ("warning", "PYTHONUTF8=1"),
        "open files": ("problem", "200 at once"),
        "cache folder": ("problem", "cannot be written"),
        "encoder": ("problem", "KB_CACHE"),
        "reading": ("ok", ""),
        "corpus": ("problem", "\\udcff.md"),
        "catalogue": ("problem", "'gone.md'"),
        "index": ("problem", "kb.sqlite"),
        "index folder": ("ok", ""),
        "tesseract": ("warning", "scanned pages stay unread"),
    }
    for name, (state, words) in expected.items():
        assert checks[name][0] == state, (name, checks[name])
        assert words in checks[name][1], (name, checks[name])


def test_wrong_settings_do_not_stop_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kb.toml").write_text("colour = 1\n", encoding="utf-8")
    checks = {check.name: check for check in doctor.examine(corpus=tmp_path / "none", index=tmp_path / "index")}
    assert checks["settings"].state == "problem"
    assert "colour" in checks["settings"].found
    assert checks["corpus"].state == "problem"
    assert "none" in checks["corpus"].found
    assert (checks["index"].state, checks["index"].remedy) == ("warning", "kb build")
    assert checks["encoder"].state == "ok"
    assert not (tmp_path / "index").exists()
    wrong = tuple(-value for value in doctor.EXPECTED)
    monkeypatch.setattr(doctor, "EXPECTED", wrong)
    checks = {check.name: check for check in doctor.examine()}
    assert checks["encoder"].state == "problem"
    assert "another vector" in checks["encoder"].found


def test_another_encoder_and_missing_languages_are_told(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (corpus / "notes.xyz").write_text("x", encoding="utf-8")
    build(corpus, tmp_path / "index", ArithmeticEncoder())
    # A program that answers as a tesseract does that has English alone.
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "tesseract").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo "tesseract 5.9.9" && exit\nprintf "List (2):\\neng\\nosd\\n"\n',
        encoding="utf-8",
    )
    (programs / "tesseract").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    assert shutil.which("tesseract") == str(programs / "tesseract")
    checks = {check.name: check for check in doctor.examine()}
    assert checks["index"].state == "problem"
    assert "another encoder" in checks["index"].found
    assert checks["corpus"].state == "warning"
    assert "notes.xyz" in checks["corpus"].found
    assert checks["tesseract"].state == "warning"
    assert "tesseract 5.9.9 with eng; the corpus is in ru too" in checks["tesseract"].found
    assert "apt install tesseract-ocr-rus" in checks["tesseract"].remedy
