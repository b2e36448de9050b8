import LessonKit

/// What this lesson stands on.
enum Papers {
  static let all = [
    Paper(
      authors: "Vaswani et al.", year: 2017, title: "Attention is all you need",
      section: "section 3.5", link: "https://arxiv.org/abs/1706.03762"),
    Paper(
      authors: "Su et al.", year: 2021,
      title: "RoFormer: Enhanced transformer with rotary position embedding",
      section: "section 3", link: "https://arxiv.org/abs/2104.09864"),
    Paper(
      authors: "Press, Smith and Lewis", year: 2022,
      title:
        "Train short, test long: attention with linear biases enables input length extrapolation",
      section: "section 3 and appendix B", link: "https://arxiv.org/abs/2108.12409"),
    Paper(
      authors: "Haviv et al.", year: 2022,
      title:
        "Transformer language models without positional encodings still learn positional information",
      section: "section 4", link: "https://arxiv.org/abs/2203.16634"),
    Paper(
      authors: "Chen et al.", year: 2023,
      title: "Extending context window of large language models via positional interpolation",
      section: "section 2", link: "https://arxiv.org/abs/2306.15595"),
    Paper(
      authors: "Peng et al.", year: 2023,
      title: "YaRN: Efficient context window extension of large language models",
      section: "section 3", link: "https://arxiv.org/abs/2309.00071"),
  ]
}
