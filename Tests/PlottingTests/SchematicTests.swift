import Foundation
import Plotting
import Testing

@Suite struct SchematicTests {
  private func drawn(_ figure: any Figure) throws -> Pixels {
    var result: Pixels?
    try withFolder { folder in
      let url = folder.appendingPathComponent("schematic.png")
      try figure.write(to: url)
      result = try Pixels(url)
    }
    return try #require(result)
  }

  @Test func theTextHasEveryElementAtItsPlace() {
    var page = Schematic("Two places", columns: 24, rows: 7)
    page.box(column: 0, row: 0, width: 8, height: 5, "A", foot: "1 GB")
    page.cells(column: 2, row: 2, rows: 1, columns: 2, cellWidth: 2) { _, index in
      .init(index == 0 ? .solid(.window) : .empty)
    }
    page.arrow(row: 2, from: 8, to: 14, "go")
    page.node(column: 14, row: 2, width: 5, "B")
    page.arrow(column: 16, from: 3, to: 5, "down")
    page.bracket(row: 6, from: 0, to: 8, "x")
    page.line([.init(20.5, 0.5), .init(22.5, 0.5), .init(22.5, 2.5)])
    page.key(.solid(.window), "kept")
    #expect(
      page.text == """
        Two places
        ┌ A ───┐            ──┐
        │      │              │
        │ █ ·  │─go──▶[ B ]   │
        │      │        │ down
        └ 1 GB ┘        ▼

        ╰─ x ──╯
        █ kept
        """)
  }

  @Test func fillsHaveTheColorsOfTheirConcepts() throws {
    var page = Schematic("t", columns: 20, rows: 4)
    page.cells(column: 0, row: 0, rows: 1, columns: 5, cellWidth: 4, cellHeight: 2) { _, index in
      index == 4 ? nil : .init(index < 2 ? .solid(.rope) : .absent)
    }
    let pixels = try drawn(page)
    // Two cells of 4 × 2 letters of 24 × 48 pixels, without their borders.
    let whole = Double(2 * 96 * 96)
    #expect((0.8...1).contains(Double(pixels.count(Concept.rope.color)) / whole))
    #expect((0.8...1).contains(Double(pixels.count(Palette.noValue)) / whole))
  }

  @Test func anArrowHasAHeadAtItsEnd() throws {
    func ink(_ hasHead: Bool) throws -> Int {
      var page = Schematic("t", columns: 20, rows: 3)
      page.arrow(row: 1, from: 2, to: 18, hasHead: hasHead, color: Concept.window.color)
      return try drawn(page).count(Concept.window.color)
    }
    #expect(try ink(true) > ink(false) + 60)
  }

  @Test func whatLeavesThePageIsAnError() throws {
    var page = Schematic("t", columns: 20, rows: 4)
    #expect(throws: PlottingError.nothingToDraw(title: "t")) { try drawn(page) }
    page.label("a long label at the end", column: 10, row: 0)
    let problem = #expect(throws: PlottingError.self) { try drawn(page) }
    #expect(problem?.description.contains("\"a long label at the end\" is outside") == true)
    #expect(page.text == nil)
    var high = Schematic("t", columns: 20, rows: 40)
    high.label("x", column: 0, row: 0)
    #expect(throws: PlottingError.self) { try drawn(high) }
  }

  @Test func conceptsThatMeetHaveDifferentColors() {
    let together: [[Concept]] = [
      [.standardAttention, .tiledAttention, .engineKernel, .window, .reference],
      [
        .standardAttention, .window, .dilated, .strided, .fixedPattern, .globalTokens, .sinks,
        .randomBlocks,
      ],
      [.sinusoidal, .learnedPositions, .rope, .alibi, .noPositions],
      [.rope, .interpolation, .ntkAware, .yarn, .alibi],
      [.rope, .alibi, .noPositions, .sinusoidal, .ropeInWindows],
      [.multiHead, .groupedQuery, .multiQuery, .latentAttention],
      [.keepAll, .recomputed, .selective, .fullRecomputation, .revolve, .routed],
      [.standardAttention, .linearLayers],
      [.wholeText, .truncatedText, .retrieval, .summary],
      [.weights, .gradients, .optimizer, .activations, .cache, .logits, .workspace],
    ]
    for concepts in together {
      #expect(Set(concepts.map(\.color)).count == concepts.count, "\(concepts)")
    }
  }
}
