import Foundation
import LessonKit
import SystemSupport

/// The whole terminal for `--step`: keys, the second screen, figures.
final class SteppingScreen {
  private let painter: FigurePainter
  private let write: (String) -> Void
  private let keys: TerminalKeys?

  /// `write` writes to standard output.
  init(_ painter: FigurePainter, write: @escaping (String) -> Void) {
    self.painter = painter
    self.write = write
    keys = TerminalKeys()
    keys?.beginScreen()
  }

  /// Shows the first screen again, as it was.
  func end() { keys?.end() }

  var screen: StepPager.Screen {
    StepPager.Screen(
      size: { Terminal.standardOutput.size },
      key: { [keys] in keys?.next().map(StepKey.init) },
      pressed: { [keys] in keys?.pressed().map(StepKey.init) ?? [] }, write: write,
      draw: painter.draw,
      openFigure: { [painter] figure in
        let file = painter.folder.figure(figure.file)
        return Browser.open(file) ? nil : file.path
      })
  }
}
