"""Run a program without some kernel features: `without.py LAYER,LAYER PROGRAM ARGUMENT ...`, as a container's runtime would.

LAYER: "namespaces", "user namespace", "Landlock" or "seccomp". A seccomp filter refuses what the layer needs, in the
program and all it starts.
"""

import ctypes
import os
import platform
import struct
import sys

REFUSED = {  # layer: (number on x86-64, number on arm64, first argument or None)
    "namespaces": (272, 97, None),
    "user namespace": (
        272,
        97,
        0x7C000000,
    ),  # the call that asks for it; the one that asks for the others succeeds as root
    "Landlock": (444, 444, None),
    "seccomp": (157, 167, 22),
}


def take_away(layer):
    x86_64, aarch64, argument = REFUSED[layer]
    number = aarch64 if platform.machine() == "aarch64" else x86_64
    program = [(0x20, 0, 0, 0), (0x15, 0, 3 if argument else 1, number)]
    program += [(0x20, 0, 0, 16), (0x15, 0, 1, argument)] if argument else []
    program += [(0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *line) for line in program))
    header = struct.pack("<HxxxxxxQ", len(program), ctypes.addressof(code))
    system = ctypes.CDLL(None)
    system.prctl(38, 1, 0, 0, 0)
    if system.prctl(22, 2, ctypes.c_char_p(header), 0, 0) != 0:
        raise OSError(f"the layer {layer} cannot be taken away")


if __name__ == "__main__":
    for name in filter(None, sys.argv[1].split(",")):
        take_away(name)
    os.execv(sys.argv[2], sys.argv[2:])
