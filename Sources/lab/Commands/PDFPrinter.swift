import ArgumentParser
import Foundation
import SystemSupport

/// Paper that a printer has.
enum PaperSize: String, CaseIterable, ExpressibleByArgument {
  case a4, letter
}

/// The pages of a PDF file.
enum PDFPageSize {
  case paper(PaperSize)
  /// As wide as a projector; a slide fills it.
  case slide

  /// CSS for the page.
  var style: String {
    switch self {
    case .paper(.a4): "@page { size: A4; }"
    case .paper(.letter): "@page { size: letter; }"
    case .slide: "@page { size: 297mm 167mm; margin: 0; }"
    }
  }
}

/// Prints a page into a PDF file, with Chromium.
struct PDFPrinter {
  private let browser: URL

  /// - Throws: `ChromiumMissing`.
  init() throws {
    let names = ["chromium", "chromium-browser", "google-chrome", "chrome"]
    guard let browser = names.lazy.compactMap({ Program.find($0) }).first else {
      throw ChromiumMissing(
        description:
          "PDF needs Chromium, and it is not installed. Install it (on Debian: 'sudo apt-get install "
          + "chromium'), or write --to html and print that page in any browser.")
    }
    self.browser = browser
  }

  /// - Throws: `PDFError`.
  func data(of html: String, on size: PDFPageSize) throws -> Data {
    let folder = Litter.temporaryPath("pdf")
    defer { try? FileManager.default.removeItem(at: folder) }
    let (page, target) = (
      folder.appendingPathComponent("page.html"), folder.appendingPathComponent("page.pdf")
    )
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
      let style = "<style>\(size.style)</style></head>"
      try Data(html.replacing("</head>", with: style, maxReplacements: 1).utf8)
        .write(to: page)
    } catch {
      throw PDFError("\(folder.path) cannot be written: \(SystemError(error)).")
    }
    var program = Program(
      browser,
      arguments: [
        "--headless", "--disable-gpu", "--no-pdf-header-footer",
        "--user-data-dir=\(folder.appendingPathComponent("profile").path)",
        "--print-to-pdf=\(target.path)", page.absoluteString,
      ] + (geteuid() == 0 ? ["--no-sandbox"] : []))
    program.timeLimit = 120
    program.outputLimit = 10_000
    let result = try program.run()
    guard result.end == .exit(0), let data = try? Data(contentsOf: target), !data.isEmpty else {
      throw PDFError(
        "\(browser.lastPathComponent) printed no PDF (\(result.end)). Write --to html and print that "
          + "page in a browser.")
    }
    return data
  }
}

struct PDFError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A PDF needs a browser, and there is none.
struct ChromiumMissing: Error, CustomStringConvertible {
  let description: String
}
