import Corpora
import Foundation

extension Notebook {
  /// The text of this run: the reader's own (`--corpus FILE`) or the lesson's.
  ///
  /// `source` is what the lesson reads where the reader chose nothing. A lesson asks for it before
  /// its first step, with the longest sequence that it will read of the held-out part, so that a text
  /// that is too short is refused before anything is trained.
  /// - Throws: `CorpusError`, with the command that installs the text. Nothing else is read instead.
  public func book(
    _ source: CorpusSource = .kingJames, readingUpTo length: Int = 0
  ) throws -> Corpus {
    let corpus = try wholeBook(source)
    // Each token of a sequence has the one behind it to be compared with.
    guard corpus.heldOut.count > length else {
      throw CorpusError.tooShort(
        text: corpus.name, partBytes: corpus.heldOut.count, neededBytes: length + 1)
    }
    return corpus
  }

  private func wholeBook(_ source: CorpusSource) throws -> Corpus {
    try remembered("book") {
      let chosen = corpusPath.map { CorpusSource.file(URL(fileURLWithPath: $0)) } ?? source
      let corpus = try Corpus(chosen)
      nameCorpus(corpus.name)
      textsRead.append(corpus.checksum)
      return corpus
    }
  }
}
