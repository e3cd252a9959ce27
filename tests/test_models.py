"""The shipped models: whole, small, and readable by plain transformers."""

from pathlib import Path

import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoModelForSeq2SeqLM, AutoTokenizer

from eigennamen.pretrained import check_files
from eigennamen.records import RECORD, PretrainingRecord
from eigennamen.word_vectors import WordVectors

MODELS = Path(__file__).parents[1] / "models"
FOLDERS = sorted(path.parent for path in MODELS.glob(f"*/{RECORD}"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_is_what_its_record_says_and_has_a_card(folder: Path) -> None:
    check_files(str(folder))
    record = PretrainingRecord.read(folder)
    assert record.files
    assert set(record.text["excluded_lines"]) == {"germeval2014", "wikineural_de"}
    assert record.run_id in (folder / "README.md").read_text(encoding="utf-8")
    assert max(path.stat().st_size for path in folder.iterdir()) <= 16 * 10**6


def test_there_are_some() -> None:
    names = {"eigennamen-bert-mini", "eigennamen-t5-mini", "eigennamen-word-vectors-de"}
    assert {folder.name for folder in FOLDERS} >= names


def test_transformers_alone_fills_masks_with_the_small_bert() -> None:
    folder = MODELS / "eigennamen-bert-mini"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForMaskedLM.from_pretrained(folder).eval()
    assert model.dtype == torch.float32
    inputs = tokenizer("Meine sehr verehrten Damen und [MASK]!", return_tensors="pt")
    with torch.inference_mode():
        logits = model(**inputs).logits[0]
    [place] = (inputs["input_ids"][0] == tokenizer.mask_token_id).nonzero().flatten().tolist()
    assert tokenizer.decode(logits[place].argmax()).strip() == "Herren"


def test_transformers_alone_copies_with_the_small_t5() -> None:
    folder = MODELS / "eigennamen-t5-mini"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    text = "Die Abgeordnete aus Nürnberg hat gestern mit dem Minister über das neue Gesetz gesprochen."
    other = "Wer einen Antrag stellt, muss ihn nach den Vorschriften dieses Absatzes begründen."
    written = tokenizer(text, return_tensors="pt").input_ids

    def right(read: str) -> float:
        with torch.inference_mode():
            logits = model(input_ids=tokenizer(read, return_tensors="pt").input_ids, labels=written).logits
        return float((logits.argmax(dim=-1) == written).float().mean())

    assert right(text) > 0.8
    assert right(other) < 0.4


def test_word_vectors_know_what_is_alike() -> None:
    vectors = WordVectors.load(MODELS / "eigennamen-word-vectors-de")

    def alike(one: str, other: str) -> float:
        a, b = (torch.from_numpy(vectors.vector(word)) for word in (one, other))
        return float(torch.cosine_similarity(a, b, dim=0))

    assert alike("Berlin", "Hamburg") > alike("Berlin", "Montag")
    assert alike("Merkel", "Schröder") > alike("Merkel", "Gesetz")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_truncated_file_is_named_with_its_checksum(tmp_path: Path, name: str) -> None:
    source = MODELS / "eigennamen-bert-mini"
    for path in source.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes((source / name).read_bytes()[:-100])
    with pytest.raises(ValueError, match=rf"{name}: expected SHA-256 [0-9a-f]{{16}}.*truncated or changed; fetch it"):
        check_files(str(tmp_path))
    (tmp_path / name).unlink()
    with pytest.raises(ValueError, match="found no such file"):
        check_files(str(tmp_path))
