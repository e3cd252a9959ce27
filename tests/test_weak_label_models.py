"""What holds for every label model; what each learns is tested in its own file."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
import snorkel.labeling.model  # noqa: F401  takes seconds, which no test should be charged with
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from label_matrices import (
    LABELS,
    LOC,
    PER,
    Votes,
    by_place,
    fit_predict,
    matrix_of,
    random_sentences,
    simulated_spans,
    voted,
    with_columns,
)

from eigennamen.weak.label_matrix import OUTSIDE, LabelMatrix
from eigennamen.weak.label_models import (
    DawidSkene,
    HiddenMarkov,
    LabelModel,
    MajorityVote,
    Snorkel,
    SpanErrors,
    WeightedVote,
)

Make = Callable[[], LabelModel]
EXACT: list[Make] = [MajorityVote, WeightedVote, DawidSkene, HiddenMarkov, SpanErrors]  # no random start
few = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def _snorkel() -> LabelModel:
    return Snorkel(n_epochs=20)


ALL: list[Make] = [*EXACT, _snorkel]
every_exact_model = pytest.mark.parametrize("make", EXACT)
every_model = pytest.mark.parametrize("make", ALL)


@pytest.fixture(scope="module")
def example() -> LabelMatrix:
    """Three functions on sentences of two spans, with edges and labels that they do not agree about."""
    return simulated_spans((0.9, 0.7, 0.5), errors=("short", "long", "label"), n_sentences=60)[0]


@pytest.fixture(scope="module", autouse=True)
def _snorkel_has_been_used(example: LabelMatrix) -> None:
    """Its first fit takes seconds, which no test should be charged with."""
    Snorkel(n_epochs=1).fit(example)


@every_model
def test_without_candidates_there_is_nothing_to_predict(make: Make, example: LabelMatrix) -> None:
    model = make().fit(example)
    for empty in (voted((3, []), (1, []), n_lfs=3), voted(n_lfs=3)):
        assert model.predict_proba(empty).shape == (0, 3)


@pytest.mark.parametrize("make", [make for make in ALL if make is not MajorityVote])
def test_without_votes_there_is_nothing_to_learn(make: Make) -> None:
    with pytest.raises(ValueError, match=r"no labeling function fired on any of 2 sentences.*corpus\.lf_label_map"):
        make().fit(voted((3, []), (1, [(0, 0, 1, OUTSIDE)]), n_lfs=3))


@every_model
def test_one_candidate_is_enough(make: Make) -> None:
    probabilities = fit_predict(make(), voted((2, [(0, 0, 1, PER)]), n_lfs=3))
    assert probabilities.shape == (1, 3)
    assert probabilities[0].sum() == pytest.approx(1)
    assert probabilities[0, PER] > 0
    assert probabilities[0, LOC] < probabilities[0, PER]


@every_exact_model
@given(seen=random_sentences(n_lfs=4), new=random_sentences(n_lfs=4))
@few
def test_distributions_on_sparse_votes_also_those_never_seen(
    make: Make, seen: list[tuple[int, Votes]], new: list[tuple[int, Votes]]
) -> None:
    model = make().fit(voted(*seen, n_lfs=4))
    for matrix in (voted(*seen, n_lfs=4), voted(*new, n_lfs=4)):
        probabilities = model.predict_proba(matrix)
        assert probabilities.shape == (len(matrix.candidates), 3)
        assert (probabilities >= 0).all()
        assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-9)


@every_exact_model
@given(votes=random_sentences(n_lfs=3), order=st.permutations(range(3)))
@few
def test_the_order_of_functions_does_not_matter(make: Make, votes: list[tuple[int, Votes]], order: list[int]) -> None:
    matrix = voted(*votes, n_lfs=3)
    assert fit_predict(make(), with_columns(matrix, order)) == pytest.approx(fit_predict(make(), matrix), abs=1e-9)


@every_exact_model
@given(votes=random_sentences(n_lfs=3), random=st.randoms())
@few
def test_the_order_of_sentences_does_not_matter(make: Make, votes: list[tuple[int, Votes]], random: Random) -> None:
    named = [(str(i), one) for i, one in enumerate(votes)]
    shuffled = random.sample(named, len(named))
    found = []
    for sentences in (named, shuffled):
        matrix = voted(*(one for _, one in sentences), n_lfs=3, ids=[name for name, _ in sentences])
        found.append(by_place(matrix, fit_predict(make(), matrix)))
    assert found[0].keys() == found[1].keys()
    for place, distribution in found[0].items():
        assert found[1][place] == pytest.approx(distribution, abs=1e-9)


@every_exact_model
@given(votes=random_sentences(n_lfs=3))
@few
def test_the_names_of_labels_do_not_matter(make: Make, votes: list[tuple[int, Votes]]) -> None:
    swap = {OUTSIDE: OUTSIDE, PER: LOC, LOC: PER}
    swapped = [(n, [(lf, start, end, swap[vote]) for lf, start, end, vote in said]) for n, said in votes]
    expected = fit_predict(make(), voted(*votes, n_lfs=3))
    found = fit_predict(make(), voted(*swapped, n_lfs=3, labels=LABELS[::-1]))
    assert found[:, [OUTSIDE, LOC, PER]] == pytest.approx(expected, abs=1e-9)


@every_exact_model
@given(votes=random_sentences(n_lfs=3))
@few
def test_a_function_that_never_speaks_changes_nothing(make: Make, votes: list[tuple[int, Votes]]) -> None:
    matrix = voted(*votes, n_lfs=3)
    with_silent = with_columns(matrix, [0, -1, 1, 2, -1])
    assert fit_predict(make(), with_silent) == pytest.approx(fit_predict(make(), matrix), abs=1e-9)


@every_model
def test_sentences_with_the_same_votes_have_the_same_distributions(make: Make, example: LabelMatrix) -> None:
    same = (5, [(0, 0, 2, PER), (1, 0, 2, LOC), (2, 1, 3, PER), (1, 4, 5, LOC)])
    matrix = voted(same, (3, []), (4, [(2, 0, 1, PER)]), same, n_lfs=3)
    probabilities = make().fit(example).predict_proba(matrix)
    of_first, of_last = (probabilities[matrix.candidates[:, 0] == index] for index in (0, 3))
    assert len(of_first) == 3
    assert of_first == pytest.approx(of_last, abs=1e-12)


@every_model
def test_parts_are_predicted_like_the_whole(make: Make) -> None:
    matrix, _ = simulated_spans((0.9, 0.7, 0.5), errors=("short", "label"), n_sentences=30)
    model = make().fit(matrix)
    whole = model.predict_proba(matrix)
    parts = []
    for chosen in (range(13), range(13, 30)):
        rows = np.isin(matrix.candidates[:, 0], chosen)
        places = matrix.candidates[rows] - [chosen.start, 0, 0]
        part = LabelMatrix(
            matrix.sentences[chosen.start : chosen.stop],
            matrix.labels,
            matrix.lf_names,
            places,
            matrix.votes[rows],
            matrix.negative_votes,
            {},
        )
        parts.append(model.predict_proba(part))
    assert np.concatenate(parts) == pytest.approx(whole, abs=1e-9)


@every_exact_model
def test_fitting_and_predicting_leave_the_votes_alone(make: Make) -> None:
    matrix = matrix_of([[PER, LOC, OUTSIDE], [PER, PER, -1]])
    before = matrix.votes.copy()
    fit_predict(make(), matrix)
    assert np.array_equal(matrix.votes, before)
