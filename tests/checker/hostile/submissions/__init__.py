"""What a student could hand in to harm a grader, by family: one file each.

A text is the body of a function that returns only if its attack got through; then `relu_forward` is right, so that a verdict
"correct" is a breach. A text that defines `relu_forward` is the whole file, and wrong. A function writes the submission itself.
@canary@ is a file of the grader's user in the folder @beside@, @grader@ the grader's process id, @class@ the folder of all
submissions, and @neighbour@ a classmate's correct file.
"""

import textwrap

from ..native import NATIVE
from .disk import DISK
from .escapes import ESCAPES
from .files import FILES
from .forgery import FORGERY
from .ipc import IPC
from .links import LINKS, RIGHT
from .memory import MEMORY
from .parsing import PARSING
from .signals import SIGNALS
from .survival import SURVIVAL

__all__ = ["FAMILIES", "RIGHT", "source_text"]

FAMILIES = {
    "signals and limits": SIGNALS,
    "memory": MEMORY,
    "disk": DISK,
    "IPC": IPC,
    "files": FILES,
    "links": LINKS,
    "parsing bombs": PARSING,
    "forged results": FORGERY,
    "escapes in text": ESCAPES,
    "surviving processes": SURVIVAL,
}

IMPORTS = "import os, resource, signal, sys, threading, time\nimport numpy as np\n"
ANY_OF = '''
def any_of(*attempts):
    """Return once an attempt gets through."""
    for attempt in attempts:
        try:
            return attempt()
        except OSError:
            continue
    raise PermissionError("all refused")
'''


def source_text(text, places):
    """The file that a submission's text stands for. places: what stands for @canary@ and the others."""
    if "def relu_forward" not in text:
        body = textwrap.indent(textwrap.dedent(text).strip("\n"), "    ")
        text = f"def attack():\n{body}\ndef relu_forward(x):\n    attack()\n    return np.maximum(0, x), x\n"
        text = f"{NATIVE}{ANY_OF}{text}"
    for name, value in places.items():
        text = text.replace(f"@{name}@", str(value))
    return IMPORTS + text
