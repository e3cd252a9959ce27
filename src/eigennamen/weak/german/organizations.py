"""Labeling functions for organizations."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import compress

from eigennamen.types import Sentence, Span
from eigennamen.weak.german.contexts import Words, name_runs, stands_alone
from eigennamen.weak.german.words import CLUBS, FUNCTION_WORDS, NAMED_HEADS, is_name_like
from eigennamen.weak.labeling_function import labeling_function

CLUB_ENDS = frozenset(
    """
    SV SC FC AC SK BSC United City Rovers Wanderers Rangers Athletic Town County Hotspur Albion Villa Kickers
    """.split()
)
FOREIGN_HEADS = frozenset(
    """
    University College Institute School Academy Records Press Bank Group Company Corporation Association Society
    Foundation Council Party Club Army Airlines Airways Motors Systems Technologies Energy Worldwide Entertainment
    Studios Pictures Media Network Times Post Journal News Orchestra Federation Union Committee Commission
    Laboratory Library Museum Hospital Industries International Software Partners Capital Fund Force Comics Holdings
    Holding Line Railroad Winery Theatre Limited
    """.split()
)
_FOREIGN_LINKS = frozenset(("of", "for", "and", "&", "de"))
_NO_ORGANIZATIONS = frozenset(
    """
    TV DVD CD PC IT WM EM DNA RNA AIDS HIV KZ GPS PDF USB USA US UK DDR UdSSR NRW LKW PKW ISBN ISSN PLZ BGB StGB HTML
    XML SMS DJ EP LP MP CEO OK AG KG PS GB MB KB GHz MHz OT EUR USD CHF NS SS VIP FAQ WC ICE UTC MEZ LED LCD ADHS ATP
    NADPH ABS CPU GPU RAM PMID DOI OP UV IQ EKG MRT UKW FCKW MBA GPL EBIT EBITDA MW KW SDK ABC BIP GNU AKW DAX MDAX FSK
    """.split()
)
_LEGAL_FORMS = frozenset(
    """
    GmbH AG KG OHG KGaA SE e.V. e.V eG e.G. mbH Ltd. Ltd Inc. Inc Corp. Corp LLC plc PLC S.A. SA N.V. NV B.V. BV AB Oy
    SpA S.p.A. Co. Co & Ko.
    """.split()
)
_HEADS = (
    *("universität", "hochschule", "akademie", "institut", "instituts", "stiftung", "verein", "vereins", "verband"),
    *("verbandes", "verbands", "partei", "ministerium", "ministeriums", "bank", "gesellschaft", "behörde", "agentur"),
    *("zentrum", "zentrums", "ausschuss", "anstalt", "kommission", "gewerkschaft", "amt", "rat", "bund"),
)
_HEADS_WITH_ADJECTIVE = frozenset(
    """
    Zeitung Bank Bahn Post Verlag Verlags Partei Parlament Parlaments Kommission Gerichtshof Gerichtshofs Akademie Union
    Rundfunk Rundfunks Tageblatt Kurier Nachrichten Anzeiger Kammer Liga Volkspartei Hochschule Universität
    """.split()
)
_STATE_BODIES = (
    *("amt", "amtes", "amts", "gericht", "gerichts", "gerichtshof", "gerichtshofs", "ministerium", "ministeriums"),
    *("bank", "dienst", "polizei", "agentur", "kammer", "verband", "verbandes", "anstalt", "zentrale"),
)
_ORGANIZATION_NOUNS = tuple(
    """
    gesellschaft agentur konzern konzerns unternehmen unternehmens band label labels hersteller herstellers verein
    vereins gewerkschaft firma versicherer versicherung anbieter anbieters sender senders klub klubs club clubs airline
    bundesligist bundesligisten erstligist erstligisten zweitligist zweitligisten organisation reederei brauerei
    """.split()
)


@lru_cache(maxsize=1 << 17)
def _is_acronym(word: str) -> bool:
    """Up to six letters, all or at least three of them capital; no Roman number."""
    capitals = sum(map(str.isupper, word))
    return (
        2 <= len(word) <= 6
        and word.isalpha()
        and (capitals == len(word) or capitals >= 3)
        and word not in _NO_ORGANIZATIONS
        and not set(word) <= set("IVXLCM")
    )


@labeling_function(labels=["ORG"])
def acronyms(sentence: Sentence) -> Iterator[Span]:
    """``CDU``, ``HypoVB``, but nothing in a headline in capitals."""
    words = sentence.words
    found = list(compress(range(len(words)), map(_is_acronym, words)))
    if not found or sum(len(word) > 1 and word.isupper() for word in words) * 3 > len(words):
        return
    padded = ("", *words, "")
    for i in found:
        quoted_or_numbered = padded[i] in ('"', "„") or padded[i + 2][:1].isdigit()
        if not quoted_or_numbered and stands_alone(words, i, i + 1):
            yield Span(i, i + 1, "ORG")


@labeling_function(labels=["ORG"])
def bracketed_acronyms(sentence: Sentence) -> Iterator[Span]:
    """An acronym in brackets, where it is introduced: ``Bundesamt für Gesundheit ( BAG )``."""
    words = sentence.words
    for i in range(1, len(words) - 1):
        if words[i - 1] == "(" and words[i + 1] == ")" and _is_acronym(words[i]):
            yield Span(i, i + 1, "ORG")


@labeling_function(labels=["ORG"])
def legal_forms(sentence: Sentence) -> Iterator[Span]:
    """Up to ``GmbH``, ``e.V.``, ``Inc.`` with the capitalized words before: ``Kahl & Söhne GmbH & Co. KG``."""
    words = sentence.words
    free = 0
    for i, word in enumerate(words):
        if i < free or word == "&" or word not in _LEGAL_FORMS:
            continue
        start = i
        while start > free and i - start < 6 and _belongs_to_firm(words[start - 1]):
            start -= 1
        free = i + 1
        while free < len(words) and words[free] in _LEGAL_FORMS:
            free += 1
        if start < i and words[start] != "&":
            yield Span(start, free, "ORG")


def _belongs_to_firm(word: str) -> bool:
    return word == "&" or (word[0].isupper() and word.lower() not in FUNCTION_WORDS)


@labeling_function(labels=["ORG"])
def clubs(sentence: Sentence) -> Iterator[Span]:
    """``FC Schalke 04``, ``1. FC Nürnberg``, ``Borussia Dortmund``."""
    words = sentence.words
    free = 0
    for i, word in enumerate(words):
        if i >= free and word in CLUBS:
            free = i + 1
            while free < len(words) and _belongs_to_club(words[free]):
                free += 1
            if free > i + 1:
                yield Span(i - (i > 0 and words[i - 1] == "1."), free, "ORG")


def _belongs_to_club(word: str) -> bool:
    founded = word.isdigit() and len(word) in (2, 4)
    return founded or word in CLUBS or word == "St." or is_name_like(word)


@labeling_function(labels=["ORG"])
def club_ends(sentence: Sentence) -> Iterator[Span]:
    """``Hamburger SV``, ``Manchester United``."""
    for start, end, _, _ in name_runs(sentence.words):
        if end - start > 1 and sentence.words[end - 1] in CLUB_ENDS:
            yield Span(start, end, "ORG")


@labeling_function(labels=["ORG"])
def named_heads(sentence: Sentence) -> Iterator[Span]:
    """``Universität Leipzig``, ``Medizinische Hochschule Hannover``, ``Verlag Paul Haupt``."""
    for start, end, before, _ in name_runs(sentence.words):
        if before in NAMED_HEADS:
            yield Span(_adjectives_start(sentence.words, start - 1), end, "ORG")


@labeling_function(labels=["ORG"])
def heads_with_adjective(sentence: Sentence) -> Iterator[Span]:
    """``Süddeutsche Zeitung``, ``Deutsche Bahn``, ``Europäisches Parlament``."""
    words = sentence.words
    for i, word in enumerate(words):
        if word in _HEADS_WITH_ADJECTIVE and (start := _adjectives_start(words, i)) < i:
            yield Span(start, i + 1, "ORG")


def _adjectives_start(words: Words, head: int) -> int:
    """Where the capitalized adjectives before a head noun begin; the word that opens the sentence is none."""
    start = head
    while start > 1 and words[start - 1].endswith(("e", "er", "es", "en")) and is_name_like(words[start - 1]):
        start -= 1
    return start


@labeling_function(labels=["ORG"])
def heads_with_purpose(sentence: Sentence) -> Iterator[Span]:
    """``Bundesamt für Gesundheit``, ``Institut für Kunst und Musik``."""
    words = sentence.words
    for i, word in enumerate(words[:-2]):
        if word[0].isupper() and word.lower().endswith(_HEADS) and words[i + 1] == "für" and words[i + 2][0].isupper():
            end = i + 3
            while end + 1 < len(words) and words[end] in ("und", "der", "des") and words[end + 1][0].isupper():
                end += 2
            yield Span(_adjectives_start(words, i), end, "ORG")


@labeling_function(labels=["ORG"])
def foreign_heads(sentence: Sentence) -> Iterator[Span]:
    """``California Institute of Technology``, ``Air Force``."""
    words = sentence.words
    free = 0
    for i, word in enumerate(words):
        if i < free or word not in FOREIGN_HEADS:
            continue
        start = i
        while start > free and _belongs_to_foreign(words[start - 1]):
            start -= 1
        free = i + 1
        while free < len(words) and _belongs_to_foreign(words[free]):
            free += 1
        while free + 1 < len(words) and words[free] in _FOREIGN_LINKS and words[free + 1][0].isupper():
            free += 2
        if free - start > 1:
            yield Span(start, free, "ORG")


def _belongs_to_foreign(word: str) -> bool:
    return word in FOREIGN_HEADS or is_name_like(word)


@labeling_function(labels=["ORG"])
def state_bodies(sentence: Sentence) -> Iterator[Span]:
    """``Bundesgerichtshof``, ``Landesbank``, unless a purpose follows."""
    words = sentence.words
    for i, word in enumerate(words):
        of_state = word.startswith(("Bundes", "Landes", "Staats", "Reichs", "Umwelt")) and word.endswith(_STATE_BODIES)
        if of_state and words[i + 1 : i + 2] != ("für",):
            yield Span(i, i + 1, "ORG")


@labeling_function(labels=["ORG"])
def organization_nouns(sentence: Sentence) -> Iterator[Span]:
    """The name behind ``Nachrichtenagentur``, ``Rockband``, ``Hersteller``."""
    for start, end, before, _ in name_runs(sentence.words):
        if before[:1].isupper() and before.lower().endswith(_ORGANIZATION_NOUNS):
            yield Span(start, end, "ORG")
