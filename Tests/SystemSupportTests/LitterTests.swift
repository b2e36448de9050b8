import Foundation
import SystemSupport
import Testing

@Suite struct LitterTests {
  private static let id = "0DD2F6E3-8E2C-4D6D-A4F2-7B6C5E2C0F11"

  /// Makes an old file, or a folder with a file if the name ends in a slash.
  private func make(_ name: String, in folder: ScratchFolder, age: Double) throws {
    let url = folder.file(name)
    if name.hasSuffix("/") {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      try Data("text".utf8).write(to: url.appendingPathComponent("inside"))
    } else {
      try Data("text".utf8).write(to: url)
    }
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -age)], ofItemAtPath: url.path)
  }

  private func names(_ folder: ScratchFolder) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.url.path))
  }

  @Test func onlyOurOldFilesAreRemoved() throws {
    let (folder, temporary) = (try ScratchFolder(), try ScratchFolder())
    let day = 24.0 * 3600
    let ours = [".run.json.\(Self.id).partial", ".lab-\(Self.id).partial"]
    let others = [
      "run.json.\(Self.id).partial", ".run.json.\(Self.id)", ".\(Self.id).part", ".x.partial",
      ".\(Self.id.dropLast()).partial", "run.json", "longcontextlab-figure-\(Self.id).png",
      "..\(Self.id).partial/",
    ]
    for name in ours + others { try make(name, in: folder, age: day + 60) }
    let young = ".lab-\(UUID().uuidString).partial"
    try make(young, in: folder, age: day - 600)
    let ourTemporary = ["longcontextlab-figure-\(Self.id).png", "longcontextlab-x-\(Self.id)/"]
    let otherTemporary = [
      "figure-\(Self.id).png", "longcontextlab-notes", "longcontextlab-\(Self.id.dropLast()).png",
      ".run.json.\(Self.id).partial",
    ]
    for name in ourTemporary + otherTemporary { try make(name, in: temporary, age: day + 60) }
    let youngTemporary = "longcontextlab-figure-\(UUID().uuidString).png"
    try make(youngTemporary, in: temporary, age: day - 600)
    Litter.sweep(
      partialsIn: [folder.url, folder.file("absent")], temporary: temporary.url)
    let kept = Set(others.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
    #expect(try names(folder) == kept.union([young]))
    #expect(try names(temporary) == Set(otherTemporary).union([youngTemporary]))
  }

  /// A link with our name stands for a file that is not ours.
  @Test func linksAreNotFollowed() throws {
    let (folder, target) = (try ScratchFolder(), try ScratchFolder())
    try make("file", in: target, age: 9e5)
    for name in [".lab-\(Self.id).partial", "longcontextlab-x-\(Self.id)"] {
      try FileManager.default.createSymbolicLink(
        at: folder.file(name), withDestinationURL: target.url)
    }
    Litter.sweep(
      partialsIn: [folder.url], temporary: folder.url, now: Date(timeIntervalSinceNow: 9e5))
    #expect(try names(target) == ["file"])
  }

  /// The names of `AtomicFile` are those that are swept.
  @Test func partialFilesAreFound() throws {
    let folder = try ScratchFolder()
    #expect(throws: SystemError(code: ENOENT)) {
      try AtomicFile.replace(folder.file("file")) { file throws(SystemError) in
        try file.append(Data("text".utf8))
        Litter.sweep(
          partialsIn: [folder.url], temporary: folder.file("absent"),
          now: Date(timeIntervalSinceNow: 9e5))
      }
    }
    #expect(try names(folder) == [])
    let name = Litter.temporaryPath("kind", pathExtension: "png").lastPathComponent
    #expect(name.hasPrefix("longcontextlab-kind-") && name.hasSuffix(".png"))
  }
}
