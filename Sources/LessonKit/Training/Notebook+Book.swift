import Corpora
import Foundation

extension Notebook {
  /// The text of this run: the reader's own (`--corpus FILE`) or the lesson's.
  ///
  /// `source` is what the lesson reads where the reader chose nothing.
  /// - Throws: `CorpusError`, with the command that installs the text. Nothing else is read instead.
  public func book(_ source: CorpusSource = .kingJames) throws -> Corpus {
    try remembered("book") {
      let chosen = corpusPath.map { CorpusSource.file(URL(fileURLWithPath: $0)) } ?? source
      let corpus = try Corpus(chosen)
      nameCorpus(corpus.name)
      textsRead.append(corpus.checksum)
      return corpus
    }
  }
}
