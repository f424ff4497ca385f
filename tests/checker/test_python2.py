"""Files of the course's first years: repaired in the worker, told as hazards, and judged all the same."""

import numpy as np
import pytest

import pellucid
from pellucid.checker.running.worker.repair import divide_as_python2, looks_like_python2, repaired_source

CONV = """
import numpy as np
import pyparsing
def max_pool_forward_naive(x, pool_param):
  N, C, H, W = x.shape
  HH, WW, S = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
  out = np.zeros((N, C, (H - HH) / S + 1, (W - WW) / S + 1))
  for i in xrange(out.shape[2]):
    for j in xrange(out.shape[3]):
      out[:, :, i, j] = x[:, :, i * S:i * S + HH, j * S:j * S + WW].max(axis=(2, 3))
  print 'pooled', out.shape
  return out, (x, pool_param)
def relu_forward(x):
  return np.maximum(0, x).astype(np.float), x
"""


def checked(tmp_path, text):
    path = tmp_path / "layers.py"
    path.write_text(text)
    return {function.name: function for function in pellucid.check(path).functions}


@pytest.mark.parametrize("text", [CONV, CONV.replace("print 'pooled', out.shape", "pass")])
def test_an_old_file_is_judged_on_its_mathematics(tmp_path, text):
    pool = checked(tmp_path, text)["max_pool_forward_naive"]
    assert pool.verdict == "correct", pool.failing
    assert {hazard.id for hazard in pool.hazards} >= {"python2", "missing-import"}


def test_an_old_mistake_is_still_one(tmp_path):
    wrong = CONV.replace("i * S:i * S + HH", "i * HH:i * HH + HH").replace("j * S:j * S + WW", "j * WW:j * WW + WW")
    pool = checked(tmp_path, wrong)["max_pool_forward_naive"]
    assert pool.verdict == "wrong"
    assert pool.causes[0].id == "pool-size-for-stride"


def test_repairs_leave_python_3_alone():
    text = "print('a', end='')\nx = 3 / 2\nprint(f'{x:0>3}')\n"
    assert not looks_like_python2(text)
    assert repaired_source("print 'a', b  # why\n") == "print('a', b)  # why\n"
    assert repaired_source("except ValueError, e:\n") == "except ValueError as e:\n"


def test_division_floors_whole_numbers_only():
    assert divide_as_python2(7, 2) == 3
    assert divide_as_python2(-7, 2) == -4
    assert divide_as_python2(7.0, 2) == 3.5
    assert np.array_equal(divide_as_python2(np.array([7]), 2), [3.5])
