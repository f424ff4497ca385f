#!/usr/bin/env bash
# Builds the kernels with the address and undefined-behaviour sanitizers, in a folder of its own, and runs the fuzz, accuracy and
# contract tests on them. Usage: tests/kernels/sanitize.sh FOLDER [SET]   (needs gcc). SET is the one instruction set to build, as
# `pellucid info` names this machine's; without it, all are built, which takes three times as long.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$1
mkdir -p "$folder"
python3 -m venv "$folder/venv"
python="$folder/venv/bin/python"
"$python" -m pip install -q numpy pytest pytest-timeout pytest-xdist hypothesis nanobind cmake ninja
PATH="$folder/venv/bin:$PATH" cmake -G Ninja -S . -B "$folder/build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DPELLUCID_SANITIZE=ON "-DPELLUCID_SETS=${2:-baseline;avx2;avx512}" \
    -Dnanobind_DIR="$("$python" -m nanobind --cmake_dir)" -DPython_EXECUTABLE="$python" > "$folder/cmake.log"
PATH="$folder/venv/bin:$PATH" cmake --build "$folder/build" > "$folder/build.log"
site=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp -r src/pellucid "$site/"
cp "$folder"/build/_native*.so "$site/pellucid/kernels/"
"$python" -m pip install -q rich typer safetensors msgspec pooch pillow  # what importing the package's rooms needs
# The sanitizers' runtime must come before Python's own libraries.
LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libstdc++.so)" \
    ASAN_OPTIONS=detect_leaks=0:halt_on_error=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    "$python" -m pytest -n 2 -q -p no:cacheprovider -k "not reference] and not [reference-" tests/kernels/test_fuzz.py tests/kernels/test_bound.py tests/kernels/test_workspaces.py \
    tests/kernels/test_accuracy.py tests/kernels/test_light_accuracy.py tests/kernels/test_functions.py tests/test_contract.py
