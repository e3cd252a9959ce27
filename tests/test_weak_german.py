"""The German labeling functions: for each one sentences in which it speaks, and in which it must not."""

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.types import Sentence, Span
from eigennamen.weak.german import negatives, organizations, persons, places, works
from eigennamen.weak.german.contexts import is_bare_name, is_lone_name, name_runs, person_end, stands_alone
from eigennamen.weak.german.words import is_initial, is_name_like, is_noun
from eigennamen.weak.labeling_function import LabelingFunction

MODULES = (persons, places, organizations, works, negatives)
FULL_NAMES = persons.full_names(name="full_names", first_names="builtin:first_names")


def _functions(module: ModuleType) -> dict[str, LabelingFunction]:
    return {lf.name: lf for lf in vars(module).values() if isinstance(lf, LabelingFunction)}


FUNCTIONS = {name: lf for module in MODULES for name, lf in _functions(module).items()} | {"full_names": FULL_NAMES}

# A mention is `label: words`; what votes against is `-: words`.
SPEAKS = [
    ("full_names", "Gestern kam Thomas Frühauf .", "PER: Thomas Frühauf"),
    ("full_names", "Karl-Heinz Koch und Ludwig van Beethoven", "PER: Karl-Heinz Koch", "PER: Ludwig van Beethoven"),
    ("titles", "Herr Kahl und Prof. Dr. Ute von der Leyden", "PER: Kahl", "PER: Ute von der Leyden"),
    ("roles", "Bundeskanzlerin Merkel traf den SPD-Chef Kurt Beck .", "PER: Merkel", "PER: Kurt Beck"),
    ("initials", "von J. R. R. Tolkien und George W. Bush", "PER: J. R. R. Tolkien", "PER: George W. Bush"),
    ("name_pairs", "Gegen Teemu Tainio verlor er .", "PER: Teemu Tainio"),
    ("speakers", "Kolb erklärte , das glaubt Wiegand auch .", "PER: Kolb", "PER: Wiegand"),
    ("subjects", "Kolb war Turner .", "PER: Kolb"),
    ("subjects", "Damit hatte Gallus die Führung .", "PER: Gallus"),
    ("genitives", "Es sind Luthers Bücher .", "PER: Luthers"),
    ("surname_endings", "gegen Bergmann und Kowalski", "PER: Bergmann", "PER: Kowalski"),
    ("after_in", "In Gmünd oder in Hohenlimburg .", "LOC: Gmünd", "LOC: Hohenlimburg"),
    ("after_direction", "aus Gmünd nach Kufstein", "LOC: Gmünd", "LOC: Kufstein"),
    ("place_nouns", "die Insel Rügen im Landkreis Oder-Spree", "LOC: Rügen", "LOC: Oder-Spree"),
    ("place_endings", "von Helmarshausen bis Regensburgs Grenze", "LOC: Helmarshausen"),
    ("landforms", "bis ins Pustertal", "LOC: Pustertal"),
    ("place_prefixes", "über Bad Niedernau nach San Remo", "LOC: Bad Niedernau", "LOC: San Remo"),
    ("directions", "in Südfrankreich und Nord-London", "LOC: Südfrankreich", "LOC: Nord-London"),
    ("streets", "in der Neuendorfer Straße 90c , Jehudastraße", "LOC: Neuendorfer Straße 90c", "LOC: Jehudastraße"),
    ("streets", "im Thüringer Wald", "LOC: Thüringer Wald"),
    ("listed_places", "für Cincinnati und Paris", "LOC: Cincinnati"),
    ("acronyms", "Die CDU und die AfD", "ORG: CDU"),
    ("bracketed_acronyms", "Bundesamt für Gesundheit ( BAG )", "ORG: BAG"),
    ("legal_forms", "die Kahl & Söhne GmbH & Co. KG in Ulm", "ORG: Kahl & Söhne GmbH & Co. KG"),
    ("clubs", "beim 1. FC Nürnberg und bei Hannover", "ORG: 1. FC Nürnberg"),
    ("clubs", "gegen Schalke 04 und FC St. Pauli", "ORG: Schalke 04", "ORG: FC St. Pauli"),
    ("club_ends", "gegen Manchester United und den Hamburger SV", "ORG: Manchester United", "ORG: Hamburger SV"),
    ("named_heads", "an der Medizinischen Hochschule Hannover", "ORG: Medizinischen Hochschule Hannover"),
    ("heads_with_adjective", "in der Süddeutschen Zeitung", "ORG: Süddeutschen Zeitung"),
    ("heads_with_purpose", "das Institut für Kunst und Musik lud", "ORG: Institut für Kunst und Musik"),
    ("foreign_heads", "am California Institute of Technology", "ORG: California Institute of Technology"),
    ("state_bodies", "vor dem Bundesgerichtshof", "ORG: Bundesgerichtshof"),
    ("organization_nouns", "die Nachrichtenagentur Reuters", "ORG: Reuters"),
    ("quoted_titles", 'das Stück " Ecce homo " gefiel', "MISC: Ecce homo"),
    ("quoted_works", "im Film „ Metropolis “", "MISC: Metropolis"),
    ("wars", "im Zweiten Weltkrieg und im Dreißigjährigen Krieg", "MISC: Zweiten Weltkrieg"),
    ("games", "bei den Olympischen Spielen 2004", "MISC: Olympischen Spielen 2004"),
    ("games", "im DFB-Pokal 2016 / 17 .", "MISC: DFB-Pokal 2016 / 17"),
    ("competitions", "die US Open 1972 , die Champions League", "MISC: US Open 1972", "ORG: Champions League"),
    ("common_nouns", "Das neue Haus steht .", "-: Haus"),
    ("calendar", "am Montag im Mai", "-: Montag", "-: Mai"),
    ("sentence_starts", "Das ist gut .", "-: Das"),
    ("quantities", "nach 120 Stunden", "-: 120 Stunden"),
    ("demonyms", "Die Berliner kamen .", "-: Berliner"),
    ("lowercase_runs", "Er ging heute nicht nach draußen .", "-: ging heute nicht nach draußen"),
    ("background", "Das Haus in Ulm , Mai 1990", "-: Das", "-: Haus", "-: in", "-: ,", "-: Mai", "-: 1990"),
    ("background", "Lahr an der Enz steht an der Enz .", "-: steht", "-: an", "-: der", "-: ."),
]
ABSTAINS = [
    ("full_names", "Thomas kam im Mai mit Geld ."),
    ("titles", "Herr im Haus ist die Frau ."),
    ("roles", "Der Trainer der Mannschaft und ein Präsident ."),
    ("initials", "Am 3. Mai um 8 Uhr ."),
    ("name_pairs", 'Der Teemu Tainio , " Teemu Tainio " , FC Tainio'),
    ("speakers", "Die Behörde erklärte , sagte der Minister ."),
    ("subjects", "Berlin war groß . Gegründet wurde es 1237 ."),
    ("genitives", "Die Bücher Luthers und Berlins Häuser"),
    ("surname_endings", "nach Bergmann und der Bergmann"),
    ("after_in", "in Betracht , in der Stadt"),
    ("after_direction", "nach Angaben aus der Stadt"),
    ("place_nouns", "die Stadt war groß"),
    ("place_endings", "das Kirchdorf , der FC Regensburg"),
    ("landforms", "ein Tal , in Pustertal"),
    ("place_prefixes", "das Bad war New"),
    ("directions", "im Südosten , Westfalens Norden"),
    ("streets", "die Straße am Platz"),
    ("listed_places", "Lehrer und Paris ; Kahl"),
    ("acronyms", "Im TV und auf DVD XIV ."),
    ("acronyms", "NEUE CDU LISTE"),
    ("bracketed_acronyms", "( DVD ) ( siehe )"),
    ("legal_forms", "die GmbH & Co. KG"),
    ("clubs", "der FC und ein SV"),
    ("club_ends", "der SV"),
    ("named_heads", "die Universität und das Theater"),
    ("heads_with_adjective", "die Zeitung , Neue Zeitung"),
    ("heads_with_purpose", "das Amt für alle"),
    ("foreign_heads", "das College"),
    ("state_bodies", "das Bundesamt für Gesundheit"),
    ("organization_nouns", "die Firma und der Hersteller"),
    ("quoted_titles", 'er rief : " Das ist ja wie im Kino " , und ging'),
    ("quoted_works", "im Haus „ Metropolis “"),
    ("wars", "im Krieg , der Weltkrieg"),
    ("games", "die Spiele 2004"),
    ("competitions", "die League"),
    ("common_nouns", "der Präsident Kahl , Haus und Hof"),
    ("calendar", "Maier kam"),
    ("sentence_starts", "Der Spiegel schrieb"),
    ("quantities", "120 Euro"),
    ("demonyms", "die Berliner Zeitung"),
    ("lowercase_runs", "hotel mit hund in berlin"),
    ("background", "angela merkel kiel"),
]


def _votes(name: str, text: str) -> list[str]:
    sentence = Sentence("s", tuple(text.split()))
    labelled = [(vote, vote.label if isinstance(vote, Span) else "-") for vote in FUNCTIONS[name](sentence)]
    return [f"{label}: {' '.join(sentence.words[vote.start : vote.end])}" for vote, label in labelled]


@pytest.mark.parametrize(("name", "text", "expected"), [(name, text, votes) for name, text, *votes in SPEAKS])
def test_speaks(name: str, text: str, expected: list[str]) -> None:
    assert _votes(name, text)[: len(expected)] == expected


@pytest.mark.parametrize(("name", "text"), ABSTAINS)
def test_abstains(name: str, text: str) -> None:
    assert _votes(name, text) == []


_TRICKY = sorted(
    {word for _, text, *_ in SPEAKS + ABSTAINS for word in text.split()}
    | set(". I. al-Hariri von der 2004 / &".split())
)


@given(st.lists(st.sampled_from(_TRICKY), min_size=1, max_size=9))
def test_no_function_leaves_the_sentence_whatever_the_words(words: list[str]) -> None:
    for lf in FUNCTIONS.values():
        lf(Sentence("s", tuple(words)))


def test_every_function_is_tested_both_ways() -> None:
    assert {name for name, *_ in SPEAKS} == {name for name, *_ in ABSTAINS} == set(FUNCTIONS)


@pytest.mark.parametrize("word", ["Haus", "Neubaustreckengleis", "Verteidigungsministerium", "Regierung", "EU-Budget"])
def test_nouns_are_known_by_their_end(word: str) -> None:
    assert is_noun(word)
    assert not is_name_like(word)


@pytest.mark.parametrize("word", ["Beckenbauer", "Frankreich", "Gelsenkirchen", "Müller-Sönksen", "O'Neill", "CDU"])
def test_name_like_words(word: str) -> None:
    assert is_name_like(word)


@pytest.mark.parametrize("word", ["kahl", "Der", "Montag", "K", "A4", "Bau-", "3"])
def test_words_that_are_not_name_like(word: str) -> None:
    assert not is_name_like(word)


def test_initials() -> None:
    assert [word for word in ("J.", "J.-P.", "Dr.", ".", "1.", "j.", "-.") if is_initial(word)] == ["J.", "J.-P."]


def test_runs_skip_an_adjective_that_opens_the_sentence() -> None:
    words = ("Tatsächlich", "kam", "Kolb", "Wiegand")
    assert name_runs(words) == ((2, 4, "kam", ""),)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("Kahl kam", 1),
        ("Ute von der Leyden kam", 4),
        ("Heinrich VIII. kam", 2),
        ("Rafiq al-Hariri", 2),
        ("von Kahl", 0),
    ],
)
def test_where_a_persons_name_ends(text: str, end: int) -> None:
    assert person_end(tuple(text.split()), 0) == end


def test_contexts_from_lenient_to_strict() -> None:
    words = tuple("Paris Hilton kam nach Ulm . Kolb , der Wiegand , Haus".split())
    places = {word: words.index(word) for word in ("Paris", "Ulm", "Kolb", "Wiegand", "Haus")}
    accepted = {
        context.__name__: [word for word, i in places.items() if context(words, i, i + 1)]
        for context in (stands_alone, is_lone_name, is_bare_name)
    }
    assert accepted == {
        "stands_alone": ["Ulm", "Kolb", "Wiegand", "Haus"],
        "is_lone_name": ["Ulm", "Kolb", "Wiegand"],
        "is_bare_name": ["Kolb"],
    }
