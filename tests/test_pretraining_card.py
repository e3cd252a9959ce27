"""The card says what the record says."""

from eigennamen.pretraining.card import card
from eigennamen.records import PretrainingRecord

RECORD = PretrainingRecord(
    run_id="mlm-text-0-abc",
    experiment="mlm",
    seed=0,
    model={"body": "bert", "parameters": 7190000},
    times={},
    environment={"torch": "2.13.0", "python": "3.11"},
    fingerprints={},
    objective="masked_language_model",
    text={
        "lines": 10,
        "words": 1234567,
        "license": "CC0",
        "files": {"a.txt": "0123456789abcdefXYZ"},
        "excluded_lines": {"germeval2014": 3},
    },
    training={"subwords_seen": 2000, "device": "2 CPU threads"},
    curve=[{"step": 1000, "subwords": 2000, "train_loss": 7.25, "held_out_loss": 7.5, "held_out_accuracy": 0.125}],
)


def test_a_masked_language_model() -> None:
    text = card(RECORD, name="my-bert", overrides=["+experiment=mlm", "corpus.unlabeled=a.txt"])
    assert text.startswith("---\nlibrary_name: transformers\npipeline_tag: fill-mask\n---\n\n# my-bert\n")
    for part in (
        "| parameters | 7,190,000 |",
        "10 lines, 1,234,567 words. Lines left out because they hold a test sentence: 3 of germeval2014.",
        "Licence of the text: CC0.",
        "- `a.txt` (SHA-256 `0123456789abcdef…`)",
        "| subwords seen | 2,000 |\n| device | 2 CPU threads |\n| torch | 2.13.0 |",
        "| 1,000 | 2,000 | 7.250 | 7.500 | 12.5 |",
        "python pretrain.py +experiment=mlm corpus.unlabeled=a.txt",
        "module.pretrained=models/my-bert",
        "AutoModelForMaskedLM.from_pretrained('models/my-bert')",
    ):
        assert part in text


def test_the_command_can_be_pasted_into_a_shell() -> None:
    text = card(RECORD, name="my-bert", overrides=["exclude=[]", "corpus.unlabeled=[a b.txt]"])
    assert "\npython pretrain.py 'exclude=[]' 'corpus.unlabeled=[a b.txt]'\n" in text


def test_word_vectors_have_no_curve_and_another_setting() -> None:
    record = PretrainingRecord(**{**vars(RECORD), "objective": "train_skip_gram", "curve": []})
    text = card(record, name="my-vectors", overrides=[])
    assert text.startswith("# my-vectors\n")
    assert "module.word_vectors=models/my-vectors" in text
    assert "from_pretrained" not in text
    assert "How it did" not in text
