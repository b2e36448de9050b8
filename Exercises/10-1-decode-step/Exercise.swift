import Foundation

/// The keys and values of one head, oldest token first.
struct Cache {
  var keys: [[Float]] = []
  var values: [[Float]] = []
}

/// Attention of the next token, whose key and value are appended to the cache.
///
/// - `query`, `key`, `value`: of the new token; query and key have D elements.
/// - Returns: as many elements as a value has.
func decoded(query: [Float], key: [Float], value: [Float], cache: inout Cache) -> [Float] {
  // TODO: append to the cache first; then attend to all of it.
  return []
}
