"""Tasks as columns, for an editor or a table: word, tag (IOB2) and suggested tag, separated by tabs.

Above each sentence stands ``# sentence_id = "..."``. Every tag of a sentence that nobody has labelled yet is ``_``,
which no reader takes for a tag. Finished files are read by ``corpus=conll corpus.tag_column=1 corpus.separator=tab
'corpus.comment="# "'``. The format has words and no text: that comes from the corpus when answers are matched.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from eigennamen.annotation.tasks import SENTENCE_ID, Answer, Mark, Task, joined
from eigennamen.corpora.blocks import DOCUMENT_START, Block, split_blocks
from eigennamen.corpora.lines import raise_problems, read_lines
from eigennamen.schemes import TagError, spans_to_tags, tags_to_spans
from eigennamen.types import Sentence, Span

UNKNOWN = "_"
_COMMENT = "# "
_HEAD = f"{_COMMENT}{SENTENCE_ID} = "


def write(tasks: Sequence[Task]) -> str:
    """The sentences as columns; raises ValueError for words and labels that a column cannot hold."""
    return "\n".join(_block(task) for task in tasks)


def _block(task: Task) -> str:
    sentence = task.sentence
    for i, word in enumerate(sentence.words):
        if set("\t\n\r") & set(word) or not word.strip() or (i == 0 and word.startswith((_COMMENT, DOCUMENT_START))):
            raise ValueError(
                f"sentence {sentence.id!r}: word {word!r} cannot stand in a column file; choose another format"
            )
    columns = [sentence.words, _tags(sentence.spans, sentence)]
    if task.suggested is not None:
        columns.append(_tags(task.suggested.spans, sentence))
    rows = ["\t".join(row) + "\n" for row in zip(*columns, strict=True)]
    return f"{_HEAD}{json.dumps(sentence.id)}\n" + "".join(rows)


def _tags(spans: Iterable[Span] | None, sentence: Sentence) -> Sequence[str]:
    n_words = len(sentence.words)
    if spans is None:
        return [UNKNOWN] * n_words
    tags = spans_to_tags(spans, n_words)
    if bad := [tag for tag in tags if set("\t\n\r") & set(tag)]:
        raise ValueError(f"sentence {sentence.id!r}: tag {bad[0]!r} cannot stand in a column file")
    return tags


def read(path: Path) -> list[Answer]:
    """The sentences of a column file; an ``I-`` that continues nothing begins a span there, which is noted."""
    lines = read_lines(path, missing="expected the file with the annotator's tags")
    answers = []
    problems = []
    for block in split_blocks(lines, comment=_COMMENT):
        try:
            answers.append(_answer(block, path.name))
        except ValueError as error:
            problems.append(f"{path.name}:{block.lines[0][0]}: {error}")
    raise_problems(problems)
    return answers


def _answer(block: Block, name: str) -> Answer:
    rows = [line.split("\t") for _, line in block.lines]
    for (number, line), row in zip(block.lines, rows, strict=True):
        if len(row) < 2 or not row[0]:
            raise ValueError(f"line {number}, {line!r}: expected a word and its tag, separated by a tab")
    words, tags = tuple(row[0] for row in rows), [row[1] for row in rows]
    sentence = joined(Sentence(_sentence_id(block), words))
    place = f"{name}:{block.lines[0][0]}"
    marks, notes = _marks(tags, sentence)
    return Answer(place, sentence.id, sentence.text or "", marks, words=words, notes=notes)


def _sentence_id(block: Block) -> str:
    heads = [comment.removeprefix(_HEAD) for comment in block.comments if comment.startswith(_HEAD)]
    if len(heads) != 1:
        raise ValueError(f"expected one line '{_HEAD}\"...\"' above the sentence, found {len(heads)}")
    return str(json.loads(heads[0]))


def _marks(tags: list[str], sentence: Sentence) -> tuple[tuple[Mark, ...] | None, tuple[str, ...]]:
    if set(tags) == {UNKNOWN}:
        return None, ()
    if UNKNOWN in tags:
        word = sentence.words[tags.index(UNKNOWN)]
        raise ValueError(
            f"word {word!r} has the tag {UNKNOWN!r} and others have real ones; finish or clear the sentence"
        )
    try:
        spans, repairs = tags_to_spans(tags, repair="begin")
    except TagError as error:
        raise ValueError(f"word {sentence.words[error.position]!r}: {error.complaint}") from None
    task = Task(sentence)
    notes = (f"{repairs} I- without a beginning: a span begins there",) if repairs else ()
    return tuple(Mark(*task.characters(span), span.label) for span in spans), notes
