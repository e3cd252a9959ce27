"""Classes of German words.

German capitalizes every noun, so a capital letter says little. Evidence *against* a name is the better rule: a known
noun, a compound that ends in one, a noun's suffix such as ``-ung``.
"""

from functools import lru_cache
from pathlib import Path

from eigennamen.weak.gazetteer import read_names

DETERMINERS = frozenset(
    """
    der die das des dem den ein eine einen einem einer eines kein keine keinen keinem keiner mein meine meinem meinen
    meiner sein seine seinen seinem seiner seines ihr ihre ihren ihrem ihrer ihres unser unsere unserem unseren unserer
    euer eure dieser diese dieses diesem diesen jede jeder jedes jedem jeden jener jene welche welcher alle allen aller
    beide beiden zum zur im am vom beim ins ans viele vielen vieler mehr mehrere mehreren wenige weniger einige einigen
    manche solche solcher zwei drei vier fünf sechs sieben acht neun zehn etwas nichts
    """.split()
)
FUNCTION_WORDS = DETERMINERS | frozenset(read_names(str(Path(__file__).with_name("function_words.txt"))))
NOUNS = frozenset(noun.lower() for noun in read_names(str(Path(__file__).with_name("nouns.txt"))))
CALENDAR = frozenset(
    """
    Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonnabend Sonntag Januar Jänner Februar März April Mai Juni Juli
    August September Oktober November Dezember Ostern Pfingsten Weihnachten Silvester
    """.split()
)
CLUBS = frozenset(
    """
    FC SC SV TSV VfB VfL VfR FSV SpVgg SSV TuS TSG ESV ASV BSC BSV HSV MTV TuRa KSC AC AS CF CD FK NK SK RSC KV AFC
    SG RB EC EHC ERC HC KFC ZSKA Eintracht Borussia Dynamo Lokomotive Lokomotiv Hertha Fortuna Arminia Alemannia Hansa
    Werder Schalke Wacker Kickers Viktoria Germania Spartak Real Atlético Juventus Inter Olympique Sporting Rapid
    Grasshopper Panathinaikos Schachtar Benfica Racing
    """.split()
)
NAMED_HEADS = frozenset(
    """
    Universität Hochschule Fachhochschule Uni TU TH FH Sparkasse Stadtsparkasse Volksbank Landesbank Verlag Gymnasium
    Realschule Grundschule Theater Stadttheater Schauspielhaus Staatsoper Philharmonie Museum Akademie Institut Klinikum
    Stiftung Kraftwerk Orchester Redaktion Stadtwerke
    """.split()
)
_NOUN_SUFFIXES = (
    *("ung", "ungen", "heit", "heiten", "keit", "keiten", "schaft", "schaften", "tion", "tionen", "sion", "sionen"),
    *("ismus", "ität", "itäten", "enzen", "nisse", "nissen", "ologie", "graphie", "grafie", "innen", "isten"),
    *("iker", "ikern", "eure", "euren", "ment", "ments", "atur", "thek", "tum", "tums"),
)
# These end compounds, but names as well: Gelsenkirchen, Frankreich, Königstein, Beckenbauer, Westerwelle.
_ENDS_OF_NAMES = frozenset(
    """
    adel alben alle alter apfel art bach bahn bald band bank bauer baum bein berg bier bogen brand bruch brunnen buch
    burg chor dach dauer decke ding dorf dörfer ecke eier eisen ende engel enkel erde essen fach fahrt feind feld felder
    finger fisch fleisch flug forst gang garten gast gebirge geld gott graf grund gold haar hafen halle hals hand hang
    haupt haus häuser haut heim held herr herz hirsch hof höhe holz hügel jahr kaiser kammer kampf kauf keller kern kind
    kirchen klage koch kopf könig lage lager land länder lauf laut leben leder licht lied loch lohn löwe mann markt
    mauer meister messer mitte mond mühle mund nahe netz nische ober ofen oper platz rand rang rauch recht regen reich
    reiter rest ring ritter rock rose rücken ruhe sand schall schau schild schlag schloss schuh siedlung sieg sitz sohn
    sommer sonne spiel stadt stahl stall stein stern stock strand strom tanz tier tisch tore turm ufer vogel wagen wald
    wand wasser wege wein welle werk wert wetter wind winkel winter witz wohl wolf wort zahl zahn zelt zimmer
    """.split()
)
_INFLECTIONS = ("", "s", "es", "e", "en", "n", "er", "ern", "in")


@lru_cache(maxsize=1 << 17)
def is_noun(word: str) -> bool:
    """Whether a capitalized word is an everyday noun: known, a compound that ends in a known one, or by its suffix."""
    small = word.rpartition("-")[2].lower() or word.lower().rstrip("-")
    if small.endswith(_NOUN_SUFFIXES) and len(small) > 5:
        return True
    stems = [small.removesuffix(ending) for ending in _INFLECTIONS if small.endswith(ending)]
    compound = not small.endswith("kirchen") and any(map(_ends_in_noun, stems))
    return compound or any(stem in NOUNS for stem in stems)


def _ends_in_noun(stem: str) -> bool:
    tails = (stem[-length:] for length in range(4, min(len(stem) - 1, 14)))
    return any(tail in NOUNS and tail not in _ENDS_OF_NAMES for tail in tails)


@lru_cache(maxsize=1 << 17)
def is_name_like(word: str) -> bool:
    """Whether a word is capitalized, made of letters, and neither a noun, a function word nor a weekday or month."""
    return (
        word[0].isupper()
        and len(word) > 1
        and word[-1] != "-"
        and word.translate({45: None, 39: None, 0x2019: None}).isalpha()  # hyphen and apostrophes
        and word.lower() not in FUNCTION_WORDS
        and word not in CALENDAR
        and not is_noun(word)
    )


def is_initial(word: str) -> bool:
    """Whether a word is like ``J.`` or ``J.-P.``."""
    return word.endswith(".") and all(len(part) == 2 and part[0].isupper() for part in word.split("-"))
