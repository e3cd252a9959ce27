import math
import time
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from label_matrices import LOC, PER, A, Votes, f1, fit_predict, matrix_of, simulated_spans, voted, with_columns

from eigennamen.weak.label_matrix import OUTSIDE
from eigennamen.weak.label_models import MajorityVote, SpanErrors
from eigennamen.weak.label_models.span_errors import RIGHT

OUTCOMES = (8, 1, 4, 2, 3, 5)  # right, other label, too short, too long, crossing, spurious
ACCURACIES = (0.95, 0.8, 0.65, 0.5)


def _untrained(votes: Votes, n_lfs: int = 3, n_words: int = 6) -> dict[tuple[int, int], list[float]]:
    """What a model that has learned nothing makes of one sentence, by start and end."""
    matrix = voted((n_words, votes), n_lfs=n_lfs)
    probabilities = fit_predict(SpanErrors(outcomes=OUTCOMES, redundancy=0, n_iterations=0), matrix)
    return {
        (start, end): row
        for (_, start, end), row in zip(matrix.candidates.tolist(), probabilities.tolist(), strict=True)
    }


def test_readings_of_two_nested_spans() -> None:
    found = _untrained([(0, 0, 2, PER), (1, 1, 2, PER)])
    nothing, long, short = 5 * 5, 8 * 4, 2 * 8  # both spurious; right and too short; too long and right
    total = nothing + long + short
    assert found[0, 2] == pytest.approx([1 - long / total, long / total, 0])
    assert found[1, 2] == pytest.approx([1 - short / total, short / total, 0])


def test_readings_of_two_labels_and_a_vote_against() -> None:
    found = _untrained([(0, 0, 2, PER), (1, 0, 2, LOC), (2, 0, 1, OUTSIDE)])
    nothing, per = 5 * 5, 8 * 1 * math.exp(-2)
    assert found[0, 2] == pytest.approx(np.array([nothing, per, per]) / (nothing + 2 * per))


def test_readings_of_crossing_spans_and_one_that_touches_both() -> None:
    found = _untrained([(0, 0, 3, PER), (1, 2, 5, PER)])
    one = 8 * 3 / (5 * 5 + 2 * 8 * 3)
    assert found[0, 3] == found[2, 5] == pytest.approx([1 - one, one, 0])
    # with two short spans side by side, the last one says that the long one is too long
    both = _untrained([(0, 0, 2, PER), (1, 0, 1, PER), (2, 1, 2, PER)])
    readings = {"none": 125, "long": 8 * 4 * 4, "left": 2 * 8 * 5, "right": 2 * 5 * 8, "both": 2 * 8 * 8}
    assert both[0, 1][PER] == pytest.approx((readings["left"] + readings["both"]) / sum(readings.values()))
    assert both[0, 2][PER] == pytest.approx(readings["long"] / sum(readings.values()))


def test_readings_are_all_sets_of_spans_that_do_not_overlap() -> None:
    """Brute force over a cluster of five candidates, one of them with two labels."""
    votes = [
        (0, 0, 4, PER),
        (1, 0, 2, PER),
        (2, 0, 2, LOC),
        (0, 1, 3, LOC),
        (1, 3, 5, LOC),
        (2, 2, 3, PER),
        (1, 4, 5, PER),
    ]
    spans = sorted({vote[1:] for vote in votes})

    def outcome(one: tuple[int, int, int], reading: tuple[tuple[int, int, int], ...]) -> int:
        start, end, label = one
        touched = [true for true in reading if true[0] < end and start < true[1]]
        if not touched:
            return OUTCOMES[5]
        true_start, true_end, true_label = touched[-1]
        if (true_start, true_end) == (start, end):
            return OUTCOMES[0] if true_label == label else OUTCOMES[1]
        inside, around = true_start <= start and end <= true_end, start <= true_start and true_end <= end
        return OUTCOMES[2 if inside else 3 if around else 4]

    weights = {}
    for size in range(len(spans) + 1):
        for reading in combinations(spans, size):
            if all(left[1] <= right[0] for left, right in pairwise(reading)):
                weights[reading] = math.prod(outcome(vote[1:], reading) for vote in votes)
    total = sum(weights.values())
    found = _untrained(votes)
    for span in spans:
        expected = sum(weight for reading, weight in weights.items() if span in reading) / total
        assert found[span[:2]][span[2]] == pytest.approx(expected, abs=1e-12)


def test_right_rates_are_recovered_in_order() -> None:
    matrix, _ = simulated_spans(ACCURACIES, errors=("short",), n_sentences=600)
    model = SpanErrors().fit(matrix)
    rates = np.exp(model._logs[:, :, RIGHT]).mean(axis=1)
    assert np.abs(rates - ACCURACIES).max() < 0.1
    alone = model.predict_proba(matrix_of(np.where(np.eye(4) == 1, PER, A)))[:, PER]
    assert (np.diff(alone) < 0).all()


def test_the_reading_of_the_reliable_functions_wins() -> None:
    model = SpanErrors().fit(simulated_spans(ACCURACIES, errors=("short", "label"))[0])
    for good, bad in product((PER, LOC), repeat=2):
        for (start, end), (other_start, other_end) in (((0, 3), (1, 3)), ((0, 2), (1, 4)), ((0, 2), (0, 2))):
            if (start, end, good) != (other_start, other_end, bad):
                matrix = voted((6, [(0, start, end, good), (3, other_start, other_end, bad)]), n_lfs=4)
                probabilities = model.predict_proba(matrix)
                rows = {
                    tuple(place): row
                    for (_, *place), row in zip(matrix.candidates.tolist(), probabilities, strict=True)
                }
                assert rows[start, end][good] > rows[other_start, other_end][bad]


def test_it_finds_more_than_majority_vote_where_spans_are_cut_short() -> None:
    matrix, gold = simulated_spans(ACCURACIES, errors=("short", "label"))
    assert (
        f1(matrix, fit_predict(SpanErrors(), matrix), gold)
        > f1(matrix, fit_predict(MajorityVote(), matrix), gold) + 0.1
    )


def test_copies_count_as_one_among_functions_that_never_propose_the_same() -> None:
    sentences = [(6, [(0, 0, 3, PER), (1, 1, 3, PER), (2, 2, 3, LOC)]), (6, [(0, 1, 3, LOC), (2, 1, 4, LOC)])]
    matrix = voted(*sentences * 5, n_lfs=3)
    copied = with_columns(matrix, [0, 1, 2, 2, 2, 2])
    assert (fit_predict(SpanErrors(), matrix)[0] > 0.01).any()
    model = SpanErrors(n_iterations=0)
    assert fit_predict(model, copied) == pytest.approx(fit_predict(model, matrix), abs=1e-9)


def test_redundancy_holds_copies_of_a_bad_function_down() -> None:
    matrix, gold = simulated_spans((0.9, 0.7, 0.6), errors=("short", "label"))
    copied = with_columns(matrix, [0, 1, 2, 2, 2, 2, 2])
    ignored, considered, voted_f1 = (
        f1(copied, fit_predict(model, copied), gold)
        for model in (SpanErrors(redundancy=0), SpanErrors(redundancy=1), MajorityVote())
    )
    assert considered > ignored + 0.05
    assert considered > voted_f1 + 0.05


def test_a_cluster_of_too_many_readings_keeps_those_with_most_votes() -> None:
    """One span over forty short ones has 2 ** 40 readings and more; those beyond the limit are no entities."""
    few = [(0, i, i + 1, PER) for i in range(40)]
    many = [(lf, i, i + 1, PER) for lf in (1, 2) for i in range(11)]
    matrix = voted((40, [(1, 0, 40, PER), (2, 0, 40, PER), *few, *many]), n_lfs=3)
    started = time.process_time()
    probabilities = fit_predict(SpanErrors(), matrix)
    assert time.process_time() - started < 5
    assert probabilities.sum(axis=1) == pytest.approx(1)
    found = {
        (start, end): row[PER] for (_, start, end), row in zip(matrix.candidates.tolist(), probabilities, strict=True)
    }
    assert all(found[i, i + 1] > 0 for i in range(11))
    assert all(found[i, i + 1] == 0 for i in range(11, 40))
    assert found[0, 40] > 0


def test_a_candidate_whose_proposals_were_taken_away_is_no_entity() -> None:
    model = SpanErrors().fit(matrix_of([[PER, PER]]))
    assert model.predict_proba(matrix_of([[A, A], [A, OUTSIDE]])).tolist() == [[1, 0, 0], [1, 0, 0]]


@pytest.mark.parametrize("outcomes", [(1, 1, 1), (1, 1, 1, 1, 1, 0)])
def test_outcomes_are_checked(outcomes: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"label_model\.outcomes=\[1, 1, 1.*\]; expected six numbers above 0"):
        SpanErrors(outcomes=outcomes)
