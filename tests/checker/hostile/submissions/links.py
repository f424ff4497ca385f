"""Links: submissions that are, hold or make links, pipes, sockets and folders where a file is expected.

A text is a submission that makes links while it runs. A function writes a submission into its folder; `right` is a classmate's
correct file, `secret` one of somebody else's.
"""

import os
import socket

__all__ = ["LINKS"]

RIGHT = "import numpy as np\ndef relu_forward(x):\n    return np.maximum(0, x), x\n"
WRONG = RIGHT.replace("0, x", "1, x")


def link(target, name="layers.py"):
    """A link, to a path or to what a function of (folder, right, secret) returns."""

    def write(folder, right, secret):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target(folder, right, secret) if callable(target) else target)

    return write


def also(text, target, name):
    """A file, and a link beside it."""

    def write(folder, right, secret):
        (folder / "layers.py").write_text(text)
        link(target, name)(folder, right, secret)

    return write


def loop(folder, right, secret):
    (folder / "layers.py").symlink_to("other.py")
    (folder / "other.py").symlink_to("layers.py")


def chain(folder, right, secret):
    before = right
    for number in range(20):
        (folder / f"{number}.py").symlink_to(before)
        before = folder / f"{number}.py"
    (folder / "layers.py").symlink_to(before)


def pipe(folder, right, secret):
    os.mkfifo(folder / "layers.py")


def pipe_as_notebook(folder, right, secret):
    os.mkfifo(folder / "layers.ipynb")


def pipe_beside(folder, right, secret):
    (folder / "layers.py").write_text("import helper\n" + WRONG)
    os.mkfifo(folder / "helper.py")


def socket_file(folder, right, secret):
    here = os.getcwd()
    os.chdir(folder)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as end:
        end.bind("layers.py")
    os.chdir(here)


def folder_as_file(folder, right, secret):
    (folder / "layers.py").mkdir()


def folder_as_file_with_file(folder, right, secret):
    (folder / "layers.py").mkdir()
    (folder / "layers.py" / "layers.py").write_text(WRONG)


def sparse(folder, right, secret):
    with open(folder / "layers.py", "wb") as file:
        file.truncate(40 << 30)


def deep(folder, right, secret):
    place = folder
    for _ in range(200):
        place = place / "d"
        place.mkdir()
    (place / "layers.py").write_text(RIGHT)


def forbidden(folder, right, secret):
    (folder / "layers.py").write_text(WRONG)
    (folder / "layers.py").chmod(0)


def many(folder, right, secret):
    for number in range(2_000):
        (folder / f"l{number}.py").symlink_to(right)
    (folder / "layers.py").write_text(WRONG)


LINKS = {
    "to a classmate's file": link(lambda folder, right, secret: right),
    "to a classmate's file, relative": link(lambda folder, right, secret: os.path.relpath(right, folder)),
    "to a classmate's folder": link(lambda folder, right, secret: right.parent, "code"),
    "to the class": link(lambda folder, right, secret: folder.parent, "code"),
    "to its own folder": also(WRONG, ".", "code"),
    "to somebody's file": link(lambda folder, right, secret: secret),
    "to somebody's folder": link(lambda folder, right, secret: secret.parent, "code"),
    "to the root": also(WRONG, "/", "code"),
    "to nothing": link("/nonexistent/layers.py"),
    "to itself": link("layers.py"),
    "in a loop": loop,
    "in a chain": chain,
    "by the thousand": many,
    "to a device that never ends": link("/dev/zero"),
    "to a device that never answers": link("/dev/stdin"),
    "to a terminal": link("/dev/tty"),
    "to the grader's environment": link("/proc/self/environ"),
    "to the grader's memory": link("/proc/self/mem"),
    "to the grader's folder": link("/proc/self/cwd", "code"),
    "to the grader's open file": link("/proc/self/fd/0"),
    "as a notebook": link(lambda folder, right, secret: right, "layers.ipynb"),
    "as a package": link(lambda folder, right, secret: right.parent, "cs231n"),
    "inside a package": link(lambda folder, right, secret: right, "cs231n/layers.py"),
    "as another module": also(
        "from right import relu_forward as f\ndef relu_forward(x): return f(x)\n",
        lambda folder, right, secret: right,
        "right.py",
    ),
    "as a module of a package": also(
        "from .right import relu_forward as f\ndef relu_forward(x): return f(x)\n",
        lambda folder, right, secret: right,
        "right.py",
    ),
    "as data": also(
        "import numpy as np\ndef relu_forward(x):\n    return np.loadtxt('secret.txt'), x\n",
        lambda folder, right, secret: secret,
        "secret.txt",
    ),
    "a pipe": pipe,
    "a pipe as a notebook": pipe_as_notebook,
    "a pipe beside": pipe_beside,
    "a socket": socket_file,
    "a folder": folder_as_file,
    "a folder with a file of that name": folder_as_file_with_file,
    "a hole of 40 GB": sparse,
    "a folder in a folder in a folder": deep,
    "a file that nobody may read": forbidden,
    "made while it runs": "os.symlink('@canary@', 'link')\nopen('link').read()",
    "made by number": "call(266, 36, b'@canary@', -100, b'link')",
    "hard, made while it runs": "os.link('@canary@', 'link')",
    "hard, made by number": "call(265, 37, -100, b'@canary@', -100, b'link', 0)",
    "hard, of what it prints into": "call(265, 37, -100, b'/proc/self/fd/1', -100, b'@beside@/printed', 0x400)",
    "of a descriptor": "call(265, 37, 1, b'', -100, b'@beside@/printed', 0x1000)",
    "a device": "os.mknod('zero', 0o20666, os.makedev(1, 5))\nopen('zero', 'rb').read(1)",
    "a mount": "call(165, 40, b'/', b'.', None, 0x1000, None)",
    "another root": "os.mkdir('root')\nos.chroot('root')",
}
