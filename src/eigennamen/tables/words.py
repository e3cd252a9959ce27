"""What tables and figures of studies say, in English and German; names of rows and columns stay as they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from eigennamen.studies.grid import Study

_SWAPPED = str.maketrans(",.", ".,")


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

        >>> GERMAN.number(51.26), ENGLISH.number(-1.2, "+.1f"), GERMAN.number(2000, ",.0f")
        ('51,3', '-1.2', '2.000')
        """
        text = format(value, spec)
        return text if self.decimal == "." else text.translate(_SWAPPED)

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
        "Holm's correction over the table, where both have the same seeds",
        "labels": "labels",
        "published": "{name} (published)",
        "tests": "Best against runner-up, points of micro F1 and adjusted p:",
        "some_seeds": "seeds that both have: {seeds}",
        "untested": "Not tested, since counts by sentence are missing for the best or the runner-up: {columns}.",
        "unpaired": "Not tested, since the best and the runner-up have no seed in common: {columns}.",
        "without": "{n} of {all} runs have no counts by sentence; cells of several such runs have no interval.",
        "runs": "{n} of {all} runs are there.",
        "failed": "Failed runs: {n} ({cells}).",
        "versus_majority_vote": "Difference of the first seed to the majority vote on the same candidates, points of "
        "micro F1 with the 95 % interval of a paired bootstrap:",
        "to": "to",
        "ceiling": "recall ceiling of the functions",
        "costs": "Strict micro F1 on test in %, and means over seeds: minutes of a person (labels, gold dev labels and "
        "labeling functions, at the prices in the records), minutes of training, words predicted a second, features "
        "included, and peak memory while it ran, as far as it was measured for it alone. Machines were shared: "
        "compare times within a factor of two.",
        "annotation": "annotation (min)",
        "training": "training (min)",
        "prediction": "prediction (words/s)",
        "memory": "memory (MB)",
        "micro_f1": "strict micro F1 on test (%)",
        "annotated": "words annotated",
        "minutes": "minutes of annotation, dev labels among them",
        "f1": "F1 (%)",
        "label": "label",
        "seen": "mention was in training",
        "seen_seen": "seen",
        "seen_unseen": "unseen",
        "mention_length": "words in the mention",
        "sentence_length": "words in the sentence",
        "gold": "gold label",
        "predicted": "predicted label",
        "missed": "missed",
        "spurious": "spurious",
        "strict": "strict: bounds and label",
        "exact": "exact: bounds, any label",
        "ent_type": "type: overlap and label",
        "partial": "partial: overlap counts half, any label",
        "confidence": "confidence of the span (%)",
        "precision": "precision (%)",
        "coverage": "coverage (% of candidates on train)",
        "train_precision": "precision on train (%)",
        "against": "votes against only",
        "several": "several labels",
        "epoch": "epoch",
        "dev_micro_f1": "strict micro F1 on dev (%)",
        "train_loss": "loss in training",
        "steps": "steps",
        "cross_entropy": "cross-entropy (nats)",
        "held_out_loss": "loss, held out",
        "held_out_accuracy": "right, held out",
        "guessed": "hidden sub-words guessed right (%)",
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
        "Sätze, Holm-Korrektur über die Tabelle, wo beide dieselben Seeds haben",
        "labels": "Klassen",
        "published": "{name} (veröffentlicht)",
        "tests": "Bester gegen zweitbesten Wert, Punkte Micro-F1 und korrigiertes p:",
        "some_seeds": "gemeinsame Seeds: {seeds}",
        "untested": "Nicht getestet, da für den besten oder den zweitbesten Wert Zählungen je Satz fehlen: {columns}.",
        "unpaired": "Nicht getestet, da der beste und der zweitbeste Wert keinen Seed gemeinsam haben: {columns}.",
        "without": "{n} von {all} Läufen haben keine Zählungen je Satz; Zellen aus mehreren davon sind ohne Intervall.",
        "runs": "{n} von {all} Läufen liegen vor.",
        "failed": "Gescheiterte Läufe: {n} ({cells}).",
        "versus_majority_vote": "Differenz des ersten Seeds zum Mehrheitsvotum auf denselben Kandidaten, Punkte "
        "Micro-F1 mit dem 95-%-Intervall eines gepaarten Bootstraps:",
        "to": "bis",
        "ceiling": "höchster möglicher Recall der Funktionen",
        "costs": "Strikte Micro-F1 auf den Testdaten in % und Mittelwerte über Seeds: Minuten eines Menschen "
        "(Labels, Gold für dev und Labeling-Funktionen, zu den Preisen in den Protokollen der Läufe), Minuten "
        "Training, vorhergesagte Wörter je Sekunde einschließlich der Merkmale, größter Speicherbedarf während des "
        "Laufs, soweit für ihn allein gemessen. Die Rechner waren geteilt: Zeiten sind auf einen Faktor zwei "
        "vergleichbar.",
        "annotation": "Annotation (min)",
        "training": "Training (min)",
        "prediction": "Vorhersage (Wörter/s)",
        "memory": "Speicher (MB)",
        "micro_f1": "strikte Micro-F1 auf den Testdaten (%)",
        "annotated": "annotierte Wörter",
        "minutes": "Minuten Annotation, Dev-Labels mitgezählt",
        "f1": "F1 (%)",
        "label": "Klasse",
        "seen": "Nennung kam im Training vor",
        "seen_seen": "gesehen",
        "seen_unseen": "ungesehen",
        "mention_length": "Wörter der Nennung",
        "sentence_length": "Wörter im Satz",
        "gold": "Klasse im Gold",
        "predicted": "vorhergesagte Klasse",
        "missed": "übersehen",
        "spurious": "überzählig",
        "strict": "strict: Grenzen und Klasse",
        "exact": "exact: Grenzen, Klasse beliebig",
        "ent_type": "type: Überlappung und Klasse",
        "partial": "partial: Überlappung zählt halb, Klasse beliebig",
        "confidence": "Konfidenz der Spanne (%)",
        "precision": "Precision (%)",
        "coverage": "Abdeckung (% der Kandidaten in Train)",
        "train_precision": "Precision auf Train (%)",
        "against": "nur Gegenstimmen",
        "several": "mehrere Klassen",
        "epoch": "Epoche",
        "dev_micro_f1": "strikte Micro-F1 auf Dev (%)",
        "train_loss": "Verlust im Training",
        "steps": "Schritte",
        "cross_entropy": "Kreuzentropie (nats)",
        "held_out_loss": "Verlust, zurückgelegt",
        "held_out_accuracy": "richtig, zurückgelegt",
        "guessed": "richtig erratene Teilwörter (%)",
    },
)
LANGUAGES = {language.code: language for language in (ENGLISH, GERMAN)}
