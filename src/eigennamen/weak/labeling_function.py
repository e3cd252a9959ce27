"""Labeling functions: from a sentence to the spans (or the absence of spans) that a rule believes in."""

import hashlib
import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from eigennamen.types import Sentence, Span


@dataclass(frozen=True, slots=True, order=True)
class NegativeVote:
    """Says that no entity overlaps the words ``start`` to ``end - 1``. Yielding nothing, in contrast, is abstaining."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"negative vote {self.start}:{self.end} is empty; expected 0 <= start < end")


Vote = Span | NegativeVote


Rule = Callable[[Sentence], Iterable[Vote]]


class LabelingFunctionError(ValueError):
    """A labeling function raised or gave a vote that it must not give; names the function and the sentence."""


@dataclass(frozen=True)
class LabelingFunction:
    """A named rule. Calling it returns its checked votes on one sentence; an empty tuple means that it abstains.

    ``labels`` are all labels it can give (none for a rule that only votes against). ``fingerprint`` changes with the
    rule's source and its data, so that a run with an edited rule is a new run.

    A rule that must see all of the text first has ``prepare``: from sentences without gold to the function that votes
    on them. It cannot be called itself; ``needs_text`` makes one.
    """

    name: str
    labels: tuple[str, ...]
    function: Rule
    fingerprint: str
    prepare: "Callable[[Sequence[Sentence]], LabelingFunction] | None" = None

    def __call__(self, sentence: Sentence) -> tuple[Vote, ...]:
        if self.prepare is not None:
            raise LabelingFunctionError(
                f"labeling function {self.name!r} was called on sentence {sentence.id!r} unprepared; it must see all "
                "of the text first: call prepared(sentences) and use what comes back, as WeakLabels does"
            )
        try:
            votes = tuple(self.function(sentence))
        except Exception as error:
            raise LabelingFunctionError(
                f"labeling function {self.name!r} raised {type(error).__name__} on sentence {sentence.id!r}: {error}"
            ) from error
        for vote in votes:
            self._check(vote, sentence)
        return votes

    def prepared(self, sentences: Sequence[Sentence]) -> "LabelingFunction":
        """The function ready to vote on ``sentences``, whose gold it does not see; itself where it needs no text."""
        if self.prepare is None:
            return self
        ready = self.prepare([one if one.spans is None else one.with_spans(None) for one in sentences])
        return replace(ready, name=self.name, labels=self.labels, fingerprint=self.fingerprint)

    def _check(self, vote: Vote, sentence: Sentence) -> None:
        if not isinstance(vote, Span | NegativeVote):
            problem = f"yielded {vote!r}; expected a Span or a NegativeVote"
        elif vote.end > len(sentence.words):
            problem = f"yielded {vote}, outside the sentence ({len(sentence.words)} words)"
        elif isinstance(vote, Span) and vote.label not in self.labels:
            problem = f"yielded the label {vote.label!r}; it declares {list(self.labels)}"
        else:
            return
        raise LabelingFunctionError(f"labeling function {self.name!r}, sentence {sentence.id!r}: {problem}")


def needs_text(
    *, name: str, labels: Iterable[str], prepare: Callable[[Sequence[Sentence]], Rule], fingerprint: str
) -> LabelingFunction:
    """A labeling function whose votes depend on the whole text: ``prepare`` makes the rule from all its sentences."""
    given = tuple(labels)

    def unprepared(sentence: Sentence) -> Iterable[Vote]:
        return ()

    def ready(sentences: Sequence[Sentence]) -> LabelingFunction:
        return LabelingFunction(name, given, prepare(sentences), fingerprint)

    return LabelingFunction(name, given, unprepared, fingerprint, ready)


def vote(start: int, end: int, label: str | None) -> Vote:
    """A span, or without a label a negative vote."""
    return NegativeVote(start, end) if label is None else Span(start, end, label)


def labels_of(label: str | None) -> tuple[str, ...]:
    """What a function that gives ``label``, or votes against where it is None, declares."""
    return () if label is None else (label,)


def labeling_function(*, labels: Iterable[str], name: str | None = None) -> Callable[[Rule], LabelingFunction]:
    """Turn a function from a sentence to votes into a LabelingFunction.

    >>> @labeling_function(labels=["PER"])
    ... def after_herr(sentence):
    ...     for i, word in enumerate(sentence.words[:-1]):
    ...         if word == "Herr":
    ...             yield Span(i + 1, i + 2, "PER")
    >>> after_herr(Sentence("s", ("Herr", "Kahl", "kommt")))
    (Span(start=1, end=2, label='PER'),)
    """

    def decorate(function: Rule) -> LabelingFunction:
        return LabelingFunction(name or function.__name__, tuple(labels), function, source_fingerprint(function))

    return decorate


def hash_of(function: Callable[..., object], *data: object) -> str:
    """Hash of the source that a function comes from and of all that decides its votes."""
    return hashlib.sha256(repr((source_fingerprint(function), *data)).encode("utf-8", "surrogatepass")).hexdigest()


def source_fingerprint(function: Callable[..., object]) -> str:
    """Hash of the source that a function comes from: its module, or all code and lists of its package.

    The package counts because helpers and lists beside a rule are a part of it; ``eigennamen`` itself is too much, so
    the level below is taken.
    """
    module = inspect.getmodule(function)
    file = getattr(module, "__file__", None)
    if file is None:  # defined in a notebook
        return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()
    levels = (getattr(module, "__package__", None) or "").split(".")
    return _hash_of(Path(file).parents[max(len(levels) - 2, 0)] if levels != [""] else Path(file))


@cache
def _hash_of(path: Path) -> str:
    """Hash of a file, or of the code and lists in a folder."""
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.suffix in (".py", ".txt"))
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
