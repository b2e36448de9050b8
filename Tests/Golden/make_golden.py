"""Writes the reference numbers that the tests compare with. README.md says how to run it.

Everything is computed in float64 and stored as float32, so that the stored numbers are right to the
last bit that a float32 has. Matrices are [in, out]; heads are [batch, heads, seq, headDim].
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

FOLDER = Path(__file__).parent
EPSILON = 1e-5
BASE = 10_000.0


@dataclass
class Shape:
    """One of the two model shapes."""

    llama: bool
    vocabulary: int = 50
    width: int = 32
    heads: int = 4
    key_value_heads: int = 4
    layers: int = 2
    hidden: int = 128

    @property
    def head_width(self):
        return self.width // self.heads

    @property
    def packed(self):
        return (self.heads + 2 * self.key_value_heads) * self.head_width


GPT = Shape(llama=False)
LLAMA = Shape(llama=True, key_value_heads=2, hidden=88)
BATCH, LENGTH = 2, 12


# Weights


def weight_shapes(shape):
    """The shape of each weight by name, in the order in which they are drawn and stored."""
    d, llama = shape.width, shape.llama
    shapes = {"embedding": [shape.vocabulary, d]}

    def norm(name):
        shapes[f"{name}.weight"] = [d]
        if not llama:
            shapes[f"{name}.bias"] = [d]

    def linear(name, fan_in, fan_out):
        shapes[f"{name}.weight"] = [fan_in, fan_out]
        if not llama:
            shapes[f"{name}.bias"] = [fan_out]

    for layer in range(shape.layers):
        block = f"blocks.{layer}"
        norm(f"{block}.attentionNorm")
        linear(f"{block}.attention.qkv", d, shape.packed)
        linear(f"{block}.attention.output", shape.heads * shape.head_width, d)
        norm(f"{block}.feedForwardNorm")
        if llama:
            linear(f"{block}.feedForward.gateUp", d, 2 * shape.hidden)
        else:
            linear(f"{block}.feedForward.up", d, shape.hidden)
        linear(f"{block}.feedForward.down", shape.hidden, d)
    norm("finalNorm")
    if not llama:
        shapes["head.weight"] = [d, shape.vocabulary]
    return shapes


def make_weights(shape, generator):
    """Large enough that every path shows in the result: norms away from 1, biases away from 0."""
    weights = {}
    for name, extents in weight_shapes(shape).items():
        draw = torch.randn(extents, generator=generator, dtype=torch.float64)
        if name == "embedding":
            # A tied embedding also gives the logits. Smaller values keep one token from dominating.
            value = draw * (0.3 if shape.llama else 0.6)
        elif len(extents) == 2:
            value = draw * 1.2 / math.sqrt(extents[0])
        elif name.endswith(".weight"):
            value = 1 + 0.3 * draw
        else:
            value = 0.3 * draw
        # Rounded first: the model runs in float64 on exactly the numbers that are stored.
        weights[name] = value.float().double().requires_grad_()
    return weights


# The model


def normalize(x, weights, name, llama):
    weight = weights[f"{name}.weight"]
    if llama:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPSILON) * weight
    return F.layer_norm(x, weight.shape, weight, weights[f"{name}.bias"], EPSILON)


def linear(x, weights, name):
    y = x @ weights[f"{name}.weight"]
    bias = weights.get(f"{name}.bias")
    return y if bias is None else y + bias


def sinusoidal_table(length, width):
    """Even dimensions sine, odd dimensions cosine (Vaswani et al., 2017, section 3.5)."""
    positions = torch.arange(length, dtype=torch.float64)[:, None]
    angles = positions * BASE ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    return torch.stack([angles.sin(), angles.cos()], -1).reshape(length, width)


def rotate(x):
    """RoPE that pairs dimension i with i + headDim/2 ("halves")."""
    length, width = x.shape[-2:]
    half = width // 2
    positions = torch.arange(length, dtype=torch.float64)[:, None]
    angles = positions * BASE ** (-torch.arange(half, dtype=torch.float64) / half)
    first, second = x[..., :half], x[..., half:]
    cosine, sine = angles.cos(), angles.sin()
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], -1)


def causal_attention(q, k, v, slopes=None, window=None):
    """Naive softmax attention; a query sees itself and, with a window, the window - 1 before it.

    ALiBi adds slope * (key position - query position) to the score of each head.
    """
    group = q.shape[1] // k.shape[1]
    k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    positions = torch.arange(q.shape[2])
    distance = positions[:, None] - positions[None, :]
    if slopes is not None:
        scores = scores - slopes[None, :, None, None] * distance
    hidden = distance < 0
    if window is not None:
        hidden = hidden | (distance >= window)
    return scores.masked_fill(hidden, -math.inf).softmax(-1) @ v


def attention(x, weights, name, shape):
    batch, length, _ = x.shape
    counts = [shape.heads, shape.key_value_heads, shape.key_value_heads]
    packed = linear(x, weights, f"{name}.qkv").split([n * shape.head_width for n in counts], -1)
    q, k, v = (
        part.reshape(batch, length, n, shape.head_width).transpose(1, 2)
        for part, n in zip(packed, counts)
    )
    if shape.llama:
        q, k = rotate(q), rotate(k)
    out = causal_attention(q, k, v).transpose(1, 2).reshape(batch, length, -1)
    return linear(out, weights, f"{name}.output")


def feed_forward(x, weights, name, shape):
    if shape.llama:
        gate, up = linear(x, weights, f"{name}.gateUp").chunk(2, -1)
        return linear(F.silu(gate) * up, weights, f"{name}.down")
    hidden = F.gelu(linear(x, weights, f"{name}.up"), approximate="tanh")
    return linear(hidden, weights, f"{name}.down")


def logits(tokens, weights, shape):
    x = weights["embedding"][tokens]
    if not shape.llama:
        x = x + sinusoidal_table(tokens.shape[1], shape.width)
    for layer in range(shape.layers):
        block = f"blocks.{layer}"
        normed = normalize(x, weights, f"{block}.attentionNorm", shape.llama)
        x = x + attention(normed, weights, f"{block}.attention", shape)
        normed = normalize(x, weights, f"{block}.feedForwardNorm", shape.llama)
        x = x + feed_forward(normed, weights, f"{block}.feedForward", shape)
    x = normalize(x, weights, "finalNorm", shape.llama)
    return x @ (weights["embedding"].T if shape.llama else weights["head.weight"])


def mean_loss(out, targets):
    """Mean cross entropy in nats."""
    return F.cross_entropy(out.reshape(-1, out.shape[-1]), targets.reshape(-1))


# The files


def stored(tensors):
    return {
        name: numpy.array(t.detach().numpy(), dtype=numpy.float32, order="C")
        for name, t in tensors.items()
    }


def make_model(shape, seed):
    """The weights, tokens and targets that a seed gives, always the same."""
    generator = torch.Generator().manual_seed(seed)
    weights = make_weights(shape, generator)
    text = torch.randint(shape.vocabulary, [BATCH, LENGTH + 1], generator=generator)
    return weights, text[:, :-1], text[:, 1:]


def write_model(file, shape, seed):
    weights, tokens, targets = make_model(shape, seed)
    out = logits(tokens, weights, shape)
    loss = mean_loss(out, targets)
    loss.backward()
    gradients = {f"grad.{name}": weight.grad for name, weight in weights.items()}
    extra = {"tokens": tokens, "targets": targets, "logits": out, "loss": loss}
    save_file(stored({**weights, **gradients, **extra}), FOLDER / file)
    print(file, "loss", loss.item())


def learning_rate(step, warm_up, total, peak, lowest):
    """For step = 1 ... total."""
    if step <= warm_up:
        return peak * step / warm_up
    turn = math.pi * (step - warm_up) / (total - warm_up)
    return lowest + 0.5 * (peak - lowest) * (1 + math.cos(turn))


def write_training(file, seed):
    """Ten steps on one batch; the model and batch are those of gpt.safetensors."""
    schedule = {"warm_up": 3, "total": 10, "peak": 1e-2, "lowest": 1e-3}
    weights, tokens, targets = make_model(GPT, seed)
    groups = [
        {"params": [w for w in weights.values() if w.ndim >= 2], "weight_decay": 0.1},
        {"params": [w for w in weights.values() if w.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.95), eps=1e-8)
    record = {"losses": [], "learningRates": [], "gradientNorms": []}
    for step in range(1, schedule["total"] + 1):
        rate = learning_rate(step, **schedule)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = mean_loss(logits(tokens, weights, GPT), targets)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(weights.values(), 1.0)
        optimizer.step()
        record["losses"].append(loss.item())
        record["learningRates"].append(rate)
        record["gradientNorms"].append(norm.item())
    record["finalLoss"] = mean_loss(logits(tokens, weights, GPT), targets).item()
    (FOLDER / file).write_text(json.dumps(record, indent=2) + "\n")
    print(file, "losses", record["losses"], "norms", record["gradientNorms"])


def attention_case(generator, heads, key_value_heads, length, width, **options):
    def draw(count):
        value = torch.randn([2, count, length, width], generator=generator, dtype=torch.float64)
        return value.float().double()

    q, k, v = (draw(n).requires_grad_() for n in [heads, key_value_heads, key_value_heads])
    out_gradient = draw(heads)
    out = causal_attention(q, k, v, **options)
    out.backward(out_gradient)
    return {"q": q, "k": k, "v": v, "do": out_gradient, "o": out,
            "dq": q.grad, "dk": k.grad, "dv": v.grad}


def write_attention(file, seed):
    generator = torch.Generator().manual_seed(seed)
    # For 4 heads: 2^-2, 2^-4, 2^-6, 2^-8 (Press et al., 2022, section 3).
    slopes = torch.tensor([2.0 ** (-2 * (h + 1)) for h in range(4)], dtype=torch.float64)
    alibi = attention_case(generator, 4, 4, 11, 8, slopes=slopes, window=5)
    grouped = attention_case(generator, 4, 2, 9, 8)
    tensors = {f"alibiWindow.{name}": t for name, t in alibi.items()}
    tensors["alibiWindow.slopes"] = slopes
    tensors |= {f"grouped.{name}": t for name, t in grouped.items()}
    save_file(stored(tensors), FOLDER / file)
    print(file, len(tensors), "tensors")


def main():
    torch.set_num_threads(1)
    write_model("gpt.safetensors", GPT, seed=1)
    write_model("llama.safetensors", LLAMA, seed=2)
    write_training("adamw.json", seed=1)
    write_attention("attention.safetensors", seed=3)


if __name__ == "__main__":
    main()
