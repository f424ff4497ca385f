"""Run a program as an ordinary user: `ordinary.py USER PROGRAM ARGUMENT ...`, started by root.

Where Python lies in a folder that only root may pass, such as /root, that folder is replaced by an open one which holds nothing
but Python: in a mount namespace of its own, so that nobody else sees it.
"""

import ctypes
import os
import sys
import tempfile
from pathlib import Path

NEW_MOUNTS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000
system = ctypes.CDLL(None, use_errno=True)


def closed_folder(place):
    """The first folder on the way to a place that not everyone may pass."""
    return next((folder for folder in [*place.parents][::-1] if not folder.stat().st_mode & 0o001), None)


def mount(source, target, kind, flags, data=None):
    if system.mount(os.fsencode(source), os.fsencode(target), kind, flags, data) != 0:
        raise OSError(ctypes.get_errno(), f"{source} cannot be mounted on {target}")


def open_the_way(places):
    """Replace every closed folder on the way to some places by an open one that holds these places only."""
    closed = {place: folder for place in places if (folder := closed_folder(place)) is not None}
    if not closed:
        return
    if system.unshare(NEW_MOUNTS) != 0:
        raise OSError(ctypes.get_errno(), "no mount namespace")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    aside = Path(tempfile.mkdtemp(dir="/tmp"))
    mount("tmpfs", aside, b"tmpfs", 0)
    for number, place in enumerate(closed):
        (aside / str(number)).mkdir()
        mount(place, aside / str(number), None, MS_BIND | MS_REC)
    for folder in sorted({*closed.values()}):
        mount("tmpfs", folder, b"tmpfs", 0, b"mode=755")
    for number, place in enumerate(closed):
        place.mkdir(parents=True, exist_ok=True)
        mount(aside / str(number), place, None, MS_BIND | MS_REC)
    system.umount2(os.fsencode(aside), 2)
    aside.rmdir()


def python():
    """The folders that this Python and its packages are read from, without those that lie within another."""
    names = [sys.prefix, sys.base_prefix, *sys.path, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    folders = {Path(name).absolute() for name in names if os.path.isdir(name)} | {Path(__file__).absolute().parent}
    folders |= {folder.resolve() for folder in folders}
    return sorted(folder for folder in folders if not folders & {*folder.parents})


if __name__ == "__main__":
    open_the_way(python())
    number = int(sys.argv[1])
    os.setgroups([])
    os.setgid(number)
    os.setuid(number)
    os.execv(sys.argv[2], sys.argv[2:])
