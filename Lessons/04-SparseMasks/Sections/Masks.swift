import LessonKit
import Plotting
import SmallTransformer

/// Section "Nine masks": each mask, drawn.
extension SparseMasksLesson {
  func showMasks(_ notebook: Notebook, _ experiment: Experiment) throws {
    notebook.heading("Nine masks")
    notebook.say(
      """
      A pattern says one thing: **which keys a query looks at**, as ranges. These ranges determine \
      whether a pair is kept, how many pairs there are, which blocks a kernel must enter, and the \
      picture. The keys depend only on the position of the query, never on the length of the text. \
      So prefill and decoding token by token see the same keys.
      """)
    notebook.show("SparsePattern", in: "Sources/SmallTransformer/Patterns/SparsePattern.swift")
    notebook.say("Here are two of the nine masks. The others are as short and in the same folder.")
    notebook.show("Strided", in: "Technique/Strided.swift", focus: "package func keys(of")
    notebook.show("GlobalTokens", in: "Technique/GlobalTokens.swift", focus: "package func keys(of")
    let length = experiment.pictureLength
    notebook.showLearners(Self.windowMask)
    notebook.showLearners(Self.stridedKeys)
    let pictures = try notebook.step("draw-masks", "Draw each mask") {
      try withLearners(experiment.picturedPatterns, notebook, length: length).map { _, pattern in
        (name: pattern.name, values: pattern.picture(length: length))
      }
    }
    try notebook.figure(
      "masks",
      HeatMapSheet(
        title: "Which keys a query looks at",
        maps: pictures.map { name, values in
          HeatMap(
            title: name, values: values, rows: length, columns: length, xLabel: "key",
            yLabel: "query",
            colors: .categories([
              .init("left out", Palette.background), .init("kept", Palette.foreground),
            ]), barLabel: "", gapLabel: "future (masked)")
        }, across: 3),
      caption: """
        Nine masks over \(length) tokens. Dark pairs are kept, gray pairs are in the future. A \
        window is a band. A stride gives parallel diagonals, the fixed mask gives columns, and \
        global tokens give a cross. Random blocks and block-sparse masks are made of squares.
        """)
  }
}
