"""Settings: one frozen object, built at the edge (command line, web) and passed down.

Rising order: defaults, a TOML file (`kb.toml` here, or the file KB_CONFIG names), KB_* variables, flags.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import Field, IPvAnyNetwork, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as NoJson

from kb.errors import SettingsError

__all__ = ["Settings", "load_settings", "to_environment"]


class Settings(BaseSettings):
    """What can be set. Paths are taken from the working directory."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="KB_", toml_file="kb.toml")

    corpus: Path = Path("corpus")  # the documents: a folder, or one file
    index: Path = Path("index")  # the built generations
    notes: Path = Path("notes.sqlite")  # what staff note of commitments; no build touches it
    cache: Path = platformdirs.user_cache_path("kb")  # the encoder's prepared files
    encoder: str = "bundled"  # or st:PATH, st:HUB-ID
    threads: int = 0  # of the encoder; 0: one a core
    passwords: tuple[str, ...] = ()  # tried on encrypted documents, after the empty one
    host: str = "127.0.0.1"
    port: int = 8000
    root_path: str = ""  # where a proxy puts the web app below its own root: "/kb"
    base_url: str = Field(default="", pattern=r"^(https?://\S+)?$")  # the web app's address, for links from elsewhere
    workers: int = Field(default=1, ge=1)  # processes that serve, each with the index and the encoder in its memory
    trusted_proxies: tuple[IPvAnyNetwork, ...] = (ip_network("127.0.0.1"), ip_network("::1"))  # believed about clients
    searches_per_minute: int = Field(default=120, ge=0)  # of one address, by each worker; 0: as many as come
    search_seconds: float = Field(default=10, gt=0, le=600)  # after which a search is given up, its waiting included
    metrics: bool = False  # /metrics for everyone who reaches the web app, not only for this machine
    staff_token: str = ""  # who has it may note what became of commitments; "" for nobody
    watch: bool = False  # while serving, build whenever the corpus changes

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, then variables, then the TOML file; nothing else is read."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**flags: Any) -> Settings:
    """Settings from all sources; flags that are None count as not given. Raises SettingsError naming the key."""
    file = os.environ.get("KB_CONFIG")
    known = {f"KB_{name.upper()}" for name in Settings.model_fields} | {"KB_CONFIG"}
    for variable in os.environ:
        if variable.startswith("KB_") and variable not in known:
            raise SettingsError(f"{variable}: no such setting; known are {', '.join(sorted(known))}")
    if file and not Path(file).is_file():
        raise SettingsError(f"KB_CONFIG: {file} is not a file")

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=file or "kb.toml")

    given: Mapping[str, Any] = {name: value for name, value in flags.items() if value is not None}
    try:
        return FromFile(**given)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"setting {key}: {first['msg'].lower()} "
            f"(look at {file or 'kb.toml'}, KB_{str(first['loc'][0]).upper()} and the flags)"
        ) from None
    except NoJson as error:
        named = re.search(r'"(\w+)"', str(error))
        variable = f"KB_{named[1].upper()}" if named else "a variable KB_…"
        raise SettingsError(f'{variable}: must be a JSON list, such as ["first", "second"]') from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file or 'kb.toml'}: not valid TOML: {error}") from None


def to_environment(settings: Settings) -> dict[str, str]:
    """The settings as KB_* variables, from which `load_settings` makes the same ones in a child process."""
    values = settings.model_dump(mode="json")
    return {
        f"KB_{name.upper()}": value if isinstance(value, str) else json.dumps(value) for name, value in values.items()
    }
