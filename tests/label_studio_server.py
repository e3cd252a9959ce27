"""A real Label Studio on loopback, for tests: started, spoken to as its own pages do, stopped."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

USER, PASSWORD = "annotator@example.org", "only-on-loopback-1"
START_SECONDS = 900


class Client:
    """A session of one user; calls return decoded JSON."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.cookies = CookieJar()
        handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        self.opener = urllib.request.build_opener(*handlers)

    def sign_in(self) -> None:
        self._open("/user/login/", None, {})
        form = {"email": USER, "password": PASSWORD, "csrfmiddlewaretoken": self._token()}
        self._open("/user/login/", urllib.parse.urlencode(form).encode(), {})

    def call(self, path: str, body: Any = None, *, method: str | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "X-CSRFToken": self._token()}
        return json.loads(self._open(path, data, headers, method=method))

    def _token(self) -> str:
        return next((str(cookie.value) for cookie in self.cookies if cookie.name == "csrftoken"), "")

    def _open(self, path: str, data: bytes | None, headers: dict[str, str], *, method: str | None = None) -> bytes:
        request = urllib.request.Request(self.url + path, data, {**headers, "Referer": self.url}, method=method)
        with self.opener.open(request, timeout=300) as answer:
            found: bytes = answer.read()
            return found


@contextmanager
def label_studio(executable: str, folder: Path) -> Iterator[Client]:
    """A signed-in client of a server that keeps its data in ``folder``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [executable, "start", "--no-browser", "--port", str(port), "--internal-host", "127.0.0.1"]
    quiet = {"COLLECT_ANALYTICS": "false", "LATEST_VERSION_CHECK": "false", "SENTRY_DSN": ""}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "--username", USER, "--password", PASSWORD],
            env={**os.environ, **quiet, "LABEL_STUDIO_BASE_DATA_DIR": str(folder)},
            stdout=log,
            stderr=log,
        )
        try:
            client = Client(f"http://127.0.0.1:{port}")
            _wait(client, server, folder / "server.log")
            client.sign_in()
            yield client
        finally:
            server.terminate()
            server.wait(timeout=60)


def _wait(client: Client, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"Label Studio stopped: {log.read_text(errors='replace')[-2000:]}")
        try:
            client._open("/health", None, {})
        except (urllib.error.URLError, OSError):
            time.sleep(1)
        else:
            return
    raise RuntimeError(f"Label Studio did not start within {START_SECONDS} s")
