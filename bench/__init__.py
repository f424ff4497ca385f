"""Benchmarks against public peers: each side in a process of its own, that sleeps while another runs, in turns.

side.py        a side's name and its process        worker.py     what runs in that process
compare.py     one case: pre-selection, turns, guard   results.py    the file of results, saved after every case
steps.py convs.py course.py inference.py            cases whose sides are timed in turns (`CASES`, `build`)
memory.py install.py imports.py peak.py             measurements of their own
torch_sides.py torch_network.py                     PyTorch's variants, and a network as a PyTorch module
sections.py                                         the list of all of them
report.py readme.py plot.py                         tables and figure from the file of results
recipe.py cifar.py curves.py study.py               training to an accuracy, loss curves, a study
"""
