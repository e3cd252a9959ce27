"""What a study's table says in words and numbers, for the formats in which it is read."""

from dataclasses import dataclass

from eigennamen.tables.table import Comparison, Place, Table, mean_and_deviation
from eigennamen.tables.words import Language

SIGNIFICANT = 0.05
NONE = "–"
UNTESTED = {"untested": "no counts by sentence", "unpaired": "no seed in common"}


@dataclass(frozen=True)
class Shown:
    """What a cell shows."""

    number: str = NONE
    interval: str = ""
    bold: bool = False
    better: bool = False  # than the runner-up, by the test


def shown(table: Table, language: Language) -> dict[str, list[Shown]]:
    """Every row's cells, those of others' numbers too."""
    study = table.study
    better = {(one.best, one.column) for one in table.comparisons if _shows_the_better(one)}
    best = {(row, column) for column in study.columns for row in table.best(column)}
    rows = {
        row: [
            _shown_place(
                table.places[place], language, n_seeds=len(study.seeds), bold=place in best, better=place in better
            )
            if (place := (row, column)) in table.places
            else Shown()
            for column in study.columns
        ]
        for row in study.rows
    }
    for name, numbers in study.published.items():
        cells = [Shown(language.number(numbers[column])) if column in numbers else Shown() for column in study.columns]
        rows[language["published"].format(name=name)] = cells
    return rows


def _shows_the_better(one: Comparison) -> bool:
    return one.p is not None and one.p < SIGNIFICANT and one.difference > 0 and not one.some_seeds


def _shown_place(place: Place, language: Language, *, n_seeds: int, bold: bool, better: bool) -> Shown:
    number = mean_and_deviation([*place.f1.values()], n_seeds=n_seeds, number=language.number)
    interval = language.interval(*place.interval) if place.interval else ""
    return Shown(number, interval, bold=bold, better=better)


def caption_of(table: Table, language: Language) -> str:
    """Question, score, and how to read a cell, as far as there are such cells."""
    n_seeds = len(table.study.seeds)
    score = language["score"] + (f", {language['seeds'].format(n=n_seeds)}" if n_seeds > 1 else "")
    there = {
        "interval": any(place.interval for place in table.places.values()),
        "bold": any(table.best(column) for column in table.study.columns),
        "test": any(one.p is not None for one in table.comparisons),
    }
    return f"{language.question(table.study)} {'; '.join([score, *(language[key] for key in there if there[key])])}."


def protocols_of(table: Table, language: Language) -> list[str]:
    """What was scored; with the labels unless the protocol names them itself."""
    return [
        f"{corpus}: {protocol}"
        + ("" if all(label in protocol for label in labels) else f", {language['labels']} {', '.join(labels)}")
        + f", dev_labels={dev_labels}"
        for corpus, protocol, labels, dev_labels in table.protocols
    ]


def tests_of(table: Table, language: Language) -> list[str]:
    return [
        f"{one.column}: {one.best} – {one.runner_up} {language.number(one.difference, '+.1f')}, "
        f"p = {language.number(one.p, '.4f')}"
        + (f" ({language['some_seeds'].format(seeds=', '.join(map(str, one.seeds)))})" if one.some_seeds else "")
        for one in table.comparisons
        if one.p is not None
    ]


def notes_of(table: Table, language: Language) -> list[str]:
    """How much is there, and what could not be computed from it."""
    runs = table.all_runs
    without = sum(run.get("run_id") not in table.counted for run in runs)
    notes = [language["runs"].format(n=len(runs), all=len(table.study.cells))]
    if table.failed:
        notes.append(language["failed"].format(n=len(table.failed), cells="; ".join(table.failed)))
    if without:
        notes.append(language["without"].format(n=without, all=len(runs)))
    for why in UNTESTED:
        if columns := [one.column for one in table.comparisons if one.untested == why]:
            notes.append(language[why].format(columns="; ".join(columns)))
    return notes


def differences_of(table: Table, language: Language) -> dict[str, list[str]]:
    """Each row against what the study compares with (the first seed's run), and how much recall is possible at all."""
    study, result = table.study, {}
    keys = ("micro_f1_difference", "low", "high")
    for row in study.rows:
        firsts = [next(iter(table.runs[row, column].values()), {}) for column in study.columns]
        found = [run.get(str(study.against)) for run in firsts]
        numbers = [[language.number(100 * one[key], "+.1f") for key in keys] if one else None for one in found]
        result[row] = [f"{one[0]} ({one[1]} {language['to']} {one[2]})" if one else NONE for one in numbers]
    ceilings: dict[str, float] = {}
    for (_, column), by_seed in table.runs.items():
        for run in by_seed.values():
            if run.get("recall_ceiling"):
                ceilings[column] = 100 * run["recall_ceiling"]["test"]
    result[language["ceiling"]] = [
        language.number(ceilings[column]) if column in ceilings else NONE for column in study.columns
    ]
    return result
