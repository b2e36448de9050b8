import LessonKit

/// What this lesson stands on.
enum Papers {
  static let all = [
    Paper(
      authors: "Milakov and Gimelshein", year: 2018,
      title: "Online normalizer calculation for softmax", section: "section 3",
      link: "https://arxiv.org/abs/1805.02867"),
    Paper(
      authors: "Rabe and Staats", year: 2021,
      title: "Self-attention does not need O(n²) memory", section: "section 2",
      link: "https://arxiv.org/abs/2112.05682"),
    Paper(
      authors: "Dao, Fu, Ermon, Rudra and Ré", year: 2022,
      title: "FlashAttention: fast and memory-efficient exact attention with IO-awareness",
      section: "section 3, theorems 1 and 2", link: "https://arxiv.org/abs/2205.14135"),
    Paper(
      authors: "Dao", year: 2023,
      title: "FlashAttention-2: faster attention with better parallelism and work partitioning",
      section: "section 3.1", link: "https://arxiv.org/abs/2307.08691"),
  ]
}
