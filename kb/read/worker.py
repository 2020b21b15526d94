"""The reading process: one request a line on stdin, one answer a line on what was its stdout.

Started by `ReaderPool` as `python -m kb.read.worker MEMORY_BYTES`; the first line names the passwords. A request
with "page" asks for one page to be recognised, one with "draw" for a picture of it, any other for a file to be read.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import resource
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kb.errors import UnreadableFile
from kb.read.document import read_pages
from kb.read.drawing import draw_page
from kb.read.ocr import recognise
from kb.read.pdf import render_page
from kb.read.wire import document_to_json, recognised_from_json, recognised_to_json

__all__ = ["main"]


def main(arguments: Sequence[str]) -> None:
    """Answer requests until stdin ends."""
    memory_bytes = int(arguments[0])
    # Parsers may print: what they write to stdout must not stand among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8", errors="surrogatepass", newline="\n")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    sys.setrecursionlimit(3000)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    requests = sys.stdin.buffer
    passwords = json.loads(requests.readline())
    answers.write('{"ready":true}\n')
    answers.flush()
    for line in requests:
        request = json.loads(line)
        _limit_cpu(request["cpu_seconds"])
        answers.write(_answer(request, passwords))
        answers.write("\n")
        answers.flush()


def _limit_cpu(seconds: int) -> None:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + seconds + 1, hard))


def _answer(request: dict[str, Any], passwords: Sequence[str]) -> str:
    """The document, or the reason why there is none: the edge of one file, where anything may be raised."""
    try:
        if "page" in request:
            image, scale = render_page(Path(request["path"]), request["page"], passwords)
            return recognised_to_json(recognise(image, scale, request["language"]))
        if "draw" in request:
            span = tuple(request["span"]) if request["span"] else None
            drawing = draw_page(Path(request["path"]), request["draw"], passwords, request["text"], span)
            return json.dumps({**asdict(drawing), "png": base64.b64encode(drawing.png).decode("ascii")})
        document, doubtful = read_pages(
            Path(request["path"]),
            document_id=request["id"],
            relative=request["relative"],
            passwords=passwords,
            recognised={number: recognised_from_json(page) for number, page in request["recognised"]},
        )
        if isinstance(document, UnreadableFile):
            return _refusal(document.reason, str(document), doubtful)
        return f'{{"doubtful":{json.dumps(doubtful)},"document":{document_to_json(document)}}}'
    except UnreadableFile as error:
        return _refusal(error.reason, str(error))
    except MemoryError:
        return _refusal("too-large", "needs more memory than a file may take")
    except RecursionError:
        return _refusal("damaged", "is nested too deeply")
    except Exception as error:
        return _refusal("damaged", f"cannot be read ({type(error).__name__}: {error})")


def _refusal(reason: str, detail: str, doubtful: Sequence[int] = ()) -> str:
    detail = " ".join(detail.encode("utf-8", "replace").decode("utf-8").split())[:300]
    return json.dumps({"reason": reason, "detail": detail, "doubtful": doubtful}, ensure_ascii=False)


if __name__ == "__main__":
    main(sys.argv[1:])
