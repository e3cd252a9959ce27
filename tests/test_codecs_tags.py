"""The tag codec: windows and their cache, batches with targets, tag probabilities back to spans."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from eigennamen.codecs.tags import TagCodec, Targets, build_tag_codec
from eigennamen.schemes import spans_to_tags
from eigennamen.tokenizers import VocabularyTokenizer, Windows, train_wordpiece
from eigennamen.types import Sentence, Span, TrainingSet

ANNA = Sentence("anna", ("Anna", "Kahl", "kommt"), (Span(0, 2, "PER"),))
KIEL = Sentence("kiel", ("in", "Kiel"), (Span(1, 2, "LOC"),))
LABELS = ("PER", "LOC")  # tags: O B-PER I-PER B-LOC I-LOC


class CountingTokenizer(VocabularyTokenizer):
    """Counts how many sentences it was asked to encode."""

    encoded = 0

    def windows(self, sentences: Sequence[Sequence[str]]) -> Windows:
        self.encoded += len(sentences)
        return super().windows(sentences)


def _codec() -> TagCodec:
    return TagCodec(labels=LABELS, tokenizer=CountingTokenizer(["Anna", "Kahl", "kommt", "in", "Kiel"], list("AKni")))


def _one_hot(*tags: int) -> list[list[float]]:
    return [[float(i == tag) for i in range(5)] for tag in tags]


def test_collate_puts_inputs_places_and_targets_together() -> None:
    codec = _codec()
    training_set = TrainingSet([ANNA, KIEL], weights={"kiel": np.array([0.0, 0.5], dtype=np.float32)})
    targets = Targets.of(training_set, codec.tags)
    windows = codec.encode([ANNA, KIEL])
    batch = codec.collate([windows[1], windows[0]], targets)
    assert batch.inputs["word_ids"].tolist() == [[5, 6, 0], [2, 3, 4]]
    assert batch.rows.tolist() == [0, 0, 1, 1, 1]
    assert batch.positions.tolist() == [0, 1, 0, 1, 2]
    assert batch.words.tolist() == [3, 4, 0, 1, 2]
    assert batch.targets.tolist() == _one_hot(0, 3, 1, 2, 0)
    assert batch.weights.tolist() == [0.0, 0.5, 1.0, 1.0, 1.0]


def test_soft_targets_are_taken_as_they_are_and_hard_ones_beside_them() -> None:
    soft = np.array([[0.5, 0.0, 0.0, 0.5, 0.0], [0.1, 0.0, 0.0, 0.9, 0.0]], dtype=np.float32)
    targets = Targets.of(TrainingSet([ANNA, KIEL], tag_probs={"kiel": soft}), _codec().tags)
    assert targets.offsets == [0, 3]
    assert targets.tag_probs[:3].tolist() == _one_hot(1, 2, 0)
    assert np.array_equal(targets.tag_probs[3:].numpy(), soft)
    assert targets.weights.tolist() == [1.0] * 5


def test_batch_moves_with_all_its_tensors() -> None:
    codec = _codec()
    batch = codec.collate([codec.encode([KIEL])[0]], Targets.unknown([KIEL], n_tags=5)).to(torch.device("meta"))
    tensors = [*batch.inputs.values(), batch.rows, batch.positions, batch.words, batch.targets, batch.weights]
    assert {tensor.device.type for tensor in tensors} == {"meta"}


def test_a_window_without_owned_words_is_collated() -> None:
    codec = TagCodec(labels=LABELS, tokenizer=train_wordpiece([ANNA.words], vocab_size=40))
    batch = codec.collate(
        [{"sentence": 0, "words": [], "positions": [], "input_ids": [2, 3]}], Targets.unknown([ANNA], n_tags=5)
    )
    assert batch.rows.shape == batch.words.shape == (0,)
    assert batch.targets.shape == (0, 5)


def test_encode_keeps_long_sentences_in_several_windows() -> None:
    tokenizer = train_wordpiece([ANNA.words, KIEL.words], vocab_size=60, max_length=10, stride=2)
    codec = TagCodec(labels=LABELS, tokenizer=tokenizer)
    long = Sentence("long", ("Anna",) * 30)
    windows = codec.encode([KIEL, long, ANNA])
    assert windows["sentence"][0] == 0
    assert windows["sentence"][-1] == 2
    assert sum(len(row["words"]) for row in windows) == 2 + 30 + 3
    assert len(windows) > 5


def test_words_without_subword_are_counted() -> None:
    codec = TagCodec(labels=LABELS, tokenizer=train_wordpiece([ANNA.words], vocab_size=40))
    odd = Sentence("odd", ("\u200b", "Anna", "\x01"))
    for sentences, expected in (([ANNA, odd], 2), ([ANNA, odd], 2), ([odd], 4), ([ANNA], 4)):
        codec.encode(sentences)  # the same text counts once
        assert codec.counters["words_without_subword"] == expected


def test_text_that_is_only_looked_at_does_not_count() -> None:
    codec = TagCodec(labels=LABELS, tokenizer=train_wordpiece([ANNA.words], vocab_size=40))
    codec.encode([Sentence("odd", ("\u200b", "Anna"))])
    with codec.uncounted():
        codec.encode([Sentence("other", ("\x01", "\x02"))])
        codec.counters["repaired_tags"] += 3
        assert codec.counters == {"repaired_tags": 3, "words_without_subword": 3}
    assert codec.counters == {"repaired_tags": 0, "words_without_subword": 1}
    codec.encode([ANNA])
    assert codec.counters["words_without_subword"] == 1


def test_cache_is_written_once_and_reused(tmp_path: Path) -> None:
    codec = _codec()
    first = codec.encode([ANNA, KIEL], cache=tmp_path / "features")
    assert codec.tokenizer.encoded == 2  # type: ignore[attr-defined]
    again = _codec()
    second = again.encode([ANNA, KIEL], cache=tmp_path / "features")
    assert again.tokenizer.encoded == 0  # type: ignore[attr-defined]
    assert second.to_dict() == first.to_dict()
    assert len(list((tmp_path / "features").iterdir())) == 1


@pytest.mark.parametrize("cached", [True, False])
def test_encoding_pickles_no_tokenizer_which_takes_seconds_for_one_with_word_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cached: bool
) -> None:
    pickled: list[object] = []
    monkeypatch.setattr(CountingTokenizer, "__reduce_ex__", lambda self, protocol: pickled.append(self) or (str, ()))
    assert len(_codec().encode([ANNA, KIEL], cache=tmp_path if cached else None)) == 2
    assert not pickled


def test_cache_remembers_the_words_without_subword(tmp_path: Path) -> None:
    sentences = [Sentence("odd", ("\u200b", "Anna"))]
    for _ in range(2):
        codec = TagCodec(labels=LABELS, tokenizer=train_wordpiece([ANNA.words], vocab_size=40))
        codec.encode(sentences, cache=tmp_path)
        assert codec.counters["words_without_subword"] == 1


def test_another_text_or_tokenizer_gets_another_file(tmp_path: Path) -> None:
    codec = _codec()
    other = TagCodec(labels=LABELS, tokenizer=VocabularyTokenizer(["Anna"], list("AKni")))
    encodings = [
        codec.encode([ANNA, KIEL], cache=tmp_path),
        codec.encode([KIEL, ANNA], cache=tmp_path),
        other.encode([ANNA, KIEL], cache=tmp_path),
        codec.encode([Sentence("anna", ("Anna", "Kahl", "geht"))], cache=tmp_path),
    ]
    assert len(list(tmp_path.iterdir())) == 4
    assert encodings[0]["word_ids"][:] == [[2, 3, 4], [5, 6]]
    assert encodings[2]["word_ids"][:] == [[2, 1, 1], [1, 1]]


def test_labels_are_no_part_of_the_cache(tmp_path: Path) -> None:
    for spans in ((Span(0, 1, "PER"),), (), None):
        _codec().encode([ANNA.with_spans(spans)], cache=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_write_leaves_no_half_file(tmp_path: Path, error: type[BaseException]) -> None:
    sentences = [KIEL] * 1500  # more than the 1,000 that are written at once
    codec = _codec()

    def interrupted(some: Sequence[Sequence[str]]) -> Windows:
        if len(some) < 1000:
            raise error
        return VocabularyTokenizer.windows(codec.tokenizer, some)  # type: ignore[arg-type]

    codec.tokenizer.windows = interrupted  # type: ignore[assignment,method-assign]
    with pytest.raises(error):
        codec.encode(sentences, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert len(_codec().encode(sentences, cache=tmp_path)) == 1500


def test_decode_repairs_counts_and_gives_the_least_probability_as_confidence() -> None:
    codec = _codec()
    probs = np.array(
        [
            [0.1, 0.7, 0.1, 0.1, 0.0],  # Anna B-PER
            [0.2, 0.1, 0.6, 0.1, 0.0],  # Kahl I-PER
            [0.9, 0.1, 0.0, 0.0, 0.0],  # kommt O
            [0.2, 0.0, 0.8, 0.0, 0.0],  # in I-PER, which continues nothing
            [0.1, 0.0, 0.3, 0.1, 0.5],  # Kiel I-LOC, which continues no LOC
        ],
        dtype=np.float32,
    )
    anna, kiel = codec.decode([ANNA, KIEL], probs)
    assert anna.spans == (Span(0, 2, "PER"),)
    assert anna.confidences == pytest.approx((0.6,))
    assert kiel.spans == (Span(0, 1, "PER"), Span(1, 2, "LOC"))
    assert kiel.confidences == pytest.approx((0.8, 0.5))
    assert codec.counters["repaired_tags"] == 2
    assert kiel.tag_probs is not None
    assert np.array_equal(kiel.tag_probs, probs[3:])
    assert (anna.sentence.id, anna.sentence.words) == (ANNA.id, ANNA.words)


@given(st.lists(st.lists(st.sampled_from([None, "PER", "LOC"]), min_size=1, max_size=8), min_size=1, max_size=5))
def test_spans_survive_targets_and_decoding(rows: list[list[str | None]]) -> None:
    codec = _codec()
    sentences = [
        Sentence(str(i), ("x",) * len(row), tuple(Span(j, j + 1, label) for j, label in enumerate(row) if label))
        for i, row in enumerate(rows)
    ]
    targets = Targets.of(TrainingSet(sentences), codec.tags)
    assert [codec.tags[i] for i in targets.tag_probs.argmax(dim=1)] == [
        tag for s in sentences for tag in spans_to_tags(s.spans or (), len(s.words))
    ]
    decoded = codec.decode(sentences, targets.tag_probs.numpy())
    assert [prediction.sentence for prediction in decoded] == sentences
    assert codec.counters["repaired_tags"] == 0


def test_build_tag_codec_trains_the_tokenizer_on_the_texts() -> None:
    codec = build_tag_codec(
        labels=LABELS, texts=[ANNA.words], tokenizer=lambda texts: VocabularyTokenizer(next(iter(texts)), ["A"])
    )
    assert codec.tags == ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
    assert codec.tokenizer.vocab_size == 5
