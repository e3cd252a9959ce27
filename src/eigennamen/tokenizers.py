"""Tokenizers: from words to a model's input columns, cut into windows in which every word is owned exactly once.

A *window* is what goes through the model at once. Long sentences become several overlapping windows; each word is
*owned* by the one in which it stands farthest from the border, and is learned and predicted only there. So no word is
truncated and none is counted twice.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import torch
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from eigennamen.pretrained import explain_missing_model
from eigennamen.subwords import fingerprint, wordpiece
from eigennamen.word_vectors import WordVectors

Words = Sequence[str]


@dataclass
class Windows:
    """Columns, one entry a window: sentence index, owned words, their positions in the window, model inputs."""

    sentence: list[int] = field(default_factory=list)
    words: list[list[int]] = field(default_factory=list)
    positions: list[list[int]] = field(default_factory=list)
    inputs: dict[str, list[Any]] = field(default_factory=dict)
    replaced_words: int = 0

    def columns(self) -> dict[str, list[Any]]:
        return {"sentence": self.sentence, "words": self.words, "positions": self.positions, **self.inputs}


class WordTokenizer(Protocol):
    """What a codec needs; ``pad`` turns windows into tensors of shape ``(batch, positions, ...)``."""

    vocab_size: int
    length_column: str

    @property
    def fingerprint(self) -> str: ...

    def windows(self, sentences: Sequence[Words]) -> Windows: ...

    def pad(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]: ...

    def save_pretrained(self, folder: Path) -> object: ...


class SubwordTokenizer:
    """A fast Hugging Face tokenizer. A word is represented by its first sub-word.

    ``max_length`` and ``stride`` (the overlap of two windows) are in sub-words. A word of which the tokenizer leaves
    nothing (a lone control character, say) is given its unknown token instead, and counted.
    """

    length_column = "input_ids"

    def __init__(self, tokenizer: PreTrainedTokenizerBase, *, max_length: int = 256, stride: int = 64) -> None:
        if not tokenizer.is_fast:
            raise ValueError(f"{type(tokenizer).__name__} is a slow tokenizer; a fast one (tokenizer.json) is needed")
        self.hf = tokenizer
        self.max_length = min(max_length, tokenizer.model_max_length)
        self.stride = min(stride, self.max_length // 4)
        # part of tokenizer.json and of the fingerprint: a loaded tokenizer cuts the windows its model was trained on
        tokenizer.backend_tokenizer.enable_truncation(self.max_length, stride=self.stride)
        tokenizer.truncation_side = "right"  # _owners expects the windows from left to right
        self.vocab_size = len(tokenizer)

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.hf)

    def windows(self, sentences: Sequence[Words]) -> Windows:
        result = Windows(inputs={"input_ids": []})
        encoded = self._encode(sentences)
        if lost := _lost_words(encoded, sentences):
            kept = [list(words) for words in sentences]
            for sentence, word in lost:
                kept[sentence][word] = self.hf.unk_token
            result.replaced_words = len(lost)
            encoded = self._encode(kept)
        owners = _owners(encoded)
        for window, sentence in enumerate(encoded["overflow_to_sample_mapping"]):
            owned = [(word, place) for word, (owner, place) in owners[sentence].items() if owner == window]
            result.sentence.append(sentence)
            result.words.append([word for word, _ in owned])
            result.positions.append([place for _, place in owned])
            result.inputs["input_ids"].append(encoded["input_ids"][window])
        return result

    def _encode(self, sentences: Sequence[Words]) -> Any:
        return self.hf(
            sentences,
            is_split_into_words=True,
            truncation=True,
            max_length=self.max_length,
            stride=self.stride,
            return_overflowing_tokens=True,
            return_attention_mask=False,
            return_token_type_ids=False,
        )

    def pad(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        ids = [torch.tensor(row["input_ids"]) for row in rows]
        input_ids = pad_sequence(ids, batch_first=True, padding_value=self.hf.pad_token_id)
        mask = pad_sequence([torch.ones_like(one) for one in ids], batch_first=True)
        return {"input_ids": input_ids, "attention_mask": mask}

    def save_pretrained(self, folder: Path) -> object:
        return self.hf.save_pretrained(folder)


def _lost_words(encoded: Any, sentences: Sequence[Words]) -> list[tuple[int, int]]:
    """Words (sentence, index) of which no sub-word is left in any window."""
    found: list[set[int | None]] = [set() for _ in sentences]
    for window, sentence in enumerate(encoded["overflow_to_sample_mapping"]):
        found[sentence].update(encoded.word_ids(window))
    return [(s, w) for s, words in enumerate(sentences) for w in range(len(words)) if w not in found[s]]


def _owners(encoded: Any) -> dict[int, dict[int, tuple[int, int]]]:
    """For each sentence and word the window that owns it and the position of its first sub-word there."""
    owners: dict[int, dict[int, tuple[int, int]]] = {}
    margins: dict[tuple[int, int], int] = {}
    for window, sentence in enumerate(encoded["overflow_to_sample_mapping"]):
        of_sentence = owners.setdefault(sentence, {})
        word_ids = encoded.word_ids(window)
        previous = None
        for place, word in enumerate(word_ids):
            if word is not None and word != previous:
                margin = min(place, len(word_ids) - 1 - place)
                # a window after the first may start inside a word: its true first sub-word is in the window before
                continued = word in of_sentence and previous is None
                if not continued and margin > margins.get((sentence, word), -1):
                    of_sentence[word] = (window, place)
                    margins[sentence, word] = margin
            previous = word
    return owners


def pretrained_tokenizer(
    texts: Iterable[Words], *, pretrained: str, max_length: int = 256, stride: int = 64
) -> SubwordTokenizer:
    """The tokenizer that belongs to a pretrained model (a name or a local folder)."""
    with explain_missing_model(pretrained):
        # add_prefix_space: byte-level tokenizers (RoBERTa) refuse input that is split into words without it
        tokenizer = AutoTokenizer.from_pretrained(pretrained, add_prefix_space=True, trust_remote_code=False)
    return SubwordTokenizer(tokenizer, max_length=max_length, stride=stride)


def train_wordpiece(
    texts: Iterable[Words], *, vocab_size: int = 8000, max_length: int = 256, stride: int = 64
) -> SubwordTokenizer:
    """A cased WordPiece tokenizer trained on some sentences, as BERT uses it."""
    lines = [" ".join(words) for words in texts]
    hf = wordpiece(lines, vocab_size=vocab_size, max_length=max_length, exact=False)
    return SubwordTokenizer(hf, max_length=max_length, stride=stride)


class VocabularyTokenizer:
    """Word ids and character ids for a model that reads whole words; one window a sentence, of any length.

    Ids 0 and 1 are padding and unknown. Words that occur less often than ``min_count`` are unknown; their characters
    (the first ``max_characters``) still tell them apart. With ``vector_words`` (the words of pretrained vectors, most
    frequent first) there is a further column: which vector a word has, 1 for none. ``word_vectors`` are the vectors
    themselves; a loaded tokenizer has none, because the saved model has them.
    """

    length_column = "word_ids"
    FILE = "vocabulary.json"

    def __init__(
        self,
        words: Sequence[str],
        characters: Sequence[str],
        *,
        max_characters: int = 24,
        vector_words: Sequence[str] = (),
        word_vectors: WordVectors | None = None,
    ) -> None:
        self.words = list(words)
        self.characters = list(characters)
        self.max_characters = max_characters
        self.word_vectors = word_vectors
        self.vector_words = list(vector_words if word_vectors is None else word_vectors.words)
        self._word_ids = {word: i for i, word in enumerate(self.words, start=2)}
        self._character_ids = {character: i for i, character in enumerate(self.characters, start=2)}
        self._vector_ids = {word: i for i, word in enumerate(self.vector_words, start=2)}
        self.vocab_size = len(self.words) + 2
        self.n_characters = len(self.characters) + 2

    @cached_property
    def fingerprint(self) -> str:
        return hashlib.sha256(repr(self._state()).encode()).hexdigest()

    def _state(self) -> dict[str, Any]:
        state = {"words": self.words, "characters": self.characters, "max_characters": self.max_characters}
        return state | ({"vector_words": self.vector_words} if self.vector_words else {})

    def windows(self, sentences: Sequence[Words]) -> Windows:
        result = Windows(inputs={"word_ids": [], "character_ids": []})
        for index, words in enumerate(sentences):
            result.sentence.append(index)
            result.words.append(list(range(len(words))))
            result.positions.append(list(range(len(words))))
            result.inputs["word_ids"].append([self._word_ids.get(word, 1) for word in words])
            result.inputs["character_ids"].append([self._spell(word) for word in words])
        if self.vector_words:
            result.inputs["vector_ids"] = [[self._vector_ids.get(word, 1) for word in words] for words in sentences]
        return result

    def _spell(self, word: str) -> list[int]:
        return [self._character_ids.get(character, 1) for character in word[: self.max_characters]]

    def pad(self, rows: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        columns = ["word_ids", "vector_ids"] if self.vector_words else ["word_ids"]
        padded = {name: pad_sequence([torch.tensor(row[name]) for row in rows], batch_first=True) for name in columns}
        present = padded["word_ids"] > 0
        spelled = [ids for row in rows for ids in row["character_ids"]]
        longest = max(len(ids) for ids in spelled)
        character_ids = torch.zeros(*present.shape, longest, dtype=torch.long)
        character_ids[present] = torch.tensor([ids + [0] * (longest - len(ids)) for ids in spelled])
        return padded | {"character_ids": character_ids}

    def save_pretrained(self, folder: Path) -> object:
        return (Path(folder) / self.FILE).write_text(json.dumps(self._state(), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def from_pretrained(cls, folder: Path) -> "VocabularyTokenizer":
        return cls(**json.loads((Path(folder) / cls.FILE).read_text(encoding="utf-8")))


def train_vocabulary(
    texts: Iterable[Words], *, min_count: int = 2, max_characters: int = 24, word_vectors: str | None = None
) -> VocabularyTokenizer:
    """Words and characters of some sentences, the most frequent first, beside a folder of word vectors if there is one.

    Raises FileNotFoundError or ValueError where the folder holds no readable word vectors.
    """
    counts = Counter(word for words in texts for word in words)
    by_frequency = sorted(counts, key=lambda word: (-counts[word], word))
    words = [word for word in by_frequency if counts[word] >= min_count]
    characters = sorted({character for word in counts for character in word})
    vectors = None if word_vectors is None else WordVectors.load(word_vectors)
    return VocabularyTokenizer(words, characters, max_characters=max_characters, word_vectors=vectors)


def load_tokenizer(folder: Path) -> WordTokenizer:
    """The tokenizer that was saved beside a model, with its windows."""
    if (Path(folder) / VocabularyTokenizer.FILE).exists():
        return VocabularyTokenizer.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    window: Any = tokenizer.backend_tokenizer.truncation
    return SubwordTokenizer(tokenizer, max_length=window["max_length"], stride=window["stride"])
