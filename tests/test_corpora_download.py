import hashlib
import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from eigennamen.corpora import download as module
from eigennamen.corpora.download import PUBLIC_CORPORA, DownloadError, PublicCorpus, PublicFile, download, main

CONTENT = b"1\tBonn\tB-LOC\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keep the test's output free of requests."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A server on this machine that offers one corpus file and one web page."""
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / "a.tsv").write_bytes(CONTENT)
    (folder / "login.tsv").write_text("<!doctype html>sign in")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _corpus(*files: PublicFile) -> PublicCorpus:
    return PublicCorpus(folder="probe", homepage="https://example.org", license="CC0", files=files)


def test_fetches_verifies_and_leaves_nothing_else_behind(address: str, tmp_path: Path) -> None:
    corpus = _corpus(PublicFile("a.tsv", f"{address}/a.tsv", SHA256))
    assert "SHA-256 verified" in download(corpus, to=tmp_path)[0]
    assert [path.name for path in (tmp_path / "probe").iterdir()] == ["a.tsv"]
    assert (tmp_path / "probe/a.tsv").read_bytes() == CONTENT


def test_an_unknown_checksum_is_printed_and_called_unverified(address: str, tmp_path: Path) -> None:
    lines = download(_corpus(PublicFile("a.tsv", f"{address}/a.tsv", None)), to=tmp_path)
    assert f"SHA-256 {SHA256}, NOT verified" in lines[0]


def test_what_is_there_is_kept_and_checked(tmp_path: Path) -> None:
    corpus = _corpus(PublicFile("a.tsv", "http://127.0.0.1:1/unreachable", SHA256))
    (tmp_path / "probe").mkdir()
    (tmp_path / "probe/a.tsv").write_bytes(CONTENT)
    assert download(corpus, to=tmp_path) == [f"{tmp_path}/probe/a.tsv: already there, SHA-256 verified"]
    (tmp_path / "probe/a.tsv").write_bytes(b"mine")
    assert "ANOTHER VERSION" in download(corpus, to=tmp_path)[0]
    assert (tmp_path / "probe/a.tsv").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("a.tsv", f"has SHA-256 {SHA256}, expected 0000; it is another version or damaged"),
        ("login.tsv", "gave a web page, not the file"),
        ("nothing.tsv", r"cannot be reached \(File not found\)"),
    ],
)
def test_a_wrong_file_is_not_written(address: str, tmp_path: Path, file: str, message: str) -> None:
    good = PublicFile("good.tsv", f"{address}/a.tsv", SHA256)
    with pytest.raises(DownloadError, match=rf"(?s){message}.*by hand from https://example.org.*license: CC0"):
        download(_corpus(PublicFile("bad.tsv", f"{address}/{file}", "0000"), good), to=tmp_path)
    assert [path.name for path in (tmp_path / "probe").iterdir()] == ["good.tsv"]


def test_the_command_prints_the_license_and_fails_with_one_message(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    corpora = {
        "good": _corpus(PublicFile("a.tsv", f"{address}/a.tsv", SHA256)),
        "bad": _corpus(PublicFile("b.tsv", "http://127.0.0.1:1/b.tsv", None)),
    }
    monkeypatch.setattr(module, "PUBLIC_CORPORA", corpora)
    assert main(["good", "--to", str(tmp_path)]) == 0
    assert "license: CC0" in capsys.readouterr().out
    assert main(["bad", "--to", str(tmp_path)]) == 1
    assert "http://127.0.0.1:1/b.tsv cannot be reached" in capsys.readouterr().err
    monkeypatch.setenv("EIGENNAMEN_DATA", str(tmp_path / "corpora"))  # where runs look
    assert main(["good"]) == 0
    assert (tmp_path / "corpora" / "probe" / "a.tsv").exists()


def test_every_public_file_has_an_address_and_a_possible_checksum() -> None:
    for corpus in PUBLIC_CORPORA.values():
        for file in corpus.files:
            assert file.url.startswith("https://")
            assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)


@pytest.mark.data
def test_checksums_are_those_of_the_files_we_use(data_dir: Path) -> None:
    germeval = {file.name: file.sha256 for file in PUBLIC_CORPORA["germeval2014"].files}
    for name in ("NER-de-dev.tsv", "NER-de-test.tsv"):
        assert hashlib.sha256((data_dir / "germeval2014" / name).read_bytes()).hexdigest() == germeval[name]
    parts = [(data_dir / "wikineural-de" / f"{split}.conllu").read_bytes() for split in ("train", "dev", "test")]
    joined = b"".join(part + b"\n" for part in parts)
    assert hashlib.sha256(joined).hexdigest() == PUBLIC_CORPORA["wikineural_de"].files[0].sha256
