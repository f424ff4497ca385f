"""report.html: one self-contained page about a run."""

import base64
import html
from collections.abc import Mapping
from typing import Any

__all__ = ["headline", "report_page"]

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2rem; border-bottom: 1px solid #ddd; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top; }
pre { background: #f5f5f5; padding: .8rem; overflow-x: auto; font-size: 13px; line-height: 1.35; }
img { max-width: 100%; } .big { font-size: 2.2rem; font-weight: 600; } .grey { color: #666; }
"""

SECTIONS = {  # title and caption of each figure
    "curves.png": (
        "Learning curves",
        "Loss and accuracy by epoch. Training values are measured during the epoch, with augmentation and dropout.",
    ),
    "confusion.png": (
        "Confusion matrix",
        "Rows are true classes, columns are predictions; the shade shows the share of the true class.",
    ),
    "values.png": (
        "Predictions",
        "Test set, in the target's units. Left: a perfect network lies on the line. Right: a trend means that something is missed.",
    ),
    "filters.png": ("First-layer filters", "Each filter is scaled to its own range."),
    "mistakes.png": ("Most confident mistakes", "Misclassified test images, the most confident first."),
}


def report_page(
    title: str,
    summary: Mapping[str, Any],
    config: str,
    description: str,
    pictures: Mapping[str, bytes],
    folder: str,
    columns: str | None = None,
) -> str:
    """Return the page: results, figures, the network, and everything needed to repeat the run; for tables, their columns."""
    name, result = headline(summary)
    rows = {
        "data": summary["data"],
        "model": summary["model"],
        "settings": summary["settings"],
        **_further(summary),
        "epochs, steps": f"{summary['epochs']}, {summary['steps']}",
        "training time": f"{summary['seconds']:.1f} s",
        "layers": f"{summary['layers']} table",
        "versions": ", ".join(f"{name} {version}" for name, version in summary["versions"].items()),
    }
    table = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(str(v))}</td></tr>" for k, v in rows.items())
    sections = "".join(_picture(name, png) for name, png in pictures.items())
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title><style>{STYLE}</style></head><body>
<h1>{html.escape(title)}</h1>
<p><span class="grey">{name}</span> <span class="big">{result}</span></p>
<table>{table}</table>
{sections}
{"" if columns is None else f"<h2>Columns</h2><pre>{html.escape(columns)}</pre>"}
<h2>Network</h2><pre>{html.escape(description)}</pre>
<h2>Configuration</h2>
<p>Repeat the run with <code>pellucid train --config {html.escape(folder)}/config.toml</code></p>
<pre>{html.escape(config)}</pre>
</body></html>
"""


def headline(summary: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name and the value of a run's main result."""
    if "test_rmse" in summary:
        return "test RMSE", f"{summary['test_rmse']:.4g} (R2 {summary['test_r2']:.3f})"
    return "test accuracy", _share(summary["test_accuracy"])


def _further(summary: Mapping[str, Any]) -> dict[str, str]:
    """Return the other results."""
    if "test_rmse" in summary:
        return {
            "mean absolute error": f"{summary['test_mae']:.4g} (test)",
            "best epoch": f"{summary['best_epoch']}, by the loss on the validation set",
        }
    return {
        "validation accuracy": f"{_share(summary['val_accuracy'])} (epoch {summary['best_epoch']}, the best)",
        "training accuracy": f"{_share(summary['train_accuracy'])} (at the best epoch, without augmentation)",
    }


def _share(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.2%}"


def _picture(name: str, png: bytes) -> str:
    data = base64.b64encode(png).decode()
    title, caption = map(html.escape, SECTIONS[name])
    return f'<h2>{title}</h2><p class="grey">{caption}</p><img alt="{caption}" src="data:image/png;base64,{data}">\n'
