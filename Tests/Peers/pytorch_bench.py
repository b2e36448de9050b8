"""PyTorch's side of `lab bench --against pytorch`.

Reads one JSON request per line from standard input and writes one JSON answer per line to standard
output. It ends at the end of its input. See README.md in this folder.
"""

import argparse
import json
import os
import sys
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--threads", type=int, required=True)
threads = arguments.parse_args().threads

# Libraries may print to standard output; send that to standard error.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def answer(value):
    answers.write(json.dumps(value) + "\n")
    answers.flush()


try:
    import torch
    import torch.nn as nn
    import torch.nn.functional as F
    from torch.nn.attention import SDPBackend, sdpa_kernel
except ImportError as error:
    answer({"missing": str(error)})
    sys.exit(0)

torch.set_num_threads(threads)
torch.manual_seed(1)


class Block(nn.Module):
    """Pre-norm: attention, then a GELU feed-forward layer of four times the width."""

    def __init__(self, width, heads, layers):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.output = nn.Linear(width, width)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        for layer in (self.qkv, self.output, self.up, self.down):
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)
        for layer in (self.output, self.down):
            with torch.no_grad():
                layer.weight.mul_((2 * layers) ** -0.5)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = (
            part.view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for part in self.qkv(self.attention_norm(x)).split(width, 2)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(batch, length, width))
        hidden = F.gelu(self.up(self.feed_forward_norm(x)), approximate="tanh")
        return x + self.down(hidden)


class GPT(nn.Module):
    def __init__(self, vocabulary, length, width, heads, layers):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(length, width)
        self.blocks = nn.ModuleList([Block(width, heads, layers) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)
        for layer in (self.embedding, self.positions, self.head):
            nn.init.normal_(layer.weight, std=0.02)

    def forward(self, tokens, targets):
        x = self.embedding(tokens) + self.positions(torch.arange(tokens.shape[1]))
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.norm(x))
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.view(-1))


def training(r):
    """Eager mode; default AdamW after clipping by the global norm; the tokens are always the same."""
    model = GPT(r["vocabulary"], r["length"], r["modelDim"], r["heads"], r["layers"])
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1
    )
    tokens = torch.randint(0, r["vocabulary"], (r["batch"], r["length"] + 1))
    inputs, targets = tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()
    facts = {"parameters": sum(p.numel() for p in model.parameters())}

    def step():
        optimizer.zero_grad(set_to_none=True)
        with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
            loss = model(inputs, targets)
            loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        facts.setdefault("loss", loss.item())

    return step, facts


def attention(r):
    """Contiguous [batch, heads, length, headDim] tensors; each run takes the next copy of them."""

    def tensor(heads, length):
        return torch.randn(
            r["batch"], heads, length, r["headDim"], requires_grad=bool(r["backward"])
        )

    copies = [
        (
            tensor(r["heads"], r["queries"]),
            tensor(r["kvHeads"], r["keys"]),
            tensor(r["kvHeads"], r["keys"]),
        )
        for _ in range(r["copies"])
    ]
    gradient = torch.randn(r["batch"], r["heads"], r["queries"], r["headDim"])
    next_copy = [0]

    def run():
        q, k, v = copies[next_copy[0]]
        next_copy[0] = (next_copy[0] + 1) % len(copies)
        with sdpa_kernel(SDPBackend.FLASH_ATTENTION), torch.set_grad_enabled(bool(r["backward"])):
            output = F.scaled_dot_product_attention(
                q, k, v, is_causal=bool(r["causal"]), enable_gqa=r["heads"] != r["kvHeads"]
            )
            if r["backward"]:
                q.grad = k.grad = v.grad = None
                output.backward(gradient)

    return run, {}


def product(r):
    """Writes into an existing tensor, as ours."""
    m, k, n = r["m"], r["k"], r["n"]
    a = torch.randn(k, m).t() if r["aTransposed"] else torch.randn(m, k)
    b = torch.randn(n, k).t() if r["bTransposed"] else torch.randn(k, n)
    c = torch.empty(m, n)
    return lambda: torch.mm(a, b, out=c), {}


def prepared(r):
    for kind in (product, attention, training):
        if kind.__name__ in r:
            return kind(r)
    raise ValueError(f"unknown workload: {r}")


answer(
    {
        "version": torch.__version__,
        "threads": torch.get_num_threads(),
        "notes": [
            "attention: scaled_dot_product_attention, FLASH_ATTENTION forced",
            "training: eager, default AdamW (not fused), clip_grad_norm_, same number of parameters",
        ],
    }
)
kept, run, facts = None, None, {}
for line in sys.stdin:
    request = json.loads(line)
    runs, warm_up = request.pop("runs"), request.pop("warmUp")
    if request != kept:
        run = None
        run, facts = prepared(request)
        kept = request
    if warm_up:
        run()
    start, cpu_start = time.perf_counter(), time.process_time()
    for _ in range(runs):
        run()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    answer({"seconds": seconds / runs, "cpuSeconds": cpu_seconds / runs, **facts})
