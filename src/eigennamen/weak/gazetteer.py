"""Gazetteers: labeling functions that look names up in lists."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from eigennamen.text import words_with_offsets
from eigennamen.types import Sentence
from eigennamen.weak.labeling_function import LabelingFunction, Vote, hash_of, labels_of, vote

Name = tuple[str, ...]
Node = dict[str, "Node"]
Context = Callable[[tuple[str, ...], int, int], bool]

_END = ""
_BUILTIN = "builtin:"
_LISTS = resources.files("eigennamen.weak") / "lists"
_TRANSLITERATION = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True)
class NameList:
    """Names of one or more words, for exact lookup.

    ``root`` leads from a name's first word to what can follow; the empty string there says that the name may end. Most
    words of a text are not in ``root``, and that one failed lookup is all they cost.
    """

    names: frozenset[Name]
    root: Node

    @classmethod
    def from_names(cls, names: Iterable[Name]) -> "NameList":
        unique = frozenset(names)
        root: Node = {}
        for name in unique:
            node = root
            for word in name:
                node = node.setdefault(word, {})
            node[_END] = {}
        return cls(unique, root)

    def __contains__(self, word: str) -> bool:
        """Whether one word is a name by itself."""
        return (word,) in self.names

    def find(self, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
        """Start and end (half-open) of each name: left to right, the longest at each place, none overlapping."""
        free = 0
        for start, node in enumerate(map(self.root.get, words)):
            if node is not None and start >= free and (end := _longest_end(node, words, start + 1)):
                free = end
                yield start, end

    @property
    def fingerprint(self) -> str:
        """Hash of the names."""
        return hashlib.sha256(repr(sorted(self.names)).encode("utf-8", "surrogatepass")).hexdigest()


def _longest_end(node: Node, words: tuple[str, ...], end: int) -> int:
    """Where the longest name ends whose words before ``end`` lead to ``node``; 0 if none ends."""
    longest = 0
    following: Node | None = node
    while following is not None:
        if _END in following:
            longest = end
        following = following.get(words[end]) if end < len(words) else None
        end += 1
    return longest


def gazetteer(
    *,
    name: str,
    label: str | None,
    path: str | None = None,
    entries: Sequence[str] | None = None,
    separator: str | None = None,
    min_length: int = 1,
    stop: Sequence[str] = (),
    without: Sequence[str] = (),
    inflected: bool = True,
    compounds: bool = False,
    inhabitants: bool = False,
    case: Literal["exact", "lower"] = "exact",
    accept: Context | None = None,
) -> LabelingFunction:
    """Give ``label`` to every name from a file or from ``entries``, the longest at each place; None votes against it.

    Args:
        name: of the labeling function: its key in the configuration, which errors name.
        path: a file in UTF-8 with one name a line (``#`` begins a comment line), or ``builtin:NAME`` for a list of this
            package.
        separator: where given, a name is what stands before it in its line (``;``, a tab).
        min_length: shortest name, in characters.
        stop: words and names that never match.
        without: further lists (paths like ``path``) whose names never match: what is ambiguous belongs to one list.
        inflected: also match the genitive (``Berlins``) and the weak adjective (``Deutschen Bank``).
        compounds: also match words with a hyphen whose first part is a name (``Köln-Deutz``). ``accept`` should reject
            those that end in a noun (``Köln-Besuch``), as ``eigennamen.weak.german.contexts.is_lone_name`` does.
        inhabitants: match the German words for people and things from there (``Berliner``, ``Bremerin``) instead of the
            names: in most corpora no entities, so a case for ``label=None``.
        case: ``exact`` compares as written. ``lower`` ignores case and umlauts (``koeln``) and speaks only about
            sentences without any capital letter, such as search queries.
        accept: called with a sentence's words and the start and end of a match; False rejects it.

    Raises:
        ValueError: the file is missing or unreadable, or no name is left.
    """
    key = f"labeling_functions.{name}"
    if (path is None) == (entries is None):
        raise ValueError(f"{key}: got path={path!r} and entries={entries!r}; expected exactly one of them")
    raw = list(entries or ()) if path is None else read_names(path, separator=separator, key=f"{key}.path")
    ambiguous = [entry for other in without for entry in read_names(other, key=f"{key}.without")]
    names = {_cut(entry) for entry in raw if len(entry) >= min_length}
    if inhabitants:
        names = {(form,) for name_ in names if len(name_) == 1 for form in _inhabitants(name_[0])}
    names = _selected(names, stopped={_cut(entry) for entry in (*stop, *ambiguous)}, inflected=inflected)
    if not names:
        raise ValueError(f"{key}: min_length, stop and without leave none of {len(raw)} names; relax them")
    listed = NameList.from_names(_lowered(names) if case == "lower" else names)

    def look_up(sentence: Sentence) -> Iterator[Vote]:
        if case == "lower" and any(word != word.lower() for word in sentence.words):
            return
        words = _without_second_parts(sentence.words, listed) if compounds else sentence.words
        for start, end in listed.find(words):
            if accept is None or accept(sentence.words, start, end):
                yield vote(start, end, label)

    data = (listed.fingerprint, label, case, compounds, hash_of(accept) if accept else None)
    return LabelingFunction(name, labels_of(label), look_up, hash_of(gazetteer, *data))


def read_names(path: str, *, separator: str | None = None, key: str = "gazetteer") -> list[str]:
    """The names in a file or built-in list, in its order; ``key`` says in errors which setting led here.

    Raises:
        ValueError: there is no such file or list, it has no names or it is not UTF-8.
    """
    builtin = path.startswith(_BUILTIN)
    file = _LISTS / f"{path.removeprefix(_BUILTIN)}.txt" if builtin else Path(path)
    drop = f"or drop the function: ~{key.rpartition('.')[0]}"
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        known = ", ".join(sorted(_BUILTIN + one.name.removesuffix(".txt") for one in _LISTS.iterdir()))
        remedy = f"built-in lists are {known}" if builtin else "set it, or data_dir (the variable EIGENNAMEN_DATA)"
        raise ValueError(f"{key}: cannot read {path} ({error.strerror}); {remedy}, {drop}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ValueError(f"{key}: {path}:{line} is not UTF-8; convert the file (iconv -t utf-8), {drop}") from error
    lines = (line.strip() for line in text.splitlines() if not line.startswith("#"))
    names = [line.split(separator)[0].strip() if separator else line for line in lines]
    if not any(names):
        raise ValueError(f"{key}: {path} has no names, expected one a line; fill it, {drop}")
    return [name for name in names if name]


def _cut(name: str) -> Name:
    """Cut a name into words as text is."""
    return (name,) if name.isalpha() else tuple(word for word, _, _ in words_with_offsets(name))


def _selected(names: set[Name], *, stopped: set[Name], inflected: bool) -> set[Name]:
    kept = names - stopped
    return (kept | {form for name in kept for form in _inflections(name)}) - stopped if inflected else kept


def _inflections(name: Name) -> Iterator[Name]:
    if name[-1].isalpha() and name[-1][-1] not in "sßxz":
        yield (*name[:-1], name[-1] + "s")
    if len(name) > 1 and name[0].endswith(("e", "er", "es")):
        yield (name[0].removesuffix("r").removesuffix("s").removesuffix("e") + "en", *name[1:])


def _without_second_parts(words: tuple[str, ...], listed: NameList) -> tuple[str, ...]:
    """The words, those with a hyphen and a name before it cut to that name."""
    firsts = ((word, word.partition("-")[0]) for word in words)
    return tuple(first if first != word and word not in listed and first in listed else word for word, first in firsts)


def _inhabitants(name: str) -> Iterator[str]:
    """``Berlin`` leads to ``Berliner``, ``Bremen`` to ``Bremer``, ``Dresden`` to ``Dresdner``."""
    stem = name.removesuffix("en")
    for form in {f"{name.removesuffix('e')}er", *([f"{stem}er", f"{stem}ner"] if stem != name else [])}:
        yield from (form + ending for ending in ("", "s", "n", "in", "innen"))


def _lowered(names: Iterable[Name]) -> Iterator[Name]:
    for name in names:
        lower = tuple(word.lower() for word in name)
        yield lower
        yield tuple(word.translate(_TRANSLITERATION) for word in lower)
