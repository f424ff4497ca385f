"""Tests of a run's page: what it shows for each kind of task, and that its suggestions follow from numbers."""

import csv
import re
from dataclasses import replace

import numpy as np
import pytest
from tests.page_checks import checked_page

from pellucid.data.targets import Binary, Classes, Multilabel, Numbers
from pellucid.train import Finished, Interrupted, NotFinite
from pellucid.train.config import TrainConfig
from pellucid.train.model.importance import Importance
from pellucid.train.report.advice import suggestions
from pellucid.train.report.answers import JudgedAnswers
from pellucid.train.report.facts import Examples, RunFacts
from pellucid.train.report.page import report_page
from pellucid.train.report.top import wilson_interval
from pellucid.train.run import start_run

RNG = np.random.default_rng(0)


def epoch_entries(train_losses, *, val_losses=None, accuracy=0.5, best=None, metrics=None):
    found = []
    for epoch, loss in enumerate(train_losses, start=1):
        found.append({"event": "step", "step": epoch, "epoch": epoch, "loss": loss, "learning_rate": 0.1})
        found.append(
            {
                "event": "epoch",
                "epoch": epoch,
                "step": epoch,
                "train_loss": loss,
                "train_accuracy": accuracy,
                "val_loss": None if val_losses is None else val_losses[epoch - 1],
                "val_accuracy": None if val_losses is None else accuracy,
                "best": epoch == (len(train_losses) if best is None else best),
                "metrics": metrics or {},
            }
        )
    return found


def facts_of(answers, entries=None, *, ended=None, epochs=None, summary=None, **others):
    """A run, with the answers given; its entries are those of two epochs unless given."""
    entries = epoch_entries([1.0, 0.99], val_losses=[1.0, 0.99]) if entries is None else entries
    done = sum(entry["event"] == "epoch" for entry in entries)
    measured = {"versions": {"pellucid": "1"}, "layers": "native", "seconds": 1.5}
    if answers is not None and answers.target.kind != "numbers":
        correct = (
            (answers.labels == answers.predicted).mean()
            if answers.has_classes
            else ((answers.scores > 0) == (answers.encoded > 0.5)).all(axis=1).mean()
        )
        measured |= dict.fromkeys(("train_accuracy", "val_accuracy", "test_accuracy"), float(correct))
    given = {
        "title": "net on data",
        "folder": "runs/one",
        "config": TrainConfig(epochs=epochs or done, learning_rate=0.001),
        "changed": frozenset({"epochs"}),
        "settings": "adamw, seed 0",
        "toml": "epochs = 2\n",
        "description": "affine1",
        "sizes": {"training": 100, "validation": 200, "test": 0 if answers is None else len(answers)},
        "files": {"best.safetensors": 2048, "summary.json": 12, "notes.txt": 3},
    }
    return RunFacts(
        entries=entries,
        ended=Finished(done, done, done, None, 1.5) if ended is None else ended,
        summary=measured | (summary or {}),
        answers=answers,
        **given | others,
    )


def classified(labels, predicted, names=("cat", "dog", "owl")):
    """JudgedAnswers of a network that is the surer the later the row."""
    scores = np.zeros((len(labels), len(names)))
    scores[np.arange(len(labels)), predicted] = 1 + np.arange(len(labels)) / 10
    return JudgedAnswers(Classes(tuple(names)), scores, np.asarray(labels))


def words_of(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page.split("</style>")[1]).split())


# ---- what a page shows ----


def test_classes_with_images():
    labels, predicted = [0, 0, 0, 0, 1, 1, 2, 2], [1, 1, 0, 2, 1, 1, 2, 2]
    images = RNG.integers(0, 255, (8, 3, 4, 4))
    facts = facts_of(
        classified(labels, predicted), examples=Examples(images, 255), filters=RNG.standard_normal((4, 3, 3, 3))
    )
    text = report_page(facts)
    page = checked_page(text)
    assert page.titles(2) == [
        "Settings",
        "What it confuses",
        "What to try next",
        "Curves",
        "Confusion matrix",
        "Each class",
        "Filters of the first layer",
        "Most confident mistakes",
        "Network",
        "Files in this folder",
        "Repeat this run",
    ]
    assert page.titles(3)[:2] == ["cat taken for dog: 2 of 4", "cat taken for owl: 1 of 4"]
    rows = [picture for picture in page.pictures if picture.startswith("Test sample")]
    assert rows[:3] == [  # by pair, the most confident first
        "Test sample 1: cat, predicted dog",
        "Test sample 0: cat, predicted dog",
        "Test sample 3: cat, predicted owl",
    ]
    assert rows[3:] == [rows[2], rows[0], rows[1]]  # the most confident mistakes of all
    words = words_of(text)
    assert "3 of 8 test samples are misclassified" in words
    assert "Without learning (always &#x27;cat&#x27;, the commonest class): 50.00%" in words
    assert "cat 4 1 100.0% 25.0% 40.0%" in words
    assert re.findall(r"class='(hit|miss)' style='--share:([\d.]+)'>(\d)", text) == [
        ("hit", "0.250", "1"),
        ("miss", "0.500", "2"),
        ("miss", "0.250", "1"),
        ("hit", "1.000", "2"),
        ("hit", "1.000", "2"),
    ]


def test_many_classes_have_a_picture_of_shades():
    labels = np.arange(60) % 30
    facts = facts_of(classified(labels, np.roll(labels, 1), [f"class {i}" for i in range(30)]))
    page = checked_page(report_page(facts))
    assert any(each.startswith("Confusion matrix of 30 classes; 0 of 60") for each in page.pictures)


def test_no_mistakes_are_no_error():
    page = report_page(facts_of(classified([0, 1, 2], [0, 1, 2])))
    checked_page(page)
    assert "No test sample is misclassified." in page


def test_two_classes_with_one_score():
    answers = JudgedAnswers(
        Binary(("no", "yes")), np.array([[1.0], [-1.0], [2.0], [-2.0]]), np.array([[1.0], [1.0], [0.0], [0.0]])
    )
    text = report_page(facts_of(answers))
    checked_page(text)
    assert "yes taken for no: 1 of 2" in text
    assert "yes 2 2 50.0% 50.0% 50.0%" in words_of(text)


def test_several_labels():
    scores = np.array([[1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]])
    answers = JudgedAnswers(Multilabel(("sun", "rain")), scores, np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]))
    text = report_page(facts_of(answers))
    page = checked_page(text)
    assert "Each label" in page.titles(2)
    assert "Confusion matrix" not in page.titles(2)
    words = words_of(text)
    assert "sun 1 2 50.0% 100.0% 66.7%" in words
    assert "A sample counts as correct if all its labels are." in words


def regression(errors=(1.0, -2.0, 0.5, 0.0)):
    target = Numbers(("price",), (100.0,), (10.0,))
    true = np.array([80.0, 95.0, 100.0, 120.0])
    return JudgedAnswers(target, (true + errors - 100)[:, None] / 10, (true[:, None] - 100) / 10)


def test_numbers_in_units():
    facts = facts_of(
        regression(),
        epoch_entries([1.0, 0.5], val_losses=[1.0, 0.5], accuracy=None),
        summary={"test_rmse": 1.1},
        target_name="price",
    )
    text = report_page(facts)
    page = checked_page(text)
    words = words_of(text)
    assert f"{np.sqrt(5.25 / 4):.4g} test RMSE" in re.sub(r"test RMSE ([\d.]+)", r"\1 test RMSE", words)
    assert "Without learning (always the mean of the training rows): RMSE 14.36" in words
    assert "Epoch 2 has the best validation loss (0.5)" in words
    assert any(
        each.startswith("Predicted against true price of 4 test samples: correlation 0.99") for each in page.pictures
    )
    assert any(each.startswith("Residuals (predicted - true) of price: mean -0.125") for each in page.pictures)
    assert "Confusion matrix" not in page.titles(2)
    assert not any("Accuracy" in each for each in page.pictures)


def test_several_numbers_each_have_their_figures():
    target = Numbers(("a", "b"), (0.0, 0.0), (1.0, 1.0))
    scores = RNG.standard_normal((5, 2))
    page = checked_page(report_page(facts_of(JudgedAnswers(target, scores, scores + 0.1), summary={"test_rmse": 0.1})))
    assert page.titles(3).count("Residuals") == 2


def test_a_run_without_validation():
    entries = epoch_entries([1.0, 0.5])
    text = report_page(facts_of(classified([0, 1, 2], [0, 1, 1]), entries, summary={"val_accuracy": None}))
    checked_page(text)
    assert "validation accuracy not measured" in words_of(text)


@pytest.mark.parametrize("epochs", [1, 2, 30, 100])
def test_runs_of_any_length(epochs):
    losses = list(np.linspace(2, 1, epochs))
    text = report_page(facts_of(classified([0, 1, 2], [0, 1, 1]), epoch_entries(losses, val_losses=losses)))
    page = checked_page(text)
    assert "Curves" in page.titles(2)
    assert ("The only epoch was done." in text) == (epochs == 1)


def test_a_run_that_patience_ended():
    text = report_page(facts_of(classified([0, 1], [0, 1]), epochs=9, config=TrainConfig(epochs=9, patience=3)))
    assert "The run ended early, after epoch 2 of 9: 3 epochs in a row were no better (patience)." in text


def test_the_value_that_decided_is_the_one_that_was_watched():
    entries = epoch_entries([1.0, 0.5], val_losses=[1.0, 0.5], best=1, metrics={"val_f1": 0.25})
    config = TrainConfig(epochs=2, metrics="f1", monitor="val_f1")
    text = report_page(facts_of(classified([0, 1], [0, 1]), entries, config=config))
    assert "Epoch 1 has the best validation f1 (0.25)" in text


@pytest.mark.parametrize(
    "entries", [[], epoch_entries([1.0])[:1], epoch_entries([1.0, 0.5])], ids=["at once", "one step", "later"]
)
def test_a_run_that_ended_in_nan(entries):
    ended = NotFinite(7, "conv1", float("nan"), "runs/one/checkpoint-6")
    text = report_page(facts_of(None, entries, ended=ended, epochs=5))
    page = checked_page(text)
    words = words_of(text)
    assert "The run stopped at step 7" in words
    assert "The first value that is not finite is in conv1." in words
    assert "A lower learning rate (--learning-rate 0.0001; it was 0.001)" in words
    assert "Each class" not in page.titles(2)
    in_data = replace(ended, in_data=True)
    assert "A lower learning rate" not in report_page(facts_of(None, entries, ended=in_data, epochs=5))


def test_an_interrupted_run():
    entries = epoch_entries([1.0, 0.5], val_losses=[1.0, 0.5])
    text = report_page(facts_of(None, entries, ended=Interrupted(7, "runs/one/checkpoint-7"), epochs=5))
    words = words_of(text)
    assert checked_page(text).titles(2)[:3] == ["Settings", "What to try next", "Curves"]
    assert "The run was interrupted after step 7, with 2 of 5 epochs done." in words
    assert "Epoch 2 has the best validation accuracy (50.00%): its parameters are in best.safetensors." in words
    assert "pellucid resume runs/one goes on from where the run was interrupted" in words
    assert "patience" not in words.split("Off, or not set")[0]


def test_everything_foreign_is_escaped():
    evil = "<script>alert('\"&')</script>\x1b[31m\u202e"
    answers = classified([0, 0, 1], [1, 1, 1], (evil, "b" + evil))
    entries = epoch_entries([1.0, 0.5], val_losses=[1.0, 0.5], metrics={f"val_{evil}": 0.5})
    importance = [Importance(evil, 0.1, 0.01, 3, 3), Importance("b", 0.0, 0.1, 3, 3)]
    config = TrainConfig(epochs=2, data=evil, freeze=evil)
    facts = facts_of(
        answers,
        entries,
        examples=Examples(RNG.random((3, 1, 2, 2)), 1),
        importance=importance,
        config=config,
        title=evil,
        folder=evil,
        settings=evil,
        toml=evil,
        description=evil,
        columns=evil,
        target_name=evil,
        files={evil: 1},
        summary={"versions": {evil: evil}, "layers": evil},
    )
    for given in (facts, facts_of(None, entries, ended=NotFinite(1, evil, float("inf"), evil), target_name=evil)):
        text = report_page(given)
        checked_page(text)
        assert "<script" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert report_page(facts).count("&lt;script&gt;") > 20


def test_the_same_run_gives_the_same_page():
    facts = facts_of(classified([0, 1, 2], [0, 1, 1]), examples=Examples(np.ones((3, 1, 2, 2)), 1))
    assert report_page(facts) == report_page(facts)


# ---- what to try next ----


def said(facts):
    return " ".join(suggestions(facts))


GOOD = classified(np.arange(3000) % 3, np.arange(3000) % 3)


def summary(train, val):
    return {"train_accuracy": train, "val_accuracy": val}


def test_nothing_is_suggested_without_a_reason():
    losses = [1.0, 0.5, 0.3, 0.25, 0.249, 0.2489, 0.2488, 0.2488]
    facts = facts_of(GOOD, epoch_entries(losses, val_losses=losses, best=7), summary=summary(0.99, 0.98))
    assert suggestions(facts) == []
    assert "Nothing in the numbers stands out" in report_page(facts)


def test_more_epochs_only_while_the_loss_falls_and_the_last_epochs_are_the_best():
    falling, flat = [2.0, 1.5, 1.2, 1.0, 0.9, 0.8], [2.0, 1.0, 0.8, 0.8, 0.8, 0.8]
    more = "`pellucid resume runs/one --epochs 12`"
    assert more in said(facts_of(GOOD, epoch_entries(falling, val_losses=falling)))
    assert "resume" not in said(facts_of(GOOD, epoch_entries(flat, val_losses=flat)))
    assert "resume" not in said(facts_of(GOOD, epoch_entries(falling, val_losses=falling, best=2)))
    assert "resume" not in said(
        facts_of(GOOD, epoch_entries(falling, val_losses=falling), epochs=50)
    )  # patience ended it
    assert "One epoch shows no trend" in said(facts_of(GOOD, epoch_entries([1.0], val_losses=[1.0])))


def test_a_gap_between_training_and_validation_is_named_if_chance_does_not_explain_it():
    assert "knows its training samples better" in said(facts_of(GOOD, summary=summary(0.99, 0.85)))
    assert "knows its training samples better" not in said(facts_of(GOOD, summary=summary(0.99, 0.97)))
    few = {"training": 100, "validation": 10, "test": 3000}
    assert "knows its training samples better" not in said(facts_of(GOOD, summary=summary(0.93, 0.85), sizes=few))


def test_a_best_epoch_long_ago_is_named_if_the_validation_loss_rose():
    falling, rising = [1.0] * 8, [1.0, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4]
    assert "rose from 0.8 to 1.4" in said(facts_of(GOOD, epoch_entries(falling, val_losses=rising, best=2)))
    assert "rose" not in said(facts_of(GOOD, epoch_entries(falling, val_losses=falling, best=2)))


def test_a_result_that_chance_explains_is_named():
    labels = np.arange(100) % 2
    guessed = classified(labels, (np.arange(100) // 2) % 2, ("a", "b"))
    assert "cannot be told apart from always 'a'" in said(facts_of(guessed))
    assert "cannot be told apart" not in said(facts_of(GOOD))
    assert "is not lower than without learning" in said(
        facts_of(regression((20.0, -30.0, 9.0, 1.0)), summary={"test_rmse": 19.0})
    )
    assert "is not lower than without learning" not in said(facts_of(regression(), summary={"test_rmse": 1.1}))


def test_a_pair_that_makes_up_many_mistakes_is_named():
    labels = np.arange(300) % 3
    predicted = labels.copy()
    predicted[np.flatnonzero(labels == 2)[:8]] = 1
    assert "8 of 8 mistakes are 'owl' taken for 'dog'" in said(facts_of(classified(labels, predicted)))


def test_a_rare_class_that_is_missed_is_named():
    labels = np.array([0] * 100 + [1] * 100 + [2] * 20)
    predicted = labels.copy()
    predicted[200:212] = np.arange(12) % 2
    assert "'owl' is rare (20 test samples) and is found in 40% of cases" in said(
        facts_of(classified(labels, predicted))
    )
    balanced = TrainConfig(epochs=2, balanced=True)
    assert "is rare" not in said(facts_of(classified(labels, predicted), config=balanced))


def test_columns_that_do_nothing_are_named():
    importance = [Importance("a", 0.5, 0.01, 5, 9), Importance("b", 0.01, 0.02, 5, 9), Importance("c", 0.0, 0.01, 5, 9)]
    assert "Shuffling any of b, c changes the error by no more than chance" in said(
        facts_of(GOOD, importance=importance)
    )
    assert "Shuffling" not in said(facts_of(GOOD, importance=importance[:1]))


def test_the_interval_of_a_share():
    assert wilson_interval(0.5, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)
    assert wilson_interval(1.0, 10) == pytest.approx((0.7225, 1.0), abs=1e-4)
    assert wilson_interval(0.0, 10)[0] == 0


# ---- real runs ----


@pytest.fixture(scope="module")
def houses(tmp_path_factory):
    """A table whose price depends on area and town, not on a column of noise."""
    generator = np.random.default_rng(1)
    path = tmp_path_factory.mktemp("data") / "houses.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["area", "town", "noise", "price", "dear"])
        for _ in range(300):
            area, town = generator.uniform(50, 150), generator.choice(["Oslo", "Rome"])
            price = 2000 * area + (80_000 if town == "Oslo" else 0)
            dear = "yes" if price > 240_000 else "no"
            writer.writerow([f"{area:.1f}", town, f"{generator.uniform():.3f}", f"{price:.0f}", dear])
    return path


@pytest.mark.parametrize(("target", "task", "left_out"), [("price", None, "dear"), ("dear", "binary", "price")])
def test_a_table_is_shown_with_its_rows_and_columns(houses, tmp_path, target, task, left_out):
    config = TrainConfig(
        data=str(houses),
        target=target,
        task=task,
        exclude=left_out,
        model="fully-connected",
        hidden=(16,),
        epochs=15,
        learning_rate=0.02,
    )
    start_run(config, tmp_path / "run", lambda event: None)
    text = (tmp_path / "run" / "report.html").read_text()
    page = checked_page(text)
    first = "Largest errors" if target == "price" else "What it confuses"
    assert page.titles(2)[1] == first
    assert "What each column contributes" in page.titles(2)
    assert "Columns" in page.titles(2)
    body = text.split("What each column contributes</h2>")[1]
    shown = re.findall(r"<tr><td>(\w+)</td>", body)[:3]
    assert set(shown[:2]) == {"area", "town"}
    assert shown[2] == "noise"
    assert "<th scope='col' class='n'>line</th>" in text  # where each row is in the file
    assert "png;base64" not in text  # no pictures of rows
    assert ("Predicted and true values" in page.titles(2)) == (target == "price")


def test_a_run_that_ends_in_nan_leaves_a_page(tmp_path):
    config = TrainConfig(model="fully-connected", epochs=2, optimizer="sgd", learning_rate=1e9)
    outcome = start_run(config, tmp_path / "run", lambda event: None)
    assert outcome.summary is None
    text = (tmp_path / "run" / "report.html").read_text()
    checked_page(text)
    assert "The run stopped at step" in text
