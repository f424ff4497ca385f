"""DR206: every target is the same."""

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart

__all__ = ["AILMENT"]


def look(chart: Chart) -> Sign | None:
    """There is one value, or one class."""
    data = chart.data
    if data is None or data.rows < 2 or data.targets.spread > 0 or data.targets.distinct > 1:
        return None
    value = f"class {int(data.targets.mean)}" if data.targets.classes else f"{data.targets.mean:.3g}"
    return Sign(f"all {data.rows} training targets are {value}: a constant answer has a perfect loss", "targets")


AILMENT = Ailment(
    code="DR206",
    name="constant-target",
    title="Every target is the same",
    reads=("data",),
    look=look,
    explains=(
        "class-imbalance",
        "no-gradient-reaches",
        "data-leak",
        "sorted-split",
        "overfitting",
        "labels-wrong",
        "dead-units",
        "learning-rate-too-low",
        "saturated-output",
        "collapse-after-best",
        "inputs-not-scaled",
    ),
    cures={
        "": "Look at the targets: the wrong column, labels overwritten, or a comparison that is always true.",
    },
    about="""The loss goes to 0 at once, and nothing was learned. Labels were overwritten, the wrong column was read, or data
sorted by class were cut.

How it is found: all targets of the training part are the same.

In health: there are at least two.""",
)
