import LessonKit

/// What this lesson stands on.
enum Papers {
  static let all = [
    Paper(
      authors: "Rajbhandari et al.", year: 2020,
      title: "ZeRO: memory optimizations toward training trillion parameter models",
      section: "sections 3 and 5", link: "https://arxiv.org/abs/1910.02054"),
    Paper(
      authors: "Korthikanti et al.", year: 2022,
      title: "Reducing activation recomputation in large transformer models",
      section: "section 4", link: "https://arxiv.org/abs/2205.05198"),
    Paper(
      authors: "Touvron et al.", year: 2023,
      title: "LLaMA: open and efficient foundation language models", section: "table 2",
      link: "https://arxiv.org/abs/2302.13971"),
    Paper(
      authors: "DeepSeek-AI", year: 2024,
      title: "DeepSeek-V2: a strong, economical, and efficient mixture-of-experts language model",
      section: "section 2.1", link: "https://arxiv.org/abs/2405.04434"),
  ]
}
