"""Score the predictions of finished runs again, without training: python evaluate.py RUN_DIR ... --metric words."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0, or 1 where a run could not be scored; the other ones are."""
    options = _parser().parse_args(arguments)
    from eigennamen.rescoring import rescore  # here, so that --help answers without loading torch

    status = 0
    for run_dir in options.run_dir:
        try:
            numbers = rescore(run_dir, options.metric or ["strict"])
        except (ValueError, OSError) as error:
            print(f"evaluate.py: {error}", file=sys.stderr)
            status = 1
            continue
        if options.output_format == "jsonl":
            print(json.dumps({"run": run_dir.name, **numbers}))
        else:
            print(f"{run_dir.name} (strict scores are those of its record)")
            print(*(f"  {name:<24}{100 * value:7.2f} %" for name, value in numbers.items()), sep="\n")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Score what finished runs predicted on test, without training. The strict scores are computed each "
        "time and must be those of the record."
    )
    parser.add_argument("run_dir", type=Path, nargs="+", metavar="RUN_DIR", help="folder of a run: outputs/RUN_ID")
    parser.add_argument(
        "--metric",
        action="append",
        metavar="NAME",
        help="strict (default), boundaries (any label), words (each on its own), strings (mentions, wherever they "
        "stand), or MODULE.FUNCTION of your own, called with gold and predicted sentences; can be given again",
    )
    parser.add_argument(
        "--output-format",
        choices=("text", "jsonl"),
        default="text",
        help="text: in %% (default); jsonl: an object for each run, from 0 to 1",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
