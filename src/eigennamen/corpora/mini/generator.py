"""Splits of generated sentences: each carrier belongs to one split, and some names never occur in train."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from random import Random

from eigennamen.corpora.mini.grammar import Fillers, Phrase, has_name, is_made, read_carriers, read_fillers, realize
from eigennamen.types import Sentence

# shares of the sentences
REGISTERS = {"news": 0.36, "encyclopedia": 0.3, "forum": 0.2, "query": 0.14}
# shares of the carriers; the test split is what methods are compared on, so it gets more of them than dev
CARRIERS = {"train": 0.68, "dev": 0.1, "test": 0.22}
HELD_OUT = 0.15
# names are listed by how common they are: how often the first tenth, the next three tenths and the rest are drawn
FREQUENCY = {0.1: 6, 0.4: 2, 1.0: 1}
LOWER_CASE = {"query": 1.0, "forum": 0.15}
WITHOUT_UMLAUTS = {"query": 0.3}

_TRANSCRIPTION = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_ATTEMPTS = 200


def generate(split: str, n: int, *, seed: int) -> tuple[Sentence, ...]:
    """``n`` different sentences of a split (train, dev or test), the same for the same seed; more begin with fewer.

    Raises ValueError where the carriers of a register give no new sentence any more.
    """
    rng = Random(f"{seed} {split}")
    writer = _Writer(fillers_of(split, seed=seed), rng)
    carriers = {register: _endless(carriers_of(split, register, seed=seed), rng=rng) for register in REGISTERS}
    seen: set[tuple[str, ...]] = set()
    sentences = []
    for number in range(1, n + 1):
        register = rng.choices(list(REGISTERS), list(REGISTERS.values()))[0]
        phrase = writer.new_phrase(register, carriers[register], seen=seen)
        seen.add(phrase.words)
        sentences.append(Sentence(f"mini-{split}-{register}-{number:04d}", phrase.words, phrase.spans))
    return tuple(sentences)


def carriers_of(split: str, register: str, *, seed: int) -> list[str]:
    """The split's share of a register's carriers; every carrier belongs to exactly one split."""
    rng = Random(f"{seed} {register}")
    phrases = read_fillers("phrases")
    shares = []
    for named in (True, False):  # apart, so that every split has its share of sentences without a name
        carriers = [carrier for carrier in read_carriers(register) if has_name(carrier, phrases=phrases) is named]
        rng.shuffle(carriers)
        to_dev = round(CARRIERS["train"] * len(carriers))
        to_test = to_dev + round(CARRIERS["dev"] * len(carriers))
        share = {"train": carriers[:to_dev], "dev": carriers[to_dev:to_test], "test": carriers[to_test:]}
        shares += share[split]
    return shares


def fillers_of(split: str, *, seed: int) -> dict[str, list[str]]:
    """Names, common ones more often, and words; for train without the held-out share of each list of names."""
    fillers = {slot: list(entries) for slot, entries in read_fillers("words").items()}
    for slot, entries in read_fillers("names").items():
        held_out = _held_out(slot, entries, seed=seed) if split == "train" else []
        fillers[slot] = _by_frequency([entry for entry in entries if entry not in held_out])
    return fillers


def _held_out(slot: str, entries: tuple[str, ...], *, seed: int) -> list[str]:
    written = [entry for entry in entries if not is_made(entry)]
    return Random(f"{seed} {slot}").sample(written, int(HELD_OUT * len(written)))


def _by_frequency(entries: list[str]) -> list[str]:
    """A list of written-out names with the common ones repeated; a list with made names has weights of its own."""
    if any(is_made(entry) for entry in entries):
        return entries
    limits = [(share * len(entries), times) for share, times in FREQUENCY.items()]
    times_of = [next(times for limit, times in limits if rank < limit) for rank in range(len(entries))]
    return [entry for entry, times in zip(entries, times_of, strict=True) for _ in range(times)]


def _endless(carriers: list[str], *, rng: Random) -> Iterator[str]:
    """The carriers over and over in one random order, so that all are used about equally often."""
    return cycle(rng.sample(carriers, len(carriers)))


@dataclass(frozen=True)
class _Writer:
    fillers: Fillers
    rng: Random

    def new_phrase(self, register: str, carriers: Iterator[str], *, seen: set[tuple[str, ...]]) -> Phrase:
        """The first of the next carriers that gives a sentence not seen yet."""
        for _ in range(_ATTEMPTS):
            phrase = realize(next(carriers), phrases=read_fillers("phrases"), fillers=self.fillers, rng=self.rng)
            phrase = self._noisy(phrase, register=register)
            if phrase.words not in seen:
                return phrase
        raise ValueError(
            f"corpus mini: the carriers of register {register!r} gave no new sentence in {_ATTEMPTS} attempts, "
            f"after {len(seen)} sentences; ask for fewer (corpus.n_train, corpus.n_dev, corpus.n_test)"
        )

    def _noisy(self, phrase: Phrase, *, register: str) -> Phrase:
        """Write the phrase as people of the register do: without capitals, without umlauts; the spans stay."""
        words = phrase.words
        if self.rng.random() < LOWER_CASE.get(register, 0):
            words = tuple(word.lower() for word in words)
        if self.rng.random() < WITHOUT_UMLAUTS.get(register, 0):
            words = tuple(word.translate(_TRANSCRIPTION) for word in words)
        return Phrase(words, phrase.spans)
