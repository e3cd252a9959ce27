"""Labeling functions for places."""

from collections.abc import Collection, Iterator
from itertools import pairwise

from eigennamen.types import Sentence, Span
from eigennamen.weak.gazetteer import read_names
from eigennamen.weak.german.contexts import follows_determiner, is_lone_name, name_runs, stands_alone
from eigennamen.weak.german.words import is_name_like
from eigennamen.weak.labeling_function import labeling_function

KNOWN_PLACES = frozenset(read_names("builtin:cities") + read_names("builtin:countries_regions"))
PLACE_PREFIXES = frozenset(
    """
    Bad Sankt St. New San Santa Santo São Sao Los Las Port Porto Puerto Saint Ste. Fort Mount Monte Mont Lake Cerro
    Rio Río Isola Lido Cape Kap El Villa North South East West Upper Lower Groß Klein Alt Neu Val
    """.split()
)
_PLACE_NOUNS = frozenset(
    """
    Stadt Stadtteil Stadtteils Ortsteil Ortsteils Ort Ortschaft Dorf Dorfes Gemeinde Gemeinden Landkreis Kreis
    Kreisstadt Hauptstadt Landeshauptstadt Residenzstadt Kanton Kantons Provinz Region Bezirk Distrikt Bundesstaat
    Bundesstaats Bundesland Insel Halbinsel Fluss Berg See Schloss Burg Flughafen Hafenstadt Kleinstadt Großstadt
    Millionenstadt Departement County Metropole Königreich Republik Herzogtum Fürstentum Grafschaft Vorort Hansestadt
    Stadtbezirk Universitätsstadt Verwaltungsgemeinschaft Samtgemeinde Raum Großraum Gouvernement Oblast Städten Städte
    Orte Orten
    """.split()
)
_PLACE_ENDINGS = tuple(
    ending + genitive
    for genitive in ("", "s")
    for ending in """
    burg dorf hausen ingen kirchen heim bronn hofen stedt stetten weiler brück brücken furt roda rode reuth münde thal
    tal see gebirge wald ville shire land stan ien wil
    """.split()
)
_LANDFORMS = tuple(
    "tal tals see sees wald gebirge gebirges berg bergs burg bach bachs horn kogel gletscher hütte".split()
)
_STREETS = ("straße", "strasse", "allee", "gasse", "chaussee", "damm", "promenade")
_BEHIND_ER = frozenset(
    "Straße Platz Tor Allee Wald See Weg Heide Becken Bucht Berg Bahnhof Hauptbahnhof Flughafen Dom".split()
)
_DIRECTIONS = tuple("Nordost Nordwest Südost Südwest Nord Süd Ost West Mittel Ober Unter Nieder Zentral".split())


@labeling_function(labels=["LOC"])
def after_in(sentence: Sentence) -> Iterator[Span]:
    """``in`` without an article before name-like words."""
    return _names_after(sentence, {"in"})


@labeling_function(labels=["LOC"])
def after_direction(sentence: Sentence) -> Iterator[Span]:
    """``aus``, ``nach``, ``nördlich`` without an article before name-like words."""
    return _names_after(sentence, {"aus", "nach", "nahe", "nördlich", "südlich", "östlich", "westlich"})


def _names_after(sentence: Sentence, prepositions: Collection[str]) -> Iterator[Span]:
    for start, end, before, _ in name_runs(sentence.words):
        if before.lower() in prepositions and end - start <= 3 and stands_alone(sentence.words, start, end):
            yield Span(start, end, "LOC")


@labeling_function(labels=["LOC"])
def place_nouns(sentence: Sentence) -> Iterator[Span]:
    """The name behind ``Stadt``, ``Insel``, ``Landkreis``."""
    for start, end, before, _ in name_runs(sentence.words):
        if before in _PLACE_NOUNS:
            yield Span(start, end, "LOC")


@labeling_function(labels=["LOC"])
def place_endings(sentence: Sentence) -> Iterator[Span]:
    """A word that ends like a place, without an article: ``-burg``, ``-hausen``, ``-land``."""
    words = sentence.words
    for i, word in enumerate(words):
        place = word[0].isupper() and len(word) > 5 and word.endswith(_PLACE_ENDINGS)
        if place and is_lone_name(words, i, i + 1) and not follows_determiner(words, i):
            yield Span(i, i + 1, "LOC")


@labeling_function(labels=["LOC"])
def landforms(sentence: Sentence) -> Iterator[Span]:
    """Mountains, valleys and lakes, which have an article: ``im Pustertal``."""
    words = sentence.words
    for i, word in enumerate(words):
        landform = word[0].isupper() and len(word) > 5 and word.endswith(_LANDFORMS)
        if landform and is_lone_name(words, i, i + 1) and follows_determiner(words, i):
            yield Span(i, i + 1, "LOC")


@labeling_function(labels=["LOC"])
def place_prefixes(sentence: Sentence) -> Iterator[Span]:
    """``Bad Tölz``, ``San Juan``, ``New Orleans``."""
    words = sentence.words
    for i, word in enumerate(words[:-1]):
        if word in PLACE_PREFIXES and is_name_like(words[i + 1]) and stands_alone(words, i, i + 2):
            yield Span(i, i + 2, "LOC")


@labeling_function(labels=["LOC"])
def directions(sentence: Sentence) -> Iterator[Span]:
    """A part of a known country, region or city: ``Südfrankreich``, ``Nord-London``."""
    for i, word in enumerate(sentence.words):
        if word.startswith(_DIRECTIONS):
            direction = next(one for one in _DIRECTIONS if word.startswith(one))
            whole = word.removeprefix(direction).lstrip("-").capitalize()
            if whole in KNOWN_PLACES or whole.removesuffix("s") in KNOWN_PLACES:
                yield Span(i, i + 1, "LOC")


@labeling_function(labels=["LOC"])
def streets(sentence: Sentence) -> Iterator[Span]:
    """``Jehudastraße``, ``Neuendorfer Straße 90c``, ``Thüringer Wald``."""
    words = sentence.words
    for i, word in enumerate(words):
        before = words[i - 1] if i else ""
        adjective = word in _BEHIND_ER and before.endswith("er") and is_name_like(before)
        if adjective or (word.endswith(_STREETS) and word[0].isupper() and len(word) > 8):
            numbered = word.lower().endswith(_STREETS) and i + 1 < len(words) and words[i + 1][0].isdigit()
            yield Span(i - adjective, i + 1 + numbered, "LOC")


@labeling_function(labels=["LOC"])
def listed_places(sentence: Sentence) -> Iterator[Span]:
    """A name beside a known place, with ``und`` or a comma between: ``Cincinnati und Paris``."""
    words = sentence.words
    for left, right in pairwise(name_runs(words)):
        if right.start - left.end == 1 and left.after in (",", "und", "oder", "sowie"):
            known = [run.end - run.start == 1 and words[run.start] in KNOWN_PLACES for run in (left, right)]
            unknown = right if known[0] else left
            if any(known) and unknown.end - unknown.start == 1 and stands_alone(words, unknown.start, unknown.end):
                yield Span(unknown.start, unknown.end, "LOC")
