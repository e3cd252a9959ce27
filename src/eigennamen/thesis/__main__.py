"""``python -m eigennamen.thesis --language de``: the thesis as PDF, through pandoc and LaTeX."""

import argparse
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from jinja2 import TemplateError

from eigennamen.files import write_atomically
from eigennamen.records import git
from eigennamen.tables.words import ENGLISH, LANGUAGES, Language
from eigennamen.thesis.templates import fill

SOURCES = Path("thesis")
PACKAGES = "pandoc texlive-latex-recommended texlive-lang-german lmodern"  # of Debian


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m eigennamen.thesis",
        description="Fill the thesis's chapters from the studies and make a PDF of them.",
    )
    parser.add_argument("--language", choices=LANGUAGES, default=ENGLISH.code, help="of the thesis (default: en)")
    parser.add_argument("--markdown", action="store_true", help="only fill the chapters, without pandoc and LaTeX")
    options = parser.parse_args(arguments)
    try:
        text = write_text(LANGUAGES[options.language])
        print(text if options.markdown else write_pdf(text))
    except (OSError, ValueError, TemplateError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"thesis: {error}") from error


def write_text(language: Language) -> Path:
    """The filled chapters, in the build folder."""
    build = SOURCES / "build"
    path = build / f"thesis_{language.code}.md"
    if not SOURCES.is_dir():
        raise FileNotFoundError(f"{SOURCES}: not there; start it in the root of the repository, with make thesis")
    build.mkdir(exist_ok=True)
    text = fill(SOURCES, language=language, root=Path(), build=build / language.code)
    write_atomically(path, text)
    return path


def write_pdf(text: Path) -> Path:
    """The PDF beside the filled chapters.

    Raises:
        FileNotFoundError: pandoc or pdflatex is not installed.
        subprocess.CalledProcessError: they fail; what they say is on standard error.
    """
    if missing := [name for name in ("pandoc", "pdflatex") if shutil.which(name) is None]:
        raise FileNotFoundError(
            f"{' and '.join(missing)} not found; the PDF needs Debian's packages: apt-get install {PACKAGES}"
        )
    language = text.stem.rpartition("_")[2]
    made = text.with_name(f".{text.stem}.pdf")
    options = ["--defaults", str(SOURCES / "pandoc.yaml"), "--metadata-file", str(SOURCES / language / "metadata.yaml")]
    when = {"SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct") or "0"}  # the same commit gives the same bytes
    subprocess.run(["pandoc", *options, str(text), "--output", str(made)], check=True, env=os.environ | when)
    return made.replace(text.with_suffix(".pdf"))


if __name__ == "__main__":
    main()
