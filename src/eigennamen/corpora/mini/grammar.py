"""Carrier sentences with slots, and what fills them.

A slot is ``{name}``. Its fillers are the lines below the heading ``== name`` in ``names.txt`` (names and their parts),
``words.txt`` (everything else) or ``phrases.txt`` (pieces of a carrier: their slots are the carrier's). A filler can
hold slots itself, and ``3* `` before it, or before a carrier, makes it three times as likely. ``[a|b|]`` is a choice.

A point asks for a form. A name written ``Alte(n) Brücke`` is as after "die"; ``{name.obl}`` is as after "der" in the
dative ("Alten Brücke"), ``.m`` and ``.n`` as without an article ("Deutscher Bund", "Deutsches Haus"), and ``.gen`` is
the genitive of a name that has no article ("Berlins", "Frankfurts am Main").
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

from eigennamen.types import Span

LABELS = {"per": "PER", "loc": "LOC", "org": "ORG", "misc": "MISC"}
Fillers = Mapping[str, Sequence[str]]

_FOLDER = Path(__file__).parent
_SLOT = re.compile(r"\{(\w+)(?:\.(gen|obl|m|n))?\}")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_WEIGHT = re.compile(r"(\d+)\* ")
_ADJECTIVE_ENDINGS = {"obl": "n", "m": "r", "n": "s"}
_LOCATING = ("am", "an", "im", "ob")
_ENDS = (".", "?", "!")
_DRAWS = 20


@dataclass(frozen=True)
class Phrase:
    """The words of one filled carrier and the spans of the names in it."""

    words: tuple[str, ...]
    spans: tuple[Span, ...]


@cache
def read_carriers(register: str) -> tuple[str, ...]:
    return _entries((_FOLDER / "carriers" / f"{register}.txt").read_text(encoding="utf-8"))


@cache
def read_fillers(kind: Literal["names", "phrases", "words"]) -> Mapping[str, tuple[str, ...]]:
    """The fillers of each slot, below its heading ``== slot``; do not change what is returned, it is kept."""
    text = (_FOLDER / f"{kind}.txt").read_text(encoding="utf-8")
    sections = [section.partition("\n") for section in f"\n{text}".split("\n== ")[1:]]
    return {slot: _entries(lines) for slot, _, lines in sections}


def _entries(text: str) -> tuple[str, ...]:
    """Lines without comments, a weighted line as often as its weight says."""
    entries: list[str] = []
    for line in text.splitlines():
        weight = _WEIGHT.match(line)
        if line and not line.startswith("#"):
            entries += [line[weight.end() :]] * int(weight[1]) if weight else [line]
    return tuple(entries)


def is_made(entry: str) -> bool:
    """Whether a name is put together from other fillers.

    >>> is_made("{surname} & Söhne"), is_made("Kiel")
    (True, False)
    """
    return _SLOT.search(entry) is not None


def slots(carrier: str) -> list[str]:
    """The names of the slots in a carrier.

    >>> slots("[Am {weekday}|Gestern] kam {per_last.gen} Zug.")
    ['weekday', 'per_last']
    """
    return [match[1] for match in _SLOT.finditer(carrier)]


def slot_label(slot: str) -> str | None:
    """The label of the names that a slot stands for, None for words that are no name.

    >>> slot_label("loc_city"), slot_label("weekday")
    ('LOC', None)
    """
    return LABELS.get(slot.partition("_")[0])


def has_name(carrier: str, *, phrases: Fillers) -> bool:
    """Whether a carrier has a slot for a name, or a phrase that always has one."""
    return any(
        slot_label(slot) or (slot in phrases and all(has_name(entry, phrases=phrases) for entry in phrases[slot]))
        for slot in slots(carrier)
    )


def realize(carrier: str, *, phrases: Fillers, fillers: Fillers, rng: Random) -> Phrase:
    """Compose, cut and fill one carrier; a slot for a name makes a span where it is a word of its own.

    >>> fillers = {"org": ["Bosch"], "loc": ["Bad Elster"]}
    >>> realize("der {org}-Chef wohnt {place}.", phrases={"place": ["in {loc}"]}, fillers=fillers, rng=Random(0))
    Phrase(words=('Der', 'Bosch-Chef', 'wohnt', 'in', 'Bad', 'Elster', '.'), spans=(Span(start=4, end=6, label='LOC'),))
    """
    words: list[str] = []
    spans: list[Span] = []
    used: list[str] = []
    for piece in _pieces(_compose(carrier, phrases=phrases, rng=rng)):
        filled = _fill_differently(piece, fillers=fillers, rng=rng, used=used)
        slot = _SLOT.fullmatch(piece)
        label = slot_label(slot[1]) if slot else None
        new = filled.split()
        if label:
            spans.append(Span(len(words), len(words) + len(new), label))
        elif not words or words[-1] in _ENDS:
            new[0] = new[0][0].upper() + new[0][1:]
        words += new
    return Phrase(tuple(words), tuple(spans))


def _compose(carrier: str, *, phrases: Fillers, rng: Random) -> str:
    """Replace phrases and choices until there is none, from the left."""
    while True:
        choice = _CHOICE.search(carrier)
        slot = next((match for match in _SLOT.finditer(carrier) if match[1] in phrases), None)
        if choice:
            carrier = carrier[: choice.start()] + rng.choice(choice[1].split("|")) + carrier[choice.end() :]
        elif slot:
            carrier = carrier[: slot.start()] + rng.choice(phrases[slot[1]]) + carrier[slot.end() :]
        else:
            return carrier


def _pieces(carrier: str) -> list[str]:
    """Cut at blanks and at punctuation, before the slots are filled: a point inside a name or title stays where it is.

    >>> _pieces("„Nie“, sagte Dr. {per_last} ({age}).")
    ['„', 'Nie', '“', ',', 'sagte', 'Dr.', '{per_last}', '(', '{age}', ')', '.']
    """
    opened = re.sub(r"([„(])", r"\1 ", carrier)
    closed = re.sub(r"([,;:!?“)])(?=[\s,;:!?“).]|$)", r" \1 ", opened)
    return re.sub(r"\.\s*$", " .", closed).split()


def _fill_differently(piece: str, *, fillers: Fillers, rng: Random, used: list[str]) -> str:
    """Fill a piece, if possible with something that the sentence does not have yet."""
    filled = piece
    for _ in range(_DRAWS):
        filled = _fill(piece, fillers=fillers, rng=rng)
        if filled == piece or filled not in used:
            break
    used.append(filled)
    return filled


def _fill(text: str, *, fillers: Fillers, rng: Random) -> str:
    return _SLOT.sub(lambda slot: _inflect(expand(slot[1], fillers=fillers, rng=rng), case=slot[2]), text)


def expand(slot: str, *, fillers: Fillers, rng: Random) -> str:
    """One filler with the slots in it filled; the mark ``(n)`` of adjectives in inner slots without a case stays."""

    def expanded(inner: re.Match[str]) -> str:
        name = expand(inner[1], fillers=fillers, rng=rng)
        return _inflect(name, case=inner[2]) if inner[2] else name

    return _SLOT.sub(expanded, rng.choice(fillers[slot]))


def _inflect(name: str, *, case: str | None) -> str:
    """Resolve the mark ``(n)``; add the genitive ending to the word that carries it.

    >>> _inflect("Alte(n) Brücke", case="obl"), _inflect("Alte(n) Brücke", case=None)
    ('Alten Brücke', 'Alte Brücke')
    >>> _inflect("Frankfurt am Main", case="gen"), _inflect("Mainz", case="gen")
    ('Frankfurts am Main', 'Mainz’')
    """
    name = name.replace("(n)", _ADJECTIVE_ENDINGS.get(case or "", ""))
    if case != "gen":
        return name
    words = name.split()
    head = next((i for i, word in enumerate(words) if word in _LOCATING), len(words)) - 1
    words[head] += "’" if words[head].lower().endswith(("s", "ß", "x", "z")) else "s"
    return " ".join(words)
