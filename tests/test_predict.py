import io
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

import eigennamen
from eigennamen.types import Prediction, Sentence, Span

SCRIPT = Path(__file__).parents[1] / "predict.py"
main = runpy.run_path(str(SCRIPT))["main"]
TEXT = "\ufeffAnna kam.\r\n\r\n\tDa war\u00a0Anna 😀 mit Anna!  \n"
MENTIONS = [(1, 5), (22, 26), (33, 37)]


class FindsAnna:
    """Names every word 'Anna'; fails where a sentence has the word 'Absturz'."""

    def predict(self, sentences: Sequence[Sentence]) -> list[Prediction]:
        if any("Absturz" in sentence.words for sentence in sentences):
            raise RuntimeError("the model broke")
        return [self._one(sentence) for sentence in sentences]

    def _one(self, sentence: Sentence) -> Prediction:
        spans = [Span(i, i + 1, "PER") for i, word in enumerate(sentence.words) if word == "Anna"]
        return Prediction(sentence.with_spans(spans), (0.75,) * len(spans))


@pytest.fixture
def run_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(eigennamen, "load", lambda run_dir: FindsAnna(), raising=False)
    folder = tmp_path / "run"
    folder.mkdir()
    return str(folder)


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "brief.txt"
    path.write_bytes(TEXT.encode())
    return path


def test_text_to_standard_output(run_dir: str, text_file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main([run_dir, str(text_file)]) == 0
    expected = "".join(f"{start}\t{end}\tPER\t0.7500\tAnna\n" for start, end in MENTIONS)
    assert capfdbinary.readouterr() == (expected.encode(), b"")


def test_jsonl_offsets_point_into_the_file(run_dir: str, text_file: Path, tmp_path: Path) -> None:
    target = tmp_path / "found.jsonl"
    assert main([run_dir, str(text_file), "--output-format", "jsonl", "-o", str(target)]) == 0
    found = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    with text_file.open(encoding="utf-8", newline="") as stream:
        text = stream.read()
    assert [text[one["start"] : one["end"]] for one in found] == [one["text"] for one in found]
    spans = [span for one in found for span in one["spans"]]
    assert [(span["start"], span["end"]) for span in spans] == MENTIONS
    assert all(text[span["start"] : span["end"]] == span["text"] == "Anna" for span in spans)


def test_words_from_standard_input(
    run_dir: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Da\nkam\nAnna\n\nJa\n")))
    assert main([run_dir, "--input-format", "words"]) == 0
    assert capfdbinary.readouterr().out == b"7\t11\tPER\t0.7500\tAnna\n"


def test_empty_input_gives_nothing(run_dir: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    (tmp_path / "empty.txt").touch()
    assert main([run_dir, str(tmp_path / "empty.txt")]) == 0
    assert capfdbinary.readouterr() == (b"", b"")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: no such folder; expected the folder of a run"),
        (["RUN", "nowhere.txt"], "nowhere.txt: No such file or directory; expected a text file"),
        (["RUN", "RUN"], "run: Is a directory; expected a text file"),
        (["RUN", "LATIN"], "latin.txt:2: byte 0xf6 at byte 2 of the line is not UTF-8"),
        (["RUN", "LATIN", "-o", "RUN/missing/out.txt"], "No such file or directory"),
    ],
)
def test_errors_are_one_line_and_status_1(
    arguments: list[str], message: str, run_dir: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "latin.txt").write_bytes("gut\nKöln\n".encode("latin-1"))
    places = {"RUN": run_dir, "LATIN": str(tmp_path / "latin.txt"), "RUN/missing/out.txt": f"{run_dir}/missing/out.txt"}
    assert main([places.get(argument, argument) for argument in arguments]) == 1
    error = capfd.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_what_loading_refuses_is_said_with_its_place(
    run_dir: str, text_file: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(run_dir: Path) -> None:
        raise ValueError("no model/ in it")

    monkeypatch.setattr(eigennamen, "load", refuse, raising=False)
    assert main([run_dir, str(text_file)]) == 1
    assert capfd.readouterr().err == f"predict.py: {run_dir}: no model/ in it\n"


def test_a_failure_leaves_the_old_output_and_no_temporary_file(run_dir: str, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("Anna kam.\nDann der Absturz.\n")
    (tmp_path / "found.txt").write_text("old")
    with pytest.raises(RuntimeError, match="the model broke"):
        main([run_dir, str(tmp_path / "text.txt"), "-o", str(tmp_path / "found.txt")])
    assert (tmp_path / "found.txt").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.txt", "run", "text.txt"]


def test_output_may_replace_the_input_or_go_to_a_device(run_dir: str, text_file: Path) -> None:
    assert main([run_dir, str(text_file), "-o", os.devnull]) == 0
    assert not Path(os.devnull).is_file()
    assert main([run_dir, str(text_file), "-o", str(text_file)]) == 0
    assert text_file.read_text().startswith("1\t5\tPER")


def test_a_reader_that_leaves_is_no_error(text_file: Path, tmp_path: Path) -> None:
    text_file.write_text("Anna kam.\n" * 20_000)
    program = (
        "import sys, runpy, eigennamen; sys.path.insert(0, sys.argv[1]); from test_predict import FindsAnna, main; "
        "eigennamen.load = lambda run_dir: FindsAnna(); sys.exit(main(sys.argv[2:]))"
    )
    command = [sys.executable, "-c", program, str(Path(__file__).parent), str(tmp_path), str(text_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"0\t4\tPER\t0.7500\tAnna\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_help_is_fast_because_it_loads_no_model_library() -> None:
    program = (
        f"import sys, runpy; sys.argv = ['predict.py', '--help']\n"
        f"try: runpy.run_path({str(SCRIPT)!r}, run_name='__main__')\n"
        "except SystemExit: print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("usage: predict.py")
    assert done.stdout.endswith("False False\n")
