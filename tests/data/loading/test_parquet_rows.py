"""A Parquet file by row groups: the same rows as the whole table, few groups in memory, a group read once an epoch."""

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.data import DataError, epoch_order, read_table
from pellucid.data.loading import parquet_rows
from pellucid.data.loading.parquet_rows import ParquetRows
from pellucid.nets import Affine, Network, ReLU

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    x = rng.standard_normal(1000)
    town = rng.choice(["Rome", "Oslo"], 1000)
    return {"x": x, "town": town.tolist(), "id": np.arange(1000), "y": 3 * x + (town == "Oslo")}


@pytest.fixture
def path(tmp_path, table):
    parquet.write_table(pyarrow.table(table), tmp_path / "rows.parquet", row_group_size=64)
    return tmp_path / "rows.parquet"


def plain(table):
    return {column.name: column.plain().tolist() for column in table.columns}


def test_rows_are_those_of_the_whole_table(path, table):
    rows = ParquetRows(path, target="y")
    assert len(rows) == 1000
    chosen = np.array([999, 3, 64, 63, 3, 500])
    assert plain(rows[chosen]) == plain(
        read_table({name: np.asarray(v)[chosen] for name, v in table.items() if name != "y"})
    )
    assert rows[chosen].place(0) == "row 999"
    np.testing.assert_array_equal(rows.targets, table["y"])


def test_in_the_order_of_blocks_each_group_is_read_once(path, monkeypatch):
    rows = ParquetRows(path, target="y")
    opened = []
    monkeypatch.setattr(parquet_rows, "parquet_file", lambda p: opened.append(p) or frames_file(p))
    from pellucid.data.parquet import parquet_file as frames_file

    order = epoch_order(1000, seed=1, epoch=2, blocks=rows.blocks())
    assert sorted(order.tolist()) == list(range(1000))
    for start in range(0, 1000, 50):
        rows[order[start : start + 50]]
    assert len(opened) == 16  # groups of 64 rows
    assert len(rows._groups) == parquet_rows._GROUPS_KEPT
    assert not np.array_equal(np.sort(order[:64]), order[:64])
    other = epoch_order(1000, seed=1, epoch=3, blocks=rows.blocks())
    assert other[0] // 64 != order[0] // 64


def test_training_predicting_and_evaluating(path, table):
    data = ParquetRows(path, target="y", exclude=["id"])
    trainer = Trainer(Network([Affine(16), ReLU(), Affine(1)], (3,)), batch_size=50, loss="mse")
    trainer.fit(data, epochs=20, validation=0.1, progress=False)
    assert trainer.evaluate(data).metrics["r2"] > 0.9
    whole = {name: values for name, values in table.items() if name in ("x", "town")}
    np.testing.assert_allclose(trainer.predict(data), trainer.predict(whole), rtol=1e-5)


def test_a_run_resumes_bit_for_bit(path, tmp_path):
    data, nets = ParquetRows(path, target="y", exclude=["id"]), []
    for folder, stop in (("whole", 0), ("halves", 7)):
        for resume in (False, True) if stop else (False,):
            trainer = Trainer(Network([Affine(4), ReLU(), Affine(1)], (3,)), batch_size=50, loss="mse")
            events = trainer.events(data, epochs=2, folder=tmp_path / folder, checkpoint_every=5, resume=resume)
            for event in events:
                if stop and not resume and getattr(event, "step", 0) >= stop:
                    break
            events.close()
        nets.append(trainer.net.params.flat.tobytes())
    assert nets[0] == nets[1]


def test_what_is_missing_is_named(path, tmp_path):
    with pytest.raises(DataError, match=r'rows\.parquet: there is no target "Y"; did you mean "y"'):
        ParquetRows(path, target="Y")
    with pytest.raises(DataError, match=r'rows\.parquet: there is no column "ids"; did you mean "id"'):
        ParquetRows(path, target="y", exclude=["ids"])
    with pytest.raises(DataError, match="no such file"):
        ParquetRows(tmp_path / "none.parquet", target="y")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"broken\.parquet: not a readable Parquet file"):
        ParquetRows(tmp_path / "broken.parquet", target="y")
