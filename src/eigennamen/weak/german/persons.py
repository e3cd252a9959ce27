"""Labeling functions for persons."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from eigennamen.types import Sentence, Span
from eigennamen.weak.gazetteer import NameList, read_names
from eigennamen.weak.german.contexts import (
    follows_determiner,
    is_bare_name,
    name_runs,
    person_end,
    stands_alone,
)
from eigennamen.weak.german.organizations import CLUB_ENDS, FOREIGN_HEADS
from eigennamen.weak.german.places import KNOWN_PLACES, PLACE_PREFIXES
from eigennamen.weak.german.words import CALENDAR, CLUBS, FUNCTION_WORDS, is_initial, is_name_like, is_noun
from eigennamen.weak.labeling_function import LabelingFunction, labeling_function, source_fingerprint

_TITLES = frozenset(
    """
    Herr Herrn Frau Fräulein Dr. Dr Prof. Prof Professor Professorin Doktor Mr. Mr Mrs. Mrs Sir Lord Madame Monsieur
    Signor Graf Gräfin Baron Prinz Prinzessin König Königin Kaiser Kaiserin Papst Zar Pater Schwester Bischof Erzbischof
    Kardinal Pastor Pfarrer Herzog Herzogin Fürst Freiherr Kurfürst Onkel Tante Captain General Oberst Major Leutnant
    Hauptmann Kommissar Dipl.-Ing. med. phil. jur. rer. nat. h.c. habil.
    """.split()
)
_ROLES = tuple(
    """
    präsident präsidenten präsidentin minister ministers ministerin kanzler kanzlers kanzlerin chef chefs chefin
    vorsitzende vorsitzender vorsitzenden sprecher sprecherin trainer trainers coach manager kapitän spieler spielerin
    stürmer torwart torhüter verteidiger politiker politikerin abgeordnete abgeordneter abgeordneten bürgermeister
    bürgermeisterin bürgermeisters senator sekretär sekretärin direktor direktorin leiter leiterin autor autors autorin
    schriftsteller schriftstellers schriftstellerin dichter dichters regisseur regisseurs regisseurin schauspieler
    schauspielers schauspielerin sänger sängers sängerin gitarrist gitarristen schlagzeuger bassist bassisten
    komponist komponisten dirigent dirigenten pianist pianisten maler malers bildhauer künstler künstlerin architekt
    architekten fotograf fotografen produzent produzenten moderator moderatorin journalist journalisten redakteur
    reporter anwalt anwalts anwältin richter staatsanwalt kommissar offizier general professor professorin philosoph
    philosophen historiker physiker chemiker mathematiker biologe forscher wissenschaftler ökonom analyst experte
    experten gründer erfinder unternehmer bischof papst kaiser kaisers könig königs königin prinz prinzessin fürst
    herzog graf grafen kollege kollegen bruder schwester sohn tochter vater mutter ehefrau frau freund freundin witwe
    kandidat kandidaten kandidatin meister sieger fahrer pilot rapper popstar mörder nachfolger vorgänger assistent
    lehrer landrat
    """.split()
)
_SPEECH = frozenset(
    """
    sagte sagt erklärte erklärt meinte meint betonte betont kritisierte kritisiert forderte fordert warnte warnt
    berichtete berichtet schrieb schreibt antwortete fragte glaubt glaubte erzählt erzählte erinnert erinnerte äußerte
    kündigte lobte behauptete behauptet bestätigte versicherte gestand dachte lachte heiratete starb studierte lehrte
    """.split()
)
_VERBS = frozenset(
    """
    war ist hat hatte wurde wird kam kommt ging geht ließ machte macht blieb stand steht gab nahm trat fand begann kann
    konnte will wollte soll sollte muss musste habe sei spielte spielt arbeitete gewann verlor besuchte erhielt
    wechselte gründete veröffentlichte entdeckte übernahm zog wuchs lebte verbrachte legte setzte stellte sah hielt galt
    führte verließ
    """.split()
)
_SURNAME_ENDINGS = tuple(
    """
    mann manns sson ski sky wski cki vić vic wicz ová owa ewa enko escu opoulos idis elli etti berger meier meyer maier
    mayer müller huber hofer ow
    """.split()
)
_QUOTES = frozenset('"„“«»')
_FOREIGN = frozenset(
    """
    The Of And My In Royal Great National Public General World Old Young Swiss Financial British American
    """.split()
)
_NO_PERSON = _FOREIGN | CLUBS | CLUB_ENDS | FOREIGN_HEADS | PLACE_PREFIXES


def full_names(
    *,
    name: str,
    first_names: str,
    separator: str | None = None,
    surnames: str = "builtin:surnames",
    stop: Sequence[str] = (),
) -> LabelingFunction:
    """A known first name and what follows it: name-like words or a known surname.

    ``first_names`` (cut at ``separator``) and ``surnames`` are paths as in ``gazetteer``. First names that are also
    function words, months or nouns are left out, as are those in ``stop``.
    """
    stopped = FUNCTION_WORDS | CALENDAR | set(stop)
    key = f"labeling_functions.{name}"
    names = read_names(first_names, separator=separator, key=f"{key}.first_names")
    kept = (one for one in names if len(one) > 2 and stopped.isdisjoint((one, one.lower())) and not is_noun(one))
    firsts = NameList.from_names((one,) for one in kept)
    known = frozenset(word for (word,) in firsts.names)
    lasts = NameList.from_names((one,) for one in read_names(surnames, key=f"{key}.surnames"))

    def find(sentence: Sentence) -> Iterator[Span]:
        words = sentence.words
        free = 0
        for i, word in enumerate(words[:-1]):
            if i >= free and (word in known if "-" not in word else known.issuperset(word.split("-"))):
                free = max(person_end(words, i), i + 1)
                if free == i + 1 and words[free][0].isupper() and words[free] in lasts:
                    free += 1  # Koch and Richter are nouns, but not behind a first name
                if free > i + 1:
                    yield Span(i, free, "PER")

    fingerprint = firsts.fingerprint + lasts.fingerprint + source_fingerprint(full_names)
    return LabelingFunction(name, ("PER",), find, fingerprint)


@labeling_function(labels=["PER"])
def titles(sentence: Sentence) -> Iterator[Span]:
    """The name behind ``Herr``, ``Frau``, ``Prof. Dr.``."""
    words = sentence.words
    for i in range(1, len(words)):
        if words[i - 1] in _TITLES and words[i] not in _TITLES and (end := person_end(words, i)) > i:
            yield Span(i, end, "PER")


@labeling_function(labels=["PER"])
def roles(sentence: Sentence) -> Iterator[Span]:
    """The name behind an office, profession or relation: ``Bundeskanzlerin Merkel``, ``Co-Trainer Kahl``."""
    words = sentence.words
    for i in range(1, len(words)):
        role = words[i - 1]
        if _is_role(role) and (end := person_end(words, i)) > i:
            yield Span(i, end, "PER")


@lru_cache(maxsize=1 << 17)
def _is_role(word: str) -> bool:
    return word[0].isupper() and word.lower().endswith(_ROLES)


@labeling_function(labels=["PER"])
def initials(sentence: Sentence) -> Iterator[Span]:
    """Initials with what stands around them: ``J. R. R. Tolkien``, ``George W. Bush``."""
    words = sentence.words
    free = 0
    for i, word in enumerate(words):
        if i >= free and is_initial(word) and (end := person_end(words, i)) > i:
            yield Span(i - (i > 0 and is_name_like(words[i - 1])), end, "PER")
            free = end


@labeling_function(labels=["PER"])
def name_pairs(sentence: Sentence) -> Iterator[Span]:
    """Two or three name-like words in a row, without an article or quotation mark before them."""
    words = sentence.words
    for start, end, before, _ in name_runs(words):
        if end - start not in (2, 3):
            continue
        other = any(word in _NO_PERSON or word.isupper() for word in words[start:end])
        if not (other or before in _QUOTES or is_initial(before) or follows_determiner(words, start)):
            yield Span(start, person_end(words, start), "PER")


@labeling_function(labels=["PER"])
def speakers(sentence: Sentence) -> Iterator[Span]:
    """Who says something: ``Kolb erklärte``, ``sagte Kolb``."""
    words = sentence.words
    for start, end, before, after in name_runs(words):
        before_verb = after in _SPEECH and is_bare_name(words, start, end)
        if before_verb or (before in _SPEECH and stands_alone(words, start, end)):
            yield Span(start, end, "PER")


@labeling_function(labels=["PER"])
def subjects(sentence: Sentence) -> Iterator[Span]:
    """A name that opens the sentence before a finite verb, or stands right behind one."""
    words = sentence.words
    for start, end, before, after in name_runs(words):
        other = words[end - 1] in KNOWN_PLACES or words[end - 1] in CLUB_ENDS or words[start].isupper()
        if not other and ((start == 0 and after in _VERBS) or (before in _VERBS and stands_alone(words, start, end))):
            yield Span(start, end, "PER")


@labeling_function(labels=["PER"])
def genitives(sentence: Sentence) -> Iterator[Span]:
    """A genitive before its noun, without an article: ``Luthers Thesen``."""
    words = sentence.words
    for start, end, before, after in name_runs(words):
        name = words[end - 1]
        genitive = name[-1] == "s" and not name.isupper() and name.removesuffix("s") not in KNOWN_PLACES
        bare = not before[:1].isupper() and not follows_determiner(words, start)
        if genitive and bare and after[:1].isupper() and is_noun(after):
            yield Span(start, end, "PER")


@labeling_function(labels=["PER"])
def surname_endings(sentence: Sentence) -> Iterator[Span]:
    """A single word that ends like a surname, where persons stand."""
    words = sentence.words
    for start, end, _, _ in name_runs(words):
        if end == start + 1 and words[start].endswith(_SURNAME_ENDINGS) and is_bare_name(words, start, end):
            yield Span(start, end, "PER")
