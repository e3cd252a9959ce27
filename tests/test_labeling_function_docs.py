"""The examples in docs/labeling_functions.md are real."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra.utils import instantiate

from eigennamen.weak import tagging
from eigennamen.weak.loading import load_labeling_functions

TEXT = (Path(__file__).parents[1] / "docs" / "labeling_functions.md").read_text(encoding="utf-8")
EXAMPLES = {
    key: node
    for block in re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    for key, node in yaml.safe_load(block).items()
}


def _files(folder: Path) -> None:
    """What the examples name: a file of predictions and a run folder."""
    (folder / "predictions.jsonl").write_text(json.dumps({"id": "s", "words": ["Ulm"], "spans": []}), encoding="utf-8")
    model = folder / "outputs" / "RUN" / "model"
    model.mkdir(parents=True)
    (model / "config.json").write_text(json.dumps({"id2label": {"0": "O", "1": "B-PER"}}), encoding="utf-8")
    names = "run_id experiment corpus protocol method dev_labels".split()
    mappings = "model times environment fingerprints scores label_source counters".split()
    record = dict.fromkeys(names, "") | {name: {} for name in mappings}
    numbers = {"seed": 0, "dev_sentences": 0, "parents": [], "version": 1}
    (model.parent / "record.json").write_text(json.dumps(record | numbers), encoding="utf-8")


@pytest.mark.parametrize("key", sorted(EXAMPLES))
def test_examples_make_labeling_functions(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _files(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tagging, "version", lambda _: "1.0")  # of the optional extra
    node: Any = EXAMPLES[key]
    made = node if isinstance(node, str) else instantiate(node, _convert_="all")
    (lf,) = load_labeling_functions({key: made})
    assert lf.name == key
    assert set(lf.labels) <= {"PER", "LOC", "ORG", "MISC"}


def test_names_are_keys_and_every_family_is_there() -> None:
    nodes = {key: node for key, node in EXAMPLES.items() if isinstance(node, dict)}
    assert {key: node["name"] for key, node in nodes.items()} == {key: key for key in nodes}
    families = {node["_target_"].removeprefix("eigennamen.weak.") for node in nodes.values()}
    assert families == {
        "consistency.document_consistency",
        "gazetteer.gazetteer",
        "german.noun_phrases.noun_phrases",
        "patterns.affix",
        "patterns.context",
        "patterns.pattern",
        "recorded.predictions",
        "recorded.trained_run",
        "statistics.also_lowercase",
        "statistics.neighbors",
        "tagging.part_of_speech",
        "tagging.tagged_as",
    }


def test_it_stays_short() -> None:
    assert len(TEXT.splitlines()) <= 80
