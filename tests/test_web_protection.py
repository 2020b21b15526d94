"""Limits, metrics, time, an orderly end, the files of deploy/, the page of the API: over the wire where it matters."""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from arithmetic import ArithmeticEncoder
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from numpy.typing import NDArray
from prometheus_client.parser import text_string_to_metric_families
from serving import Server, serving
from starlette.testclient import TestClient

from kb.build import build
from kb.errors import SettingsError
from kb.search import Searcher
from kb.settings import Settings, load_settings
from web.app import create_app
from web.metrics import REASONS
from web.security import MAX_RUNNING, Visits, household

HERE = ("127.0.0.1", 50_000)
DEPLOY = Path(__file__).parent.parent / "deploy"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


class GatedEncoder(ArithmeticEncoder):
    """Encodes a query only while the gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def encode_queries(self, texts: Any) -> NDArray[np.float32]:
        assert self.gate.wait(30)
        return super().encode_queries(texts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of one document and its index."""
    folder = tmp_path_factory.mktemp("protection")
    (folder / "corpus" / "guide").mkdir(parents=True)
    text = "# Consuls\n\nA consul visits whoever is arrested abroad.\n\nA court pays the interpreter.\n"
    (folder / "corpus" / "guide" / "consuls.md").write_text(text, encoding="utf-8")
    build(folder / "corpus", folder / "index", ArithmeticEncoder())
    return folder


@pytest.fixture
def slow() -> GatedEncoder:
    return GatedEncoder()


@pytest.fixture
def gated(folder: Path, slow: GatedEncoder) -> Searcher:
    return Searcher.open(folder / "index", slow, folder / "corpus")


def settings_of(folder: Path, **given: Any) -> Settings:
    return Settings(corpus=folder / "corpus", index=folder / "index", notes=folder / "notes.sqlite", **given)


def samples(text: str) -> Samples:
    return {
        (
            sample.name,
            frozenset((name, value) for name, value in sample.labels.items() if name != "worker"),
        ): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def sample(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


# -- how often -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("2001:DB8:0:0:0::1", "2001:db8::2", True),
        ("somewhere", "elsewhere", False),
    ],
)
def test_a_household_is_an_address_or_a_network_of_version_6(one: str, other: str, same: bool) -> None:
    assert (household(one) == household(other)) is same
    visits = Visits(1)
    assert visits.wait(one) == 0
    assert (visits.wait(other) > 0) is same


def test_addresses_are_kept_only_as_digests_under_a_key_of_the_process() -> None:
    first, second = Visits(1), Visits(1)
    for visits in (first, second):
        visits.wait("192.0.2.77")
    kept = [set(visits._limiter.storage.events) for visits in (first, second)]  # type: ignore[attr-defined]
    assert all(len(keys) == 1 for keys in kept)
    assert not kept[0] & kept[1], "each process has a key of its own"
    assert "192.0.2.77" not in str(kept)


@pytest.mark.parametrize(
    ("ui", "words"), [("ru", "Слишком много поисков"), ("de", "Zu viele Suchen"), ("he", "יותר מדי חיפושים")]
)
def test_too_many_searches_of_one_address_are_refused_in_the_readers_language(
    folder: Path, gated: Searcher, ui: str, words: str
) -> None:
    with TestClient(create_app(settings_of(folder, searches_per_minute=3), gated), client=HERE) as client:
        for path in ("/search?q=consul", "/api/search?q=consul", "/search.atom?q=consul"):
            assert client.get(path).status_code == 200
        page = client.get(f"/search?q=QueryCanary&ui={ui}")
        assert page.status_code == 429
        assert 1 <= int(page.headers["retry-after"]) <= 60
        assert page.headers["content-language"] == ui
        assert page.headers["cache-control"] == "no-store"
        assert words in page.text
        problem = client.get("/api/similar/x", headers={"Accept-Language": ui})
        assert (problem.status_code, problem.headers["content-type"]) == (429, "application/problem+json")
        assert 1 <= int(problem.headers["retry-after"]) <= 60
        assert problem.headers["content-language"] == ui
        assert problem.json()["detail"] in page.text
        assert client.get("/about").status_code == 200, "only searches are counted"
        assert sample(samples(client.get("/metrics").text), "kb_refused_total", reason="rate") == 2


def test_nobody_is_refused_where_the_limit_is_off(folder: Path, gated: Searcher) -> None:
    with TestClient(create_app(settings_of(folder, searches_per_minute=0), gated)) as client:
        assert {client.get("/api/search?q=consul&limit=1").status_code for _ in range(130)} == {200}


def test_the_wait_that_is_told_is_enough() -> None:
    visits = Visits(2)
    assert [visits.wait("192.0.2.1") for _ in range(2)] == [0, 0]
    assert 58 <= visits.wait("192.0.2.1") <= 60


def ask(port: int, path: str, source: str = "127.0.0.1", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(source, 0))
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8")
    finally:
        connection.close()


def test_only_a_proxy_that_is_named_is_believed_about_clients(
    shipped: tuple[Path, Any], root: Path, tmp_path: Path
) -> None:
    limits = {"KB_SEARCHES_PER_MINUTE": "1", "KB_TRUSTED_PROXIES": '["127.0.0.4/31"]'}
    clients = ("192.0.2.1", "192.0.2.2", "192.0.2.1", "6.6.6.6, 192.0.2.2", "2001:db8::1", "2001:db8::2")
    with serving(root / "corpus", shipped[0], tmp_path / "log", **limits) as server:
        for proxy, expected in (
            ("127.0.0.5", [200, 200, 429, 429, 200, 429]),
            ("127.0.0.1", [200, 429, 429, 429, 429, 429]),
        ):
            statuses = []
            for address in clients:
                told = {"X_Forwarded_For": address, "User_Agent": "AgentCanary"}
                statuses.append(ask(server.port, "/api/search?q=QueryCanary&limit=1", proxy, **told)[0])
            assert statuses == expected, proxy
            assert ask(server.port, "/metrics", proxy, X_Forwarded_For="127.0.0.1")[0] == 404, "for somebody else"
        status, text = ask(server.port, "/metrics", User_Agent="AgentCanary")
        assert status == 200
        assert sample(samples(text), "kb_requests_total", route="/api/search", status="200") == 4
    for canary in ("QueryCanary", "AgentCanary", "192.0.2", "2001:db8", "127.0.0.", "6.6.6.6"):
        assert canary not in text
        assert canary not in server.log.replace(f"http://127.0.0.1:{server.port} ", "")


def test_mistaken_limits_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, value in (
        ("KB_TRUSTED_PROXIES", '["10.0.0.1/8"]'),
        ("KB_TRUSTED_PROXIES", "10.0.0.1"),
        ("KB_SEARCHES_PER_MINUTE", "-1"),
        ("KB_SEARCH_SECONDS", "0"),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(variable, value)
            with pytest.raises(SettingsError, match=variable):
                load_settings()


# -- how long --------------------------------------------------------------------------------------------------------


def test_a_search_that_takes_too_long_is_given_up_and_its_turn_comes_back(
    folder: Path, gated: Searcher, slow: GatedEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    settings = settings_of(folder, search_seconds=2, searches_per_minute=0)
    with TestClient(create_app(settings, gated), client=HERE) as client:
        assert client.get("/api/search?q=consul").status_code == 200
        slow.gate.clear()
        count = MAX_RUNNING + 3
        with ThreadPoolExecutor(count) as pool:
            began = time.perf_counter()
            asked = [
                pool.submit(client.get, "/search", params={"q": f"QueryCanary {n}", "ui": "de"}) for n in range(count)
            ]
            answers = [each.result() for each in asked]
            took = time.perf_counter() - began
        assert [answer.status_code for answer in answers] == [503] * count
        assert {answer.headers["retry-after"] for answer in answers} == {"5"}
        assert 2 <= took < 20
        assert all('<html lang="de"' in answer.text for answer in answers)
        during = samples(client.get("/metrics").text)
        assert sample(during, "kb_searches_running") == MAX_RUNNING, "a thread that works still has its turn"
        assert sample(during, "kb_searches_waiting") == 0, "who waited has gone"
        assert sample(during, "kb_refused_total", reason="time") == count
        assert client.get("/about").status_code == 200
        slow.gate.set()
        deadline = time.monotonic() + 10
        while sample(samples(client.get("/metrics").text), "kb_searches_running"):
            assert time.monotonic() < deadline, "a turn has leaked"
            time.sleep(0.02)
        for _ in range(2 * MAX_RUNNING):
            assert client.get("/api/search?q=consul").status_code == 200
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("http")]
    assert len(ours) > count, "the lines of the server, without those of the tests' client"
    assert "QueryCanary" not in " ".join(ours)


# -- what is counted -------------------------------------------------------------------------------------------------


def test_metrics_count_what_happened_and_hold_nothing_of_who_asked(folder: Path, gated: Searcher) -> None:
    agent = {"User-Agent": "AgentCanary", "Referer": "https://example.org/RefererCanary"}
    app = create_app(settings_of(folder), gated)
    with TestClient(app, client=("192.0.2.55", 1), headers=agent) as client:
        assert client.get("/metrics").status_code == 404, "not for others"
        for path, status in (
            ("/search?q=QueryCanary", 200),
            ("/search?q=QueryCanary&ui=kk", 200),
            ("/doc/consuls", 200),
            ("/doc/QueryCanary", 404),
            ("/QueryCanary", 404),
            ("/static/QueryCanary.css", 404),
            (f"/search?q=x&body={'QueryCanary' * 4_000}", 414),
        ):
            assert client.get(path).status_code == status
    with TestClient(app, client=HERE) as client:
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    for canary in ("Canary", "192.0.2.55", "127.0.0.1", "consuls"):
        assert canary not in answer.text
    found = samples(answer.text)
    assert sample(found, "kb_requests_total", route="/search", status="200") == 2
    assert sample(found, "kb_requests_total", route="/doc/{document_id}", status="200") == 1
    assert sample(found, "kb_requests_total", route="/doc/{document_id}", status="404") == 1
    assert sample(found, "kb_request_seconds_count", route="/search") == 2
    assert sample(found, "kb_request_seconds_bucket", route="/search", le="+Inf") == 2
    assert sample(found, "kb_refused_total", reason="length") == 1
    assert {dict(labels)["reason"] for name, labels in found if name == "kb_refused_total"} == set(REASONS)
    assert sample(found, "kb_searches_running") == sample(found, "kb_searches_waiting") == 0
    assert sample(found, "kb_ready") == 1
    assert sample(found, "kb_generation_info", generation=gated.generation) == 1
    assert 0 < sample(found, "kb_generation_age_seconds") < 600
    series = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert all(f'worker="{os.getpid()}"' in line for line in series)


def test_a_setting_opens_metrics_to_all_and_without_an_index_they_say_so(tmp_path: Path) -> None:
    settings = Settings(corpus=tmp_path, index=tmp_path / "none", metrics=True)
    with TestClient(create_app(settings), client=("192.0.2.55", 1)) as client:
        found = samples(client.get("/metrics").text)
    assert sample(found, "kb_ready") == 0
    assert not any(name.startswith("kb_generation") for name, _ in found)


# -- the end ---------------------------------------------------------------------------------------------------------


def count_over_workers(server: Server) -> None:
    """Each of two workers answers for itself, and their sum is the truth."""
    pids = {str(pid) for pid in server.workers()}
    asked = 12
    for _ in range(asked):
        assert ask(server.port, "/api/search?q=consul&limit=1")[0] == 200
    counted: dict[str, float] = {}
    deadline = time.monotonic() + 20
    while set(counted) != pids:
        text = ask(server.port, "/metrics")[1]
        workers = set(re.findall(r'worker="(\d+)"', text))
        assert len(workers) == 1
        found = samples(text)
        key = ("kb_requests_total", frozenset({("route", "/api/search"), ("status", "200")}))
        counted[workers.pop()] = found.get(key, 0)
        assert sample(found, "kb_workers") == 2
        assert time.monotonic() < deadline
    assert sum(counted.values()) == asked, "their sum is the truth"


@pytest.mark.parametrize("workers", [1, 2])
def test_searches_in_flight_end_before_the_server_does(
    shipped: tuple[Path, Any], root: Path, tmp_path: Path, workers: int
) -> None:
    count = 40
    limits = {"KB_SEARCHES_PER_MINUTE": "0"}
    with serving(root / "corpus", shipped[0], tmp_path / "log", "--workers", str(workers), **limits) as server:
        if workers > 1:
            count_over_workers(server)

        def question(n: int) -> tuple[int, int]:
            status, text = ask(server.port, f"/api/search?q=Konsul+{n}+arrest+QueryCanary&limit=50")
            return status, len(json.loads(text)["hits"])

        def in_flight(server: Server) -> float:
            found = samples(ask(server.port, "/metrics")[1])
            return sample(found, "kb_searches_running") + sample(found, "kb_searches_waiting")

        with ThreadPoolExecutor(count) as pool:
            asked = [pool.submit(question, n) for n in range(count)]
            deadline = time.monotonic() + 20
            while (most := in_flight(server)) < count // workers // 3:
                assert time.monotonic() < deadline, "the searches have ended too soon to tell"
            done = sum(each.done() for each in asked)
            server.process.send_signal(signal.SIGTERM)
            answers = [each.result() for each in asked]
        assert server.process.wait(20) == 0
        assert done < count, (most, done)
        assert {status for status, _ in answers} == {200}
        assert all(hits for _, hits in answers)
        assert "QueryCanary" not in server.log


# -- deploy/ ---------------------------------------------------------------------------------------------------------


def unit_for(folder: Path) -> Path:
    """The unit, with a program that is there."""
    text = (DEPLOY / "kb.service").read_text(encoding="utf-8")
    assert "ExecStart=/srv/kb/.venv/bin/kb serve" in text
    unit = folder / "kb.service"
    unit.write_text(text.replace("/srv/kb/.venv/bin/kb", sys.executable), encoding="utf-8")
    return unit


def test_the_unit_is_sound_and_gives_little_away(tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed")
    unit = unit_for(tmp_path)
    verified = subprocess.run([tool, "verify", unit], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    command = [tool, "security", "--offline=yes", "--threshold=20", "--no-pager", unit]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout[-300:] + judged.stderr


def test_the_units_settings_are_settings_and_its_times_fit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    text = (DEPLOY / "kb.service").read_text(encoding="utf-8")
    given = re.findall(r"(KB_\w+)=(\S+)", "\n".join(re.findall(r"^Environment=(.*)", text, re.MULTILINE)))
    assert given
    for name, value in given:
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.host, settings.root_path, settings.watch) == ("127.0.0.1", "/kb", True)
    stop = re.search(r"^TimeoutStopSec=(\d+)", text, re.MULTILINE)
    assert stop
    assert int(stop[1]) > settings.search_seconds + 2
    read = re.search(r"proxy_read_timeout (\d+)s", (DEPLOY / "nginx.conf").read_text(encoding="utf-8"))
    assert read
    assert int(read[1]) > settings.search_seconds


def directives() -> list[str]:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    return [line for raw in text.splitlines() if (line := raw.split("#")[0].strip())]


def test_nginx_keeps_nothing_and_limits_nothing_twice() -> None:
    lines = directives()
    servers = sum(line.startswith("server {") for line in lines)
    assert lines.count("access_log off;") == lines.count("error_log /dev/null crit;") == servers
    assert not [line for line in lines if line.startswith(("log_format", "limit_", "proxy_cache", "proxy_store"))]
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in lines
    assert "proxy_max_temp_file_size 0;" in lines
    assert "proxy_pass http://kb/;" in lines


@pytest.fixture
def nginx(tmp_path: Path) -> tuple[str, Path]:
    """nginx, and its configuration around ours, on free ports with a certificate of its own."""
    tool = shutil.which("nginx")
    if not tool:
        pytest.skip("nginx is not installed")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kb.example.org")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
    ).sign(key, hashes.SHA256())
    (tmp_path / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    ports = []
    for _ in range(2):
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports.append(free.getsockname()[1])
    ours = (DEPLOY / "nginx.conf").read_text(encoding="utf-8").replace("/etc/ssl/kb", str(tmp_path))
    ours = re.sub(r"listen \[::\].*\n", "", ours).replace("listen 80;", f"listen 127.0.0.1:{ports[0]};")
    ours = ours.replace("listen 443 ssl;", f"listen 127.0.0.1:{ports[1]} ssl;")
    (tmp_path / "kb.conf").write_text(ours, encoding="utf-8")
    folders = "".join(
        f"  {kind}_temp_path {tmp_path / kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"daemon off;\npid {tmp_path / 'pid'};\nerror_log {tmp_path / 'error.log'} info;\nevents {{}}\n"
        f"http {{\n{folders}  access_log {tmp_path / 'access.log'};\n  include {tmp_path / 'kb.conf'};\n}}\n",
        encoding="utf-8",
    )
    return tool, tmp_path / "nginx.conf"


def test_nginx_takes_the_configuration(nginx: tuple[str, Path]) -> None:
    done = subprocess.run([nginx[0], "-t", "-c", nginx[1]], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


# -- the API's page --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def client(root: Path, searcher: Searcher, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(corpus=root / "corpus", index=tmp_path_factory.mktemp("none"), searches_per_minute=0)
    with TestClient(create_app(settings, searcher)) as client:
        yield client


def shape(value: Any) -> Any:
    """What a value is made of: keys and kinds, of a list those of its first."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value[:1]]
    return type(value).__name__


def test_every_operation_has_an_example_that_is_what_is_answered(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    examples = json.loads((Path("web") / "templates" / "api.json").read_text(encoding="utf-8"))
    assert set(examples) == set(document["paths"]), "an example for each operation and no other"
    for path, methods in document["paths"].items():
        answer = client.get(examples[path]["address"])
        assert answer.status_code == 200, path
        for operation in methods.values():
            refusals = [each["content"] for status, each in operation["responses"].items() if status != "200"]
            assert all(set(content) == {"application/problem+json"} for content in refusals), "errors are problems"
            example = operation["responses"]["200"]["content"]["application/json"]["example"]
            assert shape(example) == shape(answer.json()), path
            required = [each for each in operation["parameters"] if each["required"]]
            assert all("example" in each for each in required), path


def test_the_example_hit_is_quoted_word_for_word(client: TestClient) -> None:
    examples = json.loads((Path("web") / "templates" / "api.json").read_text(encoding="utf-8"))
    hit = examples["/api/search"]["answer"]["hits"][0]
    answered = client.get(examples["/api/search"]["address"]).json()["hits"][0]
    assert {key: hit[key] for key in ("quote", "citation", "url")} == {
        key: answered[key] for key in ("quote", "citation", "url")
    }


@pytest.mark.parametrize("ui", ["en", "ru", "he"])
def test_the_api_page_names_every_operation_and_parameter(client: TestClient, ui: str) -> None:
    answer = client.get(f"/api/docs?ui={ui}")
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    html = answer.text
    assert f'<html lang="{ui}"' in html
    assert not re.search(r"<script(?! src=)|<style|\son\w+=|\sstyle=|(?:src|action)=\"(?:https?:)?//", html)
    assert len(re.findall(r'\bid="([^"]*)"', html)) == len(set(re.findall(r'\bid="([^"]*)"', html)))
    for path, methods in client.get("/api/openapi.json").json()["paths"].items():
        assert f"GET {path}</code>" in html
        for operation in methods.values():
            for parameter in operation["parameters"]:
                assert f"<code>{parameter['name']}</code>" in html
    for address in re.findall(r"curl (?:'|&#39;)http://testserver([^'&]*)", html):
        assert client.get(unquote(address.replace("%23", "%2523"))).status_code == 200
    assert f'href="/api/docs?ui={ui}"' in client.get(f"/about?ui={ui}").text
    assert 'href="#' in html
