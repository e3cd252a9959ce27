"""``oracle=files``: a person labels the rounds of active learning, in any of the tools."""

import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from eigennamen.annotation.formats import format_named
from eigennamen.annotation.label_studio import label_config
from eigennamen.annotation.matching import Matched, match
from eigennamen.annotation.tasks import Task, make_tasks
from eigennamen.files import write_atomically
from eigennamen.types import Corpus, Prediction, Sentence

log = logging.getLogger(__name__)
TASKS, LABELED, CHOSEN, CONFIG = "tasks", "labeled", "chosen.json", "label_config.xml"
Suggest = Callable[[Sequence[Sentence]], list[Prediction]]


class FileOracle:
    """Writes a round's sentences as tasks, stops, and goes on when the labelled file lies beside them.

    ``folder/round-0/tasks.json`` goes to the tool, its export comes back as ``folder/round-0/labeled.json`` (the suffix
    is the format's), and the same command goes on. What is there is never overwritten.

    Args:
        folder: where the rounds are; one for each run, kept between its calls.
        format: of the tasks and of what comes back, one of ``formats.FORMATS``.
        annotator: whose answers count, where several people answered.
        unchanged: ``labeled``: suggestions that came back unchanged are labels (doccano, see ``Answer``).

    Raises:
        ValueError: the format is unknown, the folder is another run's, or the labelled file has errors (all named).
        SystemExit: sentences are still to be labelled; the message says where and what to do.
    """

    def __init__(
        self, *, folder: str, format: str = "label_studio", annotator: str | None = None, unchanged: str = "unlabeled"
    ) -> None:
        self.folder = Path(folder)
        self.format = format_named(format)
        self.annotator = annotator
        if unchanged not in ("unlabeled", "labeled"):
            raise ValueError(f"procedure.oracle.unchanged={unchanged}; expected unlabeled or labeled")
        self.unchanged = unchanged
        self._labels: tuple[str, ...] = ()

    def pool(self, corpus: Corpus) -> Sequence[Sentence]:
        """All training and unlabeled sentences; labels that the corpus has are left aside."""
        self._labels = corpus.labels
        return [sentence.with_spans(None) for sentence in (*corpus.train, *corpus.unlabeled)]

    def annotate(self, sentences: Sequence[Sentence], *, number: int, suggest: Suggest | None) -> list[Sentence]:
        """The sentences with the person's spans, in their order; ``suggest`` is only asked for new tasks."""
        folder = self.folder / f"round-{number}"
        tasks, labeled = (folder / f"{name}{self.format.suffix}" for name in (TASKS, LABELED))
        if self._begins(folder, tasks, sentences) or not tasks.exists():
            suggested = suggest(sentences) if suggest else []
            self._write(tasks, make_tasks(sentences, suggested=suggested, hide_labels=True))
        if not labeled.exists():
            sys.exit(
                f"round {number}: {len(sentences)} sentences are to be labelled. Import {tasks} into the tool, save "
                f"its export as {labeled}, and start the same command again"
            )
        matched = self._matched(labeled, sentences)
        if missing := len(sentences) - len(matched.labeled):
            sys.exit(
                f"round {number}: {missing} of {len(sentences)} sentences in {labeled} are not labelled yet. Finish "
                "them, save the new export there, and start the same command again"
            )
        by_id = {sentence.id: sentence for sentence in matched.labeled}
        return [by_id[sentence.id] for sentence in sentences]

    def _begins(self, folder: Path, tasks: Path, sentences: Sequence[Sentence]) -> bool:
        """Whether the round begins now, which is kept before its tasks are, so that an interrupted one goes on.

        Raises:
            ValueError: the folder has tasks of something else.
        """
        path, ids = folder / CHOSEN, [sentence.id for sentence in sentences]
        if path.exists():
            if json.loads(path.read_text(encoding="utf-8")) != ids:
                raise ValueError(
                    f"{folder} has tasks of other sentences, of another run or setting; nothing was overwritten. Give "
                    "this run a folder of its own: procedure.oracle.folder"
                )
            return False
        if tasks.exists():
            raise ValueError(
                f"{tasks} is there already, and not of this run; give procedure.oracle.folder another folder"
            )
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(ids))
        return True

    def _write(self, path: Path, tasks: Sequence[Task]) -> None:
        if path.suffix == ".json":
            write_atomically(path.with_name(CONFIG), label_config(self._labels))
        write_atomically(path, self.format.write(tasks))

    def _matched(self, path: Path, sentences: Sequence[Sentence]) -> Matched:
        matched = match(
            self.format.read(path),
            sentences,
            labels=self._labels,
            annotator=self.annotator,
            unchanged="labeled" if self.unchanged == "labeled" else "unlabeled",
        )
        log.info("%s: %s", path, ", ".join(f"{n} {what}" for what, n in matched.counters.items()))
        for repair in matched.repairs:
            log.warning("%s", repair)
        return matched
