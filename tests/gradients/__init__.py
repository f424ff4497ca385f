"""Tests of `pellucid.gradients`: the checker is shown right gradients, wrong ones and kinks."""
