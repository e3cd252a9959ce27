"""Fetch a public corpus: ``python -m eigennamen.corpora.download germeval2014``.

Every file is checked against its SHA-256 where one is known, written to a temporary name and renamed; a file that is
already there is left alone. The license is printed: it is for the user to keep to.
"""

import argparse
import hashlib
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

TIMEOUT_SECONDS = 30


class DownloadError(RuntimeError):
    """A file that could not be fetched or is not what it should be; says what to do by hand."""


@dataclass(frozen=True)
class PublicFile:
    """A file, where it comes from, and its SHA-256; None where nobody has vouched for one yet."""

    name: str
    url: str
    sha256: str | None


@dataclass(frozen=True)
class PublicCorpus:
    """The files of a corpus, the folder that its reader expects them in, and whose terms they are under."""

    folder: str
    homepage: str
    license: str
    files: tuple[PublicFile, ...]


_DRIVE = "https://drive.google.com/uc?export=download&id="
_WIKINEURAL = "https://raw.githubusercontent.com/Babelscape/wikineural"
PUBLIC_CORPORA: Mapping[str, PublicCorpus] = {
    "germeval2014": PublicCorpus(
        folder="germeval2014",
        homepage="https://sites.google.com/site/germeval2014ner/data",
        license="CC BY 4.0; cite Benikova, Biemann and Reznicek, LREC 2014",
        files=(  # the version of 28 April 2022; earlier ones differ in a few characters
            PublicFile("NER-de-train.tsv", f"{_DRIVE}1Jjhbal535VVz2ap4v4r_rN1UEHTdLK5P", None),
            PublicFile(
                "NER-de-dev.tsv",
                f"{_DRIVE}1ZfRcQThdtAR5PPRjIDtrVP7BtXSCUBbm",
                "2ffe8405acc6bb6111b62a88623aa1e1f2e6db16b77fc005c54163541807aa05",
            ),
            PublicFile(
                "NER-de-test.tsv",
                f"{_DRIVE}1u9mb7kNJHWQCWyweMDRMuTFoOHOfeBTH",
                "a883f73c603d4b79bf3b36eab057cfa76895efb5565badeed10a748d4a082be7",
            ),
        ),
    ),
    "wikineural_de": PublicCorpus(
        folder="wikineural-de",
        homepage="https://github.com/Babelscape/wikineural",
        license="CC BY-NC-SA 4.0; cite Tedeschi et al., Findings of EMNLP 2021",
        files=(
            PublicFile(
                "val.conllu",
                f"{_WIKINEURAL}/60dcc65951581fc572401cf19bd1a3fb95b05d40/data/wikineural/de/val.conllu",
                "061e57750c6a93d95f43bb85d9010cfdcb64c1e1c7dcac76ee7a9bddf0dfc3ab",
            ),
        ),
    ),
}


def download(corpus: PublicCorpus, *, to: Path) -> list[str]:
    """Fetch what is missing; returns a line on each file. Raises one DownloadError for all that failed."""
    folder = to / corpus.folder
    folder.mkdir(parents=True, exist_ok=True)
    lines, failures = [], []
    for file in corpus.files:
        target = folder / file.name
        try:
            lines.append(_kept(file, target) if target.exists() else _fetch(file, target))
        except (OSError, ValueError, HTTPException) as error:
            failures.append(f"{target}: {error}")
    if failures:
        wanted = ", ".join(file.name for file in corpus.files)
        raise DownloadError(
            "\n".join([*lines, *failures])
            + f"\nFetch them by hand from {corpus.homepage} and put {wanted} into {folder} (license: {corpus.license})."
        )
    return lines


def _kept(file: PublicFile, target: Path) -> str:
    found = hashlib.sha256(target.read_bytes()).hexdigest()
    return f"{target}: already there, " + _verdict(file, found)


def _fetch(file: PublicFile, target: Path) -> str:
    """Write one file; raises OSError where it cannot be reached, ValueError where it is another file."""
    try:
        with urllib.request.urlopen(file.url, timeout=TIMEOUT_SECONDS) as response:
            data: bytes = response.read()
    except urllib.error.URLError as error:
        raise OSError(f"{file.url} cannot be reached ({error.reason})") from error
    if data.lstrip()[:1] == b"<":  # a page that asks for a login or a click
        raise ValueError(f"{file.url} gave a web page, not the file")
    found = hashlib.sha256(data).hexdigest()
    if file.sha256 is not None and found != file.sha256:
        raise ValueError(f"{file.url} has SHA-256 {found}, expected {file.sha256}; it is another version or damaged")
    temporary = target.with_name(f"{target.name}.{os.getpid()}.part")
    temporary.write_bytes(data)
    temporary.replace(target)
    return f"{target}: {len(data):,} bytes, " + _verdict(file, found)


def _verdict(file: PublicFile, found: str) -> str:
    if file.sha256 is None:
        return f"SHA-256 {found}, NOT verified: none is known"
    return "SHA-256 verified" if found == file.sha256 else f"ANOTHER VERSION: SHA-256 {found}, expected {file.sha256}"


def main(arguments: list[str] | None = None) -> int:
    """Fetch the corpus named on the command line; the exit code is 1 where that failed."""
    parser = argparse.ArgumentParser(prog="python -m eigennamen.corpora.download", description="Fetch a public corpus.")
    parser.add_argument("corpus", choices=sorted(PUBLIC_CORPORA))
    parser.add_argument(
        "--to",
        type=Path,
        default=Path(os.environ.get("EIGENNAMEN_DATA") or "data"),
        help="folder above the corpus's own (default: EIGENNAMEN_DATA, where runs look, or data)",
    )
    options = parser.parse_args(arguments)
    corpus = PUBLIC_CORPORA[options.corpus]
    try:
        lines = download(corpus, to=options.to)
    except (DownloadError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print("\n".join([*lines, f"license: {corpus.license}", f"homepage: {corpus.homepage}"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
