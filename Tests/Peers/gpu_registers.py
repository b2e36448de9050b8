#!/usr/bin/env python3
"""What an NVIDIA GPU's assembler says of the tiled attention kernels, on a machine without a GPU.

    apt-get install clang-19
    pip install nvidia-cuda-nvcc-cu12          # brings ptxas; nothing else of it is used
    python3 Tests/Peers/gpu_registers.py [--arch sm_90] [--head-dim 64]

Compiles every tile shape that the program may choose, and prints registers, local memory and what
was spilled. A stack or a spill means that numbers which belong in registers lie in slow memory; a
shape with more than 48 KB of local memory is refused by NVIDIA's driver, and so never chosen there.
The driver's own compiler may decide otherwise: this finds loops that no compiler can unroll, and says
nothing of speed.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("--arch", default="sm_90")
options.add_argument("--head-dim", type=int, default=64)
options.add_argument("--clang", default="clang-19")
options.add_argument("--ptxas")
options = options.parse_args()

sources = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Sources/OpenCLBackend/Attention")

# What a driver's headers bring, for the few built-in functions that these kernels call.
builtins = """
#define get_local_id(d) ((size_t)__nvvm_read_ptx_sreg_tid_x())
#define get_group_id(d) \\
  ((size_t)((d) == 0 ? __nvvm_read_ptx_sreg_ctaid_x() : __nvvm_read_ptx_sreg_ctaid_y()))
#define get_global_id(d) (get_group_id(0) * __nvvm_read_ptx_sreg_ntid_x() + get_local_id(0))
#define CLK_LOCAL_MEM_FENCE 1
#define barrier(x) __nvvm_bar_sync(0)
#define INFINITY __builtin_inff()
#define OVERLOAD __attribute__((overloadable, always_inline)) static inline
typedef float float2 __attribute__((ext_vector_type(2)));
typedef float float4 __attribute__((ext_vector_type(4)));
typedef int int4 __attribute__((ext_vector_type(4)));
typedef long long4 __attribute__((ext_vector_type(4)));
typedef unsigned long ulong;
typedef unsigned long size_t;
OVERLOAD float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
OVERLOAD float4 fma(float4 a, float4 b, float4 c) {
  return (float4)(fma(a.x, b.x, c.x), fma(a.y, b.y, c.y), fma(a.z, b.z, c.z), fma(a.w, b.w, c.w));
}
OVERLOAD float exp2(float a) { return __nvvm_ex2_approx_ftz_f(a); }
OVERLOAD float log(float a) { return __nvvm_lg2_approx_ftz_f(a) * 0.69314718f; }
OVERLOAD float fmax(float a, float b) { return __builtin_fmaxf(a, b); }
OVERLOAD int min(int a, int b) { return a < b ? a : b; }
OVERLOAD int max(int a, int b) { return a > b ? a : b; }
OVERLOAD int abs(int a) { return a < 0 ? -a : a; }
OVERLOAD float4 vload4(long at, __global const float *p) {
  return (float4)(p[4 * at], p[4 * at + 1], p[4 * at + 2], p[4 * at + 3]);
}
"""


def found_ptxas():
    if options.ptxas:
        return options.ptxas
    for folder in sys.path:
        path = os.path.join(folder, "nvidia/cuda_nvcc/bin/ptxas")
        if os.path.exists(path):
            return path
    return shutil.which("ptxas") or sys.exit("There is no ptxas: pip install nvidia-cuda-nvcc-cu12")


def text(name):
    with open(os.path.join(sources, name)) as file:
        return file.read()


def shapes():
    """The candidates, as the program has them."""
    words = ("rows", "columns", "rowsPerItem", "columnsPerItem")
    pattern = "TileShape\\(" + ", ".join(f"{word}: (\\d+)" for word in words) + "\\)"
    return [tuple(map(int, numbers)) for numbers in re.findall(pattern, text("TileShape.swift"))]


def run(words):
    done = subprocess.run(words, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


ptxas = found_ptxas()
if not shutil.which(options.clang):
    sys.exit(f"There is no {options.clang}: apt-get install clang-19, or name another by --clang")
dim = (options.head_dim + 15) // 16 * 16
print(f"{options.arch}, heads of {options.head_dim}: rows x columns, numbers a work-item")
print(f"{'tile':>16} {'kernel':24}{'registers':>10}{'local KB':>10}{'stack':>8}{'spilled':>9}")
with tempfile.TemporaryDirectory() as folder:
    for rows, columns, down, across in shapes():
        for name in ("ForwardAttention.cl", "BackwardAttention.cl"):
            kernel, ptx = os.path.join(folder, "kernel.cl"), os.path.join(folder, "kernel.ptx")
            with open(kernel, "w") as file:
                file.write(builtins + text("AttentionTile.cl") + text(name))
            sizes = {"DIM": dim, "ROWS": rows, "COLUMNS": columns, "ROWS_PER_ITEM": down,
                     "COLUMNS_PER_ITEM": across}
            code, log = run(
                [options.clang, "-x", "cl", "-cl-std=CL1.2", "-cl-mad-enable", "-DON_GPU",
                 "-target", "nvptx64-nvidia-nvcl", "-Xclang", "-target-cpu", "-Xclang", options.arch,
                 "-O3", "-mllvm", "-inline-threshold=100000", "-S", "-o", ptx, kernel]
                + [f"-D{key}={value}" for key, value in sizes.items()])
            if code != 0:
                sys.exit(log)
            _, log = run([ptxas, f"-arch={options.arch}", "-v", ptx, "-o", os.devnull])
            for part in log.split("Compiling entry function '")[1:]:
                entry = part.split("'")[0]
                if entry == "attentionDelta":
                    continue
                number = lambda pattern: int((re.findall(pattern, part) or ["0"])[0])
                print(f"{rows:>4} x {columns:<3}{down:>2} x {across:<2} {entry:24}"
                      f"{number('Used ([0-9]+) registers'):>10}"
                      f"{number('([0-9]+) bytes smem') / 1024:>10.1f}"
                      f"{number('([0-9]+) bytes stack frame'):>8}"
                      f"{number('([0-9]+) bytes spill stores'):>9}")
