"""Tables from a file or a DataFrame to an answer, as a user would write it in ten lines."""

import csv
import io
import json
import re

import numpy as np
import pytest

import pellucid
from pellucid import Trainer
from pellucid.data import DataError, TablePreparation, read_table, table_splits
from pellucid.nets import Affine, Network, ReLU


@pytest.fixture(scope="module")
def houses(tmp_path_factory):
    """A CSV file: the price depends on the area and, by a factor, on the town; some areas are missing."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("houses") / "houses.csv"
    factor = {"Rome": 1.0, "Oslo": 2.0, "Lima": 0.5}
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["town", "area", "built", "price"])
        for n in range(400):
            town, area = rng.choice(list(factor)), rng.uniform(30, 200)
            price = 1000 * area * factor[town] + rng.normal(0, 2000)
            writer.writerow([town, "" if n % 40 == 0 else f"{area:.1f}", f"19{n % 90 + 10}-05-01", f"{price:.0f}"])
    return path


def small_trainer(splits, outputs, **options):
    net = Network([Affine(32), ReLU(), Affine(outputs)], splits.sample_shape)
    return Trainer(net, pellucid.optim.AdamW(learning_rate=0.01), batch_size=32, **options)


def test_a_csv_regression(houses, tmp_path):
    splits = table_splits(houses, target="price")
    trainer = small_trainer(splits, 1, loss="mse")
    trainer.fit(splits, epochs=40, progress=False)
    assert trainer.evaluate(splits.test).metrics["r2"] > 0.85
    small, large = trainer.predict([{"town": "Oslo", "area": area, "built": None} for area in (50, 150)])
    assert 60_000 < small < 150_000 < 240_000 < large < 360_000  # in units of the target: about 100,000 and 300,000
    trainer.model.save(tmp_path / "houses.safetensors")
    again = pellucid.load(tmp_path / "houses.safetensors")
    assert again.predict(houses).tobytes() == trainer.predict(houses).tobytes()


def test_a_preparation_that_is_given_is_used(houses):
    """Measured on all rows, it knows a town that the rows of this fit do not have."""
    table = read_table(houses)
    rows, prices = table.without(["price"]), table.target("price")
    preparation = TablePreparation.of(rows)
    some = np.flatnonzero(np.array(rows.column("town").plain()) != "Oslo")
    trainer = Trainer(Network([Affine(1)], preparation.sample_shape), loss="mse")
    trainer.fit(rows[some], prices[some], epochs=1, pipeline=preparation, progress=False)
    assert trainer.model.preparation is preparation
    with pytest.raises(DataError, match="pipeline must be left out, or be a TablePreparation"):
        trainer.fit(rows, prices, epochs=1, pipeline=pellucid.data.Pipeline(), progress=False)
    with pytest.raises(DataError, match="a TablePreparation needs the rows of a table; the inputs are an array"):
        trainer.fit(preparation.prepare(rows), prices, epochs=1, pipeline=preparation, progress=False)


def test_a_table_with_the_name_of_its_target():
    trainer = Trainer(Network([Affine(16), ReLU(), Affine(3)], (19,)), batch_size=32)
    trainer.fit("penguins", "species", epochs=10, validation=0.2, progress=False)
    assert set(trainer.predict("penguins")) == {"Adelie", "Chinstrap", "Gentoo"}
    with pytest.raises(DataError, match='there is no target "specie"; did you mean "species"'):
        trainer.fit("penguins", "specie", epochs=1, progress=False)


def test_the_built_in_table_is_learned_on_the_command_line(pellucid_command, tmp_path):
    run = tmp_path / "run"
    done = pellucid_command("train", "--data", "penguins", "--target", "species", "--epochs", 10, "--out", run)
    assert done.code == 0
    assert "bill_length_mm     number" in done.err
    assert 'classification, because "species" holds 3 different values in 344 rows' in done.err
    summary = json.loads((run / "summary.json").read_text())
    assert summary["test_accuracy"] > 0.9
    report = (run / "report.html").read_text()
    assert "<h2>Columns</h2>" in report
    assert "one-hot, 3 inputs" in report
    assert json.loads(pellucid_command("evaluate", run, "--json").out)["accuracy"] == summary["test_accuracy"]


def test_a_csv_regression_on_the_command_line(pellucid_command, houses, tmp_path):
    run, rows = tmp_path / "run", tmp_path / "rows.csv"
    assert pellucid_command("train", "--data", houses, "--target", "price", "--out", run, "--quiet").code == 0
    config = (run / "config.toml").read_text()
    assert 'task = "regression"' in config
    assert 'loss = "mse"' in config
    assert 'model = "fully-connected"' in config
    assert json.loads((run / "summary.json").read_text())["test_r2"] > 0.5
    rows.write_text("area,town,built\n50,Oslo,1950-05-01\n150,Oslo,1950-05-01\n")
    lines = list(csv.DictReader(io.StringIO(pellucid_command("predict", run, rows).out)))
    assert [line["row"] for line in lines] == ["0", "1"]
    assert float(lines[0]["price"]) < float(lines[1]["price"])
    (first, second) = pellucid_command("predict", run, rows, "--json").out.splitlines()
    assert json.loads(second) == {"row": 1, "price": float(lines[1]["price"])}
    shown = pellucid_command("predict", run, rows).out
    done = pellucid_command("predict", run, rows, "--out", tmp_path / "prices.csv")
    assert (done.out, (tmp_path / "prices.csv").read_text()) == ("", shown)
    assert all(len(re.sub(r"\D", "", line["price"].split("e")[0])) <= 8 for line in lines)
    assert "--top only applies to images" in pellucid_command("predict", run, rows, "--top", "2").err
    assert json.loads(pellucid_command("evaluate", run, "--data", houses, "--json").out)["samples"] == 400
    rows.write_text("area,Town,built\n50,Oslo,1950-05-01\n")
    assert (
        'rows.csv: the column "town" is missing, which the model was trained with; did you mean "Town"?'
        in pellucid_command("predict", run, rows).err
    )
    assert not first.startswith("row")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--target", "prize"], 'there is no target "prize"; did you mean "price"'),
        ([], "target is missing: the column to predict, one of town, area, built, price"),
        (["--target", "town", "--task", "regression"], 'the target "town" must hold numbers for regression'),
        (["--target", "price", "--exclude", "twon"], 'there is no column "twon"; did you mean "town"'),
        (["--target", "price", "--flip"], "flip only applies to images"),
        (["--target", "area"], 'the target "area" is missing in row 0 (line 2) and 9 other rows'),
        (["--target", "price", "--task", "bin"], "one of classification, regression, binary"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(pellucid_command, houses, tmp_path, arguments, says):
    done = pellucid_command("train", "--data", houses, *arguments, "--out", tmp_path / "run")
    assert done.code in (1, 2)
    assert says in done.err
    assert not (tmp_path / "run").exists()


def test_target_belongs_to_tables(pellucid_command, tmp_path):
    done = pellucid_command("train", "--data", "digits", "--target", "x", "--out", tmp_path / "run")
    assert done.err == "pellucid: target only applies to a table (.csv, .tsv, .parquet); the data are digits\n"


@pytest.mark.parametrize(
    ("targets", "loss", "names"),
    [
        (lambda table: table["price"], "mse", "'price', 'price_again'"),
        (lambda table: np.stack([table["area"] * 2, table["price"]], axis=1), "mse", "'price', 'price_again'"),
        (lambda table: table["town"], "softmax", "'town'"),
        (lambda table: "price", "mse", "'price_again'"),
    ],
)
def test_a_column_that_equals_the_targets_is_named(targets, loss, names):
    rng = np.random.default_rng(0)
    price = rng.uniform(1, 9, 40)
    table = {"area": rng.uniform(1, 9, 40), "town": ["Oslo", "Rome"] * 20, "price": price, "price_again": price + 0}
    y = targets(table)
    outputs = 2 if np.ndim(y) == 2 or loss == "softmax" else 1
    inputs = 4 if isinstance(y, str) else 5
    trainer = Trainer(Network([Affine(outputs)], (inputs,)), loss=loss)
    with pytest.warns(UserWarning, match=f"the inputs hold the targets: column {names} equals them in every row"):
        trainer.fit(table, y, epochs=1, progress=False)


def test_columns_that_are_nearly_the_targets_are_no_leak(recwarn):
    rng = np.random.default_rng(0)
    price = rng.uniform(1, 9, 40)
    nearly = price.copy()
    nearly[3] += 1
    trainer = Trainer(Network([Affine(1)], (2,)), loss="mse")
    trainer.fit({"area": rng.uniform(1, 9, 40), "nearly": nearly}, price, epochs=1, progress=False)
    assert not recwarn.list


def test_a_column_that_equals_the_targets_and_is_left_out_is_no_leak(recwarn):
    rng = np.random.default_rng(0)
    table = {"area": rng.uniform(1, 9, 40), "price": rng.uniform(1, 9, 40)}
    preparation = TablePreparation.of(read_table(table), exclude=["price"])
    trainer = Trainer(Network([Affine(1)], (1,)), loss="mse")
    trainer.fit(table, table["price"], epochs=1, pipeline=preparation, progress=False)
    assert not recwarn.list


@pytest.mark.parametrize("targets", ["town", ["Rome", "Oslo"] * 20], ids=["a column", "labels"])
def test_a_table_is_read_once(targets, monkeypatch):
    """Reading a frame, or a list of rows, converts all of it."""
    sources = []
    monkeypatch.setattr("pellucid.train.parts.read_table", lambda source: sources.append(source) or read_table(source))
    table = {"area": np.arange(40.0) % 7, "town": ["Oslo", "Rome"] * 20}
    Trainer(Network([Affine(2)], (1 if targets == "town" else 3,))).fit(table, targets, epochs=1, progress=False)
    assert sum(source is table for source in sources) == 1
