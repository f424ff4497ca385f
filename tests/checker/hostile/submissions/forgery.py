"""Forged results: wrong code that wants to be called right, by lying to the grader or to what measures it."""

__all__ = ["FORGERY"]

# Finds what the harness sends messages with, and the nonce, in the frames above.
SEND = """
import json, struct
def harness():
    frame = sys._getframe()
    while not {"nonce", "write"} <= frame.f_locals.keys():
        frame = frame.f_back
    return frame.f_locals
def send(message, body=b"", nonce=None):
    header = message if isinstance(message, bytes) else json.dumps(message).encode()
    own = harness()
    own["write"](struct.pack("<4s16sIQ", b"PLC1", nonce or own["nonce"], len(header), len(body)) + header + body)
def message(**fields):
    return {"dict": [[name, value] for name, value in fields.items()]}
"""
ERROR = '{"dict": [["type", "E"], ["message", "m"], ["line", 1], ["file", ""], ["function", "f"], ["entered", "f"]]}'


def sends(*lines, before=""):
    """A wrong function that sends messages of its own first."""
    body = "".join(f"    {line}\n" for line in lines)
    return f"{SEND}{before}\ndef relu_forward(x):\n{body}    return np.maximum(1, x), x\n"


def wrong(before, answer="np.maximum(1, x), x"):
    """A wrong function, and what is done when it is imported."""
    return f"{before}\ndef relu_forward(x):\n    return {answer}\n"


FORGERY = {
    "says that it is done": sends('send(message(kind="done"))'),
    "says that it was not asked": sends('send(message(kind="result", number=0, not_asked=True, outputs={"dict": []}))'),
    "says that nothing was asked": sends(
        'for n in range(40): send(message(kind="result", number=n, not_asked=True, outputs={"dict": []}))'
    ),
    "names every case and answers none": sends(
        "for n in range(40):",
        '    send(message(kind="case", number=n))',
        '    send(message(kind="result", number=n, outputs={"dict": []}, changed={"dict": []}, seconds=0.0, peak=0))',
    ),
    "says that it failed to load": sends(f'send(message(kind="failed to load", error={ERROR}))'),
    "says that there is no function": sends(
        'send(message(kind="loaded", functions={"list": []}, stubbed={"list": []}))'
    ),
    "names modules that are missing, in megabytes": sends(
        'names = {"list": [str(n) * 200 for n in range(9_000)]}',
        'send(message(kind="loaded", functions={"list": ["relu_forward"]}, stubbed=names))',
    ),
    "has changed inputs, in megabytes": sends(
        'send(message(kind="case", number=0))',
        'names = {"dict": [[str(n) * 200, "f"] for n in range(1_000)]}',
        'send(message(kind="result", number=0, outputs={"dict": []}, changed=names, seconds=0.0, peak=0))',
    ),
    "answers with text, in megabytes": "def relu_forward(x):\n    return 'x' * 5_000_000, x\n",
    "says that it is confined otherwise": sends(
        'send(message(kind="confined", limits={"dict": [["lacks", "everything"], ["missing", "everything"]]}))'
    ),
    "says that it was correct": sends('send(message(kind="verdict", verdict="correct"))'),
    "answers a case that does not exist": sends(
        'send(message(kind="result", number=999999, outputs={"dict": []}, changed={"dict": []}, seconds=0.0, peak=0))'
    ),
    "answers with numbers that are none": sends(
        'send(message(kind="result", number=0, outputs={"dict": []}, changed={"dict": []}, seconds="nan", peak=-1))'
    ),
    "sends an array that is not there": sends(
        'send(message(kind="result", number=0, outputs={"dict": [["out", {"array": ["<f8", [1 << 40], 0]}]]}))'
    ),
    "sends arrays over one another": sends(
        'arrays = [[str(n), {"array": ["<f8", [1000], 0]}] for n in range(900)]',
        'send(message(kind="result", number=0, outputs={"dict": arrays}), bytes(8000))',
    ),
    "sends an array of objects": sends(
        'send(message(kind="result", number=0, outputs={"dict": [["out", {"array": ["|O", [1], 0]}]]}), bytes(8))'
    ),
    "sends a header of brackets": sends('send(b"[" * 1_000_000)'),
    "sends a header of digits": sends('send(b"9" * 1_000_000)'),
    "sends a header that is no text": sends('send(b"\\xff\\x00" * 1000)'),
    "announces more than it sends": sends(
        'harness()["write"](struct.pack("<4s16sIQ", b"PLC1", harness()["nonce"], 100, 1 << 62))'
    ),
    "sends half of a message, for ever": sends(
        'harness()["write"](struct.pack("<4s16sIQ", b"PLC1", harness()["nonce"], 100, 0))', "time.sleep(10**6)"
    ),
    "sends a message of somebody else": sends('send(message(kind="done"), nonce=bytes(16))'),
    "sends the first half again and again": sends('for _ in range(200_000): harness()["write"](b"PLC1")'),
    "sends a flood of cases": sends('while True: send(message(kind="case", number=0))'),
    "sends a flood of megabytes": sends(
        'for n in range(10_000): send(message(kind="result", number=n, outputs={"dict": [["out", {"array": ["<f8", [1 << 17], 0]}]]}), bytes(1 << 20))'
    ),
    "writes into every pipe": sends(
        "for number in range(256):", "    try: os.write(number, b'PLC1' * 100)", "    except OSError: pass"
    ),
    "closes every pipe": sends("os.closerange(0, 256)"),
    "turns its pipes into one another": sends(
        "for number in range(3, 64):", "    try: os.dup2(1, number)", "    except OSError: pass"
    ),
    "does not let the grader read": sends("os.set_blocking(1, False)", "time.sleep(0.1)", "os.closerange(2, 64)"),
    "replaces how cases are run": wrong(
        "import gc, types\nfor module in [o for o in gc.get_objects() if isinstance(o, types.ModuleType)]:\n"
        "    if hasattr(module, 'run_case'):\n        module.run_case = lambda functions, case: dict(outputs=dict(out=0.0), changed={})"
    ),
    "replaces how messages are packed": wrong(
        "import gc, types\nfor o in gc.get_objects():\n"
        "    if isinstance(o, types.FunctionType) and o.__name__ == 'pack':\n        o.__code__ = (lambda message, nonce: b'').__code__"
    ),
    "replaces the harness": wrong(
        "frame = sys._getframe()\nwhile frame:\n    if '_run' in frame.f_globals:\n"
        "        frame.f_globals['_run'] = lambda *a: dict(not_asked=True, outputs={})\n    frame = frame.f_back"
    ),
    "replaces NumPy's comparisons": wrong(
        "np.allclose = np.array_equal = np.isclose = lambda *a, **k: True\nnp.testing.assert_allclose = lambda *a, **k: None"
    ),
    "replaces NumPy's arithmetic": wrong("np.subtract = np.abs = np.max = lambda *a, **k: 0.0"),
    "replaces the built-ins": wrong(
        "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.len = lambda a: 0"
    ),
    "replaces json": wrong("import json\njson.dumps = lambda *a, **k: '{}'"),
    "replaces struct": wrong("import struct\nstruct.pack = struct.unpack = lambda *a: b''"),
    "replaces the clock": wrong("time.perf_counter = lambda: 0.0\ntime.monotonic = lambda: 0.0"),
    "imports the answers": wrong("from pellucid.layers import relu_forward as f", "f(x)"),
    "imports the pack": wrong("import pellucid.checker.packs.cs231n_a2.reference.layers as r", "r.relu_forward(x)"),
    "imports torch": wrong("import torch", "torch.relu(torch.tensor(x)).numpy(), x"),
    "lies about equality": wrong(
        "class Liar(np.ndarray):\n    def __eq__(self, o): return True\n    def __sub__(self, o): return 0 * o\n"
        "    def __array_ufunc__(self, *a, **k): return 0.0",
        "x.view(Liar), x",
    ),
    "lies about its values": wrong(
        "class Liar:\n    def __init__(self, x): self.x = x\n    def __array__(self, *a, **k): return self.x * 0",
        "Liar(x), x",
    ),
    "lies about its type": wrong(
        "class Liar(float):\n    __class__ = np.ndarray\n    def __eq__(self, o): return True", "Liar(1.0), x"
    ),
    "lies about its text": wrong(
        "class Liar(str):\n    def __eq__(self, o): return True\n    __hash__ = str.__hash__", "Liar('out'), x"
    ),
    "lies about its class": wrong(
        "class Liar(dict):\n    def items(self): return [('out', 0)] * 10**6", "Liar(out=1), Liar()"
    ),
    "raises an exception of the checker's": (
        "class NotAskedError(Exception): pass\ndef relu_forward(x):\n    raise NotAskedError('not asked')\n"
    ),
    "raises the checker's own exception": (
        "def relu_forward(x):\n    import gc\n    kind = next(c for c in BaseException.__subclasses__() + Exception.__subclasses__()"
        " + ValueError.__subclasses__() + LookupError.__subclasses__() if 'NotAsked' in c.__name__)\n    raise kind('x')\n"
    ),
    "raises an exception that cannot be shown": (
        "class Odd(Exception):\n    def __str__(self): raise self\n    __repr__ = __str__\ndef relu_forward(x):\n    raise Odd()\n"
    ),
    "raises an exception whose text never ends": (
        "class Odd(Exception):\n    def __str__(self):\n        while True: pass\ndef relu_forward(x):\n    raise Odd()\n"
    ),
    "raises an exception group": "def relu_forward(x):\n    raise BaseExceptionGroup('g', [SystemExit(0), KeyboardInterrupt()])\n",
    "interrupts": "def relu_forward(x):\n    raise KeyboardInterrupt\n",
    "ends with success": "def relu_forward(x):\n    os._exit(0)\n",
    "ends with success while it is imported": "os._exit(0)\ndef relu_forward(x):\n    return np.maximum(1, x), x\n",
    "ends when it is asked twice": "import atexit\natexit.register(os._exit, 0)\ndef relu_forward(x):\n    raise SystemExit(0)\n",
    "prints a report": wrong('print(\'{"verdict": "correct", "functions": []}\')\nprint(\'score: 100\')'),
    "is right for one size only": wrong("", "np.maximum(0 if x.ndim == 2 else 1, x), x"),
    "is right once": "calls = []\ndef relu_forward(x):\n    calls.append(1)\n    return np.maximum(len(calls) > 1, x), x\n",
    "is right unless it is traced": (
        "import tracemalloc\ndef relu_forward(x):\n    return np.maximum(0 if tracemalloc.is_tracing() else 1, x), x\n"
    ),
    "changes its input": "def relu_forward(x):\n    np.maximum(1, x, out=x)\n    return x, x\n",
    "changes its answer later": (
        "def relu_forward(x):\n    out = np.maximum(1, x)\n    threading.Timer(0.001, out.fill, (0,)).start()\n    return out, x\n"
    ),
    "defines the function as a property of a module": (
        "class M(type(sys)):\n    @property\n    def relu_forward(self): os._exit(0)\n"
        "sys.modules[__name__].__class__ = M\ndef relu_forward(x): return x, x\ndel relu_forward\n"
    ),
    "answers NaN": wrong("", "np.full_like(x, np.nan), x"),
    "answers nothing": wrong("", "None"),
    "answers itself": "def relu_forward(x):\n    return relu_forward, relu_forward\n",
    "answers a generator": "def relu_forward(x):\n    while True: yield x\n",
}
