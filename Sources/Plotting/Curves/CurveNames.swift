/// A curve in its frame: its points from left to right, each from (0, 0) at the lower left to (1,
/// 1).
struct CurveTrace {
  var name: String
  var color: Palette.Color
  var points: [(x: Double, y: Double)]

  /// The last point that is seen: where the curve ends or leaves the frame; nil if nothing is seen.
  var end: (x: Double, y: Double)? {
    let shown = -0.001...1.001
    guard let last = points.lastIndex(where: { shown.contains($0.x) && shown.contains($0.y) })
    else { return nil }
    guard last + 1 < points.count else { return points[last] }
    let (inside, outside) = (points[last], points[last + 1])
    var share = 1.0
    if outside.y > 1 { share = min(share, (1 - inside.y) / (outside.y - inside.y)) }
    if outside.y < 0 { share = min(share, inside.y / (inside.y - outside.y)) }
    if outside.x > 1 { share = min(share, (1 - inside.x) / (outside.x - inside.x)) }
    return (
      inside.x + share * (outside.x - inside.x), inside.y + share * (outside.y - inside.y)
    )
  }

  /// Places at which the name can stand: the end, and then backward along the curve.
  fileprivate var anchors: [(x: Double, y: Double)] {
    guard let end else { return [] }
    let seen = points.filter { $0.x < end.x } + [end]
    return zip(seen, seen.dropFirst()).reversed().flatMap { from, to in
      [1, 0.75, 0.5, 0.25].map { (from.x + $0 * (to.x - from.x), from.y + $0 * (to.y - from.y)) }
    } + seen.prefix(1)
  }
}

/// The name of a curve inside the frame, in pixels.
struct InsideName {
  var text: String
  var x: Double
  var y: Double
  var align: Page.Alignment
  var color: Palette.Color
}

/// What is drawn in the frame, and where names still have room.
struct NameRoom {
  private static let halfLine = 14.0

  private let frame: PixelBox
  private var lines: [(from: (x: Double, y: Double), to: (x: Double, y: Double))] = []

  /// `verticals` are the places of the vertical lines, from 0 to 1.
  init(
    frame: PixelBox, traces: [CurveTrace], _ references: [CurveEnd], _ verticals: [Double]
  ) {
    self.frame = frame
    for trace in traces {
      let pixels = trace.points.map { frame.pixel($0.x, $0.y) }
      lines += zip(pixels, pixels.dropFirst()).map { ($0, $1) }
      if let only = pixels.first, pixels.count == 1 { lines.append((only, only)) }
    }
    lines += references.map { (frame.pixel(0, $0.y), frame.pixel(1, $0.y)) }
    lines += verticals.map { (frame.pixel($0, 0), frame.pixel($0, 1)) }
  }

  /// The names of these curves, each beside its curve and touching nothing; nil if one has no room.
  func names(of traces: [CurveTrace]) -> [InsideName]? {
    var taken: [PixelBox] = []
    var names: [InsideName] = []
    for trace in traces {
      guard let (name, box) = place(trace, taken) else { return nil }
      names.append(name)
      taken.append(box)
    }
    return names
  }

  private func place(_ trace: CurveTrace, _ taken: [PixelBox]) -> (InsideName, PixelBox)? {
    let width = TextStyle.body.width(trace.name)
    for anchor in trace.anchors {
      let (x, y) = frame.pixel(anchor.x, anchor.y)
      for (align, dx, dy) in Self.sides {
        let start = align == .left ? x + dx : x + dx - width
        let box = PixelBox(
          left: start - 4, right: start + width + 4, top: y + dy - Self.halfLine,
          bottom: y + dy + Self.halfLine)
        guard frame.contains(box), !taken.contains(where: box.meets),
          !lines.contains(where: { box.meets($0.from, $0.to) })
        else { continue }
        return (
          InsideName(text: trace.name, x: x + dx, y: y + dy, align: align, color: trace.color), box
        )
      }
    }
    return nil
  }

  /// Right and left of a point, and a little above or below it.
  private static let sides: [(Page.Alignment, dx: Double, dy: Double)] = [
    (.left, 16, 0), (.right, -16, 0), (.left, 14, 20), (.left, 14, -20), (.right, -14, -20),
    (.right, -14, 20),
  ]
}

/// A rectangle in pixels; y runs downward.
struct PixelBox {
  var left: Double
  var right: Double
  var top: Double
  var bottom: Double

  /// The pixel of a place in the box, from (0, 0) at the lower left to (1, 1).
  func pixel(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
    (left + x * (right - left), bottom - y * (bottom - top))
  }

  func contains(_ other: PixelBox) -> Bool {
    other.left >= left && other.right <= right && other.top >= top && other.bottom <= bottom
  }

  func meets(_ other: PixelBox) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }

  /// Whether a part of the line between two points is inside.
  func meets(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double)) -> Bool {
    var (first, last) = (0.0, 1.0)
    for (start, change, low, high) in [
      (from.x, to.x - from.x, left, right), (from.y, to.y - from.y, top, bottom),
    ] {
      if change == 0 {
        if start < low || start > high { return false }
        continue
      }
      let (a, b) = ((low - start) / change, (high - start) / change)
      (first, last) = (max(first, min(a, b)), min(last, max(a, b)))
    }
    return first <= last
  }
}
