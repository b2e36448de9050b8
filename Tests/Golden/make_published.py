#!/usr/bin/env python3
"""Reference numbers for published weights: blocks of GGUF's types, and the logits of models.

    python make_published.py SmolLM2-135M-Instruct.Q4_1.gguf

Needs `torch`, `numpy`, `gguf`, `safetensors`, Debian's program `bible`, and the files of make_tokens.py.
It writes
  blocks.json           random blocks of every type that is read, and their values by PyPI's `gguf`
  tiny-llama.gguf       a LLaMA with random weights in several types, and small-tokenizer.json's tokens
  tiny-llama/           the same model as Hugging Face writes it, in 16-bit floats
  tiny-llama.json       the logits of both
  smollm2.json          logits of SmolLM2 at some positions of 512 tokens of the Bible
The models here are plain PyTorch in Float64 (SmolLM2: Float32), written from the formulas.
"""

import base64
import json
import math
import pathlib
import re
import subprocess
import sys

import numpy as np
import torch
from gguf import GGMLQuantizationType as Type
from gguf import GGUFReader, GGUFWriter, TokenType, dequantize, quantize
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
torch.set_grad_enabled(False)


def text(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def blocks():
    """Three random blocks of each type. Factors are random finite halves, not random bits."""
    rng = np.random.default_rng(1)
    sizes = {Type.F32: (1, []), Type.F16: (1, []), Type.BF16: (1, []), Type.Q8_0: (34, [0]),
             Type.Q4_0: (18, [0]), Type.Q4_1: (20, [0, 2]), Type.Q4_K: (144, [0, 2]), Type.Q6_K: (210, [208])}
    result = {}
    for kind, (size, factors) in sizes.items():
        if size == 1:
            values = rng.normal(size=96).astype(np.float32)
            values[:4] = [0, -0.0, 1e-6, -65000]
            data = values if kind == Type.F32 else quantize(values, kind)
            raw = np.frombuffer(np.ascontiguousarray(data).tobytes(), np.uint8)
        else:
            raw = rng.integers(0, 256, (3, size), dtype=np.uint8)
            for row in range(3):
                for place in factors:
                    half = np.array([rng.normal() * 10.0 ** rng.integers(-4, 1)], np.float16)
                    raw[row, place:place + 2] = np.frombuffer(half.tobytes(), np.uint8)
            raw = raw.reshape(-1)
        values = dequantize(raw if size > 1 or kind == Type.BF16 else raw.view(
            np.float32 if kind == Type.F32 else np.float16), kind)
        result[kind.name] = {"type": int(kind), "bytes": text(raw),
                             "values": text(np.asarray(values, np.float32).reshape(-1))}
    (HERE / "blocks.json").write_text(json.dumps(result, indent=1) + "\n")


def rotate(x, base, interleaved):
    """x: [heads, tokens, headDim]; pairs (2i, 2i+1), or (i, i + headDim/2)."""
    tokens, dim = x.shape[1:]
    inverse = base ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    angle = torch.arange(tokens, dtype=torch.float64)[:, None] * inverse
    c, s = torch.cos(angle).to(x.dtype), torch.sin(angle).to(x.dtype)
    if interleaved:
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.stack((a * c - b * s, a * s + b * c), -1).flatten(-2)
    a, b = x[..., :dim // 2], x[..., dim // 2:]
    return torch.cat((a * c - b * s, a * s + b * c), -1)


def norm(x, weight, epsilon):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + epsilon) * weight


def logits(weights, ids, layers, heads, kv_heads, base, epsilon, interleaved=True):
    """[tokens, vocabulary], by weights with GGUF's names; full causal attention."""
    x = weights["token_embd.weight"][ids]
    tokens, width = x.shape
    dim = width // heads
    mask = torch.full((tokens, tokens), -math.inf, dtype=x.dtype).triu(1)
    for layer in range(layers):
        w = {k.split(".", 2)[2]: v for k, v in weights.items() if k.startswith(f"blk.{layer}.")}
        h = norm(x, w["attn_norm.weight"], epsilon)
        q, k, v = ((h @ w[f"attn_{n}.weight"].T).view(tokens, -1, dim).transpose(0, 1) for n in "qkv")
        q, k = rotate(q, base, interleaved), rotate(k, base, interleaved)
        k, v = (t.repeat_interleave(heads // kv_heads, 0) for t in (k, v))
        p = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(dim) + mask, -1)
        x = x + (p @ v).transpose(0, 1).reshape(tokens, width) @ w["attn_output.weight"].T
        h = norm(x, w["ffn_norm.weight"], epsilon)
        up = torch.nn.functional.silu(h @ w["ffn_gate.weight"].T) * (h @ w["ffn_up.weight"].T)
        x = x + up @ w["ffn_down.weight"].T
    head = weights.get("output.weight", weights["token_embd.weight"])
    return norm(x, weights["output_norm.weight"], epsilon) @ head.T


def tiny():
    """Width 64, 2 layers, 4 heads on 2, hidden 96, vocabulary 700, untied; one type after another."""
    tokenizer = json.loads((HERE / "small-tokenizer.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    names = sorted(vocabulary, key=vocabulary.get)
    special = {t["id"] for t in tokenizer["added_tokens"]}
    (width, layers, heads, kv_heads, hidden, base, epsilon) = (64, 2, 4, 2, 96, 20000.0, 1e-6)
    rng = np.random.default_rng(2)
    shapes = {"token_embd.weight": (len(names), width), "output_norm.weight": (width,),
              "output.weight": (len(names), width)}
    for layer in range(layers):
        b = f"blk.{layer}."
        shapes |= {b + "attn_norm.weight": (width,), b + "ffn_norm.weight": (width,),
                   b + "attn_q.weight": (width, width), b + "attn_k.weight": (width // 2, width),
                   b + "attn_v.weight": (width // 2, width), b + "attn_output.weight": (width, width),
                   b + "ffn_gate.weight": (hidden, width), b + "ffn_up.weight": (hidden, width),
                   b + "ffn_down.weight": (width, hidden)}
    kinds = [Type.Q8_0, Type.Q4_1, Type.F16, Type.Q4_0, Type.BF16, Type.F32]
    writer = GGUFWriter(HERE / "tiny-llama.gguf", "llama")
    writer.add_name("Tiny Llama")
    writer.add_organization("Tests")
    writer.add_license("mit")
    writer.add_context_length(128)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(hidden)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_rope_dimension_count(width // heads)
    writer.add_rope_freq_base(base)
    writer.add_layer_norm_rms_eps(epsilon)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(names)
    writer.add_token_types([TokenType.CONTROL if i in special else TokenType.NORMAL for i in range(len(names))])
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(4)
    writer.add_chat_template(
        "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nAnswer.<|im_end|>\n' }}{% endif %}"
        "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}")
    weights = {}
    for index, (name, shape) in enumerate(shapes.items()):
        values = rng.normal(size=shape).astype(np.float32) / (1 if len(shape) == 1 else 8)
        values = values + 1 if len(shape) == 1 else values
        kind = Type.F32 if len(shape) == 1 else kinds[index % len(kinds)]
        if kind in (Type.F32, Type.F16):
            data = values.astype(np.float32 if kind == Type.F32 else np.float16)
            writer.add_tensor(name, data)
            weights[name] = torch.tensor(data.astype(np.float64))
        else:
            data = quantize(values, kind)
            writer.add_tensor(name, data, raw_dtype=kind)
            weights[name] = torch.tensor(dequantize(data, kind).reshape(shape).astype(np.float64))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    ids = rng.integers(5, len(names), 40).tolist()
    first = logits(weights, ids, layers, heads, kv_heads, base, epsilon)
    folder(weights, tokenizer, (width, layers, heads, kv_heads, hidden, base, epsilon))
    rounded = {k: v.half().double() for k, v in weights.items()}
    second = logits(rounded, ids, layers, heads, kv_heads, base, epsilon)
    (HERE / "tiny-llama.json").write_text(json.dumps({
        "ids": ids, "gguf": text(first.float().numpy()[::5]),
        "huggingFace": text(second.float().numpy()[::5])}) + "\n")


def folder(weights, tokenizer, sizes):
    """The model as Hugging Face writes it: rows of queries and keys in the order of halves."""
    (width, layers, heads, kv_heads, hidden, base, epsilon) = sizes
    names = {"attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
             "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
             "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj"}
    top = {"token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
           "output.weight": "lm_head.weight"}
    dim = width // heads
    order = list(range(0, dim, 2)) + list(range(1, dim, 2))
    tensors = {}
    for name, value in weights.items():
        if name in top:
            tensors[top[name]] = value.half()
            continue
        _, layer, part, _ = name.split(".")
        if part in ("attn_q", "attn_k"):
            value = value.view(-1, dim, width)[:, order].reshape(-1, width)
        tensors[f"model.layers.{layer}.{names[part]}.weight"] = value.half().contiguous()
    path = HERE / "tiny-llama"
    path.mkdir(exist_ok=True)
    save_file(tensors, path / "model.safetensors", metadata={"format": "pt"})
    (path / "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": width,
        "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": kv_heads,
        "intermediate_size": hidden, "rope_theta": base, "rope_scaling": None, "rms_norm_eps": epsilon,
        "vocab_size": len(tokenizer["model"]["vocab"]), "max_position_embeddings": 128,
        "tie_word_embeddings": False, "attention_bias": False, "torch_dtype": "float16"}, indent=1) + "\n")
    (path / "tokenizer.json").write_text((HERE / "small-tokenizer.json").read_text())


def smollm2(path):
    """The first 512 tokens of Luke: the 20 largest logits of 16 positions, and every 1,000th logit."""
    import make_tokens
    book = subprocess.run(["bible", "-f", "lk1:1-lk3:38"], capture_output=True, check=True).stdout.decode()
    book = re.sub(r"^\S+ ?", "", book, flags=re.M).replace("\n", " ")
    ids = make_tokens.published(path).encode(book, add_special_tokens=False).ids[:512]
    weights = {t.name: torch.tensor(np.array(dequantize(t.data, t.tensor_type)).reshape(
        tuple(reversed(t.shape.tolist())))) for t in GGUFReader(path).tensors}
    found = logits(weights, ids, 30, 9, 3, 100000.0, 1e-5)
    lost = torch.nn.functional.cross_entropy(found[:-1], torch.tensor(ids[1:]), reduction="none")
    positions = list(range(31, 512, 32))
    best = [torch.topk(found[p], 20) for p in positions]
    (HERE / "smollm2.json").write_text(json.dumps({
        "ids": ids, "positions": positions, "top": [t.indices.tolist() for t in best],
        "topLogits": [[round(v, 5) for v in t.values.tolist()] for t in best],
        "sampledEvery": 1000,
        "sampledLogits": [[round(v, 5) for v in found[p, ::1000].tolist()] for p in positions],
        "meanLoss": lost.mean().item()}) + "\n")
    print("mean loss", lost.mean().item())


if __name__ == "__main__":
    blocks()
    tiny()
    if len(sys.argv) > 1:
        smollm2(sys.argv[1])
