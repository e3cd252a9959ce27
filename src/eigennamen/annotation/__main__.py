"""``python -m eigennamen.annotation``: tasks out, labels in, agreement, likely label errors. docs/annotation.md."""

import argparse
import logging
import sys
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from eigennamen.annotation.agreement import agreement, summary, table
from eigennamen.annotation.formats import FORMATS
from eigennamen.annotation.label_studio import label_config
from eigennamen.annotation.matching import match
from eigennamen.annotation.suggestions import read_ids, read_suggestions
from eigennamen.annotation.tasks import make_tasks
from eigennamen.corpora.jsonl import read_sentences
from eigennamen.files import write_atomically
from eigennamen.overrides import quoted, with_body
from eigennamen.types import Corpus, Sentence

SHOWN = 10  # repairs on the terminal; the file has all


def main(arguments: Sequence[str] | None = None) -> None:
    """Exits with a message, and without having written anything, where something is wrong."""
    parser = _parser()
    options, overrides = parser.parse_known_args(arguments)
    if unknown := [one for one in overrides if one.startswith("-")]:
        parser.error(f"unknown option(s): {' '.join(unknown)}")
    options.overrides = overrides
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    try:
        options.do(options)
    except (ValueError, OSError, ModuleNotFoundError) as error:
        sys.exit(f"error: {error}")


def export(options: argparse.Namespace) -> None:
    configs = [options.out.with_suffix(".xml")] if options.to == "label_studio" else []
    _check_free(options.out, *configs, force=options.force)
    corpus = _corpus(options)
    sentences = _chosen(corpus.split(options.split), options.ids, options.max_sentences)
    suggested = read_suggestions(options.suggestions, sentences) if options.suggestions else ()
    tasks = make_tasks(sentences, suggested=suggested, hide_labels=options.hide_labels)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(options.out, FORMATS[options.to].write(tasks))
    labeled = sum(task.sentence.spans is not None for task in tasks)
    print(f"{options.out}: {len(tasks)} tasks, {labeled} of them with labels, {len(suggested)} with suggestions")
    for config in configs:
        write_atomically(config, label_config(corpus.labels))
        print(f"{config}: the project's labeling configuration")


def import_(options: argparse.Namespace) -> None:
    repairs = options.out.with_suffix(".repairs.txt")
    _check_free(options.out, repairs, force=options.force)
    renames = dict(map(_rename, options.rename))
    answers = FORMATS[options.from_].read(options.file)
    corpus = _corpus(options)
    matched = match(
        answers,
        corpus.split(options.split),
        labels=corpus.labels,
        renames=renames,
        annotator=options.annotator,
        unchanged=options.unchanged,
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(options.out, FORMATS["jsonl"].write(make_tasks(matched.sentences)))
    print("\n".join(f"{n:6d} {what}" for what, n in matched.counters.items()))
    print(f"{options.out}: read it with corpus=jsonl corpus.train={options.out}")
    repairs.unlink(missing_ok=True)
    if matched.repairs:
        write_atomically(repairs, "".join(f"{line}\n" for line in matched.repairs))
        print("\n".join(matched.repairs[:SHOWN]))
        print(f"{repairs}: all {len(matched.repairs)} repairs and notes")


def agree(options: argparse.Namespace) -> None:
    if len(options.files) < 2:
        raise ValueError("agreement needs two files that import wrote, or more, one for each annotator")
    missing = "expected a file that import wrote, one for each annotator"
    read = {str(path): read_sentences(path, missing=missing) for path in options.files}
    found = {names: agreement(read[names[0]], read[names[1]]) for names in combinations(read, 2)}
    for names, one in found.items():
        print(summary(names, one))
    if options.out:
        _check_free(options.out, force=options.force)
        write_atomically(options.out, table({names: one.disagreements for names, one in found.items()}))


def label_errors(options: argparse.Namespace) -> None:
    from eigennamen.annotation.label_errors import review  # here, so that the other commands answer without torch

    _check_free(options.out / "review.jsonl", options.out / "review.tsv", force=options.force)
    print(review(_config(options), folds=options.folds, folder=options.out))


def _corpus(options: argparse.Namespace) -> Corpus:
    from eigennamen.execution import build

    corpus: Corpus = build(_config(options).corpus)
    return corpus


def _config(options: argparse.Namespace) -> DictConfig:
    with initialize_config_dir(str(options.conf.absolute()), version_base="1.3"):
        return compose("config", [*quoted(with_body(options.overrides)), "logger=none"])


def _chosen(sentences: Sequence[Sentence], ids: Path | None, at_most: int | None) -> Sequence[Sentence]:
    """The sentences that a file names, in its order, or all."""
    if ids:
        by_id = {sentence.id: sentence for sentence in sentences}
        wanted = read_ids(ids)
        if missing := [one for one in wanted if one not in by_id]:
            raise ValueError(f"{ids}: {len(missing)} ids are not in the split ({missing[0]!r}, ...); give --split")
        sentences = [by_id[one] for one in wanted]
    return sentences[:at_most]


def _rename(text: str) -> tuple[str, str | None]:
    old, equals, new = text.partition("=")
    if not old or not equals:
        raise ValueError(f"--rename {text}; expected TOOL_LABEL=LABEL, or TOOL_LABEL= to drop its spans")
    return old, new or None


def _check_free(*paths: Path, force: bool) -> None:
    if there := [str(path) for path in paths if path.exists() and not force]:
        raise ValueError(
            f"{' and '.join(there)}: there already, and somebody's work may be in it; choose another --out, or --force"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eigennamen.annotation", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_export(commands.add_parser("export", help="sentences of a corpus as tasks", epilog=_OVERRIDES))
    _add_import(commands.add_parser("import", help="labels from a tool's file as our JSON Lines", epilog=_OVERRIDES))
    compare = commands.add_parser("agreement", help="kappa, F1 and disagreements of files that import wrote")
    compare.add_argument("files", type=Path, nargs="+", metavar="FILE")
    compare.add_argument("--out", type=Path, help="list the disagreements here, tab-separated")
    compare.add_argument("--force", action="store_true", help="overwrite --out")
    compare.set_defaults(do=agree)
    errors = commands.add_parser("label-errors", help="rank training sentences for a second look", epilog=_OVERRIDES)
    errors.add_argument("--out", type=Path, required=True, help="folder of review.jsonl and review.tsv")
    errors.add_argument("--folds", type=int, default=5, help="classifiers that are trained (default: 5)")
    _add_common(errors)
    errors.set_defaults(do=label_errors)
    return parser


_OVERRIDES = "All else are overrides of the configuration: corpus=conll corpus.train=train.conll"


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", choices=FORMATS, required=True)
    parser.add_argument("--out", type=Path, required=True, help="file of the tasks")
    parser.add_argument("--split", default="train", help="train (default), dev, test or unlabeled")
    parser.add_argument("--ids", type=Path, help="only these: JSON lines with an id, as review.jsonl has")
    parser.add_argument("--max-sentences", type=int, help="only so many, from the start")
    parser.add_argument("--hide-labels", action="store_true", help="leave the corpus's own labels out")
    parser.add_argument(
        "--suggestions",
        type=Path,
        help="spans to begin with: predictions.jsonl, labels.jsonl or review.jsonl, or a run's folder",
    )
    _add_common(parser)
    parser.set_defaults(do=export)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what the tool exported")
    parser.add_argument("--from", choices=FORMATS, required=True, dest="from_")
    parser.add_argument("--out", type=Path, required=True, help="JSON lines for corpus=jsonl")
    parser.add_argument("--split", default="train", help="that the tasks came from: train (default), dev, ...")
    parser.add_argument("--annotator", help="whose answers count, where several people answered")
    parser.add_argument(
        "--rename", action="append", default=[], metavar="OLD=NEW", help="label of the tool; OLD= drops it"
    )
    parser.add_argument(
        "--unchanged", choices=["unlabeled", "labeled"], default="unlabeled", help="doccano: tasks as they were sent"
    )
    _add_common(parser)
    parser.set_defaults(do=import_)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="overwrite --out")
    parser.add_argument("--conf", type=Path, default=Path("conf"), help="the configuration folder (default: conf)")


if __name__ == "__main__":
    main()
