import Foundation
import Plotting
import Testing

@Suite struct GalleryTests {
  @Test(arguments: Gallery.figures.map(\.name))
  func nothingIsCutOffAtTheEdgeOfThePage(name: String) throws {
    let figure = try #require(Gallery.figures.first { $0.name == name }).figure
    try withFolder(keptIn: ProcessInfo.processInfo.environment["PLOTTING_GALLERY"]) { folder in
      let url = folder.appendingPathComponent(name + ".png")
      try figure.write(to: url)
      let pixels = try Pixels(url)
      let pixel = pixels.firstPixelAtTheEdge(within: 4)
      #expect(pixel == nil)
      let white = pixels.count(Palette.background)
      let all = pixels.width * pixels.height
      #expect(white > 0 && white < all)
    }
  }
}
