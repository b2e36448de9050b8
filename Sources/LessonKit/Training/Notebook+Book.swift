import Corpora
import Foundation

extension Notebook {
  /// The text of this run: that of `--corpus FILE`, or `source`.
  ///
  /// A lesson calls it before its first step. `length` is the longest sequence that it reads from
  /// the held-out part. So a text that is too short is an error before any training.
  /// - Throws: `CorpusError`, with the command that installs the text. No other text is used
  ///   instead.
  public func book(
    _ source: CorpusSource = .kingJames, readingUpTo length: Int = 0
  ) throws -> Corpus {
    let corpus = try wholeBook(source)
    // The target of the last token is one byte later.
    guard corpus.heldOut.count > length else {
      throw CorpusError.tooShort(
        text: corpus.name, partBytes: corpus.heldOut.count, neededBytes: length + 1)
    }
    return corpus
  }

  /// At the end of the page, says that the text of `--corpus` was not used, if that is so.
  func noticeUnusedText() {
    guard corpusPath != nil, log.snapshot.facts.corpus == nil else { return }
    notice(
      "The text of --corpus was not used",
      "This lesson reads no text, so this run is the same as one without `--corpus`.")
  }

  private func wholeBook(_ source: CorpusSource) throws -> Corpus {
    let chosen = corpusPath.map { CorpusSource.file(URL(fileURLWithPath: $0)) } ?? source
    return try remembered("book \(chosen)") {
      let corpus = try Corpus(chosen)
      nameCorpus(corpus.name)
      textsRead.append(corpus.checksum)
      return corpus
    }
  }
}
