import LessonKit

/// What this lesson stands on.
enum Papers {
  static let all = [
    Paper(
      authors: "Chen et al.", year: 2016, title: "Training deep nets with sublinear memory cost",
      section: "section 4", link: "https://arxiv.org/abs/1604.06174"),
    Paper(
      authors: "Griewank and Walther", year: 2000,
      title: """
        Algorithm 799: Revolve: an implementation of checkpointing for the reverse or adjoint mode \
        of computational differentiation
        """,
      section: "section 2", link: "https://doi.org/10.1145/347837.347846"),
    Paper(
      authors: "Korthikanti et al.", year: 2022,
      title: "Reducing activation recomputation in large transformer models",
      section: "sections 4 and 5", link: "https://arxiv.org/abs/2205.05198"),
    Paper(
      authors: "Dao et al.", year: 2022,
      title: "FlashAttention: fast and memory-efficient exact attention with IO-awareness",
      section: "section 3.1", link: "https://arxiv.org/abs/2205.14135"),
  ]
}
