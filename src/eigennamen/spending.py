"""What a run's labels took a person: counted from what the run used, whatever the method; ``costs`` prices it.

Labels that nobody looked at cost nothing: the gold of dev counts where early stopping saw it, that of test never, and a
label model without an end model looks at neither. A trained run or recorded predictions among the labeling functions
count as a function, not as what they once took.
"""

from eigennamen.costs import Amount, counted
from eigennamen.datamodule import LabelSource, NERDataModule
from eigennamen.labels.hand import HandLabels
from eigennamen.labels.mixed import MixedLabels
from eigennamen.labels.weak import WeakLabels


def spent(datamodule: NERDataModule, *, trains: bool = True) -> dict[str, int]:
    """The counts of a run that takes its labels from its label source alone.

    Args:
        datamodule: of the run.
        trains: an end model; a label model alone sees neither dev nor the function for background.
    """
    source = datamodule.label_source
    if not trains:
        return counted(Amount(), dev=Amount(), functions=functions_of(source, background=False))
    hand = source.hand if isinstance(source, MixedLabels) else source
    annotated = hand.training_set(datamodule.corpus).sentences if isinstance(hand, HandLabels) else ()
    return counted(Amount.of(annotated), dev=annotated_dev(datamodule), functions=functions_of(source))


def annotated_dev(datamodule: NERDataModule) -> Amount:
    """What early stopping looks at, if a person labelled it."""
    return Amount.of(datamodule.dev if datamodule.dev_labels == "gold" else ())


def functions_of(source: LabelSource, *, background: bool = True) -> int:
    """How many labeling functions were written for a label source: all of them, however few fire.

    The one for background is among them where uncovered words are masked: only then are its votes training labels.
    """
    weak = source.weak if isinstance(source, MixedLabels) else source
    if not isinstance(weak, WeakLabels):
        return 0
    return len(weak.lfs) + (len(weak.background) if background and weak.uncovered == "mask" else 0)
