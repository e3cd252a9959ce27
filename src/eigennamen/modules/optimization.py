"""Optimizers with a warm-up, for every module that is trained."""

from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from transformers import PreTrainedModel

_TRAINED_WITH_ADAFACTOR = ("t5", "mt5", "umt5", "longt5", "switch_transformers")  # kinds of models


def scheduled_as_family(network: PreTrainedModel, *, optimizer: str, fused: bool, **settings: Any) -> dict[str, Any]:
    """``adamw`` (perhaps ``fused``), ``adafactor``, or of the two what a network's ``family`` was pretrained with."""
    if optimizer == "family":
        optimizer = "adafactor" if network.config.model_type in _TRAINED_WITH_ADAFACTOR else "adamw"
    if optimizer == "adafactor":
        return scheduled_adafactor(network, **settings)
    return scheduled_adamw(network, fused=fused, **settings)


def scheduled_adafactor(
    module: nn.Module, *, learning_rate: float, weight_decay: float, warmup: float, total: float
) -> dict[str, Any]:
    """Adafactor (Shazeer and Stern 2018) with the schedule of ``scheduled_adamw``."""
    learned = [p for p in module.parameters() if p.requires_grad]
    return _scheduled(torch.optim.Adafactor(learned, lr=learning_rate, weight_decay=weight_decay), warmup, total)


def scheduled_adamw(
    module: nn.Module, *, learning_rate: float, weight_decay: float, warmup: float, total: float, **settings: Any
) -> dict[str, Any]:
    """Optimizer and schedule as Lightning wants them: up to ``learning_rate`` and down to 0 in ``total`` steps.

    Biases and layer norms do not decay. ``settings`` are those of ``torch.optim.AdamW``.
    """
    decayed = [p for p in module.parameters() if p.requires_grad and p.ndim > 1]
    others = [p for p in module.parameters() if p.requires_grad and p.ndim <= 1]  # biases and layer norms
    groups = [{"params": decayed, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=learning_rate, **settings)
    return _scheduled(optimizer, warmup, total)


def _scheduled(optimizer: torch.optim.Optimizer, warmup: float, total: float) -> dict[str, Any]:
    schedule = LambdaLR(optimizer, lambda step: warm_up(step, warmup=warmup, total=total))
    return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def warm_up(step: int, *, warmup: float, total: float) -> float:
    """The factor of the learning rate: up to 1 in the share ``warmup`` of ``total`` steps, then down to 0, linearly."""
    rising = max(warmup * total, 1)
    return min((step + 1) / rising, max(total - step, 0) / max(total - rising, 1))
