"""``make sync``: upload the W&B runs that were tracked offline and are not uploaded yet."""

import argparse
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import wandb

_AT_ONCE = 50  # runs for one call of W&B's own command


def pending(outputs: Path) -> tuple[list[Path], int]:
    """The folders of offline runs below ``outputs`` that are not uploaded yet, and how many offline runs there are."""
    logs = sorted(outputs.glob("**/wandb/offline-run-*/*.wandb"))
    return [log.parent for log in logs if not log.with_suffix(".wandb.synced").exists()], len(logs)


def check_server(*, timeout: float = 20.0) -> None:
    """W&B would wait: raises ValueError without an API key, ConnectionError where the server does not answer."""
    server = wandb.setup().settings.base_url
    if not wandb.login(prompt=False, verify=False):
        raise ValueError(
            f"no API key for the W&B server {server}; expected WANDB_API_KEY or `wandb login` (and WANDB_BASE_URL for "
            "a server of your own); without one, runs stay offline and `make tables` needs none"
        )
    try:
        urllib.request.urlopen(server, timeout=timeout).close()
    except urllib.error.HTTPError:
        pass  # whatever it answers, it does
    except OSError as error:
        raise ConnectionError(
            f"{server}: the W&B server does not answer ({error}); expected it to within {timeout:.0f} s: look at the "
            "network and WANDB_BASE_URL, then do the same again: what was uploaded is not uploaded twice"
        ) from error


def sync(outputs: Path) -> str:
    """Upload what is pending below ``outputs``; returns how much that was.

    Raises:
        ValueError: there is no API key.
        ConnectionError: the server does not answer, or did not take all runs.
        FileNotFoundError: the folder is not there.
    """
    if not outputs.is_dir():
        raise FileNotFoundError(f"{outputs}: no such folder (seen from {Path.cwd()}); expected output_dir of the runs")
    folders, n_runs = pending(outputs)
    if not folders:
        return f"{outputs}: nothing to upload; {n_runs} offline runs, all uploaded"
    check_server()
    for start in range(0, len(folders), _AT_ONCE):
        paths = map(str, folders[start : start + _AT_ONCE])
        subprocess.run([sys.executable, "-m", "wandb", "sync", *paths], check=False)  # it exits with 0 either way
    left, _ = pending(outputs)
    if left:
        raise ConnectionError(
            f"{outputs}: {len(folders) - len(left)} of {len(folders)} runs uploaded; the server did not take {left[0]} "
            f"and {len(left) - 1} others: what it said stands above; do the same again for the rest"
        )
    return f"{outputs}: {len(folders)} runs uploaded; {n_runs - len(folders)} had been before"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Upload the W&B runs that were tracked offline.")
    parser.add_argument("outputs", type=Path, nargs="?", default=Path("outputs"), help="default: outputs")
    options = parser.parse_args(arguments)
    try:
        print(sync(options.outputs))
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
