"""What is written beside a study's records: its tables and figures, made of records, counts and analyses alone."""

import logging
from pathlib import Path

from eigennamen.files import write_atomically
from eigennamen.learning_curves import Curve, curves_of
from eigennamen.locking import alone_in
from eigennamen.records import PretrainingRecord
from eigennamen.studies.grid import Study, scores
from eigennamen.tables.break_even import break_even_table
from eigennamen.tables.costs import costs_as_latex, costs_as_markdown
from eigennamen.tables.curves import curve_table
from eigennamen.tables.formats import as_csv, as_json, as_markdown
from eigennamen.tables.latex import as_latex
from eigennamen.tables.table import Table
from eigennamen.tables.words import ENGLISH, Language

log = logging.getLogger(__name__)


def write_results(study: Study, *, language: Language = ENGLISH) -> None:
    """The table in four formats and the figures that the study names, of rounds with a cost also learning curves, and
    ``break_even`` where the study names rows for it.
    """
    with alone_in(study.folder):
        _write_results(study, language)


def _write_results(study: Study, language: Language) -> None:
    from eigennamen.figures.curves import draw_break_even, draw_learning_curves
    from eigennamen.figures.drawing import draw_curve, draw_study
    from eigennamen.figures.errors import draw_errors

    curves = write_tables(study, language=language)
    if "figure" in study.figures and any(scores(study).values()):
        draw_study(study, study.folder / "figure", language)
    if curves is not None and "curves" in study.figures:
        draw_learning_curves(study, study.folder / "curves", language)
    if curves is not None and study.break_even and "break_even" in study.figures:
        draw_break_even(study, curves, study.folder / "break_even", language)
    draw_errors(study, study.folder, language)
    if "pretraining" in study.figures and study.pretrained:
        draw_curve(PretrainingRecord.read(Path(study.pretrained)), study.folder / "pretraining", language)


def write_tables(study: Study, *, language: Language = ENGLISH) -> dict[tuple[str, str], Curve] | None:
    """``table.md``, ``.tex``, ``.csv`` and ``.json``, ``costs.md`` and ``.tex`` where asked for, and in English
    ``curves.md`` and ``break_even.md``; returns the learning curves, where the study has any.
    """
    table = Table.of(study)
    texts = {"md": as_markdown(table, language), "tex": as_latex(table, language)}
    for suffix, text in {**texts, "csv": as_csv(table), "json": as_json(table)}.items():
        write_atomically(study.folder / f"table.{suffix}", text)
    if study.costs:
        write_atomically(study.folder / "costs.md", costs_as_markdown(table, language))
        write_atomically(study.folder / "costs.tex", costs_as_latex(table, language))
    if left_out := study.read_records().left_out:
        log.warning("%s: records that are left out: %s", study.folder, left_out)
    if not any("rounds" in entry for entry in study.records().values()):
        return None
    curves = curves_of(study)
    write_atomically(study.folder / "curves.md", curve_table(study, curves))
    if study.break_even:
        write_atomically(study.folder / "break_even.md", break_even_table(study, curves))
    return curves
