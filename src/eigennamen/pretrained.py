"""Models that others trained: how a missing one is explained, and quiet loading."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from transformers.utils import logging as transformers_logging

from eigennamen.files import file_fingerprint
from eigennamen.records import RECORD, PretrainingRecord

# a bar for every file of a small model hides what matters
transformers_logging.disable_progress_bar()


@contextmanager
def explain_missing_model(name: str, *, setting: str = "module.pretrained") -> Iterator[None]:
    """Say in one message why the model that a setting names could not be loaded and what to do.

    Hides the reports of transformers.
    """
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()
    try:
        yield
    except Exception as error:  # the libraries below raise a dozen different types here
        raise ValueError(
            f"{setting}={name}: cannot be loaded ({type(error).__name__}: {str(error).partition(chr(10))[0]}). "
            "Expected the name of a model on the Hugging Face hub (needs the network once) or a local folder with "
            "config.json, tokenizer.json and model.safetensors, as save_pretrained writes it: download the model "
            "elsewhere, copy the folder here and pass its path"
        ) from error
    finally:
        transformers_logging.set_verbosity(verbosity)


def check_files(name: str) -> None:
    """Compare a pretrained model's files with the checksums in its record, where it has one.

    Raises:
        ValueError: a file is missing, truncated or changed.
    """
    folder = Path(name)
    if not (folder / RECORD).is_file():
        return
    for file, expected in PretrainingRecord.read(folder).files.items():
        found = file_fingerprint(folder / file) if (folder / file).is_file() else "no such file"
        if found != expected:
            raise ValueError(
                f"{folder / file}: expected SHA-256 {expected[:16]}... ({folder / RECORD}), found {found[:16]}...: the "
                f"file is missing, truncated or changed; fetch it again (git checkout -- {folder}), or delete {RECORD} "
                "there if the change is yours"
            )
