"""A build that is killed or runs out of disk leaves the old index or the new one, whole; the next one mends all."""

from __future__ import annotations

import errno
import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import CAN_FAIL, NEEDS_SPACE, SYNCING, Commands, Done, World, answers, commands, litter, scratch

from kb.errors import NoIndex

# SQLite and tantivy's threads do not pass on what the disk said.
NOT_PASSED_ON = "unable to open database file|attempt to write a readonly database|A worker thread encountered an error"
SAID = {
    errno.ENOSPC: f"No space left|database or disk is full|{NOT_PASSED_ON}",
    errno.EIO: f"Input/output error|disk I/O error|os error 5|{NOT_PASSED_ON}",
}

# SQLite needs its journal to undo what was half written; the next build takes both away.
WANTED = re.compile(r"cache/[\w-]+\.sqlite-journal|CURRENT\.new")


@pytest.fixture(scope="module")
def kb() -> Iterator[Commands]:
    yield from commands()


@pytest.fixture(scope="module")
def world(kb: Commands) -> Iterator[World]:
    with scratch() as folder:
        yield World.make(folder, kb)


@pytest.fixture(scope="module")
def watched(world: World) -> World:
    if world.commands.unwatched:
        pytest.skip(world.commands.unwatched)
    return world


def points(count: int, share: int, seed: int) -> list[int]:
    """`share` of the numbers 1 … count, one from each stretch of equal length; all of them where `share` is 0."""
    if not share or share >= count:
        return list(range(1, count + 1))
    step, chance = count / share, random.Random(seed)
    return [1 + int(step * n + chance.random() * step) for n in range(share)]


# Killed.


@pytest.mark.parametrize("times", [20, pytest.param(200, marks=pytest.mark.full)])
def test_killed_at_any_moment(world: World, times: int) -> None:
    chance = random.Random(times)
    ends = set()
    for _ in range(times):
        world.renew()
        moment = chance.uniform(0, 1.1 * world.seconds)
        done = world.build(kill_after=moment)
        assert done.code in (0, -9), (moment, done.err)
        ends.add((done.code, world.serves()))
        world.recovers()
    assert (-9, "old") in ends


@pytest.mark.parametrize("share", [12, pytest.param(0, marks=pytest.mark.full)])
def test_killed_at_a_file_operation(watched: World, share: int) -> None:
    watched.renew()
    whole = watched.build(watched.fault())
    count = len(whole.operations)
    assert whole.code == 0
    assert count > 50
    ends = []
    # The last ones publish the generation: all of them, always.
    for at in sorted({*points(count, share, 1), *range(count - 8, count + 1)}):
        watched.renew()
        done = watched.build(watched.fault(at))
        assert done.code == -9 or (done.code == 0 and len(done.operations) < at), (at, done.err)
        ends.append((watched.serves(), done.operations[-1][:2]))
        watched.recovers()
    served = [version for version, _ in ends]
    assert served == sorted(served, reverse=True), "at first the old one, from some operation on the new one"
    assert set(served) == {"old", "new"}


@pytest.mark.parametrize("share", [3, pytest.param(0, marks=pytest.mark.full)])
def test_a_first_build_is_killed_at_a_file_operation(watched: World, share: int) -> None:
    shutil.rmtree(watched.index, ignore_errors=True)
    whole = watched.build(watched.fault())
    assert whole.code == 0
    expected = answers(watched.index, watched.corpus)[1]
    found = []
    for at in points(len(whole.operations), share, 2):
        shutil.rmtree(watched.index)
        watched.build(watched.fault(at))
        try:
            found.append(answers(watched.index, watched.corpus) == ("", expected))
        except NoIndex:
            found.append(False)
            assert not (watched.index / "CURRENT").exists()
        done = watched.build()
        assert (done.code, done.complaint) == (0, []), done.err
        assert answers(watched.index, watched.corpus) == ("", expected)
        assert litter(watched.index) == []
    assert found == sorted(found)


def test_everything_is_on_disk_before_it_is_named(watched: World) -> None:
    """What a power cut would keep: each file is synced after its last write, and its folder, before it is named."""
    watched.renew()
    before = {path.stat().st_ino for path in watched.index.rglob("*")}
    done = watched.build(watched.fault())
    assert done.code == 0
    steps = list(enumerate(done.operations))
    named = max(n for n, (name, path, _) in steps if name.startswith("rename") and path == "CURRENT")
    current = [(n, name, inode) for n, (name, _, inode) in steps if inode == (watched.index / "CURRENT").stat().st_ino]
    assert [name for n, name, _ in current if n < named][-1] in SYNCING
    assert any(name in SYNCING and path == "" for name, path, _ in done.operations[named:]), "the folder of CURRENT"
    folder = watched.index / "generations" / (watched.index / "CURRENT").read_text(encoding="utf-8").split()[0]
    placed = max(n for n, (name, path, _) in steps if name.startswith("rename") and path.startswith("generations/"))
    assert placed < named
    assert any(name in SYNCING and path == "generations" for name, path, _ in done.operations[placed:named])
    for path in [folder, *folder.rglob("*")]:
        inode = path.stat().st_ino
        if inode not in before:
            last = [name for name, _, of in done.operations[:placed] if of == inode]
            assert last, f"{path.relative_to(folder)} is never synced"
            assert last[-1] in SYNCING, f"{path.relative_to(folder)} is written after it was synced"


# A disk that is full or fails.


def one_line(done: Done, said: str) -> None:
    """The build failed and says so in one line."""
    assert done.code == 1, done.err
    assert len(done.complaint) == 1, done.err
    assert re.match(r"kb: .*\S", done.complaint[0])
    assert re.search(said, done.complaint[0]), done.complaint
    assert "not full, and run kb build again" in done.complaint[0]


def fails(world: World, error: int, lasting: bool, operations: tuple[str, ...], share: int) -> None:
    world.renew()
    whole = world.build(world.fault(operations=operations))
    assert whole.code == 0
    wrong = []
    failed = 0
    for at in points(len(whole.operations), share, error):
        world.renew()
        done = world.build(world.fault(at, error, lasting, operations))
        hit = done.operations[at - 1][:2] if len(done.operations) >= at else None
        try:
            if done.code:
                failed += 1
                one_line(done, SAID[error])
                published = ("rename", "CURRENT") in [step[:2] for step in done.operations[: at - 1]]
                assert world.serves() == ("new" if published else "old")
                left = [name for name in litter(world.index) if not WANTED.fullmatch(name)]
                assert left == [], f"left behind: {left}"
            else:
                assert world.serves() == "new"
                assert world.commands.run("check", "--index", str(world.index)).code == 0
            world.recovers()
        except AssertionError as problem:
            wrong.append(f"{at} {hit}: {str(problem).splitlines()[0] if str(problem) else problem!r}")
    assert not wrong, "\n".join([f"{len(wrong)} wrong", *wrong])
    assert failed


@pytest.mark.parametrize("share", [12, pytest.param(0, marks=pytest.mark.full)])
def test_the_disk_is_full_from_an_operation_on(watched: World, share: int) -> None:
    fails(watched, errno.ENOSPC, True, NEEDS_SPACE, share)


@pytest.mark.parametrize("share", [12, pytest.param(0, marks=pytest.mark.full)])
def test_an_operation_fails(watched: World, share: int) -> None:
    fails(watched, errno.EIO, False, CAN_FAIL, share)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 4 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m", "kb-test", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if shutil.which("mount")
        else None
    )
    if mounted is None or mounted.returncode:
        pytest.skip("no small file system can be mounted here (that needs root)")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize("steps", [5, pytest.param(60, marks=pytest.mark.full)])
def test_a_small_disk_is_full(world: World, small_disk: Path, steps: int) -> None:
    """However little is free, a build ends with one line, never with a signal: writing to a mapped page of a full disk
    is SIGBUS."""
    index = small_disk / "index"
    small = World(world.corpus, world.sound, index, world.old, world.new, world.seconds, world.commands)
    filler = small_disk / "filler"
    needed = sum(path.stat().st_size for path in world.sound.rglob("*") if path.is_file())
    wrong, failed = [], 0
    for step in range(steps):
        filler.unlink(missing_ok=True)
        small.renew()
        room = os.statvfs(small_disk)
        size = room.f_bavail * room.f_frsize - step * (2 * needed // steps)
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, size))
        done = small.build()
        try:
            if done.code:
                failed += 1
                one_line(done, SAID[errno.ENOSPC])
                assert small.serves() == "old"
                assert litter(index) == []
            else:
                assert small.serves() == "new"
            filler.unlink()
            small.recovers()
        except AssertionError as problem:
            wrong.append(f"{step}: {done.code} {str(problem).splitlines()[0] if str(problem) else problem!r}")
    assert not wrong, "\n".join([f"{len(wrong)} wrong of {steps}", *wrong])
    assert failed
