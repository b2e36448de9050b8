/// The masks of this lesson, in the order of its page. `Experiment` gives each one its pattern, at
/// the sizes of each test.
package enum Mask: String, CaseIterable, Codable, Sendable {
  case causal
  case window
  case dilated
  case strided
  case fixed
  case global
  case randomBlocks = "random-blocks"
  case blockSparse = "block-sparse"
  case sinks
}
