import Testing
import VicinalCore
import VicinalTestSupport
import VicinalTuning

@Suite("MemorySize: sizes as people write them")
struct MemorySizeTests {
  @Test(
    "AutoFaiss's grammar: number, unit, an optional B, in any case, powers of 1024",
    arguments: [
      ("0B", 0), ("1B", 1), ("1b", 1), ("1K", 1024), ("1kB", 1024), ("500M", 500 << 20),
      ("500mb", 500 << 20), ("16G", 16 << 30), ("16GB", 16 << 30), ("16gb", 16 << 30),
      ("1.5GB", 3 << 29), (".5G", 1 << 29), ("0.25K", 256), ("2T", 2 << 40), ("2TB", 2 << 40),
      ("3P", 3 << 50), ("1E", 1 << 60), ("7EB", 7 << 60), ("1.5B", 1), ("007K", 7 << 10),
    ] as [(String, Int)])
  func grammar(text: String, bytes: Int) throws {
    #expect(try MemorySize(parsing: text).bytes == bytes)
  }

  @Test(
    "beyond AutoFaiss: blanks before the unit, GiB, plain bytes",
    arguments: [
      ("1", 1), ("1000", 1000), ("16 G", 16 << 30), ("16  GB", 16 << 30), ("16GiB", 16 << 30),
      ("16 gib", 16 << 30), ("1KIB", 1024),
    ] as [(String, Int)])
  func extensions(text: String, bytes: Int) throws {
    #expect(try MemorySize(parsing: text).bytes == bytes)
  }

  @Test(
    "everything else is an error quoting the text",
    arguments: [
      "", " ", "G", "GB", ".", ".G", "-1G", "+1G", "1..5G", "1.5.2G", "1e3G", "1,5G", "1GG", "1BB",
      "1BiB", "1X", "1GB ", " 1G", "1G B", "1iB", "١G", "½G", "inf", "nan", "0x10", "NaNG", "1GİB",
      "8E", "9999999E", "99999999999999999999999999", "1_000",
    ])
  func errors(text: String) {
    expectError(.invalidArgument, naming: ["'\(text)'"], text) { _ = try MemorySize(parsing: text) }
  }

  @Test("a point needs digits behind it", arguments: ["1.G", "1.", "1. G"])
  func danglingPoint(text: String) {
    expectError(.invalidArgument, text) { _ = try MemorySize(parsing: text) }
  }

  @Test(
    "printing takes one decimal and the unit, as AutoFaiss does",
    arguments: [
      (0, "0.0B"), (1, "1.0B"), (1023, "1023.0B"), (1024, "1.0KB"), (1_000_000_000, "953.7MB"),
      (16 << 30, "16.0GB"), (1536, "1.5KB"), (-(3 << 30), "-3.0GB"), (5 << 40, "5.0TB"),
      (Int.max, "8.0EB"),
    ] as [(Int, String)])
  func printing(bytes: Int, text: String) {
    #expect(MemorySize(bytes: bytes).description == text)
  }

  @Test("what is printed can be read again, to a twentieth of its unit")
  func roundTrip() throws {
    var generator = SplitMix64(seed: 81)
    for _ in 0..<500 {
      let bytes = generator.integer(below: 1 << generator.integer(below: 60))
      let again = try MemorySize(parsing: MemorySize(bytes: bytes).description)
      #expect(
        abs(Double(again.bytes - bytes)) <= 0.051 * Double(max(20, bytes)), "\(bytes), seed 81")
    }
  }

  @Test("sizes order by bytes")
  func order() throws {
    #expect(try MemorySize(parsing: "1023K") < MemorySize(parsing: "1M"))
    #expect(try MemorySize(parsing: "1024K") == MemorySize(parsing: "1M"))
  }
}
