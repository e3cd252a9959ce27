"""Text for pretraining: the lines of files, streamed, without those that hold a test sentence."""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from glob import glob
from pathlib import Path
from typing import Any

from tqdm import tqdm

from eigennamen.corpora.lines import format_suffix, stream_lines
from eigennamen.corpora.plain_text import WORD_SUFFIXES, read_unlabeled
from eigennamen.files import file_fingerprint
from eigennamen.pretraining.exclusion import Exclusion

log = logging.getLogger(__name__)


class Text:
    """Lines of files that are not blank; iterating reads them anew each time.

    Files with one word a line (``.conll``, ``.conllu``, ``.tsv``, ``.words``) give a line for each sentence, the words
    with a space between.
    """

    def __init__(
        self,
        files: Sequence[Path],
        *,
        name: str,
        exclusion: Exclusion,
        encoding: str = "utf-8",
        license: str | None = None,
    ) -> None:
        self.files = tuple(files)
        self.name = name
        self.license = license
        self.exclusion = exclusion
        self.encoding = encoding

    @cached_property
    def fingerprint(self) -> str:
        """Changes with the content of the files and with what is excluded, not with where the files are."""
        content = sorted(self._content)
        return hashlib.sha256(repr((content, self.encoding, self.exclusion.fingerprint)).encode()).hexdigest()

    @cached_property
    def ordered_fingerprint(self) -> str:
        """Changes with the order and the names of the files too, which decide what is in which part of the text."""
        files = [(path.name, digest) for path, digest in zip(self.files, self._content, strict=True)]
        return hashlib.sha256(repr((files, self.fingerprint)).encode()).hexdigest()

    @cached_property
    def file_fingerprints(self) -> dict[str, str]:
        """SHA-256 by file name; by path where two files have the same name."""
        names = Counter(path.name for path in self.files)
        return {
            path.name if names[path.name] == 1 else str(path): digest
            for path, digest in zip(self.files, self._content, strict=True)
        }

    @cached_property
    def _content(self) -> list[str]:
        return [file_fingerprint(path) for path in self.files]

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._all_lines()):
            if number not in self._excluded:
                yield line

    @cached_property
    def statistics(self) -> dict[str, Any]:
        """Lines and words (split at white space) that are left, and the lines excluded by corpus."""
        _ = self._excluded
        return self._statistics

    @cached_property
    def _excluded(self) -> frozenset[int]:
        """The numbers of the lines that hold a test sentence."""
        excluded: dict[int, str] = {}
        n_words = n_lines = 0
        for number, line in enumerate(progress(self._all_lines(), f"looking for test sentences in {self.name}")):
            if corpus := self.exclusion.found_in(line):
                excluded[number] = corpus
            else:
                n_lines += 1
                n_words += len(line.split())
        by_corpus = Counter(excluded.values())
        by_corpus.update(dict.fromkeys(self.exclusion.corpora, 0))
        self._statistics = {"lines": n_lines, "words": n_words, "excluded_lines": dict(by_corpus)}
        if not n_lines:
            raise ValueError(f"{self.name}: every line holds a test sentence of {', '.join(self.exclusion.corpora)}")
        log.info("%s: %d lines, %d words; excluded lines: %s", self.name, n_lines, n_words, dict(by_corpus))
        return frozenset(excluded)

    def _all_lines(self) -> Iterator[str]:
        for path in self.files:
            if format_suffix(path) in WORD_SUFFIXES:
                yield from (" ".join(sentence.words) for sentence in read_unlabeled(str(path)))
            else:
                lines = stream_lines(path, encoding=self.encoding, missing="set corpus.unlabeled")
                yield from (line.strip() for line in lines if line.strip())


def load_text(
    *,
    unlabeled: str | Sequence[str] | None,
    exclusion: Exclusion,
    name: str = "text",
    encoding: str = "utf-8",
    license: str | None = None,
) -> Text:
    """Text from one or more files or patterns (``text/*.txt.xz``); each file counts once.

    Raises:
        FileNotFoundError: a pattern matches nothing.
        ValueError: nothing is asked for, or a file cannot be plain text.
    """
    patterns = [unlabeled] if isinstance(unlabeled, str) else list(unlabeled or ())
    if not patterns:
        raise ValueError("corpus.unlabeled is not set; expected text files or a pattern: corpus.unlabeled='text/*.txt'")
    files: list[Path] = []
    for pattern in patterns:
        whole = Path(pattern).expanduser()
        paths = [whole] if whole.is_file() else map(Path, sorted(glob(str(whole), recursive=True)))  # noqa: PTH207
        found = [path for path in paths if path.is_file()]
        if not found:
            raise FileNotFoundError(
                f"{pattern}: no such file (seen from {Path.cwd()}); set corpus.unlabeled to text files, one sentence "
                "or paragraph a line, plain or compressed (.xz, .gz, .bz2)"
            )
        files += found
    files = list(dict.fromkeys(files))
    for path in files:
        if format_suffix(path) in (".jsonl", ".json", ".parquet"):
            raise ValueError(
                f"{path}: {format_suffix(path)} is no plain text; expected one sentence or paragraph a line"
            )
    return Text(files, name=name, exclusion=exclusion, encoding=encoding, license=license)


def progress(items: Iterable[str], description: str) -> Iterable[str]:
    """A progress bar over lines, on a terminal only."""
    bar: Iterable[str] = tqdm(items, desc=description, unit=" lines", unit_scale=True, disable=None, leave=False)
    return bar
