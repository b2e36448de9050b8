import Foundation

/// An uncompressed gray PNG, so that the tests need no library to have a picture.
func grayPNG(_ rows: [[UInt8]]) -> Data {
  let raw = rows.flatMap { [UInt8(0)] + $0 }
  var header = bigEndian(UInt32(rows.first?.count ?? 0)) + bigEndian(UInt32(rows.count))
  header += [8, 0, 0, 0, 0]
  var png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  png += chunk("IHDR", header) + chunk("IDAT", stored(raw)) + chunk("IEND", [])
  return Data(png)
}

/// A zlib stream of stored blocks.
private func stored(_ raw: [UInt8]) -> [UInt8] {
  var stream: [UInt8] = [0x78, 0x01]
  for start in stride(from: 0, to: raw.count, by: 65535) {
    let block = raw[start..<min(start + 65535, raw.count)]
    let count = UInt16(block.count)
    stream.append(start + 65535 >= raw.count ? 1 : 0)
    stream += [UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)]
    stream += block
  }
  var (a, b): (UInt32, UInt32) = (1, 0)
  for byte in raw {
    a = (a + UInt32(byte)) % 65521
    b = (b + a) % 65521
  }
  return stream + bigEndian(b << 16 | a)
}

private func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
  let content = Array(name.utf8) + body
  return bigEndian(UInt32(body.count)) + content + bigEndian(checksum(content))
}

private func checksum(_ bytes: [UInt8]) -> UInt32 {
  var crc: UInt32 = 0xFFFF_FFFF
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
  }
  return ~crc
}

private func bigEndian(_ value: UInt32) -> [UInt8] {
  [24, 16, 8, 0].map { UInt8(value >> $0 & 255) }
}
