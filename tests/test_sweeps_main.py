"""What is made of sweeps."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from optuna.distributions import CategoricalDistribution, FloatDistribution
from wandb.sdk.launch.sweeps.utils import create_sweep_command, create_sweep_command_args, load_sweep_config

from eigennamen.sweeps.__main__ import main, write_best
from eigennamen.sweeps.search_space import split
from eigennamen.sweeps.storage import SweepFolder

CONF = Path(__file__).parents[1] / "conf"
EXPERIMENTS = {"token_classifier": "weak_labels", "generator": "seq2seq"}


def test_every_sweep_has_an_experiment_here() -> None:
    assert {path.stem for path in (CONF / "sweep").glob("*.yaml")} == set(EXPERIMENTS)


@pytest.mark.slow
@pytest.mark.parametrize(("sweep", "experiment"), EXPERIMENTS.items())
def test_the_defaults_are_in_the_search_space(sweep: str, experiment: str) -> None:
    chosen = [f"+experiment={experiment}", f"+sweep={sweep}"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", chosen, return_hydra_config=True)
        space, _ = split(cfg.hydra.sweeper.params, [])
        for key, distribution in space.items():
            node = cfg
            for part in key.split("."):
                node = node[part]
            inside = str(node) in distribution.choices if isinstance(distribution, CategoricalDistribution) else None
            assert inside or distribution.low <= node <= distribution.high, key  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # W&B does not close the file
@pytest.mark.slow
@pytest.mark.parametrize(("sweep", "experiment"), EXPERIMENTS.items())
def test_wandb_reads_the_sweep_and_its_agents_command_composes(
    sweep: str, experiment: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["wandb", f"+experiment={experiment}", f"+sweep={sweep}", "corpus.n_train=60", "--conf", str(CONF)])
    (tmp_path / "sweep.yaml").write_text(capsys.readouterr().out, encoding="utf-8")
    config = load_sweep_config(str(tmp_path / "sweep.yaml"))
    assert config is not None
    assert config["metric"] == {"name": "dev/micro_f1", "goal": "maximize"}
    drawn = {key: {"value": one.get("min", one.get("values", [None])[0])} for key, one in config["parameters"].items()}
    overrides = create_sweep_command_args({"args": drawn})["args_no_hyphens"]
    command = create_sweep_command(config["command"])
    assert command[:3] == ["${env}", "${interpreter}", "${program}"]
    assert command[-1] == "${args_no_hyphens}"
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("config", [*command[3:-1], *overrides])
    assert cfg.name == experiment
    assert cfg.corpus.n_train == 60
    assert cfg.module.learning_rate == config["parameters"]["module.learning_rate"]["min"]


def test_without_a_whole_trial_none_is_the_best(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path / "empty")
    folder.begin(space={"a": FloatDistribution(0, 1)}, fixed=[])
    with pytest.raises(ValueError, match="no trial has ended well"):
        write_best(folder, conf=tmp_path, name="best")
    with pytest.raises(SystemExit, match="no sweep there"):
        main(["table", "missing", "--folder", str(tmp_path)])


def test_an_experiment_keeps_the_groups_that_the_sweep_was_given(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path / "sweeps" / "bodies")
    space = {"module/body": CategoricalDistribution(["bert"]), "module.warmup": CategoricalDistribution(["0.0"])}
    fixed = ["+experiment=hand_labels", "+sweep=x", "corpus=wikineural_de", "datamodule.label_source.budget=50"]
    study = folder.begin(space=space, fixed=fixed)
    study.tell(study.ask(space), 0.25)
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "there.yaml").touch()
    (tmp_path / "corpus").symlink_to(CONF / "corpus")
    (tmp_path / "module").symlink_to(CONF / "module")
    (tmp_path / "sweep").symlink_to(CONF / "sweep")
    text = write_best(folder, conf=tmp_path, name="body").read_text(encoding="utf-8")
    assert text.splitlines()[5:] == [
        "defaults:",
        "- hand_labels",
        "- override /corpus: wikineural_de",
        "- override /module/body: bert",
        "- _self_",
        "",
        "name: body",
        "datamodule:",
        "  label_source:",
        "    budget: 50",
        "module:",
        "  warmup: 0.0",
    ]
