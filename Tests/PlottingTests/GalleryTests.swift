import Foundation
import Plotting
import Testing

@Suite struct GalleryTests {
  @Test(arguments: Gallery.figures.map(\.name))
  func everyKindOfFigureIsWritten(name: String) throws {
    let figure = try #require(Gallery.figures.first { $0.name == name }).figure
    try withFolder(keptIn: ProcessInfo.processInfo.environment["PLOTTING_GALLERY"]) { folder in
      let url = folder.appendingPathComponent(name + ".png")
      try figure.write(to: url)
      let bytes = try Data(contentsOf: url)
      #expect(Array(bytes.prefix(4)) == [0x89, 0x50, 0x4e, 0x47])
    }
  }
}
