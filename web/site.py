"""What every request shares: the searcher in use, the languages of the interface, the settings."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request

from kb.encode import Encoder, load_encoder
from kb.errors import KBError, NoIndex
from kb.model import Document
from kb.search import Searcher
from kb.settings import Settings
from web.i18n import Interface, choose

__all__ = ["Library", "Site", "interface_of", "searcher_of", "site_of"]

log = logging.getLogger("kb.web")


class Library:
    """Holds one Searcher at a time and replaces it when a newer generation has been built.

    A request takes the searcher once, so that no answer mixes two generations.
    """

    def __init__(self, settings: Settings, searcher: Searcher | None = None) -> None:
        self.settings = settings
        self.fixed = searcher is not None
        self._searcher = searcher
        self._listing: tuple[str, tuple[Document, ...]] = ("", ())
        self._encoder: Encoder | None = None
        self._failure = f"{settings.index}: nothing is indexed here yet; run kb build"
        self._seen: tuple[int, int] | None = None

    def searcher(self) -> Searcher:
        """The searcher to answer with. Raises NoIndex, saying why, where no generation could be opened."""
        if self._searcher is None:
            raise NoIndex(self._failure)
        return self._searcher

    def documents(self, searcher: Searcher) -> tuple[Document, ...]:
        """Every document of a searcher, without text, newest first; read once a generation."""
        generation, documents = self._listing
        if generation != searcher.generation:
            by_title = sorted(searcher.documents(), key=lambda document: document.title.casefold())
            documents = tuple(sorted(by_title, key=lambda document: document.date, reverse=True))
            self._listing = (searcher.generation, documents)
        return documents

    def refresh(self) -> None:
        """Open the current generation if it changed since the last call; a failed opening keeps the old one."""
        if self.fixed:
            return
        try:
            stat = (self.settings.index / "CURRENT").stat()
        except OSError:
            return
        if (seen := (stat.st_mtime_ns, stat.st_ino)) == self._seen:
            return
        try:
            if self._encoder is None:
                settings = self.settings
                self._encoder = load_encoder(settings.encoder, cache=settings.cache, threads=settings.threads)
            self._searcher = Searcher.open(
                self.settings.index, self._encoder, self.settings.corpus, cache=self.settings.cache
            )
        except KBError as error:
            self._seen = seen
            self._failure = str(error)
            log.error("cannot open the index: %s", error)
        else:
            self._seen = seen
            log.info("serving generation %s", self._searcher.generation)


@dataclass(frozen=True, slots=True)
class Site:
    """The shared objects of one application. `assets` maps a static file to its digest, `examples` caches
    the example questions that this generation answers, by (generation, language)."""

    settings: Settings
    library: Library
    interfaces: Mapping[str, Interface]
    assets: Mapping[str, str]
    examples: dict[tuple[str, str], list[str]]


def site_of(request: Request) -> Site:
    """The site that a request belongs to."""
    site: Site = request.app.state.site
    return site


def searcher_of(request: Request) -> Searcher:
    """The searcher for one request; its generation is noted for the log line. Raises NoIndex."""
    searcher = site_of(request).library.searcher()
    request.state.generation = searcher.generation
    return searcher


def interface_of(request: Request) -> Interface:
    """The interface in the language of `ui=`, else of Accept-Language, else in English."""
    interfaces = site_of(request).interfaces
    return interfaces[
        choose(request.query_params.get("ui", ""), request.headers.get("accept-language", ""), interfaces)
    ]
