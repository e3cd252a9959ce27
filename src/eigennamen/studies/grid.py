"""A study as a value: the grid of its runs, and what is known of them.

Its folder holds ``study.yaml`` (question, rows, columns, seeds), ``records.jsonl`` (a line for each run done) and
``counts.parquet`` (what each run got right by sentence).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Any, Self

from eigennamen.files import write_atomically
from eigennamen.locking import alone_in
from eigennamen.scoring import Scores
from eigennamen.studies.cells import Cell, in_group
from eigennamen.studies.counts import COUNTS, Key, add_counts
from eigennamen.studies.errors import STUDY_ERRORS, RunErrors, add_errors
from eigennamen.studies.records import RECORDS, Records, entries_of
from eigennamen.studies.settings import read_settings

EXPERIMENTS = Path("experiments")  # where the studies of a checkout are
# what runs can be compared with, a field of their records
AGAINST = ("versus_majority_vote",)
ERROR_FIGURES = ("errors", "confusion", "boundaries", "reliability", "labeling_functions", "training")
FIGURES = ("figure", "curves", "break_even")  # those that a study has that names none
ALL_FIGURES = (*FIGURES, *ERROR_FIGURES, "pretraining")


@dataclass(frozen=True)
class Study:
    """Every row with every column and seed; ``rows`` and ``columns`` are overrides by name.

    ``against`` names what each run is also compared with, a field of its record (``versus_majority_vote``).
    ``published`` are numbers of others by row and column, shown beside ours and said to be theirs.

    ``question_de`` is the question for a German table. ``figures`` names those that are drawn, as far as there is
    anything to draw; those of errors show ``error_columns``, by default all. ``costs``: a table of them is
    written as well. ``pretrained`` is the folder of the model whose pretraining the figure of that name shows.

    Rows with a colon are groups, ``BiLSTM: random`` and ``BiLSTM: MNLP`` one; what follows names a row in each of them.
    Learning curves are compared with the row ``baseline`` of their group and with what its row ``full`` reaches, which
    has all labels; ``break_even`` are rows that cost labeling functions, which curves are set against.
    """

    folder: Path
    question: str
    rows: Mapping[str, Sequence[str]]
    columns: Mapping[str, Sequence[str]]
    seeds: Sequence[int]
    against: str | None = None
    published: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    baseline: str | None = None
    full: str | None = None
    break_even: Sequence[str] = ()
    question_de: str | None = None
    figures: Sequence[str] = FIGURES
    error_columns: Sequence[str] = ()
    costs: bool = False
    pretrained: str | None = None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The study in a folder; raises FileNotFoundError or ValueError for one that is not there or not whole."""
        path = folder / "study.yaml"
        if not path.exists():
            raise FileNotFoundError(f"{path}: not there; expected the folder of a study, such as experiments/transfer")
        required = {one.name for one in fields(cls) if _is_required(one)} - {"folder"}
        state = read_settings(
            path, required=required, optional={one.name for one in fields(cls)} - {"folder", *required}
        )
        if state.get("against", "versus_majority_vote") not in AGAINST:
            raise ValueError(f"{path}: against is {state['against']!r}; expected one of {list(AGAINST)}")
        for key, names in (
            ("published", set().union(*state.get("published", {}).values())),
            ("error_columns", set(state.get("error_columns", ()))),
        ):
            if unknown := names - set(state["columns"]):
                raise ValueError(f"{path}: {key} has {sorted(unknown)}; the columns are {list(state['columns'])}")
        if unknown := set(state.get("figures", ())) - {*ALL_FIGURES}:
            raise ValueError(f"{path}: figures has {sorted(unknown)}; there are {[*ALL_FIGURES]}")
        study = cls(folder, **state)
        named = [*study.break_even, *(name for name in (study.baseline, study.full) if name)]
        if unknown := set(named) - {in_group(row)[1] for row in study.rows}:
            raise ValueError(f"{path}: names the rows {sorted(unknown)}; the rows are {list(study.rows)}")
        return study

    @property
    def name(self) -> str:
        """Its place among the studies.

        >>> Study(Path("experiments/active_learning/mini"), "?", {}, {}, []).name
        'active_learning/mini'
        """
        parts = self.folder.absolute().parts
        place = parts[len(parts) - parts[::-1].index("experiments") :] if "experiments" in parts else ()
        return "/".join(place or parts[-1:])

    @cached_property
    def cells(self) -> list[Cell]:
        """Seed by seed, so that an unfinished study has every number once before it has any twice."""
        return [
            Cell(row, column, seed, (*self.columns[column], *self.rows[row], f"seed={seed}"))
            for seed, column, row in product(self.seeds, self.columns, self.rows)
        ]

    def chosen(self, *, rows: Sequence[str], columns: Sequence[str], seeds: Sequence[int]) -> list[Cell]:
        """The cells of some rows, columns and seeds (none: all); raises ValueError for one that is not there."""
        asked: dict[str, tuple[Iterable[Any], Iterable[Any]]] = {
            "row": (rows, self.rows),
            "column": (columns, self.columns),
            "seed": (seeds, self.seeds),
        }
        for kind, (names, known) in asked.items():
            if unknown := set(names) - set(known):
                raise ValueError(f"{self.folder / 'study.yaml'}: no {kind} {sorted(unknown)}; there are {list(known)}")
        return [
            cell
            for cell in self.cells
            if cell.row in (rows or self.rows)
            and cell.column in (columns or self.columns)
            and cell.seed in (seeds or self.seeds)
        ]

    def check_names(self, conf: Path) -> None:
        """Look for what rows and columns choose, such as ``label_model=hmm``, in a configuration folder.

        Raises:
            ValueError: a configuration group has no such file; all of them are named.
        """
        problems = [
            f"{kind} {name!r}: {override}: {conf / group} has no {value}.yaml; there are {known}"
            for kind, places in (("row", self.rows), ("column", self.columns))
            for name, overrides in places.items()
            for override, group, value in _choices(overrides)
            if (known := _names_in(conf / group)) and value not in known
        ]
        if problems:
            raise ValueError("\n".join([f"{self.folder / 'study.yaml'}: names what is not there", *problems]))

    def read_records(self) -> Records:
        """All that the file of records says; what is not whole in it is named in the log, once."""
        entries = entries_of(self.folder / RECORDS)
        newest = self._newest()
        own = {cell.overrides for cell in self.cells}
        places = [tuple(entry["overrides"]) for entry in entries if entry]
        finished = [tuple(entry["overrides"]) for entry in entries if entry and "error" not in entry]
        return Records(
            {cell: newest[cell.overrides] for cell in self.cells if cell.overrides in newest},
            n_broken=entries.count(None),
            n_older=sum(n - 1 for place, n in Counter(finished).items() if place in own),
            n_foreign=sum(place not in own for place in places),
        )

    def _newest(self) -> dict[tuple[str, ...], dict[str, Any]]:
        """What the file of records says of all settings, also of those that are no cell's now.

        An attempt that failed is no reason to forget the run that was finished before.
        """
        found: dict[tuple[str, ...], dict[str, Any]] = {}
        for entry in filter(None, entries_of(self.folder / RECORDS)):
            place = tuple(entry["overrides"])
            if "error" not in entry or "error" in found.get(place, {"error": ""}):
                found[place] = entry
        return found

    def records(self) -> dict[Cell, dict[str, Any]]:
        """What is known of each cell, in their order, the newest record; those of other settings are left out."""
        return dict(self.read_records().by_cell)

    def add(
        self,
        cell: Cell,
        result: Mapping[str, Any],
        counts: Mapping[Key, Scores] | None = None,
        errors: RunErrors | None = None,
    ) -> None:
        """Keep what is known of a cell: counts, errors, and then its record, without which it would be run again.

        Of runs that no record speaks of any more the rest is dropped. Other processes may work on the same study.
        """
        path = self.folder / RECORDS
        with alone_in(self.folder):
            keep = {str(result.get("run_id")), *self._run_ids(but=cell)}
            if counts:
                add_counts(self.folder / COUNTS, counts, keep=keep)
            if errors:
                add_errors(self.folder / STUDY_ERRORS, {errors.run_id: errors}, keep=keep)
            before = path.read_text(encoding="utf-8") if path.exists() else ""
            if before and not before.endswith("\n"):  # an editor took it away
                before += "\n"
            write_atomically(path, before + cell.line(result))

    def add_errors(self, errors: Mapping[str, RunErrors]) -> int:
        """Keep the analyses, by run id, of those runs that records speak of; how many these are."""
        with alone_in(self.folder):
            keep = self._run_ids()
            add_errors(self.folder / STUDY_ERRORS, errors, keep=keep)
        return len(keep & set(errors))

    def _run_ids(self, *, but: Cell | None = None) -> set[str]:
        overrides = but.overrides if but else None
        return {entry["run_id"] for place, entry in self._newest().items() if place != overrides and "run_id" in entry}


def _is_required(field_: "Field[Any]") -> bool:
    return field_.default is MISSING and field_.default_factory is MISSING


def _choices(overrides: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """The overrides that may choose a file of a configuration group, with group and name."""
    for override in overrides:
        key, _, value = override.partition("=")
        if value not in ("", "null") and value.replace("_", "").isalnum():
            yield override, key.removeprefix("+").partition("@")[0], value


@cache
def _names_in(folder: Path) -> list[str]:
    """The choices of a configuration group; none where it is no group."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def study_folders(below: Path) -> list[Path]:
    """Of all studies in a folder, and of itself if it is one."""
    return sorted(path.parent for path in below.rglob("study.yaml"))


def groups_of(study: Study) -> list[str]:
    """Every group once, in the order of the rows."""
    return list(dict.fromkeys(in_group(row)[0] for row in study.rows))


def rows_of(study: Study, group: str) -> list[str]:
    """The rows of a group, in their order."""
    return [row for row in study.rows if in_group(row)[0] == group]


def scores(study: Study) -> dict[tuple[str, str], list[float]]:
    """Strict micro F1 on test in %, by row and column, one for each seed that is there."""
    result: dict[tuple[str, str], list[float]] = {place: [] for place in product(study.rows, study.columns)}
    for cell, entry in study.records().items():
        if "error" not in entry:
            result[cell.row, cell.column].append(100 * entry["scores"]["test"]["micro"]["f1"])
    return result
