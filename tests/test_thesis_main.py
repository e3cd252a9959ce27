import shutil
from pathlib import Path

import pytest
from thesis_studies import write_study

from eigennamen.thesis.__main__ import main

ROOT = Path(__file__).parent.parent


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the thesis's sources with a study of their own."""
    shutil.copytree(ROOT / "thesis", tmp_path / "thesis", ignore=shutil.ignore_patterns("build"))
    (tmp_path / "models").symlink_to(ROOT / "models")
    write_study(tmp_path / "experiments/generation", {"generative: brackets": 60, "classifier": 50})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_outside_of_the_repository_it_says_where_to_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="thesis: not there; start it in the root of the repository, with make thesis"):
        main([])


@pytest.mark.slow
def test_what_is_not_installed_is_named_with_the_command_that_installs_it(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(repository))
    with pytest.raises(SystemExit, match=r"thesis: pandoc and pdflatex not found; .* apt-get install pandoc texlive"):
        main([])


@pytest.mark.slow
def test_the_chapters_become_a_pdf(repository: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if shutil.which("pandoc") is None or shutil.which("pdflatex") is None:
        pytest.skip("needs pandoc and pdflatex")
    main(["--language", "de"])
    path = repository / "thesis/build/thesis_de.pdf"
    assert path.read_bytes().startswith(b"%PDF")
    assert "undefined" not in capfd.readouterr().err  # references and citations
    assert not (repository / "experiments/generation/table.tex").exists()
