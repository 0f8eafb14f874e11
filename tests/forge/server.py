"""A GitHub that remembers: the REST API for one pull request, held to GitHub's own description."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from forge.filling import complete, model, problems, rule_model
from forge.reading import READS
from forge.settings import SETTINGS
from forge.state import Identity, State, load
from forge.writing import WRITES

DOCUMENTATION = "https://docs.github.com/rest"


class Refusal(Exception):
    """An answer other than success."""

    def __init__(
        self, status: int, message: str, *, errors: list[Any] | None = None, **headers: str
    ) -> None:
        super().__init__(message)
        self.status = status
        self.errors = errors
        self.headers = {key.replace("_", "-"): value for key, value in headers.items()}


@dataclass(frozen=True)
class Call:
    """One request that arrived, and its answer's status."""

    method: str
    path: str
    query: dict[str, str]
    status: int


@dataclass
class Fault:
    """Something that goes wrong on a route."""

    method: str
    pattern: str
    status: int
    times: int = 1
    message: str = "Server Error"
    headers: dict[str, str] = field(default_factory=dict)
    happens: bool = False
    """The request takes effect all the same (created, but 502)."""
    delay: float = 0
    """Seconds before anything is answered."""
    page: str = ""
    """What is sent instead of JSON, as a proxy would."""


class Server:
    """The running server: `url`, `state`, `calls`, and what broke GitHub's description."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.faults: list[Fault] = []
        self.seen: dict[str, str] = {}
        """Headers of the latest request, without its token."""
        self.lie = ""
        """Root of the links to further pages, where it is not our own."""
        self.group: dict[str, Any] = {}
        """What a merge group holds: base, head, commits, files."""
        self.lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def fail(self, method: str, pattern: str, status: int, **more: Any) -> None:
        """Let the next requests of a route go wrong."""
        self.faults.append(Fault(method, pattern, status, **more))

    def count(self, method: str, pattern: str = "") -> int:
        """How many requests arrived on a route."""
        return sum(c.method == method and bool(re.search(pattern, c.path)) for c in self.calls)

    def answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers and document for a request."""
        self.seen = {key: value for key, value in headers.items() if key != "authorization"}
        parts = urlsplit(target)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query))
        with self.lock:
            try:
                status, out, document = self._dispatch(method, path, query, headers, body)
            except Refusal as refusal:
                status, out = refusal.status, refusal.headers
                document = {
                    "message": str(refusal),
                    "documentation_url": DOCUMENTATION,
                    "status": str(status),
                }
                if refusal.errors is not None:
                    document["errors"] = refusal.errors
            self.calls.append(Call(method, path, query, status))
        return status, out, document

    def _dispatch(
        self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], Any]:
        identity = self._identify(headers)
        fault = self._fault(method, path)
        if fault is not None and fault.delay:
            time.sleep(fault.delay)
        if fault is not None and fault.page:
            return fault.status, {}, fault.page.encode()
        if fault is not None and not fault.happens:
            raise Refusal(fault.status, fault.message, **fault.headers)
        for verb, pattern, function, answer_model in (*READS, *WRITES, *SETTINGS):
            match = re.fullmatch(pattern, path)
            if match is None or verb != method:
                continue
            found = match.groupdict()
            request = Request(self, identity, found, query, headers, body, self._own(found))
            document = function(request)
            result = self._finish(request, document, answer_model, path)
            if fault is not None:
                raise Refusal(fault.status, fault.message, **fault.headers)
            return result
        raise Refusal(404, "Not Found")

    def _finish(
        self, request: Request, document: Any, answer_model: str, path: str
    ) -> tuple[int, dict[str, str], Any]:
        out: dict[str, str] = {}
        if isinstance(document, list):
            document, out = self._page(document, request, path)
        entries = document if isinstance(document, list) else [document]
        kinds = [
            rule_model(entry["type"]) if answer_model == "rule" else model(answer_model)
            for entry in entries
        ]
        made = [complete(kind, entry, self.url) for kind, entry in zip(kinds, entries, strict=True)]
        wrong = "".join(problems(kind, one) for kind, one in zip(kinds, made, strict=True))
        whole: Any = made if isinstance(document, list) else made[0]
        if wrong:
            self.violations.append(f"answer of {path}: {wrong}")
            raise Refusal(500, "the test server broke GitHub's description")
        return (
            201 if path.startswith(f"/repos/{self.state.repository}/statuses/") else 200,
            out,
            whole,
        )

    def _page(
        self, entries: list[Any], request: Request, path: str
    ) -> tuple[list[Any], dict[str, str]]:
        size = max(1, min(int(request.query.get("per_page", 30)), 100))
        page = max(1, int(request.query.get("page", 1)))
        links = []
        pages = (len(entries) + size - 1) // size
        for name, number in (("prev", page - 1), ("next", page + 1), ("last", pages)):
            if 1 <= number <= pages and number != page:
                more = urlencode({**request.query, "per_page": size, "page": number})
                links.append(f'<{self.lie or self.url}{path}?{more}>; rel="{name}"')
        return entries[(page - 1) * size : page * size], {"Link": ", ".join(links)} if links else {}

    def _identify(self, headers: dict[str, str]) -> Identity:
        if headers.get("x-github-api-version") not in (None, "2022-11-28", "2026-03-10"):
            raise Refusal(400, "Unsupported API version")
        if not headers.get("user-agent"):
            raise Refusal(403, "Missing or invalid User Agent string.")
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() not in ("token", "bearer") or token not in self.state.tokens:
            raise Refusal(401, "Bad credentials")
        return self.state.tokens[token]

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.method == method and fault.times and re.search(fault.pattern, path):
                fault.times -= 1
                return fault
        return None

    def _own(self, found: dict[str, str]) -> State:
        """The pull request that a path is about; the first one where it says nothing of any."""
        main = self.state
        if "repo" in found and found["repo"].lower() != main.repository.lower():
            raise Refusal(404, "Not Found")
        if "number" in found:
            for state in main.all():
                if state.pull["number"] == int(found["number"]):
                    return state
            raise Refusal(404, "Not Found")
        shas = [found[key] for key in ("sha", "head") if key in found]
        knowing = (state for state in main.all() if all(state.knows(sha) for sha in shas))
        return next(knowing, main) if shas else main


@dataclass
class Request:
    """What a route is handed."""

    server: Server
    identity: Identity
    found: dict[str, str]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    subject: State

    @property
    def state(self) -> State:
        """The pull request, or the repository with all of them where the path names none."""
        return self.subject

    @property
    def repository(self) -> State:
        """The first pull request, which holds what belongs to the repository."""
        return self.server.state

    def refuse(self, status: int, message: str, **more: Any) -> Refusal:
        """An answer other than success."""
        return Refusal(status, message, **more)

    def need_write(self, permission: str) -> None:
        """Refuse a token that may not write."""
        if not self.identity.write or not self.identity.may(permission):
            raise Refusal(
                403,
                "Resource not accessible by integration",
                X_Accepted_GitHub_Permissions=f"{permission}=write",
            )

    def need_read(self, permission: str) -> None:
        """Refuse a token that may not read."""
        if not self.identity.may(permission):
            raise Refusal(
                403,
                "Resource not accessible by integration",
                X_Accepted_GitHub_Permissions=f"{permission}=read",
            )

    def document(self, name: str) -> dict[str, Any]:
        """The request's JSON, held to the description; a key it does not name is refused."""
        from forge.filling import unknown_keys

        try:
            given = json.loads(self.body)
        except ValueError:
            raise Refusal(400, "Problems parsing JSON") from None
        wrong = problems(model(name), given)
        extra = unknown_keys(model(name), given) if not wrong else []
        if wrong or extra:
            self.server.violations.append(f"request {name}: {wrong or extra}")
            raise Refusal(422, f"Invalid request: {wrong[:200] or extra}")
        return given


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # NOTE: without it every answer waits 40 ms for a delayed ACK

        def log_message(self, format: str, *args: Any) -> None:
            """Keep stderr clean."""

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, out, document = server.answer(
                self.command, self.path, headers, self.rfile.read(length)
            )
            payload = document if isinstance(document, bytes) else json.dumps(document).encode()
            tag = f'"{hash(payload) & 0xFFFFFFFF:x}"'
            if self.command == "GET" and headers.get("if-none-match") == tag:
                status, payload = 304, b""
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(payload)))
            self.send_header("X-GitHub-Api-Version-Selected", "2022-11-28")
            self.send_header("ETag", tag)
            for name, value in out.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)
            self.wfile.flush()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    return Handler


Route = tuple[str, str, Callable[[Request], Any], str]
"""Method, path pattern, what it does, and the model of its answer."""


@contextmanager
def serve(folder: Path | str | State) -> Iterator[Server]:
    """Serve the pull request of a scenario folder, and hold every answer to the description."""
    server = Server(folder if isinstance(folder, State) else load(Path(folder)))
    try:
        yield server
    finally:
        server.close()
