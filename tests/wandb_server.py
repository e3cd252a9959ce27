"""A local stand-in for a W&B server: it takes what ``wandb sync`` uploads and answers what the public Api asks.

It knows the few requests that the installed client sends for that, and is no proof of what a real server does.
"""

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

ENTITY = "team"
_NAME = re.compile(r"\b(?:query|mutation)\s+(\w+)")


class Server(ThreadingHTTPServer):
    """``runs`` by id: a GraphQL node with ``project`` and ``files`` (name to content); ``asked`` has all queries."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.runs: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # the client breaks connections off as it ends

    def answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        name = _NAME.search(query)[1]  # type: ignore[index]
        self.asked.append((name, variables))
        known = {
            "RunResumeStatus": lambda: {"model": None},
            "UpsertBucket": lambda: self._upsert(variables),
            "CreateRunFiles": lambda: self._places(variables),
            "Runs": lambda: self._page(variables),
            "RunFiles": lambda: self._files(variables),
        }
        if "viewer" in query:
            viewer = {"id": "v", "entity": ENTITY, "username": ENTITY, "admin": False, "flags": "{}", "email": ""}
            return {"data": {"viewer": viewer | {"teams": {"edges": []}, "apiKeys": {"edges": []}, "name": ENTITY}}}
        return {"data": known[name]()} if name in known else {"errors": [{"message": f"{name}: not here"}]}

    def _upsert(self, variables: dict[str, Any]) -> dict[str, Any]:
        run = self.runs.setdefault(variables["name"], {"project": variables["project"], "config": "{}", "files": {}})
        run["config"] = json.dumps({**json.loads(run["config"]), **json.loads(variables.get("config") or "{}")})
        project = {"id": "p", "name": run["project"], "entity": {"id": "e", "name": ENTITY}}
        bucket = self.node(variables["name"]) | {"project": project}
        return {"upsertBucket": {"bucket": bucket, "inserted": True}}

    def node(self, run_id: str) -> dict[str, Any]:
        nothing = dict.fromkeys(("description", "sweepName", "group", "jobType", "commit", "notes", "heartbeatAt"))
        known = {
            "id": run_id,
            "name": run_id,
            "displayName": run_id,
            "tags": [],
            "state": "finished",
            "readOnly": False,
        }
        numbers = {"historyLineCount": 0, "createdAt": "2026-01-01T00:00:00Z", "projectId": 1, "user": {}}
        metrics = {"summaryMetrics": "{}", "systemMetrics": "{}", "historyKeys": None}
        return {**nothing, **known, **numbers, **metrics, "config": self.runs[run_id]["config"]}

    def config(self, run_id: str) -> dict[str, Any]:
        """What the client logged, each value in an object of its own."""
        return {key: value for key, value in json.loads(self.runs[run_id]["config"]).items() if key != "_wandb"}

    def _places(self, variables: dict[str, Any]) -> dict[str, Any]:
        place = f"{self.url}/storage/{variables['run']}"
        files = [{"name": name, "uploadUrl": f"{place}/{name}"} for name in variables["files"]]
        return {"createRunFiles": {"runID": variables["run"], "uploadHeaders": [], "files": files}}

    def _page(self, variables: dict[str, Any]) -> dict[str, Any]:
        [(key, value)] = json.loads(variables["filters"]).items()
        key = key.removeprefix("config.")
        matching = [
            run_id
            for run_id, run in self.runs.items()
            if run["project"] == variables["project"] and json.loads(run["config"]).get(key, {}).get("value") == value
        ]
        if not any(run["project"] == variables["project"] for run in self.runs.values()):
            return {"project": None}
        start = int(variables.get("cursor") or 0)
        end = start + variables["perPage"]
        edges = [{"node": self.node(run_id), "cursor": str(end)} for run_id in matching[start:end]]
        info = {"endCursor": str(end), "hasNextPage": end < len(matching)}
        runs = {"edges": edges, "pageInfo": info}
        return {"project": {"internalId": "1", "runCount": len(matching), "readOnly": False, "runs": runs}}

    def _files(self, variables: dict[str, Any]) -> dict[str, Any]:
        place, files = f"{self.url}/storage/{variables['name']}", self.runs[variables["name"]]["files"]
        nodes = [
            {"id": name, "name": name, "url": f"{place}/{name}", "directUrl": f"{place}/{name}"}
            | {"sizeBytes": len(content), "mimetype": None, "updatedAt": None, "md5": None}
            for name, content in files.items()
        ]
        page = {"edges": [{"node": node, "cursor": "end"} for node in nodes]}
        info = {"endCursor": "end", "hasNextPage": False}
        return {"project": {"internalId": "1", "run": {"fileCount": len(nodes), "files": page | {"pageInfo": info}}}}


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self._body()
        if self.path != "/graphql":  # metrics and logs of the client, the stream of history
            return self._send(b"{}")
        asked = json.loads(body)
        return self._send(json.dumps(self.server.answer(asked["query"], asked.get("variables") or {})).encode())

    def do_PUT(self) -> None:
        _, _, run_id, name = self.path.split("/", 3)
        self.server.runs[run_id]["files"][name] = self._body()
        self._send(b"")

    def do_GET(self) -> None:
        parts = self.path.split("/", 3)
        self._send(self.server.runs[parts[2]]["files"][parts[3]] if parts[1] == "storage" else b"{}")

    def _body(self) -> bytes:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _send(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def wandb_server() -> Iterator[Server]:
    """A running stand-in."""
    with Server() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
