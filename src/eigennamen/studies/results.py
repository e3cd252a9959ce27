"""What is written beside a study's records: its tables and figures, made of records, counts and analyses alone."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal

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
        curves = write_tables(study, language=language)
        for drawn in [_pool().submit(one) for one in _drawings(study, curves, language)]:
            drawn.result()


@cache
def _pool() -> Executor:
    """Draws figures side by side, also those of several studies: starting a process takes as long as drawing one."""
    return ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_begin_drawing)


def _begin_drawing() -> None:
    """Leave what is to be said, and when to stop, to the process that asks."""
    signal(SIGINT, SIG_IGN)
    logging.disable()


def _drawings(
    study: Study, curves: Mapping[tuple[str, str], Curve] | None, language: Language
) -> list[Callable[[], None]]:
    """A call for each figure, to be made in whatever process."""
    from eigennamen.figures.curves import draw_break_even, draw_learning_curves
    from eigennamen.figures.drawing import draw_curve, draw_study
    from eigennamen.figures.errors import error_drawings

    study = replace(study, folder=study.folder.absolute())  # a process that draws may have begun in another place
    drawings = error_drawings(study, study.folder, language)
    if "figure" in study.figures and any(scores(study).values()):
        drawings.append(partial(draw_study, study, study.folder / "figure", language))
    if curves and "curves" in study.figures:
        drawings.append(partial(draw_learning_curves, study, study.folder / "curves", language))
    if curves and study.break_even and "break_even" in study.figures:
        drawings.append(partial(draw_break_even, study, curves, study.folder / "break_even", language))
    if "pretraining" in study.figures and study.pretrained:
        record = PretrainingRecord.read(Path(study.pretrained))
        drawings.append(partial(draw_curve, record, study.folder / "pretraining", language))
    return drawings


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
