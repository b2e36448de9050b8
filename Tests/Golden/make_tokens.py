#!/usr/bin/env python3
"""Token ids by Hugging Face's `tokenizers`, for the tests of byte-level BPE.

    python make_tokens.py SmolLM2-135M-Instruct.Q4_1.gguf

Needs `tokenizers`, `gguf`, and Debian's program `bible`. It writes
  small-tokenizer.json  a tokenizer with 700 tokens, trained here
  tokens.json           awkward texts with their ids by it and by SmolLM2's tokenizer; a whole book
"""

import base64
import json
import pathlib
import random
import subprocess
import sys

from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).resolve().parent
BOOK = ["bible", "-f", "gen1:1-rev22:21"]


def cut():
    """SmolLM2's pre-tokenizer."""
    return pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])


def published(path):
    """SmolLM2's tokenizer, from the GGUF file's vocabulary and merges."""
    fields = GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"].contents()]
    result = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    result.pre_tokenizer = cut()
    result.decoder = decoders.ByteLevel()
    special = [t for t, kind in zip(tokens, kinds) if kind == 3]
    result.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in special])
    return result


def small(book):
    """A tokenizer of 700 tokens, trained on the beginning of the book. It has no token for the byte
    0xFF, and a control token that is the beginning of another."""
    result = Tokenizer(models.BPE())
    result.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    result.decoder = decoders.ByteLevel()
    alphabet = sorted(set(pre_tokenizers.ByteLevel.alphabet()) - {"ÿ"})
    result.train_from_iterator([book[:60_000], "\n\n    \n\t'll 've 12 34 ä€😀" * 40], trainers.BpeTrainer(
        vocab_size=700, initial_alphabet=alphabet, show_progress=False,
        special_tokens=["<|a|>", "<|a|>b", "<|end|>", "<|im_start|>", "<|im_end|>"]))
    return result


def texts():
    """Bytes that are awkward for a tokenizer."""
    plain = [
        "", " ", "  ", "   ", "\n", "\n\n", "\n\n\n", "\t", "\r\n", "\r\n\r\n", " \n", "\n ", " \n ", "\t\t x",
        "a", " a", "  a", "a ", "a  ", "a  b", "a   b", "a\nb", "a\n\nb", "a \n b", "a\t\tb", "\u00a0", "a\u00a0b",
        "\u00a0\u00a0a", "a\u2003\u2003b", "\u3000\u3000a", "\u2028x", "\u0085x", "x\u200bx", "\ufeffx",
        "0", "7", "42", "123", "1234567890", " 1", "  1", " 12 ", "1 2  3", "3.14159", "1,000,000", "0x1F", "1e-5",
        "a1b2", "a 1b", "100%", "$5", "2026-11-26", "12:30", "٣٤٥", "１２３", "Ⅷ", "½", "x²", "①②", "१२३", "五",
        "I'm", "I'll", "I've", "he's", "they're", "don't", "we'd", "I'M", "I'LL", "'s", "''s", "'sa", "' s", " 's",
        "'tis", "'re'ello", "'r", "'v", "'l", "'", "''", "can't've", "o'clock", "it’s", "’s", "x'll'll", "'d'd1's",
        "Hello, world!", "Hello,world", "HELLO", "hello", "Hello\nWorld", "...", "....", " ...", "!!!", "?!", "--",
        "—", "“quoted”", "(a)", "[b]", "{c}", "<d>", "a_b", "a-b", "a/b", "\\n", "#", "##", "###", "# Title", "@x",
        "e\u0301", "é", "E\u0301\u0302", "ñ", "ß", "ſ", "ﬁ", "Å", "\u212b", "İ", "ı", "Ǆ", "ʰ", "ª",
        "naïve café", "Ελληνικά", "русский текст", "עברית", "العربية", "हिन्दी", "ไทย", "한국어", "한", "日本語",
        "中文字符", "你好，世界！", "カタカナ", "ｈａｌｆ", "ᚠᛇᚻ", "𝔘𝔫𝔦", "𝟘𝟙", "𐍈", "𒀀", "𠀀", "\u0e01\u0e33",
        "😀", "😀😀", " 😀", "👨‍👩‍👧", "👍🏽", "🇩🇪", "☃", "☃️", "a😀b", "😀1", "1😀", "\U0010ffff", "\U000e0001",
        "def f(x):\n    return x + 1\n", "for (int i = 0; i < n; i++) {\n\t\ta[i] += 2;\n}", "if (a && b || !c)",
        "let x: [String: Int] = [:]", "SELECT * FROM t WHERE a >= 10;", "<p class=\"x\">&amp;</p>", "a=>b", "x->y",
        "http://example.org/a?b=c&d=%20", "user@example.org", "C:\\dir\\file.txt", "/usr/bin/env", "${HOME}",
        "\x00", "a\x00b", "\x01\x02", "\x04\x06\x13\x14\x16\x1d", "\x1b[31m", "\x7f", "\u0080", "\ue000", "\ufffd",
        "<|im_start|>user\nHi<|im_end|>\n", "<|im_start|>", "<|im_end|>x", " <|im_end|> ", "<|im_start|",
        "<|endoftext|><|endoftext|>", "<|im_<|im_end|>", "<repo_name>a", "<|a|>", "<|a|>b", "<|a|>bb", "x<|a|>c",
        "<|end|>1", "1<|end|>", "<|<|a|>", "word" * 40, "ab" * 500, "a" * 3000, " " * 300, "\n" * 200, "1" * 100,
        " " * 50 + "x", "\t" * 17 + "y", "'s" * 60, "é" * 90, "😀" * 40, "!?" * 70, "aA" * 64, "the" * 33, "\r" * 9,
        "The quick brown fox jumps over the lazy dog. " * 5, "antidisestablishmentarianism" * 3,
    ]
    raw = [
        b"\xff", b"\xfe\xff", b"a\xffb", b"\x80", b"\x80\x80", b"\xc3", b"\xc3(", b"\xe2\x82", b"\xe2\x82a",
        b"\xe2\x28\xa1", b"\xf0\x9f\x98", b"\xf0\x9f\x98 x", b"\xf0\x9fx", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80", b"\xe0\x80\xaf", b" \xff ", b"1\xff2", b"\xc3\xa9\xc3", b"ok\xe6\x97\xa5\xe6",
    ]
    chance = random.Random(1)
    mixed = []
    for _ in range(24):
        letters = "ab1 \n\t'slé😀中.<|" + chance.choice(["\u00a0", "²", "\u0301", "Z"])
        mixed.append("".join(chance.choice(letters) for _ in range(chance.randint(5, 80))))
    return [t.encode() for t in plain] + raw + [t.encode() for t in mixed]


def checksum(ids):
    """FNV-1a of the ids as 32-bit little-endian numbers."""
    value = 0xCBF29CE484222325
    for i in ids:
        for byte in i.to_bytes(4, "little"):
            value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def main():
    book = subprocess.run(BOOK, capture_output=True, check=True).stdout.decode()
    smollm2, own = published(sys.argv[1]), small(book)
    own.save(str(HERE / "small-tokenizer.json"), pretty=False)
    lines = []
    for data in texts():
        text = data.decode("utf-8", errors="replace")
        lines.append(json.dumps({
            "bytes": base64.b64encode(data).decode(),
            "smollm2": smollm2.encode(text, add_special_tokens=False).ids,
            "small": own.encode(text, add_special_tokens=False).ids}))
    ids = smollm2.encode(book, add_special_tokens=False).ids
    own_ids = own.encode(book, add_special_tokens=False).ids
    whole = {"command": BOOK, "bytes": len(book.encode()),
             "smollm2": {"count": len(ids), "checksum": checksum(ids)},
             "small": {"count": len(own_ids), "checksum": checksum(own_ids)}}
    (HERE / "tokens.json").write_text(
        '{"texts": [\n' + ",\n".join(lines) + '\n],\n"book": ' + json.dumps(whole) + "}\n")
    print(len(lines), "texts;", whole)


if __name__ == "__main__":
    main()
