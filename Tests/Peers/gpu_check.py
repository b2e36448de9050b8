#!/usr/bin/env python3
"""Checks and times the OpenCL device of a machine, and PyTorch on the same GPU, in one call.

    python3 Tests/Peers/gpu_check.py                 # from the repository: builds, then measures
    python3 lab-gpu/gpu_check.py                     # from an unpacked `make gpu-bundle`
    python3 Tests/Peers/gpu_check.py --small         # small sizes, to see that it runs (PoCL)

What it does, within 10 minutes on a data-center GPU: holds logits, gradients and ten
training losses of three small models on the GPU against the processor's; times attention, forward and with its gradient, at n = 16,384 with 16 heads of 64, the training step of a
6-layer model of width 512, and attention over 100,000 tokens. Where this Python has PyTorch with a
GPU, the same work is timed there: Float32 without TF32, memory-efficient attention forced. With
--small a PyTorch without a GPU does its half on the processor, so that every line of this is run.

Exit code 0: all ran and the devices agree. 1: they do not. 75: not done in ten minutes. Other: what
`lab` says, or 69 where it does not start. The speed goals are printed and decide nothing.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
options.add_argument("--lab", help="the program (default: the one beside this script, or built here)")
options.add_argument("--device", default="gpu")
options.add_argument("--small", action="store_true", help="small sizes, to see that it works")
options.add_argument("--json", metavar="FILE", help="write all numbers to this file")
options = options.parse_args()
deadline = time.monotonic() + 600


def run(words, capture=False):
    print("$", " ".join(words), flush=True)
    left = max(1, deadline - time.monotonic())
    try:
        done = subprocess.run(words, stdout=subprocess.PIPE if capture else None, timeout=left)
    except OSError as error:
        print(f"Cannot start {words[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(69)
    except subprocess.TimeoutExpired:
        print("The time limit of ten minutes is over.")
        sys.exit(75)
    if done.returncode != 0:
        sys.exit(done.returncode)
    return done.stdout


def built():
    """The program beside this script, as in a bundle, or else one built from this repository."""
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lab")
    if os.access(beside, os.X_OK):
        return beside
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    os.chdir(root)
    run(["swift", "build", "-c", "release", "--product", "lab"])
    return os.path.join(".build", "release", "lab")


def seconds_of(torch, device, work, count=5):
    """The median of a few runs, after two warm-up runs; each run is synchronized."""
    wait = torch.cuda.synchronize if device == "cuda" else lambda: None
    times = []
    for index in range(count + 2):
        wait()
        start = time.perf_counter()
        work()
        wait()
        if index >= 2:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def attention(torch, device, length, heads, causal, backward):
    from torch.nn.attention import SDPBackend, sdpa_kernel

    q, k, v, g = (
        torch.randn(1, heads, length, 64, device=device, requires_grad=backward and index < 3)
        for index in range(4)
    )

    # The processor has only one fused kernel, with another name.
    method = SDPBackend.EFFICIENT_ATTENTION if device == "cuda" else SDPBackend.FLASH_ATTENTION

    def work():
        with sdpa_kernel(method):
            out = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
        if backward:
            torch.autograd.grad(out, (q, k, v), g)

    return seconds_of(torch, device, work)


def training_step(torch, device, width, layers, heads, batch, length):
    nn, functional = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x):
            q, k, v = self.qkv(self.first(x)).view(batch, length, 3, heads, -1).permute(2, 0, 3, 1, 4)
            mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
            return x + self.down(functional.gelu(self.up(self.second(x)), approximate="tanh"))

    model = nn.Sequential(
        nn.Embedding(256, width), *[Block() for _ in range(layers)], nn.LayerNorm(width),
        nn.Linear(width, 256, bias=False),
    ).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95))
    tokens = torch.randint(256, (batch, length + 1), device=device)

    def work():
        logits = model(tokens[:, :-1])
        loss = functional.cross_entropy(logits.reshape(-1, 256), tokens[:, 1:].reshape(-1))
        loss.item()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    return seconds_of(torch, device, work)


def peer_times(small):
    """PyTorch's seconds by the name of our row, and why there are none."""
    try:
        import torch
    except ImportError:
        return {}, "this Python has no PyTorch"
    if not torch.cuda.is_available() and not small:
        return {}, "PyTorch finds no GPU"
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    length, heads, long_length, long_heads = (512, 2, 2048, 1) if small else (16384, 16, 100000, 4)
    step = (64, 6, 1, 1, 64) if small else (512, 6, 8, 8, 1024)
    times = {
        "full": attention(torch, device, length, heads, False, False),
        "full + backward": attention(torch, device, length, heads, False, True),
        "causal": attention(torch, device, length, heads, True, False),
        "causal + backward": attention(torch, device, length, heads, True, True),
        "training step": training_step(torch, device, *step),
        "long, causal": attention(torch, device, long_length, long_heads, True, False),
    }
    place = torch.cuda.get_device_name() if device == "cuda" else "the processor"
    return times, f"PyTorch {torch.__version__} on {place}"


lab = options.lab or built()
run([lab, "doctor", "--device", options.device])
words = [lab, "bench", "--device", options.device, "--only", "large", "--quick", "--json"]
record = json.loads(run(words + (["--small"] if options.small else []), capture=True))
theirs, note = peer_times(options.small)

limits = record["limits"]
print(f"{record['machine']['device']}: {limits['multiplyAddFlops'] * 1e-9:.0f} GFLOP/s of "
      f"multiply-adds, {limits['readBytesPerSecond'] * 1e-9:.0f} GB/s read. Beside it: {note}.")
print(f"{'':20}{'ms':>12}{'GFLOP/s':>12}{'of peak':>10}{'PyTorch ms':>12}{'ratio':>8}")
for row in record["rows"]:
    name, ours = row["name"], row["samples"]["medianSeconds"]
    peer = theirs.get(name)
    columns = f"{peer * 1e3:12.2f}{peer / ours:8.2f}" if peer else f"{'':12}{'':8}"
    print(f"{name:20}{ours * 1e3:12.2f}{row['gigaflops']:12.1f}{row['partOfLimit'] * 100:9.0f}%"
          + columns)

# The goals of the project, by row: a ratio to PyTorch, or a fraction of the measured peak.
goals = [("full + backward", "ratio", 1.0), ("full", "of peak", 0.4), ("training step", "ratio", 0.7)]
if not options.small:
    for name, kind, wanted in goals:
        row = next((row for row in record["rows"] if row["name"] == name), None)
        if not row or (kind == "ratio" and name not in theirs):
            print(f"– {name}: {kind} at least {wanted}: not measured")
            continue
        found = (theirs[name] / row["samples"]["medianSeconds"] if kind == "ratio"
                 else row["partOfLimit"])
        print(f"{'✓' if found >= wanted else '✗'} {name}: {kind} {found:.2f}, at least {wanted}")
if options.json:
    with open(options.json, "w") as file:
        json.dump({"lab": record, "peer": theirs, "note": note}, file, indent=2)
