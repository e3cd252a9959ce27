"""The token classifier: a body gives emissions for every word, a softmax turns them into a distribution over tags."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader
from transformers import AutoModelForTokenClassification, PreTrainedModel

from eigennamen.codecs.tags import Batch, TagCodec
from eigennamen.modules import bodies  # noqa: F401  (registers the BiLSTM with transformers)
from eigennamen.modules.base import NERModule
from eigennamen.modules.losses import generalized_cross_entropy
from eigennamen.tokenizers import load_tokenizer
from eigennamen.types import Prediction, Sentence


class TokenClassifier(NERModule):
    """Body x softmax head, trained with (generalized) cross-entropy against hard tags or distributions over tags.

    Args:
        codec: turns sentences into inputs and tag probabilities into spans.
        body: makes the network for a codec (see ``bodies``), or is the network itself.
        pretrained: the model that the body starts from, for the record; None where it starts from random weights.
        word_vectors: the folder of word vectors that the tokenizer handed to the body, for the record.
        gce_q: q of the generalized cross-entropy: 0 is cross-entropy; up to 1 it forgives more wrong labels and learns
            more slowly.
        loss_mean: what a batch's loss is divided by: the sum of its words' ``weights``, which count only within the
            batch, or the number of ``words`` that have any, so that a batch of light words counts little.
        learning_rate: peak of AdamW, reached after ``warmup`` (share of all steps), then linear to 0.
    """

    codec: TagCodec

    def __init__(
        self,
        *,
        codec: TagCodec,
        body: Callable[..., PreTrainedModel] | PreTrainedModel,
        pretrained: str | None = None,
        word_vectors: str | None = None,
        gce_q: float = 0.0,
        loss_mean: Literal["weights", "words"] = "weights",
        learning_rate: float = 1e-3,
        weight_decay: float = 0.01,
        warmup: float = 0.1,
    ) -> None:
        if not isinstance(codec, TagCodec):
            raise ValueError(
                f"module=token_classifier learns tags, got {type(codec).__name__}: add datamodule/codec=tags, or "
                "choose module=generator"
            )
        super().__init__(
            network=body if isinstance(body, PreTrainedModel) else body(codec=codec),
            pretrained=pretrained,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            warmup=warmup,
        )
        if not 0 <= gce_q <= 1:
            raise ValueError(f"module.gce_q={gce_q}; expected 0 (cross-entropy) to 1 (mean absolute error)")
        if loss_mean not in ("weights", "words"):
            raise ValueError(f"module.loss_mean={loss_mean}; expected weights or words")
        self.codec = codec
        self.word_vectors = word_vectors
        self.gce_q = gce_q
        self.loss_mean = loss_mean
        self._dev_probs: NDArray[np.float32] | None = None

    def forward(self, batch: Batch) -> torch.Tensor:
        """Emissions of the batch's owned words, shape ``(n_words, n_tags)``."""
        logits = self.network(**batch.inputs).logits  # (batch, positions, tags)
        emissions: torch.Tensor = logits[batch.rows, batch.positions].float()
        return emissions

    def training_step(self, batch: Batch, batch_index: int) -> torch.Tensor:
        losses = generalized_cross_entropy(self(batch), batch.targets, q=self.gce_q)
        counted = batch.weights if self.loss_mean == "weights" else batch.weights > 0
        loss = (losses * batch.weights).sum() / counted.sum().clamp(min=1.0)
        self.log("train/loss", loss, batch_size=batch.n_words, on_step=False, on_epoch=True)
        return loss

    def on_validation_epoch_start(self) -> None:
        self._dev_probs = self._empty_probs(self.dev_sentences)

    def validation_step(self, batch: Batch, batch_index: int) -> None:
        assert self._dev_probs is not None
        self._dev_probs[batch.words.cpu()] = self(batch).softmax(dim=-1).cpu()

    def on_validation_epoch_end(self) -> None:
        assert self._dev_probs is not None
        self.log_dev_scores(self.dev_sentences, self.codec.decode(self.dev_sentences, self._dev_probs))

    def _empty_probs(self, sentences: Sequence[Sentence]) -> NDArray[np.float32]:
        return np.zeros((sum(len(sentence.words) for sentence in sentences), len(self.codec.tags)), dtype=np.float32)

    @torch.inference_mode()
    def predict(self, sentences: Sequence[Sentence], *, batch_size: int = 64) -> list[Prediction]:
        """Spans, confidences and tag probabilities of any sentences; in float32, whatever it was trained in."""
        if not sentences:
            return []
        self.eval()
        probs = self._empty_probs(sentences)
        for batch in self._batches(sentences, batch_size):
            probs[batch.words] = self(batch.to(self.device)).softmax(dim=-1).cpu()
        return self.codec.decode(sentences, probs)

    @torch.inference_mode()
    def sample_tag_probs(
        self, sentences: Sequence[Sentence], *, n: int, seed: int = 0, batch_size: int = 64
    ) -> NDArray[np.float32]:
        """Tag probabilities of some networks that dropout leaves of the last layer, ``(n, n_words, n_tags)``.

        The body is read once. A sample is one network: it lost the same features at every word, and which ones says the
        seed alone, so that the batches do not matter.

        Raises:
            ValueError: the network has no linear last layer, or no dropout before it.
        """
        self.eval()
        rate = self.dropout_rate
        last: Any = self.network.classifier
        generator = torch.Generator().manual_seed(seed)
        kept = torch.rand(n, 1, last.in_features, generator=generator) >= rate
        weights = (kept.to(last.weight.device) * last.weight / (1 - rate)).flatten(end_dim=1)  # (n * tags, features)
        probs = np.stack([self._empty_probs(sentences)] * n)
        features: list[torch.Tensor] = []  # of the last batch, (batch, positions, features)
        hook = last.register_forward_pre_hook(lambda _, inputs: features.append(inputs[0]))
        try:
            for batch in self._batches(sentences, batch_size):
                moved = batch.to(self.device)
                self(moved)
                of_words = features.pop()[moved.rows, moved.positions].float()
                emissions = (of_words @ weights.T).unflatten(1, (n, -1)) + last.bias  # (n_words, n, tags)
                probs[:, batch.words.numpy()] = emissions.softmax(dim=-1).transpose(0, 1).cpu()
        finally:
            hook.remove()
        return probs

    @property
    def dropout_rate(self) -> float:
        """That of the dropout before the last layer; raises ValueError where sampling it would say nothing."""
        last = getattr(self.network, "classifier", None)
        rates = [layer.p for layer in self.network.children() if isinstance(layer, nn.Dropout)]
        if not isinstance(last, nn.Linear) or len(rates) != 1 or not 0 < rates[0] < 1:
            raise ValueError(
                f"{type(self.network).__name__}: the last layer is {type(last).__name__}, dropout before it {rates}; "
                "bald expects a Linear `classifier` and one rate above 0: set the body's dropout, or choose another "
                "procedure.strategy"
            )
        return float(rates[0])

    def _batches(self, sentences: Sequence[Sentence], batch_size: int) -> DataLoader[Any]:
        """Batches of sentences without targets, longest first."""
        return self.codec.data(sentences).batches(batch_size)

    @property
    def description(self) -> dict[str, Any]:
        vectors = self.word_vectors and f"word vectors {Path(self.word_vectors).name}"
        return super().description | ({"initialization": vectors} if vectors and not self.pretrained else {})

    def save_pretrained(self, folder: Path) -> None:
        self.network.save_pretrained(folder)
        self.codec.tokenizer.save_pretrained(folder)

    @classmethod
    def from_pretrained(cls, folder: Path) -> "TokenClassifier":
        """A classifier from a folder that ``save_pretrained`` wrote; labels come from its ``config.json``."""
        network = AutoModelForTokenClassification.from_pretrained(folder, trust_remote_code=False)
        tags = [network.config.id2label[i] for i in range(network.config.num_labels)]
        labels = [tag.removeprefix("B-") for tag in tags if tag.startswith("B-")]
        return cls(codec=TagCodec(labels=labels, tokenizer=load_tokenizer(folder)), body=network)
