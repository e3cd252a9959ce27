"""Models that others trained: how a missing one is explained, and quiet loading."""

from collections.abc import Iterator
from contextlib import contextmanager

from transformers.utils import logging as transformers_logging

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
