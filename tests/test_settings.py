"""Settings: the order of their sources, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.errors import SettingsError
from kb.settings import load_settings, to_environment


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_flags_win_over_variables_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().port == 8000
    Path("kb.toml").write_text('port = 1\nhost = "::1"\nindex = "a"\n', encoding="utf-8")
    monkeypatch.setenv("KB_PORT", "2")
    monkeypatch.setenv("KB_INDEX", "b")
    settings = load_settings(port=3, host=None)
    assert (settings.port, settings.host, settings.index) == (3, "::1", Path("b"))
    other = tmp_path / "other.toml"
    other.write_text('host = "0.0.0.0"\n', encoding="utf-8")
    monkeypatch.setenv("KB_CONFIG", str(other))
    assert load_settings().host == "0.0.0.0"


def test_a_child_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(port=3, watch=True, workers=2, passwords=("«a»", 'b"'), index=Path("x y"), root_path="/kb")
    for name, value in to_environment(settings).items():
        monkeypatch.setenv(name, value)
    Path("kb.toml").write_text("port = 1\n", encoding="utf-8")
    assert load_settings().model_dump() == settings.model_dump()


@pytest.mark.parametrize(
    ("file", "variable", "words"),
    [
        ("colour = 1", None, "colour"),
        ("port = 'high'", None, "port"),
        ("workers = 0", None, "workers"),
        ("port = ", None, "not valid TOML"),
        ("", ("KB_PROT", "1"), "KB_PROT"),
        ("", ("KB_PORT", "x"), "port"),
        ("", ("KB_PASSWORDS", "secret"), "KB_PASSWORDS"),
        ("", ("KB_CONFIG", "missing.toml"), "missing.toml"),
    ],
)
def test_mistakes_are_named(
    file: str, variable: tuple[str, str] | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("kb.toml").write_text(file, encoding="utf-8")
    if variable:
        monkeypatch.setenv(*variable)
    with pytest.raises(SettingsError, match=words):
        load_settings()
