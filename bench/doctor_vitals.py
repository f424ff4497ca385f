"""Vitals in health and in sickness, and the thresholds between them."""

from typing import Any

import numpy as np

from pellucid.doctor import Chart, Doctor, thresholds

__all__ = ["show_ranges", "vitals_of"]

BETWEEN = {  # the threshold that stands between the ranges of a vital
    "learned": thresholds.POORLY_LEARNED,
    "dead units": thresholds.DEAD_UNITS,
    "saturated": thresholds.SATURATED,
    "longest gradient": thresholds.EXPLODED,
    "spread of scores": thresholds.LARGE_SCORES,
    "input size": thresholds.UNSCALED,
    "columns apart": thresholds.COLUMNS_APART,
    "shared rows": thresholds.SHARED_ROWS,
    "largest class": thresholds.IMBALANCED,
    "first over last gradient": thresholds.VANISHED,
    "spreads apart": thresholds.SCALED_APART,
    "means apart": thresholds.MEANS_APART,
    "weights left": thresholds.DECAYED,
    "gradient over clipping": thresholds.CLIPPED,
    "jump of the weights": thresholds.JUMP,
    "jump in updates": thresholds.JUMP_UPDATES,
    "loss after a jump": thresholds.LOSS_JUMPED,
    "MB grown": thresholds.LEAKED_BYTES / 1e6,
    "validation loss rose": thresholds.LOSS_ROSE,
    "accuracy gap": thresholds.GAP,
    "momentum": thresholds.HIGH_MOMENTUM,
    "dropped": thresholds.STRONG_DROPOUT,
    "farthest column": thresholds.FAR_COLUMN,
}


def vitals_of(doctor: Doctor) -> dict[str, float]:
    """Return what thresholds are compared with, of one run."""
    chart = doctor.chart
    if chart is None or chart.data is None or not chart.steps:
        return {}
    found = _of_data(chart) | _of_layers(chart) | _of_epochs(chart)
    return {name: float(value) for name, value in found.items() if value is not None and np.isfinite(value)}


def _of_data(chart: Chart) -> dict[str, Any]:
    assert chart.data is not None
    inputs, held = chart.data.inputs, chart.data.held_inputs
    spreads = inputs.spread[inputs.spread > 0]
    found: dict[str, Any] = {
        "input size": inputs.scale,
        "columns apart": float(spreads.max() / np.median(spreads)) if len(spreads) else None,
        "shared rows": chart.data.shared,
        "largest class": chart.data.targets.majority or None,
    }
    if held is not None and len(spreads):
        used = (inputs.spread > 0) & (held.spread > 0)
        far = np.abs(held.mean - inputs.mean) + held.spread
        found["spreads apart"] = chart.data.stretch
        found["means apart"] = (
            np.median(np.abs(held.mean - inputs.mean)[used] / inputs.spread[used]) if used.any() else None
        )
        found["farthest column"] = far.max() / inputs.scale if inputs.scale else None
    return found


def _of_layers(chart: Chart) -> dict[str, Any]:
    last = chart.steps[-1]
    ratios = []
    for step in chart.steps:
        layers = [layer for layer in chart.layers_with_weights(step) if layer.weight and layer.gradient]
        if len(layers) > 2:
            ratios.append((layers[0].gradient / layers[0].weight) / (layers[-1].gradient / layers[-1].weight))
    lengths = [sum(layer.weight or 0.0 for layer in chart.layers_with_weights(step)) for step in (chart.steps[0], last)]
    norms = [step.gradient_norm for step in chart.steps if np.isfinite(step.gradient_norm)]
    limit = chart.setup.optimizer.clip_norm
    return {
        "learned": chart.learned,
        "dead units": max((layer.dead for layer in last.layers if layer.kind == "relu"), default=None),
        "saturated": max((layer.saturated for layer in last.layers if layer.saturated is not None), default=None),
        "longest gradient": max(norms, default=None),
        "spread of scores": last.layers[-1].spread if last.layers else None,
        "first over last gradient": min(ratios, default=None),
        "weights left": lengths[1] / lengths[0] if lengths[0] else None,
        "gradient over clipping": np.median(norms) / limit if limit and norms else None,
        "momentum": chart.setup.optimizer.momentum or None,
        "dropped": max((layer.drops for layer in chart.setup.layers if layer.drops is not None), default=None),
    }


def _of_epochs(chart: Chart) -> dict[str, Any]:
    largest = max(chart.jumps, key=lambda jump: jump.change, default=None)
    late = [one for one in chart.memory if one.step >= chart.memory[-1].step / 2]
    held = [epoch.val_loss for epoch in chart.epochs if epoch.val_loss is not None]
    last = chart.last
    gap = last.train_accuracy - last.val_accuracy if last and last.train_accuracy and last.val_accuracy else None
    return {
        "jump of the weights": None if largest is None else largest.change,
        "jump in updates": None if largest is None or not largest.update else largest.change / largest.update,
        "loss after a jump": None if largest is None else largest.loss_after / largest.loss_before,
        "MB grown": (late[-1].bytes - late[0].bytes) / 1e6 if late else None,
        "validation loss rose": held[-1] / min(held) if held and min(held) > 0 else None,
        "accuracy gap": gap,
    }


def show_ranges(measured: dict[str, list[dict[str, float]]]) -> None:
    """Print, of each vital, its threshold, its range in health, and that of each ailment."""
    for name in sorted({name for runs in measured.values() for run in runs for name in run}):
        print(f"\n{name}: threshold {BETWEEN[name]:.3g}")
        for ailment, runs in sorted(measured.items(), key=lambda item: item[0] != "healthy"):
            values = [run[name] for run in runs if name in run]
            if values:
                print(f"  {ailment:32} {min(values):10.3g} to {max(values):10.3g}")
