"""What the records of all studies tell of the corpora: sizes as they were used, labels, protocol."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from eigennamen.thesis.facts import Facts


@dataclass
class CorpusFacts:
    """One protocol of a corpus. ``train`` is the largest number of sentences that any run had hand labels of, ``dev``
    the numbers that early stopping saw; ``sentences`` and ``spans`` are those of test. None: no record tells.
    """

    name: str
    protocol: str
    labels: tuple[str, ...] = ()
    train: int | None = None
    dev: set[int] = field(default_factory=set)
    sentences: int | None = None
    spans: int | None = None


def corpora_of(studies: Iterable[Facts]) -> list[CorpusFacts]:
    """Each protocol once, in the order of names."""
    found: dict[tuple[str, str], CorpusFacts] = {}
    for facts in studies:
        for (_, column), by_seed in facts.table.runs.items() if facts.table else ():
            for run in by_seed.values():
                one = found.setdefault((run["corpus"], run["protocol"]), CorpusFacts(run["corpus"], run["protocol"]))
                one.dev.add(run["dev_sentences"])
                one.labels = one.labels or (facts.table.labels.get(column, ()) if facts.table else ())
                if annotated := run.get("cost", {}).get("sentences"):
                    one.train = max(one.train or 0, annotated)
                if totals := facts.totals.get(run.get("run_id", "")):
                    one.sentences, one.spans = len(totals.counts), int(totals.counts[:, 2].sum())
    return [found[key] for key in sorted(found)]
