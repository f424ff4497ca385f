"""What to try next: cautious sentences, each drawn from numbers of the run, which it states. No number, no advice."""

from collections.abc import Iterator

import numpy as np

from pellucid.metrics import r2
from pellucid.style import sentence as marked
from pellucid.style import text
from pellucid.train.events import NotFinite
from pellucid.train.report.facts import RunFacts
from pellucid.train.report.top import wilson_interval, without_learning

__all__ = ["findings", "next_steps", "suggestions"]

MOST = 4
GAP = 0.05  # between training and validation accuracy, where chance does not explain it
FALLING = 0.03  # of the training loss, over the last quarter of the epochs
FEW_SAMPLES = 1000


def findings(facts: RunFacts) -> str:
    """Return what the doctor found, causes first; nothing where it found nothing."""
    if not facts.findings:
        return ""
    lines = "".join(
        f"<li><p><strong>{text(found.headline)}</strong></p><p>{marked(found.advice)} "
        f"{marked(f'`pellucid explain {found.code}`')}</p></li>"
        for found in facts.findings
    )
    tried = marked(f"`pellucid doctor {facts.folder} --treat` tries cures on copies of the run.")
    return f"<h2>What the doctor found</h2><ul>{lines}</ul><p class='quiet'>{tried}</p>"


def next_steps(facts: RunFacts) -> str:
    """Return the section."""
    said = suggestions(facts)
    if not said:
        said = ["Nothing in the numbers stands out. Another seed (--seed) shows how far the result depends on chance."]
    lines = "".join(f"<li>{marked(sentence)}</li>" for sentence in said)
    return f"<h2>What to try next</h2><ul>{lines}</ul><p class='quiet'>Hints drawn from the numbers of this run; they may not apply.</p>"


def suggestions(facts: RunFacts) -> list[str]:
    """Return at most four suggestions, the most pressing first."""
    if isinstance(facts.ended, NotFinite):
        return _of_a_failure(facts, facts.ended)
    if facts.unfinished:
        return [
            f"`pellucid resume {facts.folder}` goes on from where the run was interrupted; the result is measured at its end."
        ]
    rules = (
        _no_better_than_nothing,
        _still_falling,
        _overfitting,
        _best_long_ago,
        _level,
        _one_pair,
        _rare_class,
        _idle_columns,
        _few,
    )
    return [sentence for rule in rules for sentence in rule(facts)][:MOST]


def _of_a_failure(facts: RunFacts, ended: NotFinite) -> list[str]:
    if ended.in_data:
        return ["The data hold the value that is not finite: correct or remove these rows; no other setting helps."]
    rate = facts.config.learning_rate
    lower = f" (--learning-rate {rate / 10:g}; it was {rate:g})" if isinstance(rate, float) else ""
    return [
        f"A lower learning rate{lower} or a limit on the gradient (--clip-norm 1) is the usual cure for a loss that grows without bound.",
        "`pellucid find-lr` shows from which learning rate on the loss grows.",
    ]


def _no_better_than_nothing(facts: RunFacts) -> Iterator[str]:
    if facts.answers is not None and facts.is_regression:
        predicted, true = facts.answers.values
        explained = r2(predicted, true, average=None)
        idle = [name for name, one in zip(facts.answers.names, explained, strict=True) if one <= 0]
        if idle and len(explained) > 1:
            yield f"The R2 of {', '.join(idle[:6])} is not above 0: no better than the mean; the inputs may say little about it."
    plain = without_learning(facts)
    if plain is None or facts.answers is None:
        return
    if facts.is_regression and facts.summary.get("test_rmse", 0.0) >= plain[1]:
        yield (
            f"The test RMSE ({facts.summary['test_rmse']:.4g}) is not lower than without learning ({plain[1]:.4g}): the inputs may say "
            "little about the target, or training has hardly begun. See whether the training loss falls."
        )
    elif not facts.is_regression:
        low, _ = wilson_interval(facts.summary["test_accuracy"], len(facts.answers))
        if low <= plain[1]:
            yield (
                f"The test accuracy ({facts.summary['test_accuracy']:.2%}) cannot be told apart from {plain[0]} ({plain[1]:.2%}): training may have "
                "hardly begun, or the inputs say little about the classes. See whether the training loss falls; `pellucid find-lr` suggests a learning rate."
            )


def _still_falling(facts: RunFacts) -> Iterator[str]:
    epochs = facts.epochs
    if not epochs or len(epochs) < facts.config.epochs:
        return
    more = f"`pellucid resume {facts.folder} --epochs {max(2 * facts.config.epochs, 5)}`"
    if len(epochs) == 1:
        yield f"One epoch shows no trend; {more} goes on from here (the schedule of the learning rate then spans all epochs)."
        return
    loss = _losses(facts, "train_loss")
    part = max(1, len(loss) // 4)
    before, last = loss[-part - 1], loss[-1]
    best = next((entry["epoch"] for entry in reversed(epochs) if entry["best"]), None)
    if best is not None and best > len(epochs) - part and before > 0 and (before - last) / before > FALLING:
        yield (
            f"The training loss still fell by {(before - last) / before:.0%} over the last {part} of {len(epochs)} epochs, and epoch {best} is the "
            f"best: more epochs may help. {more} goes on from here."
        )


def _overfitting(facts: RunFacts) -> Iterator[str]:
    train, held, count = (
        facts.summary.get("train_accuracy"),
        facts.summary.get("val_accuracy"),
        facts.sizes.get("validation", 0),
    )
    if train is None or held is None or not count:
        return
    _, high = wilson_interval(held, count)
    if train - held > GAP and train > high:
        images = "augmentation (--flip, --crop, --rotate)" if facts.examples.can_be_seen else "fewer or better inputs"
        yield (
            f"Training accuracy is {train:.1%}, validation accuracy {held:.1%}: the network knows its training samples better than new ones. "
            f"More data, {images}, more weight decay or a smaller network may narrow the gap."
        )


def _best_long_ago(facts: RunFacts) -> Iterator[str]:
    epochs, losses = facts.epochs, _losses(facts, "val_loss")
    best = next((entry["epoch"] for entry in reversed(epochs) if entry["best"]), None)
    if best is None or len(epochs) < 5 or best > 0.6 * len(epochs) or not losses:
        return
    if losses[-1] > losses[best - 1]:
        yield (
            f"Epoch {best} of {len(epochs)} was the best, and the validation loss rose from {losses[best - 1]:.4g} to {losses[-1]:.4g} after it: "
            "fewer epochs (--patience stops by itself), a lower learning rate or more weight decay may do as well or better."
        )


def _level(facts: RunFacts) -> Iterator[str]:
    train, held, loss = (
        facts.summary.get("train_accuracy"),
        facts.summary.get("val_accuracy"),
        _losses(facts, "train_loss"),
    )
    if train is None or held is None or len(loss) < 5 or train > 0.95 or train - held > GAP:
        return
    part = max(1, len(loss) // 4)
    if loss[-part - 1] > 0 and (loss[-part - 1] - loss[-1]) / loss[-part - 1] < FALLING / 3:
        yield (
            f"Training accuracy ({train:.1%}) is about the validation accuracy ({held:.1%}), and the training loss no longer falls: a larger network, "
            "another learning rate (`pellucid find-lr`) or better inputs may help; more epochs alone will hardly."
        )


def _one_pair(facts: RunFacts) -> Iterator[str]:
    if facts.answers is None or not facts.answers.has_classes or len(facts.answers.names) < 3:
        return
    for pair in facts.answers.confused(1):
        wrong = len(facts.answers.wrong)
        if pair.times >= 5 and pair.times >= 0.2 * wrong:
            true, predicted = facts.answers.names[pair.true], facts.answers.names[pair.predicted]
            yield f"{pair.times} of {wrong} mistakes are {true!r} taken for {predicted!r}: look at these above; are their labels correct, and can they be told apart?"


def _rare_class(facts: RunFacts) -> Iterator[str]:
    if facts.answers is None or not facts.answers.has_classes or facts.config.balanced:
        return
    classes = [one for one in facts.answers.by_class() if one.samples >= 5]
    if len(classes) < 2:
        return
    worst = min(classes, key=lambda one: one.recall)
    median = float(np.median([one.samples for one in classes]))
    others = float(np.mean([one.recall for one in classes if one is not worst]))
    if worst.samples < 0.5 * median and others - worst.recall > 0.15:
        yield (
            f"{worst.name!r} is rare ({worst.samples} test samples) and is found in {worst.recall:.0%} of cases, the other classes in {others:.0%}: "
            "--balanced draws every class equally often."
        )


def _idle_columns(facts: RunFacts) -> Iterator[str]:
    idle = [one.column for one in facts.importance if one.mean <= one.spread]
    if len(idle) >= 2 and len(idle) < len(facts.importance):
        shown = ", ".join(idle[:6]) + (", ..." if len(idle) > 6 else "")
        yield f"Shuffling any of {shown} changes the error by no more than chance: the network may do as well without them (--exclude), one at a time."


def _few(facts: RunFacts) -> Iterator[str]:
    count = facts.sizes.get("test", 0)
    if 0 < count < FEW_SAMPLES and facts.answers is not None and not facts.is_regression:
        low, high = wilson_interval(facts.summary["test_accuracy"], count)
        yield f"The test set has {count:,} samples: compare runs over several seeds before believing a difference smaller than about {(high - low) / 2:.1%}."


def _losses(facts: RunFacts, name: str) -> list[float]:
    """Return a loss of each epoch; nothing where one was not measured, or is not finite."""
    values = [float(entry[name]) for entry in facts.epochs if entry.get(name) is not None]
    return values if len(values) == len(facts.epochs) else []
