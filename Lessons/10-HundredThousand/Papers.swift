import LessonKit

/// What this lesson stands on.
enum Papers {
  static let all = [
    Paper(
      authors: "Gemma Team", year: 2024,
      title: "Gemma 2: improving open language models at a practical size", section: "section 2",
      link: "https://arxiv.org/abs/2408.00118"),
    Paper(
      authors: "Yang et al.", year: 2025,
      title: "Rope to Nope and back again: a new hybrid attention strategy",
      link: "https://arxiv.org/abs/2501.18795"),
    Paper(
      authors: "Chiang and Cholak", year: 2022,
      title: "Overcoming a theoretical limitation of self-attention",
      link: "https://arxiv.org/abs/2202.12172"),
    Paper(
      authors: "Mohtashami and Jaggi", year: 2023,
      title: "Landmark attention: random-access infinite context length for transformers",
      link: "https://arxiv.org/abs/2305.16300"),
  ]
}
