"""Sub-word vocabularies trained on text: WordPiece for BERT, unigram for T5. Both are cased and read NFC."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SENTINELS = tuple(f"<extra_id_{i}>" for i in range(100))


def wordpiece(
    lines: Iterable[str], *, vocab_size: int, alphabet: int = 1000, max_length: int = 512, exact: bool = True
) -> PreTrainedTokenizerFast:
    """A WordPiece tokenizer (Schuster and Nakajima 2012) with BERT's special tokens.

    ``lines`` are read twice. Characters beyond the ``alphabet`` most frequent ones become unknown.

    Raises:
        ValueError: the text supports fewer sub-words, or its characters alone are more (both with ``exact``).
    """
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    characters = _frequent_characters(lines, alphabet)
    # the trainer would number the inner characters in an order that differs from process to process
    inner = [f"##{character}" for character in characters]
    backend = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    backend.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.BertNormalizer(lowercase=False, strip_accents=False)]
    )
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size,
        special_tokens=special + inner,
        initial_alphabet=characters,
        limit_alphabet=len(characters),
        show_progress=False,
    )
    backend.train_from_iterator(lines, trainer)
    # anew, because inner characters must be special to the trainer only: decoding leaves out what is special
    whole = Tokenizer(models.WordPiece(backend.get_vocab(), unk_token="[UNK]"))
    whole.normalizer, whole.pre_tokenizer = backend.normalizer, backend.pre_tokenizer
    whole.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    whole.decoder = decoders.WordPiece()
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True))
    if exact:
        _check_size(whole.get_vocab_size(), vocab_size)
    # transformers' own BertTokenizer would drop the NFC step when it is loaded
    return PreTrainedTokenizerFast(tokenizer_object=whole, model_max_length=max_length, **names)


def unigram(
    lines: Iterable[str],
    *,
    vocab_size: int,
    alphabet: int = 1000,
    max_length: int = 512,
    exact: bool = True,
    sample: int = 10_000_000,
) -> PreTrainedTokenizerFast:
    """A unigram tokenizer (Kudo 2018) with T5's special tokens, sentinels and byte fallback: no character is unknown.

    ``lines`` are read three times. ``vocab_size`` includes the 256 bytes and the 100 sentinels. The pieces are learned
    from lines of about ``sample`` characters, spread over the text: a core takes ten seconds for a million.

    Raises:
        ValueError: the text supports fewer sub-words (with ``exact``), or its characters alone are more.
    """
    characters = _frequent_characters(lines, alphabet)
    backend = _unigram_pieces(_spread(lines, sample), characters, vocab_size=vocab_size)
    whole = Tokenizer(_with_bytes(backend))
    whole.normalizer, whole.pre_tokenizer = backend.normalizer, backend.pre_tokenizer
    whole.decoder = decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    whole.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    if exact:
        _check_size(whole.get_vocab_size() + len(SENTINELS), vocab_size)
    return PreTrainedTokenizerFast(
        tokenizer_object=whole,
        model_max_length=max_length,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        extra_special_tokens=list(SENTINELS),
    )


def _unigram_pieces(lines: Iterable[str], characters: list[str], *, vocab_size: int) -> Tokenizer:
    special = ["<pad>", "</s>", "<unk>"]
    # the marker of a word's start is a piece too
    _check_characters(len({*characters, "▁"}) + len(special) + 256 + len(SENTINELS), vocab_size)
    backend = Tokenizer(models.Unigram())
    backend.normalizer = normalizers.NFC()
    backend.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    trainer = trainers.UnigramTrainer(
        vocab_size=max(vocab_size - 256 - len(SENTINELS), 0),
        special_tokens=special,
        unk_token="<unk>",
        initial_alphabet=characters,
        show_progress=False,
    )
    backend.train_from_iterator(lines, trainer)
    return backend


def _spread(lines: Iterable[str], characters: int) -> Iterable[str]:
    """Every n-th line, so that they have about as many characters; all lines where they have fewer."""
    step = -(-sum(map(len, lines)) // characters)
    return islice(lines, 0, None, max(step, 1))


def _check_characters(needed: int, asked: int) -> None:
    if needed > asked:
        raise ValueError(
            f"vocab_size={asked}: special tokens and single characters alone make {needed}; set vocab_size to more "
            "than that, or alphabet lower"
        )


def _check_size(made: int, asked: int) -> None:
    _check_characters(made, asked)
    if made < asked:
        raise ValueError(
            f"vocab_size={asked}: the text supports no more than {made} sub-words; add text, or set vocab_size to "
            f"{made} or less"
        )


def _with_bytes(trained: Tokenizer) -> models.Unigram:
    """The trained model with a piece for each byte, less probable than any other piece."""
    all_pieces = [tuple(piece) for piece in json.loads(trained.to_str())["model"]["vocab"]]
    pieces: list[tuple[str, float]] = [*all_pieces[:3], *_reproducible(all_pieces[3:])]
    least = min(score for _, score in pieces) - 10.0
    return models.Unigram([*pieces, *((f"<0x{byte:02X}>", least) for byte in range(256))], unk_id=2, byte_fallback=True)


def _reproducible(pieces: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Learned pieces without what differs from one training to the next, the most probable first.

    The trainer's sums differ in their last decimals. It also numbers the characters that it did not learn in any order,
    each 0.0001 from the one before, up from the lowest score: they all get that one.
    """
    lowest = min(score for _, score in pieces)

    def is_numbered(piece: str, score: float) -> bool:
        steps = (score - lowest) / 0.0001
        return len(piece) == 1 and steps < len(pieces) and abs(steps - round(steps)) < 0.001

    settled = [(piece, round(lowest if is_numbered(piece, score) else score, 6)) for piece, score in pieces]
    return sorted(settled, key=lambda one: (-one[1], one[0]))


def _frequent_characters(lines: Iterable[str], n: int) -> list[str]:
    counts: Counter[str] = Counter()
    for line in lines:
        counts.update(unicodedata.normalize("NFC", line))
    frequent = sorted(counts, key=lambda character: (-counts[character], character))[:n]
    return sorted(character for character in frequent if not character.isspace())


def fingerprint(tokenizer: Any) -> str:
    """What changes with everything that a fast tokenizer does."""
    return hashlib.sha256(tokenizer.backend_tokenizer.to_str().encode()).hexdigest()
