import Corpora
import LessonKit
import SmallTransformer

/// The section "Where the models look": attention within and beyond the trained length.
extension PositionsLesson {
  func showAttention(
    _ notebook: Notebook, _ experiment: Experiment, _ book: Corpus, _ models: SchemeModels
  ) throws {
    notebook.heading("Where the models look")
    notebook.say(
      """
      This is the attention of each model in its second layer, averaged over its heads: first \
      within the trained length, then at four times the length. Dark means much attention. Each \
      row is a query. It sees only the keys up to its own position.
      """)
    let (inside, beyond) = (experiment.trainedLength, 4 * experiment.trainedLength)
    let window = try notebook.heldOutWindows(book, length: beyond, tokenCount: beyond)[0]
    let (near, far) = notebook.step("attention-maps", "Compute attention within and beyond T") {
      func maps(_ length: Int) -> Keyed<Scheme, [[Float]]> {
        models.mapValues { $1[0].model.attentionMaps(Array(window.prefix(length)), layer: 1) }
      }
      return (maps(inside), maps(beyond))
    }
    try notebook.figure(
      "attention-inside", attentionMaps("Attention within the trained length", near),
      caption: """
        Up to T = \(inside) tokens. RoPE and ALiBi look along the diagonal, at near keys. A model \
        that has not learned the order chooses keys by their content. Such keys are the columns.
        """)
    try notebook.figure(
      "attention-beyond", attentionMaps("Attention at four times the trained length", far),
      caption: """
        Up to \(beyond) tokens. ALiBi looks the same as before. RoPE has stripes beyond row \
        \(inside): at these offsets its fast pairs return to angles that it saw in training, and \
        training never taught it to ignore such far keys.
        """)
  }
}
