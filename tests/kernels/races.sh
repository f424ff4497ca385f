#!/usr/bin/env bash
# Builds the threads and the baseline kernels of float with the thread sanitizer and runs races.cpp. Usage: tests/kernels/races.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$1 native=src/pellucid/kernels/native
mkdir -p "$folder"
flags=(-std=c++20 -O1 -g -fsanitize=thread -fno-math-errno -fno-trapping-math -Wno-unused-function -Wno-psabi)
# The sanitizer of some compilers does not start on kernels that spread addresses widely.
if ! { echo 'int main() {}' | "${CXX:-g++}" -fsanitize=thread -x c++ - -o "$folder/empty" && "$folder/empty"; }; then
    echo "races.sh: skipped: the thread sanitizer does not run here"
    exit 0
fi
objects=()
for source in isa light_isa; do
    "${CXX:-g++}" "${flags[@]}" -DPELLUCID_ISA=baseline -DPELLUCID_VECTOR_BYTES=16 -DPELLUCID_TYPE=float \
        -DPELLUCID_TABLE=float_kernels -DPELLUCID_LIGHT_TABLE=light_float_kernels -c $native/$source.cpp -o "$folder/$source.o" &
    objects+=("$folder/$source.o")
done
wait
"${CXX:-g++}" "${flags[@]}" tests/kernels/races.cpp $native/threads.cpp "${objects[@]}" -pthread -o "$folder/races"
TSAN_OPTIONS=halt_on_error=1 "$folder/races" "${2:-300}"
