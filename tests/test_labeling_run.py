import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from labeling_settings import CONF, TRAIN, label_config

from eigennamen.labeling.run import label

EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))
UNLABELED = "Köln schläft .\n"


@pytest.fixture
def tiny(write: Callable[..., str], tmp_path: Path) -> list[str]:
    """Overrides: two sentences, two functions, a majority vote."""
    lines = [json.dumps({"text": text, "label": spans}, ensure_ascii=False) for text, spans in TRAIN]
    functions = {
        "titles": "eigennamen.weak.german.persons.titles",
        "places": "{_target_: eigennamen.weak.gazetteer.gazetteer, name: c, label: LOC, path: 'builtin:cities'}",
    }
    return [
        "corpus=jsonl",
        f"corpus.train={write('train.jsonl', chr(10).join(lines))}",
        f"corpus.unlabeled={write('more.txt', UNLABELED)}",
        "~labeling_functions",
        "+labeling_functions={" + ", ".join(f"{name}: {function}" for name, function in functions.items()) + "}",
        "label_model=majority_vote",
        f"output_dir={tmp_path}",
    ]


def test_the_folder_has_table_labels_and_report(tiny: list[str], tmp_path: Path) -> None:
    folder = label(label_config(*tiny))
    assert folder.parent == tmp_path / "labels"
    assert sorted(path.name for path in folder.iterdir()) == [
        "analysis.csv",
        "analysis.json",
        "labels.jsonl",
        "report.html",
    ]
    analysis = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    assert (analysis["corpus"], analysis["split"], analysis["strict_micro_f1"]) == (
        "jsonl",
        "train",
        {"MajorityVote": 1},
    )
    assert [(row["name"], row["votes"], row["precision"]) for row in analysis["rows"]] == [
        ("titles", 2, 1),
        ("places", 1, 1),
    ]
    with (folder / "analysis.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["polarity"], row["votes"]) for row in rows] == [
        ("titles", "PER", "2"),
        ("places", "LOC", "1"),
    ]
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [[(s["start"], s["end"], s["label"]) for s in line["spans"]] for line in labels] == [
        [(1, 2, "PER"), (4, 5, "LOC")],
        [(1, 2, "PER")],
    ]
    assert all(span["confidence"] == pytest.approx(1.2 / 1.4) for line in labels for span in line["spans"])
    assert '"Kahl"' in (folder / "report.html").read_text(encoding="utf-8")


def test_unlabeled_text_can_be_looked_at(tiny: list[str]) -> None:
    folder = label(label_config(*tiny, "split=unlabeled"))
    analysis = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    assert (analysis["n_sentences"], analysis["strict_micro_f1"], analysis["recall_ceiling"]) == (1, {}, None)


@pytest.mark.slow
def test_the_folder_is_another_one_for_other_functions_data_or_views(tiny: list[str], tmp_path: Path) -> None:
    first = label(label_config(*tiny))
    assert label(label_config(*tiny, "trainer.max_epochs=3", "logger=none")) == first
    others = [["label_model.prior=0.5"], ["~labeling_functions.titles"], ["split=unlabeled"], ["max_sentences=1"]]
    folders = {first, *(label(label_config(*tiny, *other)) for other in others)}
    assert len(folders) == 5


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["split=dev"], r"corpus 'jsonl' has no sentences in split=dev; choose one of train, unlabeled"),
        (["max_sentences=0"], "max_sentences=0; expected at least 1, or null for all"),
        (["datamodule=hand_labels"], "but the labels are hand; choose datamodule=weak_labels"),
    ],
)
def test_what_cannot_be_shown_is_explained(tiny: list[str], tmp_path: Path, overrides: list[str], message: str) -> None:
    if "datamodule=hand_labels" in overrides:  # it has no labeling functions to replace
        tiny = [one for one in tiny if "labeling_functions" not in one and "label_model" not in one]
    with pytest.raises(ValueError, match=message):
        label(label_config(*tiny, *overrides))
    assert not (tmp_path / "labels").exists()


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_the_overrides_of_train_work(experiment: str) -> None:
    cfg = label_config(f"+experiment={experiment}", "trainer=debug", "logger=none", "seed=3")
    assert (cfg.name, cfg.split, cfg.seed) == (experiment, "train", 3)
