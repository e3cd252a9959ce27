import os
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.text import sentences_with_offsets, words_with_offsets

GERMAN = st.text(alphabet="aAbZsß äÜ.,:;!?-–/'’\"„“()&@%°13 \t\r\n\u0308\u00ad\u200d😀\ufe0f\ufeff*", max_size=60)
ANY_TEXT = st.one_of(st.text(), GERMAN)


def words(text: str) -> list[str]:
    return [word for word, _, _ in words_with_offsets(text)]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences_with_offsets(text)]


@given(ANY_TEXT)
def test_words_are_exact_and_cover_all_but_whitespace(text: str) -> None:
    found = words_with_offsets(text)
    covered = [position for _, start, end in found for position in range(start, end)]
    assert covered == [position for position, char in enumerate(text) if not char.isspace()]
    assert all(word and text[start:end] == word for word, start, end in found)


@given(ANY_TEXT)
def test_sentences_are_ordered_and_cover_every_word(text: str) -> None:
    ranges = sentences_with_offsets(text)
    assert all(left[1] <= right[0] for left, right in pairwise(ranges))
    gaps = zip([0, *(end for _, end in ranges)], [*(start for start, _ in ranges), len(text)], strict=True)
    assert all(not text[start:end].strip() for start, end in gaps)
    assert all(len(text[start:end].splitlines()) == 1 for start, end in ranges)


@given(GERMAN)
def test_cutting_into_sentences_cuts_no_word(text: str) -> None:
    starts = {start for _, start, _ in words_with_offsets(text)}
    assert {start for start, _ in sentences_with_offsets(text)} <= starts


@pytest.mark.parametrize(
    "text",
    [
        "Der Siemens-Chef aus Baden-Württemberg kam .",
        "Dr. Kahl u.a. mit U.S. General J. F. Kennedy , z.B. ca. 1715 usw.",
        "Am 3. Mai starb Ludwig XIV. von Frankreich .",
        "1.234,56 Euro am 28.04.2006 um 17:35 bei -3,5% und 90°",
        "eine 2,5-Zoll-Platte und das 1:0 der Saison 2006/07 ( 1961–1964 )",
        '„ Kommt “ , » Nein « , " Ja "',
        "GmbH & Co. KG und AT&T",
        "Hans' Hut , geht's mit O'Neill ? Ra’zac",
        "max.muster@web.de , stern.de , http://a.de/b?c=1 ( www.foo.de )",
        'Bau- und Forst-Amt , die " Punk " -Szene - ja',
        "alle Schüler*innen und Lehrer:innen : heute",
        "So ... und so …",
        "👨‍👩‍👧 ❤️ 👍🏽 Mu\u0308ller Auf\u00adgabe",
    ],
)
def test_conventions(text: str) -> None:
    """Each text is written with one space between words; taking away those before punctuation changes nothing."""
    assert words(text) == text.split(" ")
    assert words(re.sub(r" (?=[,?)“«:])", "", text)) == text.split(" ")


def test_a_number_or_letter_before_the_final_full_stop_keeps_no_dot() -> None:
    assert words("auf Platz 3.") == ["auf", "Platz", "3", "."]
    assert words("Er hat Plan B.") == ["Er", "hat", "Plan", "B", "."]
    assert words("Das war 1990. Danach") == ["Das", "war", "1990", ".", "Danach"]


@pytest.mark.parametrize(
    "expected",
    [
        ["Am 3. Mai kam Dr. Kahl an.", "Er blieb bis zum 5. Mai."],
        ['Er rief: "Komm!"', "Dann ging er."],
        ["»Nein!« rief Anna.", "(So war es.)", "Gut!"],
        ["Wer?", "Ich...", "Du!?", "Äpfel, Birnen usw.", "Das war alles."],
        ["Platz 3.", "Danach kam Prof. J. F. Müller (SPD)."],
    ],
)
def test_sentences(expected: list[str]) -> None:
    assert sentences(" ".join(expected)) == expected


@pytest.mark.parametrize("text", ["Am 8.September kam er.", "die 2./3. Auflage", "Ali Y.* (26) kam.", "Ja! rief er."])
def test_one_sentence(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\n \n", "\u2028"])
def test_a_line_break_ends_a_sentence(line_break: str) -> None:
    assert sentences(f"Berlin{line_break}und Köln{line_break}") == ["Berlin", "und Köln"]


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "A." * 25_000, "-" * 50_000, "www." * 12_500, "1," * 25_000, "'" * 50_000]
)
def test_no_text_takes_quadratic_time(text: str) -> None:
    """Quadratic matching would take minutes here, not milliseconds."""
    assert "".join(words(text)) == text


@pytest.mark.data
def test_words_of_germeval_come_back_from_running_text() -> None:
    """The dev split without the spaces before punctuation; the rest are typing errors and its ``Dr .``, ``St .``."""
    root = os.environ.get("EIGENNAMEN_DATA")
    if not root:
        pytest.skip("set EIGENNAMEN_DATA to the folder of the real corpora")
    blocks = (Path(root) / "germeval2014" / "NER-de-dev.tsv").read_text(encoding="utf-8").split("\n\n")
    gold = [[line.split("\t")[1] for line in block.splitlines() if line[0] != "#"] for block in blocks if block.strip()]
    joined = [re.sub(r" (?=[.,:;!?)“](?: |$))", "", " ".join(sentence)) for sentence in gold]
    same = sum(words(text) == sentence for text, sentence in zip(joined, gold, strict=True))
    assert same / len(gold) > 0.92
