import LessonKit

/// What this lesson stands on.
enum Papers {
  static let all = [
    Paper(
      authors: "Child et al.", year: 2019,
      title: "Generating long sequences with sparse transformers", section: "section 4",
      link: "https://arxiv.org/abs/1904.10509"),
    Paper(
      authors: "Beltagy, Peters and Cohan", year: 2020,
      title: "Longformer: the long-document transformer", section: "section 3.1",
      link: "https://arxiv.org/abs/2004.05150"),
    Paper(
      authors: "Zaheer et al.", year: 2020, title: "Big Bird: transformers for longer sequences",
      section: "section 2", link: "https://arxiv.org/abs/2007.14062"),
    Paper(
      authors: "Dao et al.", year: 2022,
      title: "FlashAttention: fast and memory-efficient exact attention with IO-awareness",
      section: "section 3.3", link: "https://arxiv.org/abs/2205.14135"),
    Paper(
      authors: "Xiao et al.", year: 2024,
      title: "Efficient streaming language models with attention sinks", section: "section 3",
      link: "https://arxiv.org/abs/2309.17453"),
  ]
}
