"""A round through a real Label Studio; LABEL_STUDIO names its executable, in an environment of its own."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from label_studio_server import Client, label_studio

from eigennamen.annotation.label_studio import FROM, TO, read
from eigennamen.annotation.matching import match
from eigennamen.annotation.oracle import FileOracle
from eigennamen.types import Corpus, Prediction, Sentence, Span

pytestmark = pytest.mark.slow
# astral characters, a joiner, combining accents, a line separator, carriage returns and tabs before the names
TEXT = "🧑🏽\u200d🚒 Zoe\u0301  Groß\u2028kommt, שלום!\r\nNach\tUlm"
OFFSETS = ((0, 4), (5, 9), (11, 15), (16, 21), (21, 22), (23, 27), (27, 28), (30, 34), (35, 38))
ZOE = Sentence("a/1 ü", tuple(TEXT[start:end] for start, end in OFFSETS), text=TEXT, offsets=OFFSETS)
ULM = Sentence("a2", ("Ulm", "ruft"))
RAIN = Sentence("a3", ("Es", "regnet", "<b>", "&amp;"))
SENTENCES = (ZOE, ULM, RAIN)
CORPUS = Corpus("c", ("PER", "LOC & more"), train=SENTENCES)
GOLD = [ZOE.with_spans([Span(1, 3, "PER"), Span(8, 9, "LOC & more")]), ULM.with_spans([Span(0, 1, "PER")]), RAIN]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    executable = os.environ.get("LABEL_STUDIO")
    if not executable:
        pytest.skip("needs Label Studio: pip install it elsewhere and set LABEL_STUDIO to its executable")
    with label_studio(executable, tmp_path_factory.mktemp("label_studio")) as found:
        yield found


def suggest(sentences: Any) -> list[Prediction]:
    by_id = {sentence.id: sentence for sentence in GOLD}
    return [
        Prediction(by_id[s.id].with_spans(spans := by_id[s.id].spans or ()), (0.75,) * len(spans)) for s in sentences
    ]


def imported(client: Client, folder: Path) -> tuple[str, list[Any]]:
    """A new project with the folder's tasks: its address, and the tasks as it has them."""
    config = (folder / "label_config.xml").read_text(encoding="utf-8")
    project = f"/api/projects/{client.call('/api/projects', {'title': 'Eigennamen', 'label_config': config})['id']}"
    client.call(f"{project}/import", json.loads((folder / "tasks.json").read_text(encoding="utf-8")))
    return project, exported(client, project)


def exported(client: Client, project: str) -> list[Any]:
    tasks: list[Any] = client.call(f"{project}/export?exportType=JSON&download_all_tasks=true")
    return tasks


def complete(client: Client, task: Any, result: list[Any], **more: Any) -> None:
    client.call(f"/api/tasks/{task['id']}/annotations/", {"result": result, **more})


def test_a_round_through_the_real_thing(client: Client, tmp_path: Path) -> None:
    oracle = FileOracle(folder=str(tmp_path))
    asked = oracle.pool(CORPUS)
    with pytest.raises(SystemExit, match="3 sentences are to be labelled"):
        oracle.annotate(asked, number=0, suggest=suggest)
    folder = tmp_path / "round-0"
    project, tasks = imported(client, folder)
    assert [task["data"]["text"] for task in tasks] == [TEXT, "Ulm ruft", "Es regnet <b> &amp;"]
    suggested = [client.call(f"/api/tasks/{task['id']}/")["predictions"][0]["result"] for task in tasks]
    complete(client, tasks[0], suggested[0])  # accepted as they are
    complete(client, tasks[1], [], was_cancelled=True)  # skipped by the annotator

    (folder / "labeled.json").write_text(json.dumps(exported(client, project)), encoding="utf-8")
    with pytest.raises(SystemExit, match=r"2 of 3 sentences in .* are not labelled yet"):
        oracle.annotate(asked, number=0, suggest=None)
    value = {"start": 0, "end": 3, "text": "Ulm", "labels": ["PER"]}
    complete(client, tasks[1], [{"id": "x", "from_name": FROM, "to_name": TO, "type": "labels", "value": value}])
    complete(client, tasks[2], [])
    (folder / "labeled.json").write_text(json.dumps(exported(client, project), ensure_ascii=False), encoding="utf-8")
    assert oracle.annotate(asked, number=0, suggest=None) == [GOLD[0], GOLD[1], RAIN.with_spans(())]
    if record := os.environ.get("LABEL_STUDIO_RECORD"):
        Path(record).write_bytes((folder / "labeled.json").read_bytes())


def test_a_recorded_export_reads_the_same() -> None:
    path = Path(__file__).parents[1] / "data" / "label_studio_export.json"
    matched = match(read(path), SENTENCES, labels=CORPUS.labels)
    assert list(matched.sentences) == [GOLD[0], GOLD[1], RAIN.with_spans(())]
    assert matched.repairs == ("label_studio_export.json: task 5: 1 completion(s) cancelled by the annotator",)
