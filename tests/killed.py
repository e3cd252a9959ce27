"""A training that breaks off, for tests of going on."""

from pathlib import Path

from eigennamen.modules.token_classifier import TokenClassifier


class Killed(TokenClassifier):
    """Fails in the second epoch of the second round, as often as it is told to."""

    left = 1

    def on_train_epoch_start(self) -> None:
        folder = Path(str(self.trainer.default_root_dir)).name
        if folder == "round-1" and self.current_epoch == 1 and Killed.left:
            Killed.left -= 1
            raise ConnectionAbortedError
