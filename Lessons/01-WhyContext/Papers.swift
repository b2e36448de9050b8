import LessonKit

/// What this lesson stands on.
enum Papers {
  static let all = [
    Paper(
      authors: "Lewis et al.", year: 2020,
      title: "Retrieval-augmented generation for knowledge-intensive NLP tasks",
      section: "section 2", link: "https://arxiv.org/abs/2005.11401"),
    Paper(
      authors: "Brown et al.", year: 2020, title: "Language models are few-shot learners",
      section: "section 2", link: "https://arxiv.org/abs/2005.14165"),
    Paper(
      authors: "Arora et al.", year: 2023,
      title: "Zoology: measuring and improving recall in efficient language models",
      link: "https://arxiv.org/abs/2312.04927"),
  ]
}
