import pytest

from eigennamen.costs import Amount, Prices, affordable, check_unit, counted
from eigennamen.types import Sentence, Span

ANNA = Sentence("anna", ("Anna", "kam"), (Span(0, 1, "PER"),))
RAIN = Sentence("rain", ("Regen", "!", "?"), ())
RAW = Sentence("raw", ("Bonn",))
PRICES = Prices(seconds_per_word=0.5, seconds_per_span=6, seconds_per_function=600)


def test_an_amount_counts_sentences_words_and_spans() -> None:
    assert Amount.of([ANNA, RAIN, RAW]) == Amount(sentences=3, words=6, spans=1)
    assert Amount.of([]) == Amount()
    assert Amount(1, 2, 3).in_unit("sentences") == 1
    assert Amount(1, 2, 3).in_unit("words") == 2


def test_minutes_are_words_read_spans_marked_and_functions_written() -> None:
    assert PRICES.minutes(Amount(words=120)) == 1
    assert PRICES.minutes(Amount(spans=10)) == 1
    assert PRICES.minutes(Amount(), functions=2) == 20
    assert PRICES.minutes(Amount(sentences=9, words=120, spans=10), functions=1) == 12


def test_a_negative_price_is_refused() -> None:
    with pytest.raises(ValueError, match=r"prices has \{'seconds_per_span': -1\}; expected at least 0"):
        Prices(seconds_per_word=1, seconds_per_span=-1, seconds_per_function=0)


@pytest.mark.parametrize(("budget", "ids"), [(1, ["anna"]), (2, ["anna", "rain"]), (9, ["anna", "rain", "raw"])])
def test_a_budget_of_sentences(budget: int, ids: list[str]) -> None:
    assert [sentence.id for sentence in affordable([ANNA, RAIN, RAW], budget, unit="sentences")] == ids


@pytest.mark.parametrize(
    ("budget", "ids"),
    [(1, []), (2, ["anna"]), (4, ["anna"]), (5, ["anna", "rain"]), (6, ["anna", "rain", "raw"])],
)
def test_a_budget_of_words_ends_before_the_first_sentence_that_it_does_not_pay_for(budget: int, ids: list[str]) -> None:
    assert [sentence.id for sentence in affordable([ANNA, RAIN, RAW], budget, unit="words")] == ids


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(ValueError, match="unit=lines; expected one of sentences, words"):
        check_unit("lines", setting="x.unit")


def test_counts_are_priced_and_can_be_priced_again() -> None:
    counts = counted(Amount(2, 120, 10), dev=Amount(1, 60, 0), functions=3)
    assert counts == {
        "sentences": 2,
        "words": 120,
        "spans": 10,
        "functions": 3,
        "dev_sentences": 1,
        "dev_words": 60,
        "dev_spans": 0,
    }
    priced = PRICES.priced(counts)
    assert priced == {**counts, "minutes": 32.5, "dev_minutes": 0.5, "function_minutes": 30}
    cheap = Prices(seconds_per_word=0.5, seconds_per_span=6, seconds_per_function=300)
    assert cheap.priced(priced) == {**counts, "minutes": 17.5, "dev_minutes": 0.5, "function_minutes": 15}
