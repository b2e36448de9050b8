import Foundation
import SystemSupport

/// The Jargon File, as its Debian package brings it: one compressed text, found by asking `dpkg`.
func jargonFile(_ programs: CorpusPrograms) throws(CorpusError) -> [UInt8] {
  let name = CorpusSource.jargon.name
  let package = "jargon-text"
  guard let dpkg = Program.find(programs.dpkg) else {
    throw .notInstalled(text: name, package: package)
  }
  let listing: [UInt8]
  do {
    listing = try runProgram(dpkg, ["-L", package])
  } catch .programFailed {
    throw .notInstalled(text: name, package: package)
  }
  let paths = String(decoding: listing, as: UTF8.self).split(separator: "\n")
  guard let file = paths.first(where: { $0.hasSuffix("/jargon.txt.gz") }).map(String.init) else {
    throw .unexpectedOutput(program: dpkg.path, reason: "package \(package) lists no jargon.txt.gz")
  }
  guard FileManager.default.fileExists(atPath: file) else {
    throw .leftOut(text: name, package: package, file: file)
  }
  guard let gzip = Program.find(programs.gzip) else {
    throw .notInstalled(text: "program gzip, which unpacks the \(name),", package: "gzip")
  }
  let text = try runProgram(gzip, ["-dc", file])
  guard !text.isEmpty else { throw .empty(file: file) }
  return text
}
