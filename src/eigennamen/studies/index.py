"""The index of all studies, a table in ``experiments/README.md``: what is asked, how to run it, how long it took."""

from collections.abc import Iterable
from pathlib import Path

from eigennamen.files import write_atomically
from eigennamen.locking import alone_in
from eigennamen.studies.grid import Study, study_folders

README = "README.md"
BEGIN, END = "<!-- the index: make tables writes it -->", "<!-- the end of the index -->"
_HEAD = ["| question | study | runs done | minutes measured | command | results |", "|---|---|---:|---:|---|---|"]


def index(experiments: Path) -> str:
    """The table's lines, a study each; minutes are those of all finished runs, on the machine that did them."""
    return "\n".join([*_HEAD, *(_line(Study.read(folder), experiments) for folder in study_folders(experiments))])


def _line(study: Study, experiments: Path) -> str:
    name = study.folder.relative_to(experiments).as_posix()
    finished = [entry for entry in study.records().values() if "error" not in entry]
    seconds = sum(entry.get("times", {}).get("total_seconds", 0) for entry in finished)
    cells = [
        study.question,
        f"[{name}]({_described(name, experiments)})",
        f"{len(finished)} of {len(study.cells)}",
        f"{seconds / 60:,.0f}",
        f"`make study STUDY={name}`",
        _links(study, name, ("table.md", "figure.png", "curves.md", "break_even.md")),
    ]
    return f"| {' | '.join(cells)} |"


def _described(name: str, experiments: Path) -> str:
    """The nearest text about a study below the index, or its grid."""
    folders = [Path(name), *Path(name).parents][:-1]
    texts = [(folder / README).as_posix() for folder in folders if (experiments / folder / README).exists()]
    return texts[0] if texts else f"{name}/study.yaml"


def _links(study: Study, name: str, files: Iterable[str]) -> str:
    """To those that are there."""
    return ", ".join(
        _link(Path(file).stem.replace("_", " "), name, file) for file in files if (study.folder / file).exists()
    )


def _link(text: str, folder: str, file: str) -> str:
    return f"[{text}]({folder}/{file})"


def write_index(experiments: Path) -> None:
    """Between its two marks in ``README.md``; nothing where there is no such file or it has no marks."""
    path = experiments / README
    with alone_in(experiments):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        before, begin, rest = text.partition(BEGIN)
        _, end, after = rest.partition(END)
        if begin and end:
            write_atomically(path, f"{before}{BEGIN}\n\n{index(experiments)}\n\n{END}{after}")
