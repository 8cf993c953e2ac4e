import Foundation
import Testing
import VicinalTuning

@Suite("The page of a build")
struct HTMLReportTests {
  /// Names and attributes of the elements of a page, from a parser of XML.
  private func parsed(_ html: String) throws -> PageReader {
    let reader = PageReader()
    let parser = XMLParser(data: Data(html.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError)), line \(parser.lineNumber)")
    return reader
  }

  @Test("the page is well-formed and loads nothing", arguments: [false, true])
  func standsAlone(isHostile: Bool) throws {
    let html = HTMLReport(ReportSample.infos(hostile: isHostile)).html
    let page = try parsed(html)
    #expect(html.hasPrefix("<!DOCTYPE html>"))
    for word in ["http:", "https:", "@import", "url(", "<script", "src=", "<link"] {
      #expect(!html.contains(word), "\(word)")
    }
    #expect(page.counts["script"] == nil && page.counts["img"] == nil)
    #expect(page.counts["svg"] == 2 && page.counts["h1"] == 1)
    #expect(html.contains("prefers-color-scheme: dark"))
  }

  @Test("texts stay texts")
  func escaping() throws {
    let page = try parsed(HTMLReport(ReportSample.infos(hostile: true)).html)
    let shown = ReportSample.hostile.replacing("\u{1}", with: "\u{FFFD}")
    // In heading, parameters, reason, warning, candidates, steps, versions, tooltips …
    #expect(page.text.ranges(of: shown).count > 20)
    #expect(page.text.contains("--index-path '<script>alert('\\''x'\\'')</script>"))
    #expect(page.text.contains("read_index(\"<script>alert('x')</script> & \\\"q\\\" \\x01\")"))
  }

  @Test("every point is drawn in both sizes, with its figures, and the chosen one is ringed")
  func points() throws {
    let page = try parsed(HTMLReport(ReportSample.infos()).html)
    // 3 candidates with 2 settings each, 3 settings of the finished index; twice.
    #expect(page.classes["dot"] == 2 * 9)
    #expect(page.classes["ring"] == 2)
    #expect(page.text.contains("nprobe=16: 97.0\u{A0}% in 0.0600\u{A0}ms, measured"))
    #expect(page.text.contains("IVF1024,SQ8 b=2: 94.0\u{A0}% in 0.0800\u{A0}ms, predicted"))
    #expect(page.text.contains("1 more that were not measured"))
    for words in ["too large by far", "reason 2", "HNSW32,", "3 vectors occur twice", "9.8.7"] {
      #expect(page.text.contains(words), "\(words)")
    }
    #expect(page.text.contains("50.1\u{A0}MB of 16.0\u{A0}GB allowed"))
    for coordinate in page.coordinates {
      #expect((0...920).contains(coordinate))
    }
  }

  @Test("curves rise to the right: the scale keeps the order of times and recalls")
  func scale() throws {
    var infos = ReportSample.infos()
    infos.selection = nil
    let page = try parsed(HTMLReport(infos).html)
    let line = try #require(page.lines.first)
    let places = line.split(separator: " ").map {
      $0.split(separator: ",").compactMap { Double($0) }
    }
    #expect(places.count == 3)
    for (before, after) in zip(places, places.dropFirst()) {
      #expect(after[0] > before[0] && after[1] < before[1])
    }
  }

  @Test("little is known, or nonsense: there is still a page")
  func sparse() throws {
    _ = try parsed(HTMLReport(IndexInfos()).html)
    var infos = ReportSample.infos()
    infos.operatingPoints = [
      TunedSetting(ReportSample.point("", .nan, .infinity), within: 1),
      TunedSetting(ReportSample.point("", 1, 0), within: 1),
    ]
    infos.averageMilliseconds = .infinity
    infos.buildSeconds = .infinity
    infos.peakMemoryInBytes = .max
    infos.bounds?.indexMemory = 0
    infos.bounds?.queryMilliseconds = .infinity
    infos.selection?.candidates[0].predictedPoints[0].meanMilliseconds = -1
    let html = HTMLReport(infos).html
    _ = try parsed(html)
    #expect(!html.contains("nan") && !html.contains(">inf"))
  }

  @Test("a bound that is broken is shown as such")
  func broken() throws {
    var infos = ReportSample.infos()
    infos.bounds?.indexMemory = 60_000_000
    let page = try parsed(HTMLReport(infos).html)
    // The file fits, the loaded index does not.
    #expect(page.classes["fill over"] == 1)
  }
}

/// Collects what the tests look at.
private final class PageReader: NSObject, XMLParserDelegate {
  var counts: [String: Int] = [:]
  var classes: [String: Int] = [:]
  var text = ""
  var lines: [String] = []
  var coordinates: [Double] = []

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String] = [:]
  ) {
    counts[element, default: 0] += 1
    if let name = attributes["class"] { classes[name, default: 0] += 1 }
    if let points = attributes["points"] { lines.append(points) }
    for name in ["x", "y", "cx", "cy", "x1", "x2", "y1", "y2"] {
      if let value = attributes[name] { coordinates.append(Double(value) ?? .nan) }
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
