"""Whatever happens to a file of the index, it is named, and the last good generation answers as it did."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arithmetic import ArithmeticEncoder
from faults import answers, scratch, write_corpus

from kb.build import build
from kb.check import check
from kb.errors import IndexDamaged, KBError, NoIndex
from kb.generation import open_generation


class Kept:
    """An index of two generations, and its bytes as they were written."""

    def __init__(self, folder: Path) -> None:
        self.corpus, self.index, self.copy = folder / "corpus", folder / "index", folder / "copy"
        write_corpus(self.corpus, "old")
        self.previous = build(self.corpus, self.index, ArithmeticEncoder()).generation
        self.old = answers(self.index, self.corpus)[1]
        write_corpus(self.corpus, "new")
        self.current = build(self.corpus, self.index, ArithmeticEncoder()).generation
        self.new = answers(self.index, self.corpus)[1]
        assert self.old != self.new
        build(self.corpus, folder / "anew", ArithmeticEncoder())
        self.anew = answers(folder / "anew", self.corpus)[1]
        assert check(self.index).damage == ()
        shutil.copytree(self.index, self.copy)
        self.files = [
            path.relative_to(self.index)
            for path in sorted([self.index / "CURRENT", *self.index.glob("generations/**/*")])
            if path.is_file()
        ]

    def folder(self, name: str) -> Path:
        return self.index / "generations" / name

    def restore(self) -> None:
        shutil.rmtree(self.index)
        shutil.copytree(self.copy, self.index)

    def said(self, name: Path) -> str:
        """What names a file: its path; of CURRENT its name, since what it says of a manifest may be wrong in either."""
        return name.name if name.name == "CURRENT" else str(self.index / name)

    def reported(self, *names: Path) -> None:
        """`kb check` finds the damage and names one of these files."""
        damage = check(self.index).damage
        assert damage, f"{names[0]}: damaged, and kb check finds nothing"
        assert any(self.said(name) in line for line in damage for name in names), f"{names[0]}: not named in {damage}"

    def served(self, name: Path, *, answered: bool = True) -> None:
        """The index still answers: as it was before the damaged generation where that is the current one."""
        of = name.parts[1] if len(name.parts) > 1 else ""
        if answered:
            warning, found = answers(self.index, self.corpus)
            assert found in (self.old, self.new), f"{name}: damaged, and the answers are neither the old nor the new"
            serves = self.previous if found == self.old else self.current
        else:
            generation = open_generation(self.index)
            warning, serves = generation.warning, generation.name
        if of == self.current:
            assert serves == self.previous, f"{name}: damaged, and it is served"
        elif of:
            assert (serves, warning) == (self.current, ""), f"{name}: damaged, and not needed: {warning}"
        if of == self.current or (not of and serves == self.previous):
            assert self.said(name) in warning, f"{name}: not named in {warning!r}"
            assert "\n" not in warning


@pytest.fixture(scope="module")
def kept() -> Iterator[Kept]:
    with scratch() as folder:
        yield Kept(folder)


@pytest.fixture
def index(kept: Kept) -> Iterator[Kept]:
    """An index whose damage is mended after the test."""
    yield kept
    kept.restore()


def flips(kept: Kept, count: int, chance: random.Random) -> Iterator[tuple[Path, int]]:
    """(file, offset): at least two in every file, the rest in proportion to size."""
    sizes = {name: (kept.index / name).stat().st_size for name in kept.files}
    full = [name for name, size in sizes.items() if size]
    chosen = full * 2
    chosen += chance.choices(full, [sizes[name] for name in full], k=max(0, count - len(chosen)))
    yield from ((name, chance.randrange(sizes[name])) for name in chosen)


@pytest.mark.parametrize("count", [100, pytest.param(1000, marks=pytest.mark.full)])
def test_a_flipped_byte_is_named(index: Kept, count: int) -> None:
    chance = random.Random(count)
    undetected, seen = [], set()
    tried = 0
    for name, at in flips(index, count, chance):
        flip = chance.randrange(1, 256)
        path = index.index / name
        with path.open("r+b", buffering=0) as file:
            before = os.pread(file.fileno(), 1, at)
            os.pwrite(file.fileno(), bytes([before[0] ^ flip]), at)
            try:
                index.reported(name)
                index.served(name, answered=name not in seen)
            except AssertionError as problem:
                undetected.append(f"{name} at {at}, {before!r} ^ {flip:#x}: {str(problem).splitlines()[0]}")
            finally:
                os.pwrite(file.fileno(), before, at)
        seen.add(name)
        tried += 1
    assert tried >= count
    assert seen == {name for name in index.files if (index.index / name).stat().st_size}
    assert not undetected, "\n".join([f"{len(undetected)} of {tried} not as it should be", *undetected])
    assert check(index.index).damage == ()
    assert answers(index.index, index.corpus) == ("", index.new)


@pytest.mark.parametrize("how", ["halved", "emptied", "longer", "gone", "a folder"])
def test_a_file_of_another_length_is_named(index: Kept, how: str) -> None:
    for name in index.files:
        path = index.index / name
        original = path.read_bytes()
        if not original and how in ("halved", "emptied"):
            continue
        path.unlink()
        if how == "a folder":
            path.mkdir()
        elif how != "gone":
            path.write_bytes(
                {"halved": original[: len(original) // 2], "emptied": b"", "longer": original + b"\n"}[how]
            )
        try:
            index.reported(name)
            index.served(name, answered=False)
        finally:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            path.write_bytes(original)
    assert check(index.index).damage == ()


def test_swapped_files_are_named(index: Kept) -> None:
    for generation in (index.current, index.previous):
        names = [name for name in index.files if generation in name.parts and (index.index / name).stat().st_size]
        for one, other in zip(names, names[1:] + names[:1], strict=True):
            first, second = (index.index / one).read_bytes(), (index.index / other).read_bytes()
            if first == second:
                continue
            (index.index / one).write_bytes(second)
            (index.index / other).write_bytes(first)
            index.reported(one, other)
            manifest = [name for name in (one, other) if name.name == "manifest.json"]
            warning = open_generation(index.index).warning
            assert (str(index.index / one) in warning or str(index.index / other) in warning) == (
                generation == index.current
            ), (one, other, manifest, warning)
            (index.index / one).write_bytes(first)
            (index.index / other).write_bytes(second)
    assert check(index.index).damage == ()


def test_a_file_of_another_generation_is_named(index: Kept) -> None:
    """Each file whole and sound, but of the other generation."""
    tried = 0
    here, there = index.folder(index.current), index.folder(index.previous)
    for path in sorted(p for p in here.rglob("*") if p.is_file()):
        twin = there / path.relative_to(here)
        if not twin.is_file() or twin.read_bytes() == path.read_bytes():
            continue
        original = path.read_bytes()
        shutil.copyfile(twin, path)
        index.reported(path.relative_to(index.index))
        index.served(path.relative_to(index.index))
        path.write_bytes(original)
        tried += 1
    assert tried >= 4
    shutil.copytree(there, here, dirs_exist_ok=True)  # all of them, the manifest too
    index.reported(*(p.relative_to(index.index) for p in here.rglob("*") if p.is_file()))
    assert index.current in open_generation(index.index).warning
    assert answers(index.index, index.corpus)[1] == index.old


@pytest.mark.parametrize("where", ["stray", "lexical/stray", "kb.sqlite-journal", "kb.sqlite-wal"])
def test_a_stray_file_is_named(index: Kept, where: str) -> None:
    for generation in (index.current, index.previous):
        path = index.folder(generation) / where
        path.write_bytes(b"")
        index.reported(path.relative_to(index.index))
        index.served(path.relative_to(index.index))
        path.unlink()


def test_a_lost_generation_is_named(index: Kept) -> None:
    shutil.rmtree(index.folder(index.current))
    name = index.folder(index.current).relative_to(index.index)
    index.reported(name)
    assert index.current in open_generation(index.index).warning
    assert answers(index.index, index.corpus)[1] == index.old


def test_a_generation_under_another_name_is_named(index: Kept) -> None:
    """Folders exchanged: each holds what a manifest says, but not its own."""
    here, there = index.folder(index.current), index.folder(index.previous)
    aside = here.with_name("aside")
    here.rename(aside)
    there.rename(here)
    aside.rename(there)
    index.reported((here / "manifest.json").relative_to(index.index))
    with pytest.raises(IndexDamaged, match=r"manifest\.json"):
        open_generation(index.index)


def test_where_nothing_is_sound_the_first_damage_is_the_answer(index: Kept) -> None:
    for generation in (index.current, index.previous):
        (index.folder(generation) / "vectors.faiss").write_bytes(b"")
    with pytest.raises(IndexDamaged, match=f"{index.current}/vectors.faiss.*kb build") as caught:
        open_generation(index.index)
    assert "\n" not in str(caught.value)
    assert len(check(index.index).damage) == 2


@pytest.mark.parametrize("damaged", ["current", "previous", "both", "CURRENT"])
def test_the_next_build_mends(index: Kept, damaged: str) -> None:
    for generation in {"current": [index.current], "previous": [index.previous]}.get(
        damaged, [index.current, index.previous]
    ):
        if damaged == "CURRENT":
            (index.index / "CURRENT").write_text("nonsense", encoding="utf-8")
        else:
            (index.folder(generation) / "kb.sqlite").write_bytes(b"SQLite")
    build(index.corpus, index.index, ArithmeticEncoder())
    warning, found = answers(index.index, index.corpus)
    assert warning == ""
    assert found in (index.new, index.anew)
    assert check(index.index).damage == ()


def test_the_command_says_so(index: Kept) -> None:
    def kb(*argv: str) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "kb", *argv, "--index", str(index.index)],
            capture_output=True,
            encoding="utf-8",
            check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )

    sound = kb("check")
    assert (sound.returncode, sound.stderr) == (0, "")
    path = index.folder(index.current) / "sentences.npy"
    path.write_bytes(path.read_bytes()[:-1])
    done = kb("check")
    assert (done.returncode, done.stderr) == (1, "")
    assert str(path) in done.stdout
    shutil.rmtree(index.index)
    index.index.mkdir()
    done = kb("check")
    assert done.returncode == NoIndex.exit_code
    assert issubclass(NoIndex, KBError)
    assert len(done.stderr.splitlines()) == 1
