"""Spelling pieces of text in the sub-words of an encoder-decoder's tokenizer."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from transformers import AutoTokenizer, PreTrainedTokenizerBase

from eigennamen.decoding.written import WrittenPiece
from eigennamen.pretrained import explain_missing_model
from eigennamen.subwords import unigram

_PROBE = "a"


class Speller:
    """A fast Hugging Face tokenizer that is asked for one piece (without whitespace) at a time.

    So the sub-words of a text are those of its pieces, one after the other, whatever stands beside them.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        if not tokenizer.is_fast:
            raise ValueError(f"{type(tokenizer).__name__} is a slow tokenizer; a fast one (tokenizer.json) is needed")
        if None in (tokenizer.eos_token_id, tokenizer.pad_token_id, tokenizer.unk_token_id):
            raise ValueError(
                f"{type(tokenizer).__name__} lacks an end, a padding or an unknown sub-word, which writing needs; "
                "choose another module.pretrained, such as google/mt5-small or facebook/bart-base, or "
                "+experiment=hand_labels"
            )
        self.hf = tokenizer
        self.vocab_size = len(tokenizer)
        self.end = int(tokenizer.eos_token_id)
        self.padding = int(tokenizer.pad_token_id)
        self.unknown = int(tokenizer.unk_token_id)
        self._spelled: dict[str, tuple[int, ...]] = {}

    def __call__(self, piece: str) -> tuple[int, ...]:
        """The sub-words of a piece, at least one: the unknown one for what the tokenizer cannot spell.

        Never the end or padding, not even of a piece that reads like them.
        """
        if piece not in self._spelled:
            ids = self.hf(_encodable(piece), add_special_tokens=False).input_ids
            spelled = [self.unknown if one in (self.end, self.padding) else one for one in ids]
            self._spelled[piece] = tuple(spelled) or (self.unknown,)
        return self._spelled[piece]

    def can_spell(self, piece: str) -> bool:
        """Whether no part of a piece is lost."""
        return self.unknown not in self(piece) and _encodable(piece) == piece

    @cached_property
    def source_frame(self) -> tuple[list[int], list[int]]:
        """The special sub-words before and behind every text that is read."""
        return self._frame(self.hf(_PROBE).input_ids)

    @cached_property
    def target_prefix(self) -> list[int]:
        """The special sub-words that every text begins with that is written, behind the decoder's start."""
        return self._frame(self.hf(text_target=_PROBE).input_ids)[0]

    def _frame(self, framed: list[int]) -> tuple[list[int], list[int]]:
        core = self.hf(_PROBE, add_special_tokens=False).input_ids
        first = next(i for i in range(len(framed)) if framed[i : i + len(core)] == core)
        return framed[:first], framed[first + len(core) :]

    def pieces(self, written: Sequence[int]) -> list[WrittenPiece]:
        """Sub-words of any kind as text, cut at whitespace."""
        content = [i for i, one in enumerate(written) if one not in (self.end, self.padding)]
        texts: list[str] = []
        ends: list[int] = []  # of each piece so far, as sub-words
        for n, place in enumerate(content, start=1):
            text = str(self.hf.decode([written[i] for i in content[:n]], clean_up_tokenization_spaces=False))
            texts = text.split()
            ends = [*ends, *([0] * len(texts))][: len(texts)]
            if not text[-1:].isspace():  # else it begins the next piece
                ends[-1:] = [place + 1][: len(ends)]
        return [WrittenPiece(text, first, last) for text, first, last in zip(texts, [0, *ends], ends, strict=False)]

    def save_pretrained(self, folder: Path) -> None:
        self.hf.save_pretrained(folder)


def _encodable(piece: str) -> str:
    """A piece that is Unicode text: lone surrogates, which are none, become replacement characters."""
    return piece.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def pretrained_speller(texts: Iterable[Sequence[str]], *, pretrained: str) -> Speller:
    """The tokenizer of a pretrained model (a name or a local folder); where it has no end, its separator is one."""
    with explain_missing_model(pretrained):
        # add_prefix_space: byte-level tokenizers (BART) would spell the first word of a text otherwise than others
        tokenizer = AutoTokenizer.from_pretrained(pretrained, add_prefix_space=True, trust_remote_code=False)
    if tokenizer.eos_token is None:
        tokenizer.eos_token = tokenizer.sep_token
    return Speller(tokenizer)


def train_speller(texts: Iterable[Sequence[str]], *, vocab_size: int = 4000) -> Speller:
    """A unigram tokenizer with byte fallback trained on some sentences."""
    lines = [" ".join(words) for words in texts]
    return Speller(unigram(lines, vocab_size=vocab_size, exact=False))
