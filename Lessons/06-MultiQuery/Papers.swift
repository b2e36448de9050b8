import LessonKit

/// What this lesson stands on.
enum Papers {
  static let all = [
    Paper(
      authors: "Shazeer", year: 2019,
      title: "Fast transformer decoding: one write-head is all you need",
      section: "section 3", link: "https://arxiv.org/abs/1911.02150"),
    Paper(
      authors: "Ainslie et al.", year: 2023,
      title: "GQA: training generalized multi-query transformer models from multi-head checkpoints",
      section: "section 2", link: "https://arxiv.org/abs/2305.13245"),
    Paper(
      authors: "Jiang et al.", year: 2023, title: "Mistral 7B", section: "section 2",
      link: "https://arxiv.org/abs/2310.06825"),
  ]
}
