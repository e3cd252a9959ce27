import json
import sys
from pathlib import Path

import numpy as np
import pytest
from omegaconf import OmegaConf

from eigennamen.annotation.label_errors import fold_numbers, ranked, review, write_review
from eigennamen.types import Prediction, Sentence, Span

ULM = Sentence("s1", ("Ulm", "ruft"), (Span(0, 1, "PER"),))
BONN = Sentence("s2", ("Bonn", "ruft"), (Span(0, 1, "LOC"),))
# tags: O B-PER I-PER B-LOC I-LOC
ULM_PROBS = np.array([[0.125, 0.125, 0.0, 0.75, 0.0], [0.75, 0.0, 0.25, 0.0, 0.0]], dtype=np.float32)
BONN_PROBS = np.array([[0.25, 0.0, 0.0, 0.75, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0]], dtype=np.float32)
PREDICTIONS = [
    Prediction(BONN, (0.75,), BONN_PROBS),
    Prediction(ULM.with_spans([Span(0, 1, "LOC")]), (0.75,), ULM_PROBS),
]


def test_the_worst_word_ranks_the_sentence() -> None:
    first, second = ranked([BONN, ULM], PREDICTIONS, labels=["PER", "LOC"])
    assert (first.sentence, first.quality, first.words) == (ULM, 0.125, (0,))  # B-PER of Ulm has 0.125
    assert (second.sentence, second.quality, second.words) == (BONN, 0.75, ())


def test_predictions_must_be_of_the_sentences() -> None:
    with pytest.raises(ValueError, match="'s1': expected tag probabilities of its own words"):
        ranked([ULM], PREDICTIONS[:1], labels=["PER", "LOC"])


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cleanlab.token_classification.rank", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install -e '.\[label-errors\]'"):
        ranked([BONN, ULM], PREDICTIONS, labels=["PER", "LOC"])
    with pytest.raises(ModuleNotFoundError, match="cleanlab"):
        review(OmegaConf.create(), folds=2, folder=Path("nowhere"))  # before anything is built


def test_the_review_can_be_read_and_exported(tmp_path: Path) -> None:
    write_review(tmp_path / "new", ranked([BONN, ULM], PREDICTIONS, labels=["PER", "LOC"]))
    assert (tmp_path / "new" / "review.tsv").read_text(encoding="utf-8").splitlines() == [
        "quality\tsentence_id\tdoubted\tlabels\tclassifier\tsentence",
        "0.1250\ts1\tUlm\tPER 0:1 Ulm\tLOC 0:1 Ulm\tUlm ruft",
        "0.7500\ts2\t\tLOC 0:1 Bonn\tLOC 0:1 Bonn\tBonn ruft",
    ]
    lines = (tmp_path / "new" / "review.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0]) == {
        "id": "s1",
        "quality": 0.125,
        "words": ["Ulm", "ruft"],
        "doubted": [0],
        "labels": [{"start": 0, "end": 1, "label": "PER"}],
        "spans": [{"start": 0, "end": 1, "label": "LOC", "confidence": 0.75}],
    }


def test_sentences_with_the_same_words_share_a_fold() -> None:
    twin = Sentence("s3", ULM.words, ())
    numbers = fold_numbers([ULM, BONN, twin], folds=2, seed=0)
    assert sorted(set(numbers)) == [0, 1]
    assert numbers[0] == numbers[2] != numbers[1]
    with pytest.raises(ValueError, match="folds=3; expected 2 to 2, the number of different sentences"):
        fold_numbers([ULM, BONN, twin], folds=3, seed=0)
