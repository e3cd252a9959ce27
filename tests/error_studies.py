"""Made-up analyses of runs, and a study of them."""

from collections.abc import Sequence
from pathlib import Path

from eigennamen.errors.analysis import analyze
from eigennamen.studies.errors import Epoch, LabelingFunctionRow, RunErrors
from eigennamen.studies.grid import Study
from eigennamen.types import Prediction, Sentence, Span

LABELS = ("LOC", "PER")
GOLD = Sentence("a", ("Anna", "lebt", "in", "Bad", "Ems"), (Span(0, 1, "PER"), Span(3, 5, "LOC")))
FUNCTIONS = (
    LabelingFunctionRow("towns", ("LOC",), 8, 0.5, 0.75),
    LabelingFunctionRow("names", ("LOC", "PER"), 4, 0.25, 0.5),
    LabelingFunctionRow("small", (), 90, 0.01, 1.0),
    LabelingFunctionRow("silent", ("PER",), 0, 0.0, None),
)


def errors_of(run_id: str, *spans: Span, epochs: Sequence[Epoch] = (), functions: bool = False) -> RunErrors:
    """Of a run that predicts these spans with a confidence of 0.75; Anna was in its training."""
    predicted = Prediction(GOLD.with_spans(spans), (0.75,) * len(spans))
    analysis = analyze([GOLD], [predicted], seen={("Anna", "PER")}, labels=LABELS)
    return RunErrors(run_id, analysis, tuple(epochs), FUNCTIONS if functions else ())


def error_study(folder: Path, *, figures: Sequence[str], columns: Sequence[str] = ("tiny", "huge")) -> Study:
    """The first row finds one span with seed 0, both with seed 1; the second has one seed, takes the town for a PER.

    The last column has no analyses.
    """
    rows, overrides = {"plain": ["a=1"], "fancy": ["a=2"]}, {name: [f"b={name}"] for name in columns}
    study = Study(folder, "Which?", rows, overrides, [0, 1], figures=figures)
    found = {
        ("plain", 0): [Span(0, 1, "PER")],
        ("plain", 1): [Span(0, 1, "PER"), Span(3, 5, "LOC")],
        ("fancy", 0): [Span(0, 1, "PER"), Span(3, 5, "PER")],
    }
    for cell in study.cells:
        if (spans := found.get((cell.row, cell.seed))) is not None:
            run_id = f"{cell.row}-{cell.column}-{cell.seed}"
            errors = errors_of(run_id, *spans, epochs=[Epoch(None, 2.0), Epoch(0.5, 0.25)], functions=True)
            result = {"run_id": run_id, "scores": {"test": {"micro": {"f1": 0.5}}}}
            entry = result | {"corpus": "tiny", "protocol": "made up", "dev_labels": "none"}
            study.add(cell, entry, errors=errors if cell.column != columns[-1] else None)
    return study
