/// The texts and settings of one picture, as commands for gnuplot. Positions are in pixels from
/// the upper left corner.
struct Page {
  enum Alignment: String {
    case left, center, right
  }

  /// White space along all edges.
  static let margin = 20

  let width: Int
  let height: Int
  private(set) var texts: [String] = []

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }

  /// The same for every figure: encoding, size, typeface, background.
  var settings: String {
    """
    set encoding utf8
    set terminal pngcairo size \(width),\(height) noenhanced font \(TextStyle.body.font) \
    background "\(Palette.background.hex)"
    set output
    set border 3 lw 2 lc rgb "\(Palette.foreground.hex)"
    set pointintervalbox 0
    unset key
    unset xtics
    unset ytics
    """
  }

  /// A position as gnuplot's screen coordinates, which run from 0 to 1 and upward.
  func screen(_ x: Double, _ y: Double) -> String {
    "screen \(x / Double(width)), screen \(1 - y / Double(height))"
  }

  /// Writes one line of text, vertically centered at `y`; `upward` rotates it by 90 degrees.
  mutating func write(
    _ text: String, x: Double, y: Double, _ style: TextStyle = .body,
    align: Alignment = .center, upward: Bool = false, color: Palette.Color = Palette.foreground
  ) {
    texts.append(
      "set label \(Gnuplot.quoted(text)) at \(screen(x, y)) \(align.rawValue) "
        + "\(upward ? "rotate by 90 " : "")font \(style.font) textcolor rgb \"\(color.hex)\" front")
  }

  /// Writes the lines of a title at the top of the page, centered.
  mutating func write(titleLines: [String]) {
    for (index, line) in titleLines.enumerated() {
      let y = Self.margin + TextStyle.title.lineHeight * index + 16
      write(line, x: Double(width) / 2, y: Double(y), .title)
    }
  }
}
