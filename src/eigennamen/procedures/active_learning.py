"""Active learning: train, ask for the labels of the sentences that the model would learn most from, train again.

The first sentences are drawn at random, the same for every strategy and those of ``HandLabels`` with that budget; the
strategy ``random`` goes on drawing, so that its rounds are nested hand labels by budget.
"""

import json
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from lightning.pytorch.loggers import Logger

from eigennamen.costs import Amount, Unit, affordable, check_unit, counted
from eigennamen.datamodule import NERDataModule
from eigennamen.execution import best_device
from eigennamen.files import write_atomically
from eigennamen.labels.hand import HandLabels, shuffled
from eigennamen.labels.weak import WeakLabels
from eigennamen.modules.base import NERModule
from eigennamen.modules.token_classifier import TokenClassifier
from eigennamen.oracles import Oracle
from eigennamen.procedures import Fit, Trained
from eigennamen.procedures.rounds import MEASURED, by_sentence, fresh, tag_probs_of
from eigennamen.querying import QueryStrategy, Values, log_probs_of, most_wanted, scored, strategy_named, tag_votes
from eigennamen.scoring import score, write_counts
from eigennamen.spending import annotated_dev, functions_of
from eigennamen.training import restore
from eigennamen.types import Sentence, TrainingSet

log = logging.getLogger(__name__)
CHOSEN = "chosen.json"


def active_learning(
    *,
    make_module: Callable[[], NERModule],
    datamodule: NERDataModule,
    fit: Fit,
    run_dir: Path,
    logger: Logger | None = None,
    oracle: Oracle,
    budgets: Sequence[int],
    strategy: str = "mnlp",
    unit: Unit = "sentences",
    retrain: Literal["cold", "warm"] = "cold",
    start: Literal["none", "weak"] = "none",
    samples: int = 10,
) -> Trained:
    """Fit on the first budget, then for each further one query, ask the oracle and fit on all that is labelled so far.

    The last round counts. Scores on test are measured after each round and seen by nobody else than the record.

    Args:
        oracle: who labels.
        budgets: how much is labelled after each round, ascending; the first is drawn at random.
        strategy: one of ``querying.STRATEGIES``; ``lf_disagreement`` needs the label source ``weak``.
        unit: what budgets count.
        retrain: each round begins ``cold``, with new random weights, or ``warm``, where the round before ended.
        start: ``weak`` fits on the weak labels first; each cold round, or the first warm one, then begins there.
        samples: networks that ``bald`` draws.

    Raises:
        ValueError: a setting has no meaning, the pool is empty or smaller than the last budget.
    """
    _check(budgets, unit, retrain, start, samples, datamodule)
    pool = shuffled(oracle.pool(datamodule.corpus), datamodule.seed)
    _check_pool(pool, budgets, unit, datamodule)
    module = fresh(make_module, (datamodule.seed, 0))  # the same whatever was drawn before, by a label model say
    values_of = needed_values(strategy_named(strategy), module, datamodule, samples)
    loop = _Loop(datamodule, fit, run_dir, logger, strategy_named(strategy), unit, start)
    measured: list[dict[str, Any]] = []
    labelled: list[Sentence] = []
    with datamodule.codec.uncounted():
        if start == "weak":
            measured.append(loop.fitted("start", module, datamodule, [], []))
        for number, budget in enumerate(budgets):
            chosen = loop.chosen(number, budget, pool, labelled, values_of)
            labelled += oracle.annotate(chosen, number=number, suggest=module.predict if measured else None)
            if number and retrain == "cold" and not loop.is_finished(number):
                _reset(module, make_module, loop, number)
            data = datamodule.with_training_set(TrainingSet(list(labelled)))
            measured.append(loop.fitted(number, module, data, labelled, chosen))
            loop.drop(number - 1)
    restore(module, loop.folder(len(budgets) - 1))
    datamodule.codec.data(labelled, cache=datamodule.cache)  # of all that was read the last round's text counts
    times = {"epochs": sum(one["epochs"] for one in measured)}
    return Trained(module, times, measured, loop.labels(labelled, retrain))


def _check(
    budgets: Sequence[int], unit: str, retrain: str, start: str, samples: int, datamodule: NERDataModule
) -> None:
    check_unit(unit, setting="procedure.unit")
    if not budgets or budgets[0] < 1 or any(a >= b for a, b in pairwise(budgets)):
        raise ValueError(
            f"procedure.budgets={list(budgets)}; expected numbers of {unit} from 1 up, each larger than the last"
        )
    if retrain not in ("cold", "warm") or start not in ("none", "weak") or samples < 2:
        raise ValueError(
            f"got procedure.retrain={retrain}, procedure.start={start}, procedure.samples={samples}; expected cold or "
            "warm, none or weak, at least 2"
        )
    source = datamodule.label_source
    if start == "weak" and not isinstance(source, WeakLabels):
        raise ValueError(_NEEDS_FUNCTIONS.format(setting="procedure.start=weak", name=source.name))
    if isinstance(source, HandLabels) and source.budget is not None:
        raise ValueError(
            f"datamodule.label_source.budget={source.budget} beside procedure.budgets={list(budgets)}: one budget too "
            "many; leave datamodule.label_source.budget=null"
        )


_NEEDS_FUNCTIONS = "{setting} needs labeling functions, but the labels are {name}; choose datamodule=weak_labels"


def _check_pool(pool: Sequence[Sentence], budgets: Sequence[int], unit: Unit, datamodule: NERDataModule) -> None:
    name = datamodule.corpus.name
    if not pool:
        raise ValueError(
            f"corpus {name!r}: the pool is empty, no sentence could be labelled; GoldOracle needs training sentences "
            "with gold spans"
        )
    available = Amount.of(pool).in_unit(unit)
    if budgets[-1] > available:
        raise ValueError(
            f"corpus {name!r}: procedure.budgets ends with {budgets[-1]} {unit}, the pool has {available}; end "
            "with at most as many"
        )
    if not affordable(pool, budgets[0], unit=unit):
        raise ValueError(
            f"corpus {name!r}: procedure.budgets begins with {budgets[0]} {unit}, less than the first sentence drawn "
            "has; begin with more"
        )


def needed_values(
    strategy: QueryStrategy, module: NERModule, datamodule: NERDataModule, samples: int
) -> Callable[[Sequence[Sentence]], Values]:
    """What the strategy needs to know of some sentences' words."""
    if strategy.needs == "log_probs":
        return lambda sentences: log_probs_of(module.predict(sentences))
    if strategy.needs == "votes":
        return _votes(strategy, datamodule)
    if strategy.needs == "nothing":
        return lambda sentences: np.zeros((0, 0), dtype=np.float32)
    if not isinstance(module, TokenClassifier):
        raise ValueError(
            f"procedure.strategy={strategy.name} asks for the probabilities of tags, which {type(module).__name__} "
            "does not have; choose random, least_confidence, mnlp or lf_disagreement"
        )
    if strategy.needs == "dropout_samples":
        _ = module.dropout_rate  # says before anything is trained what is missing
        return partial(module.sample_tag_probs, n=samples, seed=datamodule.seed)
    return lambda sentences: tag_probs_of(module.predict(sentences))


def _votes(strategy: QueryStrategy, datamodule: NERDataModule) -> Callable[[Sequence[Sentence]], Values]:
    """How many labeling functions gave each word each tag; they are applied once, to all training text."""
    source = datamodule.label_source
    if not isinstance(source, WeakLabels):
        setting = f"procedure.strategy={strategy.name}"
        raise ValueError(_NEEDS_FUNCTIONS.format(setting=setting, name=source.name))
    _ = datamodule.training_set  # tells the functions the corpus
    matrix = source.matrix([*datamodule.corpus.train, *datamodule.corpus.unlabeled])
    by_id = by_sentence(tag_votes(matrix), matrix.sentences)
    return lambda sentences: np.concatenate([by_id[sentence.id] for sentence in sentences])


def _reset(module: NERModule, make_module: Callable[[], NERModule], loop: "_Loop", number: int) -> None:
    """The weights that a cold round begins with: random ones of its own, or what the weak labels taught."""
    if loop.start == "weak":
        restore(module, loop.folder("start"))
    else:
        module.load_state_dict(fresh(make_module, (loop.datamodule.seed, number)).state_dict())


@dataclass(frozen=True)
class _Loop:
    """What is the same in all rounds.

    A round's folder has what was chosen, the weights and what was measured, and is deleted in the end; its counts on
    test by sentence stay in ``run_dir/rounds``.
    """

    datamodule: NERDataModule
    fit: Fit
    run_dir: Path
    logger: Logger | None
    strategy: QueryStrategy
    unit: Unit
    start: str

    def folder(self, number: int | str) -> Path:
        return self.run_dir / "checkpoints" / f"round-{number}"

    def is_finished(self, number: int | str) -> bool:
        return (self.folder(number) / MEASURED).exists()

    def drop(self, number: int) -> None:
        """Delete the weights of a round that the next one needs no longer."""
        shutil.rmtree(self.folder(number) / "checkpoints", ignore_errors=True)

    def chosen(
        self,
        number: int,
        budget: int,
        pool: Sequence[Sentence],
        labelled: Sequence[Sentence],
        values_of: Callable[[Sequence[Sentence]], Values],
    ) -> list[Sentence]:
        """The sentences of a round, written down before anyone labels them: an interrupted round asks for the same."""
        path = self.folder(number) / CHOSEN
        if path.exists():
            by_id = {sentence.id: sentence for sentence in pool}
            return [by_id[id_] for id_ in json.loads(path.read_text(encoding="utf-8"))]
        known = {sentence.id for sentence in labelled}
        rest = [sentence for sentence in pool if sentence.id not in known]
        left = budget - Amount.of(labelled).in_unit(self.unit)
        if number:  # no sentence is shorter than a word, so that as many as there are words left are enough
            numbers = scored(rest, self.strategy, values_of)
            rest = [rest[place] for place in most_wanted(numbers, min(left, len(rest)))]
        chosen = affordable(rest, left, unit=self.unit)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps([sentence.id for sentence in chosen]))
        return chosen

    def fitted(
        self,
        number: int | str,
        module: NERModule,
        data: NERDataModule,
        labelled: Sequence[Sentence],
        chosen: Sequence[Sentence],
    ) -> dict[str, Any]:
        """Fit and measure; of a round that was done already the weights, as far as they are there, and the numbers."""
        folder = self.folder(number)
        if self.is_finished(number):
            if (folder / "checkpoints").exists():
                restore(module, folder)
            module.to(best_device())
            return dict(json.loads((folder / MEASURED).read_text(encoding="utf-8")))
        result = self.fit(module=module, datamodule=data, run_dir=folder, logger=self.logger)
        ids = [sentence.id for sentence in chosen]
        scores = self._scores(module, number)
        measured = {"round": number, "cost": self.cost(labelled), **scores, **result, "chosen_ids": ids}
        write_atomically(folder / MEASURED, json.dumps(measured))
        self._show(measured)
        return measured

    def cost(self, labelled: Sequence[Sentence]) -> dict[str, int]:
        """What was spent so far."""
        data, trains_on_weak = self.datamodule, self.start == "weak"
        uses_functions = trains_on_weak or self.strategy.needs == "votes" or data.dev_labels == "weak"
        functions = functions_of(data.label_source, background=trains_on_weak) if uses_functions else 0
        return counted(Amount.of(labelled), dev=annotated_dev(data), functions=functions)

    def _scores(self, module: NERModule, number: int | str) -> dict[str, dict[str, float]]:
        """Strict micro scores and their counts on dev and on test, as far as they have labels."""
        test = self.datamodule.corpus.test or ()
        splits = {"dev": self.datamodule.dev, "test": test if all(s.spans is not None for s in test) else ()}
        module.to(best_device())
        result = {}
        for name, split in splits.items():
            if split:
                scores = score(split, [prediction.sentence for prediction in module.predict(split)])
                result[name] = {**scores.micro.ratios(), **asdict(scores.micro)}
                if name == "test":
                    write_counts(round_counts(self.run_dir, number), scores)
        return result

    def _show(self, measured: Mapping[str, Any]) -> None:
        """The round's numbers in the log and in the tracker."""
        cost = {name: measured["cost"][name] for name in ("sentences", "words")}
        shown = cost | {f"{name}_micro_f1": measured[name]["f1"] for name in ("dev", "test") if name in measured}
        log.info("round %s: %s", measured["round"], "  ".join(f"{name} {value:.5g}" for name, value in shown.items()))
        if self.logger:
            self.logger.log_metrics({f"round/{name}": value for name, value in shown.items()})

    def labels(self, labelled: Sequence[Sentence], retrain: str) -> dict[str, Any]:
        """Where the labels of the last round came from, for the record."""
        settings = {"strategy": self.strategy.name, "unit": self.unit, "retrain": retrain, "start": self.start}
        statistics: dict[str, Any] = {**asdict(Amount.of(labelled)), **settings}
        if isinstance(self.datamodule.label_source, WeakLabels):
            weak = dict(self.datamodule.training_set.statistics)
            statistics |= {"label_model": weak["label_model"], "weak": weak}
        method = "mixed" if self.start == "weak" else "hand"
        return {"method": method, "label_source": statistics, "cost": self.cost(labelled)}


def round_counts(run_dir: Path, number: int | str) -> Path:
    """Where the counts on test of a round are, as ``scoring.write_counts`` writes them."""
    return run_dir / "rounds" / f"{number}.parquet"
