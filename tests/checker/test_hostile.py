"""Submissions that try to hurt the checker, or to talk it into a better verdict."""

import pytest

import pellucid
from pellucid.checker.running.job import Job, Limits
from pellucid.checker.running.sandbox import run_job

RELU = "import numpy as np\ndef relu_forward(x):\n    return np.maximum(x, 0), x\n"


def verdict(tmp_path, text, name="relu_forward", **settings):
    path = tmp_path / "layers.py"
    path.write_text(text)
    report = pellucid.check(path, only=[name], **settings)
    return report.functions[0], report


ATTACKS = {
    "wrong, and patches numpy's comparisons": "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True\nnp.max = np.abs = lambda *a, **k: 0.0\n"
    "def relu_forward(x):\n    return x, x\n",
    "prints a fake report": 'def relu_forward(x):\n    print(\'{"verdict": "correct", "functions": []}\')\n    return x, x\n',
    "writes to every pipe it holds": "import os\ndef relu_forward(x):\n    for fd in range(3, 64):\n        try: os.write(fd, b'PLC1' + b'x' * 64)\n        except OSError: pass\n    return x, x\n",
    "sends a whole forged message": 'import os, sys, struct\ndef relu_forward(x):\n    head = b\'{"dict": [["kind", "done"]]}\'\n'
    "    for fd in range(3, 64):\n        try: os.write(fd, struct.pack('<4s16sIQ', b'PLC1', b'0' * 16, len(head), 0) + head)\n        except OSError: pass\n    return x, x\n",
    "replaces the reference": "import sys\nsys.modules['pellucid'] = None\ntry:\n    import pellucid.checker.packs.cs231n_a2 as p\n    p.PACK = None\nexcept Exception: pass\ndef relu_forward(x):\n    return x, x\n",
    "reads the reference from disk": "import glob\ndef relu_forward(x):\n    import numpy as np\n    for f in glob.glob('/**/cs231n_a2/reference/layers.py', recursive=True) or ['/etc/passwd']:\n        text = open(f).read()\n"
    "    space = {}\n    exec(text, space)\n    return space['relu_forward'](x)\n",
    "imports the answers": "from pellucid.layers import relu_forward as right\ndef relu_forward(x):\n    return right(x)\n",
    "imports torch": "import torch\ndef relu_forward(x):\n    return torch.relu(torch.tensor(x)).numpy(), x\n",
    "returns an array that lies": "import numpy as np\nclass Liar(np.ndarray):\n    def __eq__(self, o): return True\n    def __sub__(self, o): return 0.0 * np.asarray(self)\n    def __array_ufunc__(self, *a, **k): return 0.0\n"
    "def relu_forward(x):\n    return x.view(Liar), x\n",
    "exits": "import os\ndef relu_forward(x):\n    os._exit(0)\n",
    "raises SystemExit": "def relu_forward(x):\n    raise SystemExit(0)\n",
    "breaks the memory": "import faulthandler\ndef relu_forward(x):\n    faulthandler._sigsegv()\n",
    "kills itself": "import signal\ndef relu_forward(x):\n    signal.raise_signal(9)\n",
    "closes every descriptor": "import os, time\ndef relu_forward(x):\n    os.closerange(0, 64)\n    time.sleep(60)\n",
    "recurses": "def relu_forward(x):\n    return relu_forward(x)\n",
    "starts a process": "import os\ndef relu_forward(x):\n    os.system('true')\n    return x, x\n",
    "opens a socket": "import socket\ndef relu_forward(x):\n    socket.create_connection(('127.0.0.1', 80))\n    return x, x\n",
    "looks at its parent": "import os\ndef relu_forward(x):\n    open(f'/proc/{os.getppid()}/mem', 'rb').read(1)\n    return x, x\n",
    "kills its parent": "import os\ndef relu_forward(x):\n    os.kill(os.getppid(), 9)\n    return x, x\n",
    "asks for too much": "import numpy as np\ndef relu_forward(x):\n    return np.zeros((100000, 100000)), x\n",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_is_called_right(tmp_path, attack):
    function, _ = verdict(tmp_path, ATTACKS[attack], timeout=5)
    assert function.is_bad, function.verdict
    assert function.passed < function.total


def test_an_endless_loop_ends_at_the_time_limit(tmp_path):
    function, _ = verdict(tmp_path, "def relu_forward(x):\n    while True: pass\n", timeout=1)
    assert function.verdict == "crashes"
    assert "did not end within 1 s (" in function.causes[0].title  # why depends on how busy the machine is


def test_a_flood_of_output_is_cut_off(tmp_path):
    function, _ = verdict(tmp_path, "def relu_forward(x):\n    while True: print('x' * 100000)\n", timeout=5)
    assert function.verdict == "crashes"


@pytest.mark.parametrize(
    ("attack", "told"),
    [
        ("exits", "the code ended the process itself (exit code 0)"),
        ("breaks the memory", "segmentation fault"),
        ("kills itself", "the code was killed by signal 9"),
        ("closes every descriptor", "the code closed its connection to the checker, and went on running"),
    ],
)
def test_a_death_is_reported_as_what_it_is(tmp_path, attack, told):
    function, _ = verdict(tmp_path, ATTACKS[attack], timeout=5)
    assert told in function.causes[0].title


def test_asking_for_too_much_names_the_line(tmp_path):
    function, _ = verdict(tmp_path, ATTACKS["asks for too much"], timeout=5)
    assert "line 3 requested 74.5 GiB" in function.failing[0].detail


def test_the_environment_and_files_stay_out_of_reach(tmp_path, monkeypatch):
    monkeypatch.setenv("A_SECRET", "42")
    secret = tmp_path / "secret.txt"
    secret.write_text("42")
    source = f"import os\nimport numpy as np\ndef relu_forward(x):\n    assert 'A_SECRET' not in os.environ\n    try:\n        open({str(secret)!r})\n    except PermissionError:\n        return np.maximum(x, 0), x\n"
    function, report = verdict(tmp_path, source)
    assert function.verdict == "correct", function.failing
    assert report.sandbox["memory"] == "4 GiB"


def test_the_worker_holds_no_expected_answer():
    text = "import gc, sys\ndef f(x):\n    names = [m for m in sys.modules if 'pellucid' in m or 'reference' in m]\n    return float(len(names)), x\n"
    steps = [{"do": "call", "function": "f", "args": [{"$": ["x"]}], "unpack": ["out", "cache"]}]
    case = {"values": {"x": 1.0}, "steps": steps, "outputs": {"out": ["out"]}}
    result = run_job(Job({"a.py": text}, "a", ["f"], [case]), Limits(5))
    assert result.answers[0]["outputs"]["out"] == 0.0


def test_a_right_function_passes_in_the_same_place(tmp_path):
    function, _ = verdict(tmp_path, RELU)
    assert function.verdict == "correct"
