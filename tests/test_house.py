"""The house: imports run one way, every public name is named, nothing of a machine stands in the tree."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
from pathlib import Path

import pytest

import kb
import web

# Each module may import those of lower layers, and its own package.
LAYERS = [
    {"kb", "kb.errors", "kb.model", "kb.cite_words", "kb.language_words", "kb.symbols"},
    {"kb.query", "kb.language"},
    {
        "kb.read",
        "kb.segment",
        "kb.encode",
        "kb.vectors",
        "kb.lexical",
        "kb.settings",
        "kb.catalog",
        "kb.cite",
        "kb.commitments",
        "kb.notes",
    },
    {"kb.fetch", "kb.names", "kb.pictures", "kb.references", "kb.rescue", "kb.watch", "kb.words"},
    {"kb.cache", "kb.records"},
    {"kb.generation"},
    {"kb.build", "kb.check", "kb.extraction", "kb.ranking"},
    {"kb.collect", "kb.doctor", "kb.strength"},
    {"kb.search"},
    {"kb.evaluate", "kb.register", "kb.serving"},
    {"kb.schemas", "kb.sheets"},
    {"kb.mcp_server"},
    {"web", "kb.cli"},
    {"kb.__main__"},
]
MODULES = sorted(
    module.name for package in (kb, web) for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
)


def part(module: str) -> str:
    """The room a module is in: kb.read.pdf is in kb.read, web.pages in web."""
    return "web" if module.split(".")[0] == "web" else ".".join(module.split(".")[:2])


def layer(module: str) -> int:
    return next(n for n, layer in enumerate(LAYERS) if part(module) in layer)


def imported(module: str) -> set[str]:
    spec = importlib.util.find_spec(module)
    assert spec
    assert spec.origin
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            assert node.module
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
    return {name for name in names if name in MODULES or name in {"kb", "web"}}


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module: str) -> None:
    for other in imported(module) - {module}:
        if part(other) == part(module) or other == "kb":
            continue
        lower = layer(other) < layer(module)
        command = module == "kb.cli" and part(other) == "web"  # `kb serve` starts the app
        assert lower or command, f"{module} imports {other}"


@pytest.mark.parametrize("module", MODULES)
def test_all_names_exist_and_are_documented(module: str) -> None:
    if module == "kb.__main__":
        return
    loaded = importlib.import_module(module)
    if part(module).startswith("kb") and not module.startswith("kb.read.worker"):
        assert loaded.__doc__, f"{module} has no docstring"
    for name in getattr(loaded, "__all__", []):
        value = getattr(loaded, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert value.__doc__, f"{module}.{name} has no docstring"


def tracked(root: Path) -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return [root / name for name in done.stdout.split("\0") if name]


def test_no_machine_stands_in_the_tree(root: Path) -> None:
    wrong = re.compile(
        r"(index[-]url|find[-]links|trusted[-]host)[ =]|(?<![\w.~])/(work|farm|root|opt|home)/\w|https?://[\w.-]*(pypi|pythonhosted)"
    )
    for path in tracked(root):
        if path.suffix in {".pdf", ".docx", ".odt", ".epub", ".png", ".npz"} or path.name in {
            Path(__file__).name,
            "Makefile",
        }:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found = wrong.search(text)
        assert not found, f"{path}: {found.group() if found else ''}"


def test_default_lock_pins_every_package_by_hash(root: Path) -> None:
    text = (root / "requirements.lock").read_text(encoding="utf-8")
    entries = re.findall(r"^([\w.-]+)==\S+.*?(?=^\w|\Z)", text, re.MULTILINE | re.DOTALL)
    blocks = re.split(r"\n(?=\w)", text.strip())
    assert len(entries) == len(blocks) > 20
    assert all("--hash=sha256:" in block for block in blocks)
    assert not {"torch", "transformers", "sentence-transformers"} & set(entries)
