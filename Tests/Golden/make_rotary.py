"""Writes rotary.json: the frequencies of RoPE for longer texts, from the formulas of the papers.

Plain Python, so that it needs no package. Each entry has its arguments and the result for each pair.

    python3 Tests/Golden/make_rotary.py
"""

import json
import math
from pathlib import Path

BASE = 10_000.0


def frequency(pair, head_dim, base=BASE):
    """Su et al. (2021), section 3.2.2: theta_i = 10000^(-2(i-1)/d), i from 1."""
    return base ** (-2.0 * pair / head_dim)


def interpolated(head_dim, scale):
    """Chen et al. (2023), section 2.3: position m becomes m / s, so each angle is divided by s."""
    return [frequency(pair, head_dim) / scale for pair in range(head_dim // 2)]


def ntk_aware(head_dim, scale):
    """Peng et al. (2023), section 3.1: b' = b s^(|D| / (|D| - 2))."""
    base = BASE * scale ** (head_dim / (head_dim - 2))
    return [frequency(pair, head_dim, base) for pair in range(head_dim // 2)]


def yarn(head_dim, scale, length, alpha, beta):
    """Peng et al. (2023), section 3.2: each pair by its number of rotations within the length."""
    result = []
    for pair in range(head_dim // 2):
        wavelength = 2 * math.pi * BASE ** (2.0 * pair / head_dim)
        ratio = length / wavelength
        if ratio < alpha:
            kept = 0.0
        elif ratio > beta:
            kept = 1.0
        else:
            kept = (ratio - alpha) / (beta - alpha)
        theta = frequency(pair, head_dim)
        result.append((1 - kept) * theta / scale + kept * theta)
    return result


def main():
    entries = []
    for head_dim in (8, 32, 128):
        for scale in (2.0, 4.0, 16.0):
            common = {"headDim": head_dim, "factor": scale}
            entries.append(
                {**common, "scheme": "interpolation", "frequencies": interpolated(head_dim, scale)}
            )
            entries.append({**common, "scheme": "ntk", "frequencies": ntk_aware(head_dim, scale)})
            for length, beta in ((2048, 32.0), (128, 4.0)):
                entries.append(
                    {
                        **common,
                        "scheme": "yarn",
                        "trainedLength": length,
                        "beta": beta,
                        # Section 3.4: sqrt(1 / t) = 0.1 ln(s) + 1.
                        "magnitude": 0.1 * math.log(scale) + 1,
                        "frequencies": yarn(head_dim, scale, length, 1.0, beta),
                    }
                )
    path = Path(__file__).parent / "rotary.json"
    path.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in entries) + "\n]\n")


main()
