"""The command, and the commands in docs/annotation.md."""

import json
import re
import shlex
from argparse import Namespace
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from eigennamen.annotation.__main__ import _config, _parser, main
from eigennamen.annotation.formats import FORMATS
from eigennamen.annotation.oracle import FileOracle
from eigennamen.corpora.jsonl import read_sentences
from eigennamen.corpora.mini import load as load_mini

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs" / "annotation.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^python -m eigennamen\.annotation (.+)$", DOCS, re.MULTILINE)
pytestmark = pytest.mark.slow
MINI = ["corpus=mini", "corpus.n_train=5", "corpus.n_dev=2", "corpus.n_test=2", "--conf", str(ROOT / "conf")]
TRAIN = load_mini(n_train=5, n_dev=2, n_test=2).train


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_out_and_in_again(format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tasks, labels = tmp_path / f"tasks{FORMATS[format].suffix}", tmp_path / "labels.out"
    main(["export", "--to", format, "--out", str(tasks), *MINI])
    assert "5 tasks, 5 of them with labels, 0 with suggestions" in capsys.readouterr().out
    assert (tmp_path / "tasks.xml").exists() == (format == "label_studio")
    main(["import", str(tasks), "--from", format, "--out", str(labels), *MINI])
    assert [(s.id, s.words, s.spans) for s in read_sentences(labels, missing="")] == [
        (s.id, s.words, s.spans) for s in TRAIN
    ]
    assert re.search(r"^ +5 labelled$", capsys.readouterr().out, re.MULTILINE)


def test_suggestions_ids_and_hidden_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        {"id": s.id, "words": s.words, "spans": [{"start": 0, "end": 1, "label": "PER", "confidence": 0.5}]}
        for s in (TRAIN[3], TRAIN[1])
    ]
    given, out = tmp_path / "given.jsonl", tmp_path / "tasks.jsonl"
    given.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    chosen = ["--ids", str(given), "--suggestions", str(given), "--hide-labels"]
    main(["export", "--to", "jsonl", "--out", str(out), *chosen, *MINI])
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [(line["sentence_id"], line["spans"]) for line in written] == [(TRAIN[3].id, None), (TRAIN[1].id, None)]
    assert [span["confidence"] for line in written for span in line["suggested"]] == [0.5, 0.5]
    assert "2 tasks, 0 of them with labels, 2 with suggestions" in capsys.readouterr().out


def test_repairs_are_shown_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(TRAIN[0].words)
    spans = [{"start": 1, "end": 2, "label": "PERSON"}]
    line = json.dumps({"sentence_id": TRAIN[0].id, "text": text, "spans": spans})
    back, labels = tmp_path / "back.jsonl", tmp_path / "labels.jsonl"
    back.write_text(line, encoding="utf-8")
    command = ["import", str(back), "--from", "jsonl", "--out", str(labels), *MINI]
    with pytest.raises(SystemExit, match=r"error: back\.jsonl:1: label 'PERSON' is unknown"):
        main(command)
    assert not labels.exists()
    main([*command, "--rename", "PERSON=PER"])
    repair = f"back.jsonl:1: {text[1]!r} (PER, 1:2) widened to {TRAIN[0].words[0]!r}"
    assert (tmp_path / "labels.repairs.txt").read_text(encoding="utf-8") == repair + "\n"
    assert repair in capsys.readouterr().out


def test_agreement_of_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(tmp_path / name) for name in ("a.jsonl", "b.jsonl")]
    for file in files:
        main(["export", "--to", "jsonl", "--out", file, *MINI])
    main(["agreement", *files, "--out", str(tmp_path / "d.tsv")])
    assert "Cohen's kappa over words: 1.000" in capsys.readouterr().out
    assert len((tmp_path / "d.tsv").read_text(encoding="utf-8").splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export", "--to", "conll", "--out", "there", *MINI], "there: there already, and somebody's work"),
        (["export", "--to", "label_studio", "--out", "tasks.json", *MINI], r"tasks\.xml: there already"),
        (["import", "x", "--from", "conll", "--out", "old.jsonl", *MINI], r"old\.repairs\.txt: there already"),
        (["agreement", "nowhere", "there"], r"nowhere: no such file .*expected a file that import wrote"),
        (["export", "--to", "conll", "--out", "new", "--split", "unlabeled", *MINI], "choose one of train, dev, test"),
        (["export", "--to", "conll", "--out", "new", "--suggestions", "none.jsonl", *MINI], "none.jsonl: no such file"),
        (["export", "--to", "conll", "--out", "new", "--ids", "ids.jsonl", *MINI], "1 ids are not in the split"),
        (["export", "--to", "conll", "--out", "new", "--suggestions", "ids.jsonl", *MINI], "'spans' is missing"),
        (["import", "x", "--from", "conll", "--out", "new", "--rename", "A", *MINI], "expected TOOL_LABEL=LABEL"),
        (["import", "x", "--from", "label_studio", "--out", "new", *MINI], "x: no such file"),
        (["agreement", "there"], "needs two files"),
    ],
)
def test_errors(arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("tasks.xml", "old.repairs.txt"):
        Path(name).touch()
    Path("there").write_text("work", encoding="utf-8")
    Path("ids.jsonl").write_text('{"id": "x", "words": ["a"]}', encoding="utf-8")
    with pytest.raises(SystemExit, match=message):
        main(arguments)
    assert not Path("new").exists()
    assert Path("there").read_text(encoding="utf-8") == "work"


def test_a_pretrained_model_chooses_its_body_as_in_training() -> None:
    overrides = ["+experiment=hand_labels", "module.pretrained=deepset/gbert-base", "output_dir=Läufe"]
    options = Namespace(overrides=overrides, conf=ROOT / "conf")
    cfg = _config(options)
    assert cfg.module.body._target_.endswith("bodies.pretrained")
    assert cfg.output_dir == "Läufe"


def test_options_that_are_unknown_are_no_overrides(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--to", "conll", "--out", "new", "--spilt", "dev"])
    assert "unknown option(s): --spilt" in capsys.readouterr().err


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_docs_parse(command: str) -> None:
    options, overrides = _parser().parse_known_args(shlex.split(command))
    assert not [one for one in overrides if one.startswith("-")]
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        composed = compose("config", overrides)
    assert options.do
    assert composed.corpus.name == "mini"


def test_active_learning_takes_a_person_by_name() -> None:
    (arguments,) = re.findall(r"^python train\.py (.*oracle=files.*)$", DOCS, re.MULTILINE)
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        oracle = instantiate(compose("config", shlex.split(arguments)).procedure.oracle)
    assert isinstance(oracle, FileOracle)
    assert (oracle.folder, oracle.format) == (Path("rounds"), FORMATS["label_studio"])


def test_the_docs_have_commands_and_stay_short() -> None:
    assert len(COMMANDS) == 6
    assert len(DOCS.splitlines()) <= 60
