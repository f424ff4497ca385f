#!/usr/bin/env bash
# Builds the baseline kernels for another processor (ARM with NEON by default) from the same source, and runs
# portable.cpp under an emulator.
# Usage: tests/kernels/portable.sh FOLDER [COMPILER [EMULATOR]]   (Debian: g++-aarch64-linux-gnu, qemu-user)
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$1 compiler=${2:-aarch64-linux-gnu-g++} emulator=${3-qemu-aarch64}
native=src/pellucid/kernels/native
mkdir -p "$folder"
flags=(-std=c++20 -O3 -fno-math-errno -fno-trapping-math -Wall -Wextra -Wno-unused-function -Wno-psabi)
objects=()
for type in float double; do
    for source in isa light_isa; do
        "$compiler" "${flags[@]}" -DPELLUCID_ISA=baseline -DPELLUCID_VECTOR_BYTES=16 -DPELLUCID_TYPE=$type \
            -DPELLUCID_TABLE=${type}_kernels -DPELLUCID_LIGHT_TABLE=light_${type}_kernels \
            -c $native/$source.cpp -o "$folder/${source}_$type.o"
        objects+=("$folder/${source}_$type.o")
    done
done
"$compiler" "${flags[@]}" tests/kernels/portable.cpp $native/threads.cpp "${objects[@]}" -static -pthread -o "$folder/portable"
$emulator "$folder/portable"
