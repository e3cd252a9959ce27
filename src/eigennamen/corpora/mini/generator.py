"""Splits of generated sentences: each carrier belongs to one split, and some names never occur in train."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from random import Random

from eigennamen.corpora.mini.grammar import (
    Fillers,
    Phrase,
    expand,
    has_name,
    is_made,
    read_carriers,
    read_fillers,
    realize,
    slot_label,
    slots,
)
from eigennamen.types import Sentence

# shares of the sentences
REGISTERS = {"news": 0.45, "encyclopedia": 0.38, "forum": 0.13, "query": 0.04}
# shares of the carriers; the test split is what methods are compared on, so it gets more of them than dev
CARRIERS = {"train": 0.68, "dev": 0.1, "test": 0.22}
# a carrier with a slot of these kinds is used once where another is used COMMON times
RARE = frozenset(
    """
    misc_law_n misc_device misc_software misc_car_m misc_ship_f misc_game misc_drug misc_league_f misc_race_m
    misc_event_f misc_event_n misc_event_m misc_peace_m misc_treaty_m misc_award_m
    org_band org_choir_m org_team_pl org_ensemble_n org_hospital_n org_school_n org_school_f org_society_m
    org_charity_f org_police_f org_rescue_f org_office_f org_court_n
    per_noble_m per_noble_f per_byname_m per_artist per_first per_first_f per_first_m
    loc_mountain_m loc_building_f loc_building_n loc_building_m loc_street_m loc_river_f loc_river_m loc_region_f
    loc_river_abroad_m gadget law vehicle event house school court spot subject
    """.split()
)
COMMON = 5
# A list begins with its common names: the first is drawn n ** ZIPF times as often as the n-th, and MEAN is the number
# of copies of a name on average. A slot's names are DRAWS draws; the most frequent of them, a share of KNOWN, are in
# every split, of the others train does without HELD_OUT.
ZIPF = 0.3
MEAN = 10
DRAWS = 1000
KNOWN = 0.2
HELD_OUT = 0.45
LOWER_CASE = {"query": 1.0, "forum": 0.1}
WITHOUT_UMLAUTS = {"query": 0.3}

_TRANSCRIPTION = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_ATTEMPTS = 200


def generate(split: str, n: int, *, seed: int) -> tuple[Sentence, ...]:
    """``n`` different sentences of a split (train, dev or test), the same for the same seed; more begin with fewer.

    Raises ValueError where the carriers of a register give no new sentence any more.
    """
    rng = Random(f"{seed} {split}")
    writer = _Writer(fillers_of(split, seed=seed), rng)
    carriers = {
        register: _endless(carriers_of(split, register, seed=seed), register=register, rng=rng)
        for register in REGISTERS
    }
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
        known = dict.fromkeys(read_carriers(register))
        carriers = [carrier for carrier in known if has_name(carrier, phrases=phrases) is named]
        rng.shuffle(carriers)
        to_dev = round(CARRIERS["train"] * len(carriers))
        to_test = to_dev + round(CARRIERS["dev"] * len(carriers))
        share = {"train": carriers[:to_dev], "dev": carriers[to_dev:to_test], "test": carriers[to_test:]}
        shares += share[split]
    return shares


def fillers_of(split: str, *, seed: int) -> dict[str, list[str]]:
    """Words, parts of names, and for each slot its pool of names; for train without the rare ones that are held out."""
    fillers = {slot: list(entries) for kind in ("words", "names") for slot, entries in read_fillers(kind).items()}
    for slot, drawn in _pools(seed).items():
        held_out = _held_out(slot, drawn, seed=seed) if split == "train" else set()
        fillers[slot] = [name for name in drawn if name not in held_out]
    return fillers


@cache
def _pools(seed: int) -> dict[str, list[str]]:
    """The names of each slot, drawn once for all splits: what is drawn more than once is a common name."""
    names = {slot: _by_frequency(entries) for slot, entries in read_fillers("names").items()}
    fillers = {**read_fillers("words"), **names}
    rngs = {slot: Random(f"{seed} {slot}") for slot in names if slot_label(slot)}
    return {slot: [expand(slot, fillers=fillers, rng=rng) for _ in range(DRAWS)] for slot, rng in rngs.items()}


def _held_out(slot: str, drawn: Sequence[str], *, seed: int) -> set[str]:
    names = [name for name, _ in Counter(drawn).most_common()]
    rare = names[int(KNOWN * len(names)) :]
    return set(Random(f"{seed} {slot} held out").sample(rare, int(HELD_OUT * len(rare))))


def _by_frequency(entries: Sequence[str]) -> list[str]:
    """Each entry about MEAN times; of those written out, the common ones, which come first, more often (Zipf)."""
    weight = Counter(entries)
    written = [entry for entry in weight if not is_made(entry)]
    shares = {entry: rank**-ZIPF for rank, entry in enumerate(written, start=1)}
    scale = MEAN * len(shares) / sum(shares.values()) if shares else 0
    times = {entry: max(1, round(scale * shares[entry])) if entry in shares else MEAN for entry in weight}
    return [entry for entry in weight for _ in range(weight[entry] * times[entry])]


def _endless(carriers: list[str], *, register: str, rng: Random) -> Iterator[str]:
    """The carriers over and over in one random order, the common ones more often."""
    weight = Counter(read_carriers(register))
    times = {carrier: weight[carrier] * (1 if RARE & set(slots(carrier)) else COMMON) for carrier in carriers}
    often = [carrier for carrier in carriers for _ in range(times[carrier])]
    return cycle(rng.sample(often, len(often)))


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
