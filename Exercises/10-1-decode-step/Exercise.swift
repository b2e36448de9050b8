import Foundation

/// Keys and values of one head for the tokens so far, oldest first.
struct Cache {
  var keys: [[Float]] = []
  var values: [[Float]] = []
}

/// Attention of the next token, which enters the cache itself.
///
/// - `query`, `key`, `value`: of the new token; query and key have D numbers.
/// - Returns: as many numbers as a value has.
func decoded(query: [Float], key: [Float], value: [Float], cache: inout Cache) -> [Float] {
  // TODO: into the cache first; then attention over all that is in it.
  return []
}
