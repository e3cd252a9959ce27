"""The generator: an encoder-decoder reads a sentence and writes its spans as text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import torch
from torch.nn import functional as F
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig, PreTrainedModel

from eigennamen.codecs.text import TextCodec
from eigennamen.codecs.text_windows import IGNORED, ReadWindow, TextBatch
from eigennamen.decoding.automaton import Automaton
from eigennamen.decoding.drafting import Passes, write_drafted
from eigennamen.decoding.generation import generate
from eigennamen.decoding.guesses import Guesses
from eigennamen.decoding.network import TransformersEncoderDecoder
from eigennamen.decoding.written import Written
from eigennamen.formats.report import Report
from eigennamen.modules.base import NERModule
from eigennamen.modules.optimization import scheduled_as_family
from eigennamen.spelling import Speller
from eigennamen.types import Prediction, Sentence


class SpanGenerator(NERModule):
    """An encoder-decoder of ``transformers`` that writes what a text codec reads, trained by teacher forcing.

    Args:
        codec: turns spans into text and back.
        body: makes the network for a codec (see ``encoder_decoders``), or is the network itself.
        pretrained: the model that the body starts from, for the record; None where it starts from random weights.
        constrained: write only what the output format allows.
        beams: how many outputs are followed at once; 1 is greedy.
        drafting: decode greedily in a few passes where the format's grammar allows it; the output is the same.
        loss_over: the probability of a sub-word is one among the whole ``vocabulary``, or among the ``legal`` ones.
        label_smoothing: share of the probability that training gives to all other sub-words (Szegedy et al. 2016).
        subword_dropout: share of the sub-words that training reads as unknown, so that what stands around them counts.
        optimizer: ``adamw``, ``adafactor`` (Shazeer and Stern 2018), or what the network's family was trained with.
    """

    codec: TextCodec

    def __init__(
        self,
        *,
        codec: TextCodec,
        body: Callable[..., PreTrainedModel] | PreTrainedModel,
        pretrained: str | None = None,
        constrained: bool = True,
        beams: int = 1,
        drafting: bool = True,
        loss_over: Literal["vocabulary", "legal"] = "vocabulary",
        label_smoothing: float = 0.0,
        subword_dropout: float = 0.0,
        optimizer: Literal["adamw", "adafactor", "family"] = "adamw",
        learning_rate: float = 1e-3,
        weight_decay: float = 0.01,
        warmup: float = 0.1,
    ) -> None:
        if not isinstance(codec, TextCodec):
            raise ValueError(
                f"module=generator reads text targets, got {type(codec).__name__}: add datamodule/codec=text, or "
                "choose module=token_classifier"
            )
        _check(constrained, beams, loss_over, label_smoothing, optimizer)
        super().__init__(
            network=body if isinstance(body, PreTrainedModel) else body(codec=codec),
            pretrained=pretrained,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            warmup=warmup,
        )
        self.codec = codec
        self.constrained = constrained
        self.beams = beams
        self.drafting = drafting
        self.loss_over = loss_over
        self.label_smoothing = label_smoothing
        self.subword_dropout = subword_dropout
        self.optimizer = optimizer
        self.outputs = Report()
        self.passes = Passes()
        self.guesses = Guesses()
        self._dev_read: list[ReadWindow] = []
        # its own settings would forbid repetitions, say, which copying needs
        self.network.generation_config = GenerationConfig(
            decoder_start_token_id=self.prefix[0], eos_token_id=codec.speller.end, pad_token_id=codec.speller.padding
        )

    @property
    def prefix(self) -> list[int]:
        """What the decoder starts with."""
        start = self.network.config.decoder_start_token_id
        if start is None:
            raise ValueError(
                f"{type(self.network).__name__}: its configuration has no decoder_start_token_id; set "
                "module.body.decoder_start_token_id (of mBART: that of the language)"
            )
        return [start, *self.codec.speller.target_prefix]

    @property
    def decoder(self) -> TransformersEncoderDecoder:
        return TransformersEncoderDecoder(self.network)

    def training_step(self, batch: TextBatch, batch_index: int) -> torch.Tensor:
        prefix = torch.tensor(self.prefix, device=batch.targets.device).expand(len(batch.targets), -1)
        before = batch.targets[:, :-1].clamp(min=0)
        states = self.decoder.states(
            self.decoder.encode(self._dropped(batch.inputs)), torch.cat([prefix, before], dim=1)
        )
        states = states[:, len(self.prefix) - 1 :]  # (rows, targets, size)
        learned = (batch.targets != IGNORED) & (batch.weights > 0)
        if self.loss_over == "legal":
            choices = self.codec.choices(batch).to(learned.device)
            learned &= choices[..., 1] != IGNORED  # elsewhere nothing else could be written
            losses = self._losses_over_legal(states[learned], choices[learned])
        else:
            losses = F.cross_entropy(
                self.decoder.scores(states[learned]),
                batch.targets[learned],
                label_smoothing=self.label_smoothing,
                reduction="none",
            )
        weights = batch.weights[learned]
        loss = (losses * weights).sum() / weights.sum().clamp(min=1.0)
        self.log("train/loss", loss, batch_size=batch.n_words, on_step=False, on_epoch=True)
        return loss

    def _dropped(self, inputs: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """Inputs of the encoder with a share of the sub-words read as unknown, but for special ones."""
        ids = inputs["input_ids"]
        special = torch.tensor(self.codec.speller.hf.all_special_ids, device=ids.device)
        dropped = (torch.rand(ids.shape, device=ids.device) < self.subword_dropout) & ~torch.isin(ids, special)
        return {**inputs, "input_ids": ids.masked_fill(dropped, self.codec.speller.unknown)}

    def _losses_over_legal(self, states: torch.Tensor, choices: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of the first of some choices each (n, k) among them, for ``states`` (n, size)."""
        exists = choices != IGNORED
        scores = self.decoder.scores(states, choices.clamp(min=0)).masked_fill(~exists, -torch.inf)
        log_probs = scores.log_softmax(dim=1)
        of_all = log_probs.masked_fill(~exists, 0.0).sum(dim=1) / exists.sum(dim=1)
        return -(1 - self.label_smoothing) * log_probs[:, 0] - self.label_smoothing * of_all

    def on_validation_epoch_start(self) -> None:
        self._dev_read, self.guesses = [], Guesses()

    def validation_step(self, batch: TextBatch, batch_index: int) -> None:
        self._dev_read += self.write(batch)

    def on_validation_epoch_end(self) -> None:
        self.log_dev_scores(self.dev_sentences, self.codec.predictions(self.dev_sentences, self._dev_read))

    def configure_optimizers(self) -> Any:
        return scheduled_as_family(self.network, optimizer=self.optimizer, fused=self.can_fuse, **self.schedule)

    @torch.inference_mode()
    def write(self, batch: TextBatch) -> list[ReadWindow]:
        """What the network writes for each window, read; on a GPU in bf16, but for the scores."""
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device.type == "cuda"):
            return self._written(batch)

    def _written(self, batch: TextBatch) -> list[ReadWindow]:
        automata = [self.codec.automaton(w.sentence.words) for w in batch.windows] if self.constrained else None
        if self.beams == 1 and self.drafting and automata and all(a.is_deterministic for a in automata):
            written = self.drafted(batch, automata)
        else:
            written = generate(
                self.network,
                self.decoder,
                self.decoder.encode(batch.inputs),
                automata,
                prefix=self.prefix,
                end=self.codec.speller.end,
                padding=self.codec.speller.padding,
                beams=self.beams,
                max_length=3 * batch.inputs["input_ids"].shape[1] + 16,
            )
        legal: Sequence[Automaton | None] = automata or [None] * len(written)
        of_rows = zip(batch.windows, written, legal, strict=True)
        return [self.codec.read(window, output, automaton) for window, output, automaton in of_rows]

    def drafted(self, batch: TextBatch, automata: Sequence[Automaton]) -> list[Written]:
        """What ``write_drafted`` writes: texts of similar length together, so that little is read for nothing."""
        written: dict[int, Written] = {}
        for rows in batch.of_similar_length():
            part = batch.of(rows)
            found = write_drafted(
                self.decoder,
                self.decoder.encode(part.inputs),
                [automata[row] for row in rows],
                begins=[self.codec.begins(window.sentence.words) for window in part.windows],
                prefix=self.prefix,
                guesses=self.guesses,
                count=self.passes,
            )
            written |= zip(rows, found, strict=True)
        return [written[row] for row in range(len(automata))]

    def predict(self, sentences: Sequence[Sentence], *, batch_size: int = 64) -> list[Prediction]:
        """Spans of any sentences with their confidences; ``report`` then says what was wrong with what was written."""
        if not sentences:
            return []
        self.eval()
        self.outputs, self.passes, self.guesses = Report(), Passes(), Guesses()
        batches = self.codec.data(sentences).batches(batch_size)
        read = [one for batch in batches for one in self.write(batch.to(self.device))]
        self.outputs.add((one.window.source, one.reading) for one in read)
        return self.codec.predictions(sentences, read)

    def report(self, gold: Sequence[Sentence] | None = None) -> dict[str, Any]:
        """What was wrong with the outputs of the last ``predict``, and how many passes they took."""
        return {**self.outputs.as_dict(gold), **asdict(self.passes)}

    def save_pretrained(self, folder: Path) -> None:
        decoding = {"constrained": self.constrained, "beams": self.beams, "drafting": self.drafting}
        self.network.config.task_specific_params = {"eigennamen": {"codec": self.codec.settings, "decoding": decoding}}
        self.network.save_pretrained(folder)
        self.codec.speller.save_pretrained(folder)

    @classmethod
    def from_pretrained(cls, folder: Path) -> "SpanGenerator":
        """A generator from a folder that ``save_pretrained`` wrote; the format comes from its ``config.json``."""
        network = AutoModelForSeq2SeqLM.from_pretrained(folder, trust_remote_code=False)
        settings = network.config.task_specific_params["eigennamen"]
        speller = Speller(AutoTokenizer.from_pretrained(folder, trust_remote_code=False))
        codec = TextCodec.from_settings(settings["codec"], speller)
        return cls(codec=codec, body=network, **settings["decoding"])


def _check(constrained: bool, beams: int, loss_over: str, label_smoothing: float, optimizer: str) -> None:
    if beams < 1 or not 0 <= label_smoothing < 1:
        raise ValueError(
            f"got module.beams={beams}, module.label_smoothing={label_smoothing}; expected at least 1, and 0 to below 1"
        )
    if loss_over not in ("vocabulary", "legal") or optimizer not in ("adamw", "adafactor", "family"):
        raise ValueError(
            f"got module.loss_over={loss_over}, module.optimizer={optimizer}; expected vocabulary or legal, and adamw, "
            "adafactor or family"
        )
    if loss_over == "legal" and not constrained:
        raise ValueError(
            "module.constrained=false beside module.loss_over=legal: what is not legal was never made unlikely; add "
            "module.loss_over=vocabulary"
        )
