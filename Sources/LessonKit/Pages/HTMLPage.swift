import Foundation

package enum HTMLPage {
  static func data(of record: RunRecord, in folder: RunFolder) -> Data { Data() }
}
