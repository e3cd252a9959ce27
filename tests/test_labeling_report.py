import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eigennamen.labeling.report import embedded, page, select, sentence_views
from eigennamen.types import Prediction, Sentence, Span
from eigennamen.weak.analysis import analyze
from eigennamen.weak.label_matrix import ABSTAIN, OUTSIDE, LabelMatrix

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PER, LOC = 1, 2  # classes
HTML = "<script>alert(1)</script>"
SENTENCES = [
    Sentence("agreed", ("Anna", "Kahl", "wohnt"), (Span(0, 2, "PER"),)),
    Sentence("boundary", ("Anna", "Kahl", "fehlt"), (Span(0, 2, "PER"),)),
    Sentence("against", ("Essen", "ist", "fertig"), ()),
    Sentence("silent", ("in", "Bonn", HTML), (Span(1, 2, "LOC"),)),
]
MATRIX = LabelMatrix(
    SENTENCES,
    ("PER", "LOC"),
    ("names", "first", "nouns"),
    candidates=np.array([[0, 0, 2], [1, 0, 1], [1, 0, 2], [2, 0, 1]]),
    votes=np.array(
        [
            [PER, ABSTAIN, ABSTAIN],
            [ABSTAIN, PER, ABSTAIN],
            [PER, ABSTAIN, ABSTAIN],
            [LOC, ABSTAIN, OUTSIDE],
        ]
    ),
    negative_votes=np.array([[0, 2, 3, 2], [2, 0, 1, 2]]),
    dropped={},
)
PREDICTED = [
    Prediction(SENTENCES[0], (0.9,)),
    Prediction(SENTENCES[1].with_spans([Span(0, 1, "PER")]), (0.6,)),
    Prediction(SENTENCES[2].with_spans([]), ()),
    Prediction(SENTENCES[3].with_spans([]), ()),
]


def _page(matrix: LabelMatrix = MATRIX, **arguments: Any) -> str:
    analysis = analyze(matrix, polarities=[("PER", "LOC"), ("PER",), ()])
    return page(matrix, PREDICTED, analysis, title="Functions on c train", **arguments)


def _data(html: str) -> Any:
    """What a browser reads from the page."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_a_sentence_has_the_votes_the_decision_and_gold() -> None:
    agreed, boundary, against, silent = sentence_views(MATRIX, PREDICTED)
    assert agreed["votes"] == [[0, 2, PER, 0], [2, 3, OUTSIDE, 2]]
    assert (agreed["model"], agreed["gold"]) == ([[0, 2, PER, 0.9]], [[0, 2, PER]])
    assert boundary["votes"] == [[0, 1, PER, 1], [0, 2, PER, 0]]
    assert against["votes"] == [[0, 1, OUTSIDE, 2], [0, 1, LOC, 0]]
    assert (silent["votes"], silent["model"], silent["gold"]) == ([], [], [[1, 2, LOC]])


def test_functions_are_in_conflict_over_labels_boundaries_and_votes_against() -> None:
    assert [view["conflicts"] for view in sentence_views(MATRIX, PREDICTED)] == [0, 2, 1, 0]


def test_what_a_sentence_can_be_shown_for() -> None:
    kinds = [view["kinds"] for view in sentence_views(MATRIX, PREDICTED)]
    assert kinds == [[], ["conflict", "wrong"], ["conflict"], ["wrong", "missed", "no vote"]]


def test_without_gold_nothing_is_wrong() -> None:
    matrix = replace(MATRIX, sentences=[sentence.with_spans(None) for sentence in SENTENCES])
    views = sentence_views(matrix, PREDICTED)
    assert [view["gold"] for view in views] == [None] * 4
    assert [view["kinds"] for view in views] == [[], ["conflict"], ["conflict"], ["no vote"]]
    assert list(_data(_page(matrix))["kinds"]) == ["conflict", "no vote"]


def test_without_any_candidate_the_page_still_shows_the_sentences() -> None:
    nothing = np.zeros((0, 3), dtype=np.int64)
    matrix = replace(MATRIX, candidates=nothing, votes=nothing, negative_votes=np.zeros((0, 4), dtype=np.int64))
    assert [view["kinds"][-1] for view in sentence_views(matrix, PREDICTED)] == ["no vote"] * 4


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (None, ["boundary", "against", "silent", "agreed"]),
        (3, ["boundary", "silent", "agreed"]),  # each kind has its turn before the second conflict has
        (1, ["boundary"]),
    ],
)
def test_most_conflicts_come_first_and_every_kind_has_its_turn(limit: int | None, expected: list[str]) -> None:
    assert [view["id"] for view in select(sentence_views(MATRIX, PREDICTED), limit)] == expected


def test_the_page_says_what_it_leaves_out() -> None:
    data = _data(_page(max_sentences=3, facts=["a fact"]))
    assert data["facts"][0] == "a fact"
    assert data["facts"][1].startswith("3 of 4 sentences are below")
    assert {kind: about["total"] for kind, about in data["kinds"].items()} == {
        "conflict": 2,
        "wrong": 2,
        "missed": 1,
        "no vote": 1,
    }
    assert _data(_page())["facts"] == ["All 4 sentences are below, those with most conflicts first."]


def test_the_table_speaks_of_the_labels_of_the_corpus() -> None:
    rows = _data(_page(label_map={"PER": "PERSON", "LOC": None}))["functions"]
    assert [row["polarity"] for row in rows] == [["PERSON", "LOC"], ["PERSON"], []]
    assert [row["name"] for row in rows] == ["names", "first", "nouns"]


def test_the_corpus_cannot_leave_its_script_element() -> None:
    html = _page()
    assert HTML not in html
    assert html.count("</script>") == 2  # the data's and the program's
    assert _data(html)["sentences"][2]["words"] == ["in", "Bonn", HTML]


@pytest.mark.parametrize("text", ["</script>", "<!-- <script>", "&lt;", "\u2028\u2029", '"\\', "ä", "__DATA__"])
def test_embedded_text_is_read_back_and_has_nothing_that_html_reads(text: str) -> None:
    assert json.loads(embedded(text)) == text
    assert not set("<>&\u2028\u2029") & set(embedded(text))


def test_the_page_asks_for_nothing_from_elsewhere() -> None:
    html = _page()
    assert "default-src 'none'" in html
    assert not re.search(r"https?:|src=|href=|url\(|@import|fetch\(|innerHTML|insertAdjacent|document\.write", html)


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="needs a browser: chromium or google-chrome")
def test_a_browser_draws_every_sentence_and_runs_nothing_of_the_corpus(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(_page(), encoding="utf-8")
    command = [str(BROWSER), "--headless", "--no-sandbox", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    done = subprocess.run([*command, path.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    drawn = done.stdout.partition("<main>")[2].partition("</main>")[0]
    assert re.findall(r"<header class=\"faint\"><span>(\w+)</span>", drawn) == [
        "boundary",
        "against",
        "silent",
        "agreed",
    ]
    assert "<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>" in drawn
    assert "<script" not in drawn
    assert "P ✗ first" in drawn
    assert "4 of 4 sentences" in done.stdout
