import LessonKit

/// What this lesson stands on.
enum Papers {
  static let all = [
    Paper(
      authors: "Vaswani et al.", year: 2017, title: "Attention is all you need", section: "table 1",
      link: "https://arxiv.org/abs/1706.03762"),
    Paper(
      authors: "Chowdhery et al.", year: 2022,
      title: "PaLM: scaling language modeling with pathways", section: "appendix B",
      link: "https://arxiv.org/abs/2204.02311"),
    Paper(
      authors: "Touvron et al.", year: 2023,
      title: "LLaMA: open and efficient foundation language models",
      section: "section 2.4 and table 15", link: "https://arxiv.org/abs/2302.13971"),
  ]
}
