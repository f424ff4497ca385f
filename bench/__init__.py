"""Benchmarks against public peers: the sides run in separate processes and take turns; all others sleep meanwhile.

side.py        a side's name and its process        worker.py     what runs in that process
compare.py     one case: pre-selection, turns, guard   results.py    the results file, saved after every case
steps.py convs.py course.py inference.py            cases whose sides are timed in turns (`cases`, `build`)
memory.py install.py imports.py peak.py             other measurements
torch_sides.py torch_network.py                     PyTorch's variants, and a network as a PyTorch module
sections.py                                         the list of all sections
report.py readme.py plot.py                         tables and figure from the results file
accuracy.py notebooks.py                            the README's training runs and the course's notebooks: accuracies to reach
recipe.py cifar.py curves.py study.py               seconds to an accuracy, loss curves, a study
"""
