"""Memory: more than the limit, at once or bit by bit, in the worker or in the grader that reads the answer."""

__all__ = ["MEMORY"]

MEMORY = {
    "one array": "np.ones(8 << 30, np.uint8)",
    "an array that is empty": "np.empty(1 << 40, np.uint8)",
    "an array of zeros, touched later": "np.zeros(8 << 30, np.uint8)[:: 1 << 12] = 1",
    "many small arrays": "kept = [np.empty(1 << 24, np.uint8) for _ in range(500)]",
    "arrays that double": "a = np.ones(1 << 20)\nfor _ in range(14):\n    a = np.concatenate([a, a])",
    "an outer product": "np.multiply.outer(np.ones(1 << 17), np.ones(1 << 17))",
    "a tile": "np.tile(np.ones(1 << 20), 4_000)",
    "a copy of a broadcast array": "np.broadcast_to(np.ones(1), (1 << 34,)).copy()",
    "a power of two": "1 << (8 << 36)",
    "a long text": "'x' * (8 << 30)",
    "a text of many joined": "'x'.join(['y' * (1 << 20)] * (8 << 10))",
    "bytes": "bytearray(8 << 30)",
    "a list of one": "[None] * (2 << 30)",
    "a list that grows": "kept = []\nwhile len(kept) < 1 << 30:\n    kept += [None] * (1 << 22)",
    "a set of numbers": "kept = set(range(30_000_000))",
    "texts in a queue": "from collections import deque\nkept = deque('x' * (1 << 20) + str(n) for n in range(8 << 10))",
    "a format's width": "'%9999999999d' % 1",
    "a format's width, again": "f'{1:>{10**10}}'",
    "padding": "'x'.ljust(10**10)",
    "a struct": "__import__('struct').pack('9999999999s', b'')",
    "a replaced text": "('x' * (1 << 16)).replace('x', 'y' * (1 << 18))",
    "every pair": "import itertools\nkept = list(itertools.product(range(4_000), repeat=2))",
    "a bomb of zeros": """
        import zlib
        packer = zlib.compressobj(9)
        packed = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(16)), packer.flush()])
        kept = [zlib.decompress(packed) for _ in range(1 << 7)]
        """,
    "a bomb of lzma": """
        import lzma
        packed = lzma.compress(bytes(8 << 20), preset=0)
        kept = [lzma.decompress(packed) for _ in range(128)]
        """,
    "pages of its own": "import mmap\nmmap.mmap(-1, 16 << 30)",
    "shared pages": "import mmap\nmmap.mmap(-1, 16 << 30, mmap.MAP_SHARED)",
    "pages without a reserve, as machine code": "call(9, 222, None, 1 << 40, 3, 0x4022, -1, 0)",
    "huge pages": "call(9, 222, None, 16 << 30, 3, 0x40022, -1, 0)",
    "pages that grow": "place = call(9, 222, None, 1 << 20, 3, 0x22, -1, 0)\ncall(25, 216, place, 1 << 20, 16 << 30, 1)",
    "pages that stay in memory": "call(149, 228, call(9, 222, None, 1 << 20, 3, 0x22, -1, 0), 1 << 20)",
    "pages locked from the start": "call(9, 222, None, 64 << 20, 3, 0x2022, -1, 0)",
    "a file that lies in memory": "call(319, 279, b'x', 0)",
    "stacks of threads": """
        threading.stack_size(1 << 30)
        kept = [threading.Thread(target=time.sleep, args=(1,), daemon=True) for _ in range(64)]
        for thread in kept:
            thread.start()
        """,
    "garbage in circles": """
        import gc
        gc.disable()
        while True:
            circle = [bytearray(1 << 24)]
            circle.append(circle)
        """,
    "a generator that keeps": "kept = []\ndef more():\n    while True:\n        kept.append(bytearray(1 << 24))\n        yield\nfor _ in more(): pass",
    "an error that keeps its frames": """
        def down(n):
            kept = bytearray(1 << 24)
            if n:
                return down(n - 1)
            raise ValueError("deep")
        down(900)
        """,
    # Answers that are large only where they are read.
    "answers with one number, many times over": (
        "def relu_forward(x):\n    return np.broadcast_to(np.ones(1), (1 << 20, 1 << 20)), x\n"
    ),
    "answers with strides of nothing": (
        "def relu_forward(x):\n    return np.lib.stride_tricks.as_strided(np.ones(1), (1 << 40,), (0,)), x\n"
    ),
    "answers that fill the grader": (
        "def relu_forward(x):\n    return (np.zeros(7_000_000) if x.ndim == 2 else np.maximum(1, x)), x\n"
    ),
    "answers without numbers, a terabyte wide": "def relu_forward(x):\n    return np.zeros((0, 1 << 37)), np.zeros((1 << 20, 0, 1 << 20))\n",
    "answers of lists within lists": (
        "def relu_forward(x):\n    a = [1.0]\n    for _ in range(11):\n        a = [a] * 40\n    return a, x\n"
    ),
    "answers of a list within itself": "def relu_forward(x):\n    a = []\n    a += [a] * 30\n    return a, x\n",
    "answers of a million numbers": "def relu_forward(x):\n    return list(range(1_200_000)), x\n",
    "an error with a text of a gigabyte": "raise ValueError('x' * (900 << 20))",
}
