"""The card of a pretrained model: what it is, what it saw, how it did and how to make it again."""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from eigennamen.records import PretrainingRecord

_KINDS = {
    "masked_language_model": ("fill-mask", "AutoModelForMaskedLM", "module.pretrained"),
    "span_corruption": ("text2text-generation", "AutoModelForSeq2SeqLM", None),
    "train_skip_gram": (None, None, "module.word_vectors"),
}


def card(record: PretrainingRecord, *, name: str, overrides: Sequence[str]) -> str:
    """The card as Markdown, with the front matter that the Hugging Face hub reads.

    ``overrides`` are those of the command line that made the model.
    """
    task, loader, setting = _KINDS[record.objective]
    front = {"library_name": "transformers" if loader else None, "pipeline_tag": task}
    sections = [
        "\n".join(["---", *(f"{key}: {value}" for key, value in front.items() if value), "---"]) if task else "",
        f"# {name}",
        f"Made by Eigennamen, run `{record.run_id}`; `record.json` has all of its record.",
        "## What it is\n\n" + _table(record.model),
        "## What it saw\n\n" + _text(record.text),
        "## How it was trained\n\n" + _table({**record.training, **_software(record.environment)}),
        _held_out(record),
        "## How to make it again\n\n" + _code(shlex.join(["python", "pretrain.py", *overrides])),
        "## How to use it\n\n" + _usage(name, loader, setting),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _table(values: Mapping[str, Any]) -> str:
    rows = [f"| {key.replace('_', ' ')} | {_shown(value)} |" for key, value in values.items()]
    return "\n".join(["| | |", "|---|---|", *rows])


def _shown(value: Any) -> str:
    return f"{round(value, 3):,}" if isinstance(value, int | float) else str(value)


def _text(text: Mapping[str, Any]) -> str:
    excluded = ", ".join(f"{n} of {corpus}" for corpus, n in text["excluded_lines"].items()) or "none looked for"
    files = [f"- `{name}` (SHA-256 `{digest[:16]}…`)" for name, digest in text["files"].items()]
    return "\n".join(
        [
            f"{text['lines']:,} lines, {text['words']:,} words. Lines left out because they hold a test sentence: "
            f"{excluded}. Licence of the text: {text.get('license') or 'not stated'}.",
            "",
            *files,
        ]
    )


def _software(environment: Mapping[str, Any]) -> dict[str, Any]:
    return {name: environment[name] for name in ("torch", "transformers", "python") if name in environment}


def _held_out(record: PretrainingRecord) -> str:
    if not record.curve:
        return ""
    rows = [
        f"| {point['step']:,} | {point['subwords']:,} | {point['train_loss']:.3f} | {point['held_out_loss']:.3f} | "
        f"{100 * point['held_out_accuracy']:.1f} |"
        for point in record.curve
    ]
    head = [
        "| step | sub-words | loss in training | loss, held out | right, held out (%) |",
        "|---:|---:|---:|---:|---:|",
    ]
    return "\n".join(["## How it did\n", *head, *rows])


def _usage(name: str, loader: str | None, setting: str | None) -> str:
    ours = f"python train.py +experiment=hand_labels {setting}=models/{name}" if setting else ""
    theirs = f"from transformers import {loader}\n\nmodel = {loader}.from_pretrained('models/{name}')" if loader else ""
    return "\n\n".join(_code(code) for code in (ours, theirs) if code)


def _code(code: str) -> str:
    return f"```\n{code}\n```"
