"""Tests of permutation importance: it finds the planted column and not the noise, and says how sure it is."""

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.data import DataError, table_splits
from pellucid.nets import Affine, Network, ReLU
from pellucid.train.config import TrainConfig
from pellucid.train.model.importance import Importance, permutation_importance
from pellucid.train.run import start_run

ROWS = 400


@pytest.fixture(scope="module", params=["classification", "binary", "regression"])
def trained(request):
    """A model, its test rows and their targets: only `planted` (a category) and `weak` matter."""
    generator = np.random.default_rng(3)
    planted = generator.choice(["a", "b", "c"], ROWS)
    weak, noise = generator.standard_normal(ROWS), generator.standard_normal(ROWS)
    value = 3.0 * (planted == "a") + 0.5 * weak
    target = value * 1000 if request.param == "regression" else np.where(value > 1, "high", "low")
    table = {"noise": noise, "planted": planted, "weak": weak, "y": target}
    splits = table_splits(table, target="y", task=request.param)
    outputs = 2 if request.param == "classification" else 1
    loss = {"classification": "softmax", "binary": "bce", "regression": "mse"}[request.param]
    trainer = Trainer(Network([Affine(16), ReLU(), Affine(outputs)], splits.sample_shape), batch_size=32, loss=loss)
    trainer.fit(splits, epochs=20, progress=False)
    return trainer.model, splits.test.table, splits.test.target


def test_the_planted_column_is_found_and_the_noise_is_not(trained):
    found = permutation_importance(*trained)
    assert found[0].column == "planted"
    by_name = {each.column: each for each in found}
    assert by_name["planted"].is_clear
    assert by_name["planted"].mean > 4 * abs(by_name["noise"].mean)
    assert all(each.repeats == 10 and each.rows == 80 for each in found)
    if trained[0].target.kind == "numbers":
        assert 500 < by_name["planted"].mean < 3000  # in the target's units
    else:
        assert 0.1 < by_name["planted"].mean < 0.7  # a share of the answers


def test_the_same_seed_gives_the_same_result_and_another_does_not(trained):
    first = permutation_importance(*trained, repeats=3)
    assert permutation_importance(*trained, repeats=3) == first
    assert permutation_importance(*trained, repeats=3, seed=1) != first


def test_rows_are_limited(trained):
    assert {each.rows for each in permutation_importance(*trained, repeats=2, most_rows=30)} == {30}


def test_work_is_limited_by_fewer_repeats_and_then_fewer_rows(trained, monkeypatch):
    model, rows, targets = trained
    per_row = sum(operation.multiply_adds for operation in model.net.program.operations)
    name = "pellucid.train.model.importance.LARGEST_WORK"
    for work, repeats, count in ((per_row * 3 * 80 * 5, 5, 80), (per_row * 3 * 80 * 2, 3, 80), (1, 3, 80)):
        monkeypatch.setattr(name, work)
        found = permutation_importance(model, rows, targets)
        assert {(each.repeats, each.rows) for each in found} == {(repeats, count)}
    monkeypatch.setattr("pellucid.train.model.importance.FEWEST_ROWS", 10)
    assert {each.rows for each in permutation_importance(model, rows, targets)} == {10}


def test_a_mean_within_its_spread_is_not_clear():
    assert not Importance("a", 0.01, 0.01, 10, 80).is_clear
    assert not Importance("a", -0.5, 0.0, 10, 80).is_clear
    assert Importance("a", 0.5, 0.1, 10, 80).is_clear


def test_only_tables_have_columns(trained):
    trainer = Trainer(Network([Affine(2)], (3,)))
    trainer.fit(np.eye(3, dtype=np.float32), [0, 1, 0], epochs=1, progress=False)
    with pytest.raises(DataError, match="must be one of a table; its inputs have no columns"):
        permutation_importance(trainer.model, np.eye(3), [0, 1, 0])
    model, rows, targets = trained
    with pytest.raises(DataError, match="got 80 rows, 79 targets"):
        permutation_importance(model, rows, targets[:-1])


def test_a_run_whose_test_part_is_one_row_leaves_its_report(tmp_path):
    lines = [f"{row}.5,{row * 7 % 5},{row * 3}.25" for row in range(7)]
    (tmp_path / "small.csv").write_text("\n".join(["a,b,y", *lines]) + "\n")
    config = TrainConfig(
        data=str(tmp_path / "small.csv"), target="y", task="regression", model="fully-connected", epochs=1
    )
    start_run(config, tmp_path / "run", lambda event: None)
    assert "What each column contributes" not in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
