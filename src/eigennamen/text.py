"""Plain German text as words and sentences with exact character offsets.

The conventions are those of GermEval 2014 and CoNLL: punctuation is separate; hyphen compounds, numbers, dates, URLs
and e-mail addresses are one word; abbreviations and ordinals keep their dot. Offsets are half-open characters, and
``text[start:end]`` is the word itself: nothing is normalized.
"""

import re

_ABBREVIATIONS = (
    "Abb|Abk|Abt|Anm|Aufl|Bd|Bde|Bsp|Ca|Chr|Cie|Co|Corp|Dez|Dipl|Dr|Dres|Feb|Febr|Fr|Frl|Gebr|"
    "Hbf|Hg|Hr|Hrn|Hrsg|Inc|Ing|Inh|Jg|Jh|Jhd|Jhdt|Jr|Kfm|Ltd|Mio|Mr|Mrd|Mrs|Ms|Nov|Nr|Okt|"
    "Pkt|Prof|Sept|Sr|St|Std|Str|Tel|Tsd|Urspr|Verf|Vgl|Vol|allg|bes|bez|bzgl|bzw|ca|dgl|ders|"
    "ebd|eigtl|einschl|engl|etc|evtl|exkl|ff|frz|geb|gegr|gest|ggf|ggfs|griech|hebr|hrsg|ital|inkl|"
    "insb|kath|lat|mind|mtl|niederl|nördl|orig|österr|rd|röm|russ|sog|span|spez|südl|tägl|türk|ugs|"
    "urspr|usf|usw|verh|versch|vgl|vllt|vs|westl|wg|zit|zzgl|zzt|östl"
)
_ABBREVIATIONS_BEFORE_NUMBERS = "Abs|Art|Jan|Kap|Sep|Tab|Ziff|max|min"  # full words elsewhere
_SENTENCE_STARTERS = (
    "Aber|Als|Am|An|Auch|Auf|Aus|Bei|Da|Dabei|Dadurch|Daher|Damit|Danach|Dann|Das|Dem|Den|Denn|"
    "Der|Des|Deshalb|Die|Dies|Diese|Dieser|Dieses|Doch|Dort|Durch|Ein|Eine|Einer|Er|Es|Für|Hier|"
    "Ich|Ihr|Ihre|Im|In|Jetzt|Kein|Man|Mit|Nach|Nun|Nur|Ob|Obwohl|Sein|Seine|Seit|Sie|So|Später|"
    "Trotz|Um|Und|Unter|Viele|Vom|Von|Vor|Was|Weil|Weiter|Wenn|Wer|Wie|Wir|Wo|Zu|Zum|Zur|Zwar"
)
_MARK = "\u0300-\u036f\u00ad"  # combining accents and the soft hyphen belong to the letter before them
_CHAR = rf"[\w{_MARK}]"
_SYMBOL = rf"\S[{_MARK}\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]*"  # a sign or emoji with its variation or skin tone
_WORD = re.compile(
    rf"""
    (?:https?://|www\.) \S* [\w/]                                           # URL, up to its last letter, digit or slash
    | [\w.+-]{{1,64}} @ \w[\w-]* (?:\.\w[\w-]*)+                            # e-mail
    | (?:{_ABBREVIATIONS}) \. (?!{_CHAR})                                   # Dr.
    | (?:{_ABBREVIATIONS_BEFORE_NUMBERS}) \. (?=\s+\d)                      # Art. 5
    | (?:[^\W\d_]\.){{2,8}} (?!{_CHAR})                                     # z.B., U.S.
    | [^\W\d_]\. (?=[\s-]\S)                                                # J. Weber, J.-P.
    | (?:\d{{1,2}}|[IVX]+)\.
      (?=\)|-\w|\s+(?!(?:{_SENTENCE_STARTERS})\b)\w)  # 3. Mai, Karl V. von, (43.)
    | (?:[-+−](?=\d)|-)? {_CHAR}+
      (?: (?: [-–/]+ | ['’`´] | (?<=\d)[.,:](?=\d) | \.(?=[a-zäöüß]) | &(?=[A-Z]) | [*:](?=in(?:nen)?\b) ) {_CHAR}+ )*+
      (?: (?<=\d)[%°] | -(?=[\s,;)/]|\Z) | (?<=[sßxzSXZ])['’](?!\w) )?      # 5%, Bau- und, Hans'
    | \.{{2,}}                                                              # ellipsis
    | {_SYMBOL}(?:\u200d{_SYMBOL})*                                         # anything else: one sign
    """,
    re.VERBOSE,
)
_LINE_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_STARTERS = frozenset(_SENTENCE_STARTERS.split("|"))
_CLOSING = frozenset("\"'”“’‘»«›‹)]}")
_NO_START = frozenset(",;:.!?…")


def words_with_offsets(text: str) -> list[tuple[str, int, int]]:
    """Words in order as ``(word, start, end)``; together they cover every character that is not whitespace.

    >>> words_with_offsets("Dr. Kahl, Siemens-Chef")
    [('Dr.', 0, 3), ('Kahl', 4, 8), (',', 8, 9), ('Siemens-Chef', 10, 22)]
    """
    return [(match.group(), *match.span()) for match in _WORD.finditer(text)]


def sentences_with_offsets(text: str) -> list[tuple[int, int]]:
    """Half-open character ranges of the sentences, each from its first word to its last.

    A line break always ends a sentence. Within a line one ends at the space behind ``.``, ``!``, ``?`` or an ellipsis
    (and the quotes or brackets that close there), but behind an abbreviation or ordinal only before a typical first
    word, and nowhere before a lower-case letter.

    >>> text = "Am 3. Mai kam Dr. Kahl. Er blieb."
    >>> [text[start:end] for start, end in sentences_with_offsets(text)]
    ['Am 3. Mai kam Dr. Kahl.', 'Er blieb.']
    """
    words = words_with_offsets(text)
    ranges: list[tuple[int, int]] = []
    first = 0
    for i in range(1, len(words) + 1):
        if i == len(words) or _begins_sentence(text, words, i):
            ranges.append((words[first][1], words[i - 1][2]))
            first = i
    return ranges


def _begins_sentence(text: str, words: list[tuple[str, int, int]], i: int) -> bool:
    """Whether a sentence begins with word ``i``."""
    word, start, _ = words[i]
    gap = text[words[i - 1][2] : start]
    if _LINE_BREAK.search(gap):
        return True
    if not gap or word[0] in _NO_START or word[0].islower():
        return False
    last = i - 1
    while last > 0 and words[last][0] in _CLOSING and words[last][1] == words[last - 1][2]:
        last -= 1
    before = words[last][0]
    if before[-1] == "." and before.strip("."):  # an abbreviation or an ordinal
        return word in _STARTERS
    return before[-1] in ".!?…"
