"""What every module shares: a network with its codec, how it is optimized, saved and asked."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lightning as L
from transformers import PreTrainedModel

from eigennamen.codecs.base import Codec
from eigennamen.modules.optimization import scheduled_adamw
from eigennamen.scoring import score
from eigennamen.types import Prediction, Sentence


class NERModule(L.LightningModule, ABC):
    """A network that learns to find spans.

    Args:
        codec: turns sentences into what the network reads, and what it answers into spans.
        network: a ``transformers`` model.
        pretrained: the model that it starts from, for the record; None where it starts from random weights.
        learning_rate: peak of AdamW, reached after ``warmup`` (share of all steps), then linear to 0.
    """

    codec: Codec

    def __init__(
        self,
        *,
        network: PreTrainedModel,
        pretrained: str | None,
        learning_rate: float,
        weight_decay: float,
        warmup: float,
    ) -> None:
        super().__init__()
        self.network = network
        self.pretrained = pretrained
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.warmup = warmup

    @abstractmethod
    def predict(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        """Spans of any sentences, each with a confidence."""

    @abstractmethod
    def save_pretrained(self, folder: Path) -> None:
        """Write network (safetensors), configuration and tokenizer as ``transformers`` does."""

    @property
    def dev_sentences(self) -> Sequence[Sentence]:
        """What the datamodule in use is validated on."""
        dev: Sequence[Sentence] = self.trainer.datamodule.validated  # type: ignore[attr-defined]
        return dev

    def log_dev_scores(self, gold: Sequence[Sentence], predicted: Sequence[Prediction]) -> None:
        scores = score(gold, [prediction.sentence for prediction in predicted])
        self.log_dict({"dev/micro_f1": scores.micro.f1, "dev/macro_f1": scores.macro["f1"]}, prog_bar=True)

    def configure_optimizers(self) -> Any:
        return scheduled_adamw(self, **self.schedule, fused=self.can_fuse)

    @property
    def schedule(self) -> dict[str, float]:
        """What every optimizer is told."""
        return {
            "learning_rate": self.learning_rate,
            "weight_decay": self.weight_decay,
            "warmup": self.warmup,
            "total": self.trainer.estimated_stepping_batches,
        }

    @property
    def can_fuse(self) -> bool:
        """Whether AdamW may be one pass over the weights; mixed precision cannot clip its gradients then."""
        return self.trainer.precision == "32-true"

    @property
    def portable(self) -> bool:
        """Whether plain ``transformers`` loads the saved model without this project."""
        return type(self.network).__module__.startswith("transformers.")

    @property
    def description(self) -> dict[str, Any]:
        """Body, initialization and size, for the record and the captions of tables."""
        return {
            "body": self.network.config.model_type.removeprefix("eigennamen-"),
            "initialization": self.pretrained or "random",
            "parameters": sum(p.numel() for p in self.parameters()),
            "portable": self.portable,
        }
