from eigennamen.oracles import GoldOracle
from eigennamen.types import Corpus, Sentence, Span

GOLD = Sentence("gold", ("Anna", "kam"), (Span(0, 1, "PER"),))
NONE = Sentence("none", ("Regen",), ())
RAW = Sentence("raw", ("Bonn",))


def test_gold_is_hidden_in_the_pool_and_revealed_when_asked_for() -> None:
    oracle = GoldOracle()
    pool = oracle.pool(Corpus("c", ("PER",), [GOLD, RAW, NONE], unlabeled=[Sentence("more", ("Ulm",), ())]))
    assert pool == [GOLD.with_spans(None), NONE.with_spans(None)]
    assert oracle.annotate([pool[1], pool[0]], number=0, suggest=None) == [NONE, GOLD]
    assert oracle.annotate([], number=1, suggest=None) == []
