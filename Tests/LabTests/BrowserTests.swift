import Foundation
import TestSupport
import Testing
import lab

/// The pages as a browser shows them: `Tests/Pages/check_pages.py` opens each page in a headless
/// Chromium, wide and narrow, light and dark. If axe-core has been fetched, it checks them too.
@Suite(
  .serialized, .needs(program: "chromium", "chromium-browser"), .needs(program: "python3"))
struct BrowserTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Pages/check_pages.py")

  /// Where `fetch_axe.py` puts it.
  private static let hasAxe = FileManager.default.fileExists(
    atPath: script.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent(".build/axe/axe.min.js").path)

  private func look(_ pages: [String], _ lab: LabProcess) throws -> LabProcess.Answer {
    let process = try lab.start(
      URL(fileURLWithPath: "/usr/bin/env"), ["python3", Self.script.path] + pages)
    process.waitUntilExit()
    return LabProcess.Answer(
      status: process.terminationStatus, out: lab.text("out"), err: lab.text("err"))
  }

  @Test func everyPagePassesTheBrowserCheck() throws {
    let lab = try LabProcess()
    _ = try lab.run("run", "all", "--scale", "smoke", "--quiet", "--output", "runs")
    let lessons = try FileManager.default.contentsOfDirectory(atPath: lab.path("runs"))
      .filter { $0 != "index.html" && !$0.hasPrefix(".") }.sorted()
    #expect(Set(lessons) == Set(course.cards.map(\.slug)))
    let pages = ["runs/index.html"] + lessons.map { "runs/\($0)/index.html" }
    let answer = try look(pages.map(lab.path), lab)
    #expect(answer.status == 0, "\(answer.out)\(answer.err)")
    #expect(answer.err.hasSuffix("\(pages.count) pages, 0 problems\n"))
    #expect(answer.err.contains("axe-core is not installed") == !Self.hasAxe)
  }

  /// The check must find these problems.
  @Test func problemsOfAPageAreFound() throws {
    let lab = try LabProcess()
    let page = """
      <!doctype html><html lang="en"><head><meta charset="utf-8"><title>x</title></head><body>
      <h1>a</h1><p style="color:#999;background:#fff">pale</p><div style="width:3000px">wide</div>
      <img src="nothing.png"><a href="#gone">b</a> <a href="lost.html">c</a><p>d</p>
      <pre style="width:50px;overflow:hidden">a line of code that is cut</pre>
      <div class="equation"><code>x^2</code></div>
      <main><details><summary>more</summary><p>folded</p></details></main>
      <script>missing.thing</script></body></html>
      """
    try Data(page.utf8).write(to: lab.folder.appendingPathComponent("page.html"))
    let answer = try look([lab.path("page.html")], lab)
    #expect(answer.status == 1)
    for trouble in [
      "request: ", "console: Uncaught", "scrolls sideways", "figure not loaded",
      "without alternative text", "link without a target: #gone", "contrast 2.85",
      "file that does not exist: lost.html", "line cut by", "formula that is not typeset: x^2",
      "not printed: ",
    ] {
      #expect(answer.out.components(separatedBy: trouble).count == 7, "\(trouble): \(answer.out)")
    }
  }

  /// A problem that only axe-core finds: it is loaded, runs under the page's content policy, and its
  /// findings are reported.
  @Test(.needs("axe-core", "'make test' downloads it, with a network") { hasAxe })
  func axeFindingsAreReported() throws {
    let lab = try LabProcess()
    let page = """
      <!doctype html><html lang="en"><head><meta charset="utf-8"><title>x</title>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'">
      <link rel="icon" href="data:,"></head><body><main>
      <h1>a</h1><p>b</p><p>c</p><p>d</p><p>e</p><button></button></main></body></html>
      """
    try Data(page.utf8).write(to: lab.folder.appendingPathComponent("page.html"))
    let answer = try look([lab.path("page.html")], lab)
    #expect(answer.status == 1)
    let line = "axe button-name (critical): button: Buttons must have discernible text"
    #expect(answer.out.components(separatedBy: line).count == 7, "\(answer.out)")
  }
}
