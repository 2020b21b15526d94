"""What every request shares: the searcher in use, the languages of the interface, the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from starlette.requests import Request

from kb.search import Searcher
from kb.serving import Library
from kb.settings import Settings
from web.i18n import Interface, choose

__all__ = ["Site", "host", "interface_of", "outside", "searcher_of", "site_of"]


@dataclass(frozen=True, slots=True)
class Site:
    """The shared objects of one application. `assets` maps a static file to its digest, `examples` caches
    the example questions that a searcher answers, by language."""

    settings: Settings
    library: Library
    interfaces: Mapping[str, Interface]
    assets: Mapping[str, str]
    examples: WeakKeyDictionary[Searcher, dict[str, list[str]]] = field(default_factory=WeakKeyDictionary)


def site_of(request: Request) -> Site:
    """The site that a request belongs to."""
    site: Site = request.app.state.site
    return site


def searcher_of(request: Request) -> Searcher:
    """The searcher for one request; its generation is noted for the log line. Raises NoIndex."""
    searcher = site_of(request).library.searcher()
    request.state.generation = searcher.generation
    return searcher


def host(request: Request) -> str:
    """Scheme and host that addresses for elsewhere begin with: of the setting `base_url`, else as the request says."""
    base = urlsplit(site_of(request).settings.base_url)
    return f"{base.scheme}://{base.netloc}" if base.netloc else f"{request.url.scheme}://{request.url.netloc}"


def outside(request: Request) -> str:
    """What stands before the path of a page everywhere in the world."""
    return f"{host(request)}{request.scope.get('root_path', '').rstrip('/')}"


def interface_of(request: Request) -> Interface:
    """The interface in the language of `ui=`, else of Accept-Language, else in English."""
    interfaces = site_of(request).interfaces
    return interfaces[
        choose(request.query_params.get("ui", ""), request.headers.get("accept-language", ""), interfaces)
    ]
