import LessonKit

/// Section "The engine's kernel gives the same result".
extension FlashTilingLesson {
  func checkEngine(_ notebook: Notebook, _ experiment: Experiment) {
    notebook.heading("The engine's kernel gives the same result")
    notebook.say(
      """
      The engine's kernel is the same loop. Three things make it fast: small tiles inside a tile \
      stay in registers, $`e^x`$ is computed as $`2^{x \\log_2 e}`$, and each thread takes its own \
      block of queries. Compare it with the same reference.
      """)
    let found = notebook.step("engine", "Compare the engine with the reference") {
      [false, true].map {
        TileCheck(experiment, seed: notebook.seed, isCausal: $0).engine(notebook.backend)
      }
    }
    notebook.claim(
      "engine-forward",
      "The output of the engine's kernel differs by at most {} from the reference",
      found.map(\.forward).max(), atMost: 1e-5, from: .smoke, kind: .exact)
    notebook.claim(
      "engine-backward",
      "A gradient of the engine's kernel differs by at most {} from the reference",
      found.map(\.backward).max(), atMost: 1e-5, from: .smoke, kind: .exact)
  }
}
