import LessonKit

/// What this lesson stands on.
enum Papers {
  static let all = [
    Paper(
      authors: "Ainslie et al.", year: 2023,
      title: "CoLT5: faster long-range transformers with conditional computation",
      section: "section 3", link: "https://arxiv.org/abs/2303.09752"),
    Paper(
      authors: "Raposo et al.", year: 2024,
      title:
        "Mixture-of-Depths: dynamically allocating compute in transformer-based language models",
      section: "section 3", link: "https://arxiv.org/abs/2404.02258"),
    Paper(
      authors: "Lei et al.", year: 2023,
      title: "Conditional adapters: parameter-efficient transfer learning with fast inference",
      section: "section 3.2", link: "https://arxiv.org/abs/2304.04947"),
  ]
}
