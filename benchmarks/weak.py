"""What the benchmarks of weak supervision share: the German functions, the text, and skweak with the same words."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from benchmarks import UnavailableError
from eigennamen.scoring import score
from eigennamen.types import Corpus, Prediction, Sentence, Span
from eigennamen.weak.labeling_function import LabelingFunction
from eigennamen.weak.loading import load_labeling_functions

CONF = Path(__file__).parents[1] / "conf"


def german_functions(data_dir: Path) -> tuple[LabelingFunction, ...]:
    """The set ``german_large`` as it is configured."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose(overrides=["+labeling_functions=german_large", f"+data_dir={data_dir}"])
    return load_labeling_functions(instantiate(cfg.labeling_functions, _convert_="all"))


def identity(corpus: Corpus) -> dict[str, str]:
    """A label map for a corpus that uses the labels of the functions."""
    return {label: label for label in corpus.labels}


def peer() -> tuple[Any, Any]:
    """Skweak with its aggregators, and spaCy."""
    try:
        import skweak.gazetteers
        import skweak.generative
        import skweak.heuristics
        import skweak.voting
        import spacy
    except ImportError as error:
        raise UnavailableError(f"needs skweak ({error}): run `make benchmarks`, which installs it") from error
    return skweak, spacy


def documents_of(sentences: Sequence[Sentence], spacy: Any) -> list[Any]:
    """A spaCy document for each sentence, with its words and nothing else."""
    vocabulary = spacy.vocab.Vocab()
    return [spacy.tokens.Doc(vocabulary, words=list(sentence.words)) for sentence in sentences]


def micro_f1(gold: Sequence[Sentence], predicted: Sequence[Prediction | Sentence]) -> float:
    """Strict micro F1 of what either side made of the same sentences."""
    sentences = [one.sentence if isinstance(one, Prediction) else one for one in predicted]
    return score(gold, sentences).micro.f1


def labelled(sentences: Sequence[Sentence], documents: Sequence[Any], key: str) -> list[Sentence]:
    """The sentences with the flat spans that skweak stored in its documents under ``key``."""
    pairs = zip(sentences, documents, strict=True)
    return [one.with_spans(Span(s.start, s.end, s.label_) for s in document.spans[key]) for one, document in pairs]
