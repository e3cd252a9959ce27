import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from labeling_settings import TRAIN, label_config

from eigennamen.labeling.run import label

TEXT = "Herr Köln wohnt in Bonn.\n\nEs regnet.\nFrau Groß reist nach Köln.\nKöln schläft.\nHerr Ulm\n"
FUNCTIONS = {
    "titles": "eigennamen.weak.german.persons.titles",
    "places": "{_target_: eigennamen.weak.gazetteer.gazetteer, name: c, label: LOC, path: 'builtin:cities'}",
    "starts": "eigennamen.weak.german.negatives.sentence_starts",
}


@pytest.fixture
def tiny(write: Callable[..., str], tmp_path: Path) -> list[str]:
    """Overrides: two training sentences, five to label, three functions."""
    lines = [json.dumps({"text": text, "label": spans}, ensure_ascii=False) for text, spans in TRAIN]
    return [
        "corpus=jsonl",
        f"corpus.train={write('train.jsonl', chr(10).join(lines))}",
        f"corpus.unlabeled={write('more.txt', TEXT)}",
        "split=unlabeled",
        "~labeling_functions",
        "+labeling_functions={" + ", ".join(f"{name}: {function}" for name, function in FUNCTIONS.items()) + "}",
        f"output_dir={tmp_path}",
    ]


def labels_in(folder: Path) -> list[Any]:
    """The lines of all parts, in order."""
    parts = sorted(folder.glob("labels*.jsonl"))
    return [json.loads(line) for part in parts for line in part.read_text(encoding="utf-8").splitlines()]


def analysis_in(folder: Path) -> Any:
    return json.loads((folder / "analysis.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("model", ["majority_vote", "weighted_vote", "dawid_skene", "span_errors", "hmm"])
@pytest.mark.parametrize("shard_size", [2, 100])
def test_a_streamed_text_gets_the_labels_that_it_gets_at_once(tiny: list[str], model: str, shard_size: int) -> None:
    at_once = label(label_config(*tiny, f"label_model={model}"))
    streamed = label(label_config(*tiny, f"label_model={model}", "stream=true", f"shard_size={shard_size}"))
    assert streamed != at_once
    lines, expected = labels_in(streamed), labels_in(at_once)
    assert [(line["id"], line["words"]) for line in lines] == [(line["id"], line["words"]) for line in expected]
    for line, other in zip(lines, expected, strict=True):
        confidences = [span.pop("confidence") for span in line["spans"]]
        assert confidences == pytest.approx([span.pop("confidence") for span in other["spans"]], abs=2e-6)
        assert line["spans"] == other["spans"]
    of_streamed, of_whole = analysis_in(streamed), analysis_in(at_once)
    assert {key: of_streamed[key] for key in of_whole} == of_whole


def test_the_folder_has_parts_where_there_are_several_shards(tiny: list[str], tmp_path: Path) -> None:
    several = label(label_config(*tiny, "label_model=span_errors", "stream=true", "shard_size=2"))
    parts = {f"labels-0000{i}.jsonl" for i in range(3)}
    assert {path.name for path in several.iterdir()} == {"analysis.csv", "analysis.json", "report.html"} | parts
    [votes] = (tmp_path / "votes").iterdir()
    assert {path.name for path in votes.iterdir()} == {f"votes-0000{i}.npz" for i in range(3)}
    analysis = analysis_in(several)
    assert (analysis["n_sentences"], analysis["n_words"], analysis["n_candidates"]) == (5, 20, 6)
    report = (several / "report.html").read_text(encoding="utf-8")
    assert "a uniform sample of 5 sentences" in report
    assert '"Ulm"' in report


@pytest.mark.slow
def test_votes_on_files_in_one_order_are_not_taken_for_another(tiny: list[str], write: Callable[..., str]) -> None:
    first, second = write("first.txt", "Es regnet in Bonn.\n"), write("second.txt", "Köln schläft.\n")
    for files in ([first, second], [second, first]):
        folder = label(label_config(*tiny, f"corpus.unlabeled=[{','.join(files)}]", "stream=true", "shard_size=1"))
        found = {
            line["id"].split("-")[1]: [line["words"][span["start"]] for span in line["spans"]]
            for line in labels_in(folder)
        }
        assert found == {"first": ["Bonn"], "second": ["Köln"]}


@pytest.mark.slow
def test_another_label_model_uses_the_votes_that_are_there(tiny: list[str], tmp_path: Path) -> None:
    first = label(label_config(*tiny, "label_model=span_errors", "stream=true"))
    assert [path.name for path in first.glob("labels*")] == ["labels.jsonl"]
    [votes] = (tmp_path / "votes").rglob("*.npz")
    written = votes.stat().st_mtime_ns
    assert label(label_config(*tiny, "label_model=majority_vote", "stream=true")) != first
    assert [(path, path.stat().st_mtime_ns) for path in (tmp_path / "votes").rglob("*.npz")] == [(votes, written)]
    label(label_config(*tiny, "label_model=majority_vote", "stream=true", "~labeling_functions.starts"))
    assert len(list((tmp_path / "votes").iterdir())) == 2


@pytest.mark.slow
def test_labels_that_are_there_are_kept_and_the_rest_is_done(tiny: list[str]) -> None:
    settings = (*tiny, "label_model=span_errors", "stream=true", "shard_size=2")
    folder = label(label_config(*settings))
    whole = labels_in(folder)
    (folder / "labels-00002.jsonl").unlink()
    (folder / "analysis.json").unlink()
    (folder / "labels-00000.jsonl").write_text('{"kept": true}\n', encoding="utf-8")
    assert label(label_config(*settings)) == folder
    assert labels_in(folder) == [{"kept": True}, *whole[2:]]
    assert analysis_in(folder)["n_sentences"] == 5


@pytest.mark.slow
def test_two_processes_write_what_one_writes(tiny: list[str], tmp_path: Path) -> None:
    settings = (*tiny, "label_model=snorkel", "stream=true", "shard_size=2")
    one = label(label_config(*settings))
    two = label(label_config(*settings, "num_proc=2", f"output_dir={tmp_path / 'two'}"))
    assert two.name == one.name
    names = sorted(path.name for path in one.glob("labels*"))
    assert [path.name for path in sorted(two.glob("labels*"))] == names
    for name in (*names, "analysis.csv", "report.html"):
        assert (two / name).read_bytes() == (one / name).read_bytes()


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["split=train"], "stream=true with split=train, num_proc=1, shard_size=20000; expected split=unlabeled"),
        (["num_proc=0"], "num_proc=0, shard_size=20000; expected split=unlabeled .* and numbers of at least 1"),
        (["corpus.unlabeled=null"], "corpus.unlabeled is not set; expected text files"),
        (["corpus.unlabeled=none.txt"], "none.txt: no such file"),
        (
            ["+labeling_functions.common={_target_: eigennamen.weak.statistics.also_lowercase, name: common}"],
            "common must see all of the text .* leave them out: ~labeling_functions.common",
        ),
    ],
)
def test_what_cannot_be_streamed_is_explained(
    tiny: list[str], tmp_path: Path, overrides: list[str], message: str
) -> None:
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        label(label_config(*tiny, "stream=true", *overrides))
    assert not (tmp_path / "labels").exists()


def test_words_one_a_line_are_not_streamed(tiny: list[str], write: Callable[..., str]) -> None:
    path = write("more.words", "Köln\nschläft\n")
    with pytest.raises(ValueError, match=r"more.words: stream=true reads plain text, one sentence a line"):
        label(label_config(*tiny, "stream=true", f"corpus.unlabeled={path}"))


def test_where_nothing_fires_nothing_is_learned(tiny: list[str], write: Callable[..., str], tmp_path: Path) -> None:
    only = ["~labeling_functions.titles", "~labeling_functions.places", "label_model=span_errors", "stream=true"]
    with pytest.raises(ValueError, match="none of the 1 labeling functions proposed a span in 5 sentences"):
        label(label_config(*tiny, *only))
    assert not (tmp_path / "labels").exists()
