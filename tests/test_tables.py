from typing import Any

from study_files import AGAINST, STUDY, Write, record_of, study_of

from eigennamen.tables import table


def test_a_table_has_means_deviations_and_how_many_seeds_are_there(write: Write) -> None:
    study = study_of(
        write,
        STUDY,
        record_of("b=10", "a=1", "seed=0", f1=0.5),
        record_of("b=10", "a=1", "seed=1", f1=0.52),
        record_of("b=all", "a=1", "seed=1", f1=0.7),
        record_of("b=10", "a=2", "c=${name}", "seed=0", f1=0.61, protocol="inner"),
        {"overrides": ["b=10", "a=2", "c=${name}", "seed=1"], "error": "ValueError: no"},
    )
    assert table(study) == (
        "Which is better? Strict micro F1 on test, %, mean ± standard deviation over 2 seeds; (n) where only n of them "
        "are there.\n"
        "\n"
        "- tiny: inner, dev_labels=gold\n"
        "- tiny: outer, dev_labels=gold\n"
        "\n"
        "| | tiny, 10 | tiny, all |\n"
        "|---|---:|---:|\n"
        "| plain | 51.0 ± 1.4 | 70.0 (1) |\n"
        "| fancy | 61.0 (1) | – |\n"
    )


def test_a_table_shows_what_others_published_differences_and_ceilings(write: Write) -> None:
    """Also where a row has another name since it was run."""
    difference = {"versus_majority_vote": {"micro_f1_difference": 0.014, "low": -0.002, "high": 0.03}}
    ceiling = {"recall_ceiling": {"test": 0.704}}
    study = study_of(
        write,
        AGAINST,
        record_of("b=10", "a=1", "seed=0", f1=0.5, **ceiling),
        record_of("b=10", "a=2", "seed=0", f1=0.514, row="once", column="small", **difference, **ceiling),
    )
    assert table(study) == (
        "Which is better? Strict micro F1 on test, %.\n"
        "\n"
        "- tiny: outer, dev_labels=gold\n"
        "\n"
        "| | tiny | huge |\n"
        "|---|---:|---:|\n"
        "| plain | 50.0 | – |\n"
        "| fancy | 51.4 | – |\n"
        "| theirs (published) | 51.3 | – |\n"
        "\n"
        "Difference to the majority vote on the same candidates, points of micro F1 with the 95 % interval of a paired "
        "bootstrap:\n"
        "\n"
        "| | tiny | huge |\n"
        "|---|---:|---:|\n"
        "| plain | – | – |\n"
        "| fancy | +1.4 (-0.2 to +3.0) | – |\n"
        "| recall ceiling of the functions | 70.4 | – |\n"
    )


def test_differences_are_those_of_the_first_seed_in_whatever_order_they_were_run(write: Write) -> None:
    def versus(points: float) -> dict[str, Any]:
        return {"versus_majority_vote": {"micro_f1_difference": points, "low": 0.0, "high": 0.1}}

    study = study_of(
        write,
        AGAINST.replace("seeds: [0]", "seeds: [0, 1]"),
        record_of("b=10", "a=1", "seed=1", f1=0.5, **versus(0.09)),
        record_of("b=10", "a=1", "seed=0", f1=0.5, **versus(0.05)),
    )
    assert "| plain | +5.0 (+0.0 to +10.0) | – |" in table(study)
