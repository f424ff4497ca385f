"""The page docs/derivations.md and its pictures, written by: python -m pellucid.derive.page docs

It is generated, so that what it shows is what the code derives.
"""

import sys
from pathlib import Path

from pellucid.derive.derivations import derivation, largest_difference
from pellucid.derive.picture import picture
from pellucid.derive.table import derivation_text
from pellucid.nets import write_atomically

__all__ = ["main", "page_files"]

SHOWN = {
    "affine": "The smallest one. A matrix product leads back through the other factor, transposed; the bias was "
    "broadcast over the rows, so "
    "its gradient is summed over them.",
    "softmax": "The scores split into their maximum and what is left of them, and that splits again; both times two "
    "gradients meet. The "
    "gradient through the maximum cancels, since a shift of all scores changes nothing: it is derived all the same.",
    "batchnorm": "The one the notes are about. x reaches the output straight, through the mean and through the "
    "variance; each of these is a "
    "line in the picture, and the gradients of all three add in `centered` and in `x`.",
    "layernorm": "The same graph with another axis. Only the sums change: the statistics belong to a row now, while "
    "gamma and beta still "
    "belong to a feature.",
    "conv": "A window is read at every place: the weights meet all of them, so their gradient is a sum over places, "
    "and a pixel that several "
    "windows read receives the sum of what they pass back (`add_windows`). The zeros around take their gradient with them.",
}

HEAD = """# Derivations

Gradients follow the graph of a computation, and change shape with it: what was broadcast forward is summed backward,
what was summed is broadcast, and where a value was used twice its gradients add. `pellucid derive NAME` shows this
for every layer, and for a function of yours:

```
pellucid derive batchnorm                 # forward and backward as tables, each step with its reason
pellucid derive batchnorm --svg bn.svg    # the picture below
pellucid derive batchnorm --numbers       # the same in small whole numbers
pellucid derive batchnorm --python        # the backward pass as plain code: generated, run, and compared with the library's own
pellucid derive batchnorm --latex         # for a paper
pellucid derive batchnorm --jacobian      # the whole derivative, contracted, and what it would cost in memory
pellucid derive mine.py:swish --shapes "x=4,3 w=3,2"
```

Nothing here is taken from the layers' own backward passes: each derivation starts from the formula of the forward,
and tests hold both to agree within 1e-12 in float64, beside central differences. This page is written by `python -m
pellucid.derive.page docs`.

In the pictures values flow down (blue) and gradients up beside them (dashed). A line's width grows with the number of
entries. A dot marks where a value splits, a plus where its gradients merge. `Σ axis 0` is the sum that undoes a
broadcast.
"""


def page_files() -> dict[str, str]:
    """Return the page and its pictures by their paths below docs/."""
    files = {}
    parts = [HEAD]
    for name, words in SHOWN.items():
        each = derivation(name)
        graph = each.graph()
        files[f"derivations/{name}.svg"] = picture(graph)
        bound = "below 1e-12" if largest_difference(each) < 1e-12 else "NOT below 1e-12"
        table = derivation_text(graph)
        parts.append(
            f"## {name}\n\n{words}\n\n![{name}: values down, gradients up](derivations/{name}.svg)\n\n```\n{table}```\n"
        )
        parts.append(f"Largest difference from the library's hand-written backward pass: {bound}.\n")
    files["derivations.md"] = "\n".join(parts)
    return files


def main(folder: Path) -> None:
    """Write the page and its pictures."""
    (folder / "derivations").mkdir(parents=True, exist_ok=True)
    for name, text in page_files().items():
        write_atomically(folder / name, text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
