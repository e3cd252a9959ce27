"""What the tables of studies say, in English and in German; names of rows and columns stay as the study has them."""

from collections.abc import Mapping
from dataclasses import dataclass

from eigennamen.study_grid import Study


@dataclass(frozen=True)
class Language:
    """``words`` has the sentences by key; ``decimal`` stands between a number and its fraction."""

    code: str
    decimal: str
    words: Mapping[str, str]

    def __getitem__(self, key: str) -> str:
        return self.words[key]

    def number(self, value: float, spec: str = ".1f") -> str:
        """A number as it is written in this language.

        >>> GERMAN.number(51.26), ENGLISH.number(-1.2, "+.1f")
        ('51,3', '-1.2')
        """
        return format(value, spec).replace(".", self.decimal)

    def interval(self, low: float, high: float, spec: str = ".1f") -> str:
        """Two numbers in brackets; a decimal comma does not separate them.

        >>> ENGLISH.interval(1, 2), GERMAN.interval(1, 2)
        ('[1.0, 2.0]', '[1,0; 2,0]')
        """
        between = ", " if self.decimal == "." else "; "
        return f"[{self.number(low, spec)}{between}{self.number(high, spec)}]"

    def question(self, study: Study) -> str:
        return study.question_de if self.code == "de" and study.question_de else study.question


ENGLISH = Language(
    "en",
    ".",
    {
        "score": "Strict micro F1 on test in % (seqeval, mode strict, scheme IOB2)",
        "seeds": "mean ± standard deviation over {n} seeds, (n) where only n of them are there",
        "interval": "in brackets the 95 % interval of a bootstrap over test sentences, seeds taken as they are",
        "bold": "bold: the best of its column",
        "test": "*: better than the runner-up with adjusted p < 0.05, by approximate randomization over sentences, "
        "Holm's correction over the table",
        "labels": "labels",
        "published": "{name} (published)",
        "tests": "Best against runner-up, points of micro F1 and adjusted p:",
        "untested": "Not tested, since counts by sentence are missing for the best or the runner-up: {columns}.",
        "unpaired": "Not tested, since the best and the runner-up have no seed in common: {columns}.",
        "without": "{n} of {all} runs have no counts by sentence; cells of several such runs have no interval.",
        "runs": "{n} of {all} runs are there.",
        "failed": "Failed runs: {n} ({cells}).",
        "versus_majority_vote": "Difference to the majority vote on the same candidates, points of micro F1 "
        "with the 95 % interval of a paired bootstrap:",
        "to": "to",
        "ceiling": "recall ceiling of the functions",
    },
)
GERMAN = Language(
    "de",
    ",",
    {
        "score": "Strikte Micro-F1 auf den Testdaten in % (seqeval, Modus strict, Schema IOB2)",
        "seeds": "Mittelwert ± Standardabweichung über {n} Seeds, (n), wo nur n davon vorliegen",
        "interval": "in eckigen Klammern das 95-%-Intervall eines Bootstraps über Testsätze bei festen Seeds",
        "bold": "fett: der beste Wert der Spalte",
        "test": "*: besser als der zweitbeste mit korrigiertem p < 0,05, durch approximative Randomisierung über "
        "Sätze, Holm-Korrektur über die Tabelle",
        "labels": "Klassen",
        "published": "{name} (veröffentlicht)",
        "tests": "Bester gegen zweitbesten Wert, Punkte Micro-F1 und korrigiertes p:",
        "untested": "Nicht getestet, da für den besten oder den zweitbesten Wert Zählungen je Satz fehlen: {columns}.",
        "unpaired": "Nicht getestet, da der beste und der zweitbeste Wert keinen Seed gemeinsam haben: {columns}.",
        "without": "{n} von {all} Läufen haben keine Zählungen je Satz; Zellen aus mehreren davon sind ohne Intervall.",
        "runs": "{n} von {all} Läufen liegen vor.",
        "failed": "Gescheiterte Läufe: {n} ({cells}).",
        "versus_majority_vote": "Differenz zum Mehrheitsvotum auf denselben Kandidaten, Punkte Micro-F1 mit "
        "dem 95-%-Intervall eines gepaarten Bootstraps:",
        "to": "bis",
        "ceiling": "höchster möglicher Recall der Funktionen",
    },
)
LANGUAGES = {language.code: language for language in (ENGLISH, GERMAN)}
