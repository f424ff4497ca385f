"""The top of a report: the result, what decided it, and the settings."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.metrics import mae, r2, rmse
from pellucid.style import text
from pellucid.train.config import settings
from pellucid.train.events import Interrupted, NotFinite
from pellucid.train.report.facts import RunFacts

__all__ = ["decided", "headline", "result", "settings_in_force", "wilson_interval", "without_learning"]


def headline(summary: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name and the value of a run's main result."""
    if "test_rmse" in summary:
        return "test RMSE", f"{summary['test_rmse']:.4g} (R2 {summary['test_r2']:.3f})"
    return "test accuracy", share(summary["test_accuracy"])


def result(facts: RunFacts) -> str:
    """Return the title, the results as numbers, and what they are to be compared with."""
    tiles = _tiles(facts)
    first, *others = [
        f"<div{' class=main' * (not n)}><dt>{text(k)}</dt><dd>{text(v)}</dd></div>" for n, (k, v) in enumerate(tiles)
    ]
    return f"<h1>{text(facts.title)}</h1>\n<dl class='tiles'>{first}{''.join(others)}</dl>\n{_compared(facts)}"


def decided(facts: RunFacts) -> str:
    """Return which epoch counts, by which value, and why the run ended."""
    sentences = [_ending(facts), _best(facts)]
    warning = " warn" if facts.failed else ""
    return (
        f"<div class='note{warning}'>{''.join(f'<p>{text(sentence)}</p>' for sentence in sentences if sentence)}</div>"
    )


def settings_in_force(facts: RunFacts) -> str:
    """Return every setting of the run, those that are not the defaults in bold; what is off comes last, in one line."""
    on, off = [], []
    for setting in settings():
        name, value = setting.name.rstrip("_").replace("_", " "), getattr(facts.config, setting.name)
        if value is None or value is False or (value == 0 and setting.default == 0 and setting.name != "seed"):
            off.append(name)
        else:
            bold = " class='changed'" if setting.name in facts.changed else ""
            on.append(f"<div{bold}><dt>{text(name)}</dt><dd>{text(_value(value))}</dd></div>")
    return (
        f"<h2>Settings</h2><p class='quiet'>Settings that differ from the defaults are bold.</p><dl class='settings'>{''.join(on)}</dl>"
        f"<p class='quiet'>Off, or not set: {text(', '.join(off))}.</p><p class='quiet'>Optimizer in full: {text(facts.settings)}.</p>"
    )


def share(value: float | None) -> str:
    """Return a share in per cent."""
    return "not measured" if value is None or math.isnan(value) else f"{value:.2%}"


def wilson_interval(correct: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share that was counted on `count` samples (Wilson's score interval)."""
    middle = (correct + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(correct * (1 - correct) / count + z * z / (4 * count * count))
    return max(0.0, middle - half), min(1.0, middle + half)


def without_learning(facts: RunFacts) -> tuple[str, float] | None:
    """Return what needs no network: always the commonest class, or the training mean; with its test accuracy, or RMSE."""
    if facts.answers is None:
        return None
    if facts.is_regression:
        _, true = facts.answers.values
        mean = np.broadcast_to(facts.answers.target.in_units(np.zeros((1, true.shape[1]))), true.shape)
        return "always the mean of the training rows", rmse(mean, true)
    if not facts.answers.has_classes:
        return None
    samples = facts.answers.counts.sum(axis=1)
    commonest = int(samples.argmax())
    return f"always {facts.answers.names[commonest]!r}, the commonest class", float(samples[commonest] / samples.sum())


def _tiles(facts: RunFacts) -> list[tuple[str, str]]:
    summary = facts.summary
    if facts.answers is None:
        return [("result", "not finished")]
    took = ("training time", f"{summary['seconds']:.1f} s")
    if facts.is_regression:
        predicted, true = facts.answers.values
        return [
            ("test RMSE", f"{rmse(predicted, true):.4g}"),
            ("mean absolute error", f"{mae(predicted, true):.4g}"),
            ("R2", f"{r2(predicted, true):.3f}"),
            took,
        ]
    return [
        ("test accuracy", share(summary["test_accuracy"])),
        ("validation accuracy", share(summary["val_accuracy"])),
        ("training accuracy", share(summary["train_accuracy"])),
        *((f"test {name}", f"{summary[f'test_{name}']:.4g}") for name in _metrics(summary)),
        took,
    ]


def _metrics(summary: Mapping[str, Any]) -> list[str]:
    """Return the metrics of the summary that were asked for and measured, a few at most."""
    names = [name.removeprefix("test_") for name in summary if name.startswith("test_") and name != "test_accuracy"]
    return [name for name in names if summary[f"test_{name}"] is not None and "[" not in name][:4]


def _compared(facts: RunFacts) -> str:
    """Return how sure the result is, and what it would be without learning."""
    if facts.answers is None:
        return ""
    sizes = ", ".join(f"{count:,} {name}" for name, count in facts.sizes.items())
    said = [f"Samples: {sizes}."]
    plain = without_learning(facts)
    if facts.is_regression:
        said.append(f"Errors are in the units of {facts.target_name}.")
        said += [f"Without learning ({plain[0]}): RMSE {plain[1]:.4g}."] if plain is not None else []
    else:
        low, high = wilson_interval(float(facts.summary["test_accuracy"]), len(facts.answers))
        said.append(f"On this many test samples, the 95 % interval of the accuracy is {low:.1%} to {high:.1%}.")
        said += [f"Without learning ({plain[0]}): {plain[1]:.2%}."] if plain is not None else []
        said += ["A sample counts as correct if all its labels are."] if not facts.answers.has_classes else []
    return f"<p class='quiet'>{text(' '.join(said))}</p>"


def _ending(facts: RunFacts) -> str:
    done, planned = len(facts.epochs), facts.config.epochs
    if isinstance(facts.ended, NotFinite):
        return (
            f"The run stopped at step {facts.ended.step}, after {done} of {planned} epochs: the loss is {facts.ended.loss}. "
            f"The first value that is not finite is in {facts.ended.where}."
        )
    if isinstance(facts.ended, Interrupted):
        return f"The run was interrupted after step {facts.ended.step}, with {done} of {planned} epochs done."
    if done < planned:
        return f"The run ended early, after epoch {done} of {planned}: {facts.config.patience} epochs in a row were no better (patience)."
    return "The only epoch was done." if planned == 1 else f"All {planned} epochs were done."


def _best(facts: RunFacts) -> str:
    best = next((entry for entry in reversed(facts.epochs) if entry["best"]), None)
    if best is None:
        return "" if facts.unfinished else "No epoch could be compared with another: the last one's parameters count."
    name = facts.config.monitor or ("val_loss" if best.get("val_accuracy") is None else "val_accuracy")
    value = best.get(name, best.get("metrics", {}).get(name))
    said = name.replace("val_", "validation ").replace("_", " ")
    shown = "" if value is None else f" ({value:.2%})" if name == "val_accuracy" else f" ({value:.4g})"
    rest = "." if facts.unfinished else "; everything below is measured with them."
    return f"Epoch {best['epoch']} has the best {said}{shown}: its parameters are in best.safetensors{rest}"


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes"
    return f"{value:g}" if isinstance(value, float) else str(value)
