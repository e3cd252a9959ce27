"""What every pretraining objective shares: its data, optimizer, schedule and held-out score."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import lightning as L
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, Sampler
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from eigennamen.modules.optimization import scheduled_adamw
from eigennamen.pretrained import check_files, explain_missing_model
from eigennamen.pretraining.sequences import Sequences


@dataclass
class Example:
    """One batch: ``inputs`` of the network, and ``targets`` (n,), the sub-words to be guessed.

    ``positions`` (n,) says where they stand among all positions of the output, counted row by row; None: all of them.
    """

    inputs: dict[str, torch.Tensor]
    targets: torch.Tensor
    positions: torch.Tensor | None = None

    def to(self, device: torch.device) -> "Example":
        return Example(
            {name: tensor.to(device, non_blocking=True) for name, tensor in self.inputs.items()},
            self.targets.to(device, non_blocking=True),
            None if self.positions is None else self.positions.to(device, non_blocking=True),
        )


class Pretrainer(L.LightningModule):
    """A network that learns to guess what an objective has hidden in the text.

    Args:
        network: an encoder, or encoder-decoder, with its output layer.
        tokenizer: its tokenizer.
        learning_rate: peak of AdamW, reached after ``warmup`` (share of all steps), then linear to 0.
    """

    def __init__(
        self,
        *,
        network: PreTrainedModel,
        tokenizer: PreTrainedTokenizerFast,
        learning_rate: float,
        weight_decay: float,
        warmup: float,
    ) -> None:
        super().__init__()
        self.network = network
        self.tokenizer = tokenizer
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.warmup = warmup
        self._logits = self.logits

    def compile_forward(self) -> None:
        """Let ``torch.compile`` make one program of the forward pass: slower to start, faster to run."""
        self._logits = torch.compile(self.logits)

    @staticmethod
    def row_length(sequence_length: int) -> int:
        """Sub-words of text in a sequence of the network."""
        raise NotImplementedError

    @property
    def description(self) -> dict[str, Any]:
        """Architecture and size, for the record."""
        return {
            "body": self.network.config.model_type,
            "parameters": sum(p.numel() for p in self.network.parameters()),
            "vocabulary": len(self.tokenizer),
        }

    def hide(self, rows: torch.Tensor, generator: torch.Generator) -> Example:
        """What the network sees and must guess of rows of sub-words, shape ``(batch, length)``."""
        raise NotImplementedError

    def example(self, rows: torch.Tensor, generator: torch.Generator) -> Example:
        """A batch to train on: what ``hide`` makes of it, unless an objective mixes in another task."""
        return self.hide(rows, generator)

    def logits(self, example: Example) -> torch.Tensor:
        """Guesses for the targets, shape ``(n, vocab_size)``."""
        raise NotImplementedError

    def training_step(self, example: Example, batch_index: int) -> torch.Tensor:
        loss = F.cross_entropy(self._logits(example).float(), example.targets)
        self.log("train/loss", loss, batch_size=1)
        return loss

    def validation_step(self, example: Example, batch_index: int) -> None:
        logits = self.logits(example).float()
        right = (logits.argmax(dim=-1) == example.targets).float().mean()
        loss = F.cross_entropy(logits, example.targets)
        self.log_dict({"held_out/loss": loss, "held_out/accuracy": right}, batch_size=len(example.targets))

    def configure_optimizers(self) -> Any:
        return scheduled_adamw(
            self,
            learning_rate=self.learning_rate,
            weight_decay=self.weight_decay,
            warmup=self.warmup,
            total=self.trainer.max_epochs * len(self.trainer.datamodule.steps),  # type: ignore[attr-defined,operator]
            betas=(0.9, 0.98),
            fused=True,
        )

    def configure_gradient_clipping(
        self, optimizer: Any, gradient_clip_val: float | None = None, gradient_clip_algorithm: str | None = None
    ) -> None:
        # Lightning refuses to clip for a fused optimizer in mixed precision; bf16 has no loss scale to undo first
        if gradient_clip_val:
            torch.nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)


class Steps(Sampler[int]):
    """The numbers of an epoch's steps; an epoch is a stretch of the training, between two looks at the clock."""

    def __init__(self, per_epoch: int) -> None:
        self.per_epoch = per_epoch
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.per_epoch

    def __iter__(self) -> Iterator[int]:
        # a generator on purpose: Lightning makes the first iterator of a resumed run before it calls set_epoch
        yield from range(self.epoch * self.per_epoch, (self.epoch + 1) * self.per_epoch)


class Examples(Dataset[Example]):
    """The batch of a step, made when it is asked for: what is hidden changes with every pass over the text."""

    def __init__(self, sequences: Sequences, pretrainer: Pretrainer) -> None:
        self.sequences = sequences
        self.pretrainer = pretrainer

    def __getitem__(self, step: int) -> Example:
        generator = torch.Generator().manual_seed(self.sequences.seed * 2**32 + step)
        return self.pretrainer.example(torch.from_numpy(self.sequences.batch(step)), generator)


class PretrainingData(L.LightningDataModule):
    """Training examples by step, and the same held-out examples every time."""

    def __init__(self, sequences: Sequences, pretrainer: Pretrainer, *, steps_per_epoch: int, num_workers: int) -> None:
        super().__init__()
        self.steps = Steps(steps_per_epoch)
        self.examples = Examples(sequences, pretrainer)
        self.num_workers = num_workers
        generator = torch.Generator().manual_seed(0)
        self.held_out = [pretrainer.hide(torch.from_numpy(rows), generator) for rows in sequences.held_out_batches()]

    def train_dataloader(self) -> Any:
        if self.trainer is not None:  # workers fetch their first steps before Lightning calls set_epoch
            self.steps.set_epoch(self.trainer.fit_loop.epoch_progress.current.processed)  # type: ignore[attr-defined]
        return DataLoader(
            self.examples,
            batch_size=None,
            sampler=self.steps,
            num_workers=self.num_workers,
            persistent_workers=self.num_workers > 0,
        )

    def val_dataloader(self) -> Any:
        return DataLoader(self.held_out, batch_size=None)  # type: ignore[arg-type]

    def transfer_batch_to_device(self, batch: Any, device: Any, dataloader_idx: int) -> Any:
        return batch.to(device)


def checked_share(masked: float) -> float:
    """How much of the text is hidden; raises ValueError unless that is a part of it."""
    if not 0 < masked < 1:
        raise ValueError(f"objective.masked={masked}; expected a share between 0 and 1, such as 0.15")
    return masked


def parent(auto_model: Any, name: str) -> tuple[PreTrainedModel, Any]:
    """A pretrained model to go on from and its tokenizer.

    Raises:
        ValueError: either is not to be had, or the tokenizer belongs to another model.
    """
    check_files(name)
    with explain_missing_model(name, setting="objective.pretrained"):
        tokenizer = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
        network = auto_model.from_pretrained(name, trust_remote_code=False, dtype=torch.float32)
    if len(tokenizer) > network.config.vocab_size:
        raise ValueError(
            f"{name}: its tokenizer has {len(tokenizer)} sub-words, the model knows {network.config.vocab_size}; "
            "expected the tokenizer that the model was trained with beside its weights"
        )
    return network, tokenizer
