import Testing
import VicinalMessages

@Suite("Requests")
struct RequestTests {
  private func request(_ text: String) throws(ServiceError) -> ServiceRequest {
    var limits = RequestLimits()
    (limits.vectors, limits.dimension, limits.k) = (4, 8, 20)
    return try RequestParser(MessageCodec.decode([Array(text.utf8)]).value, limits: limits)
      .request()
  }

  private func code(_ text: String) -> String? {
    do {
      _ = try request(text)
      return nil
    } catch {
      return error.code.rawValue
    }
  }

  @Test("what a search may say, and what is refused")
  func searches() {
    func search(_ rest: String) -> String? { code(#"{"requests":["search"],\#(rest)}"#) }
    for good in [
      #""search":[[1,2]]"#, #""search":[1,2]"#, #""search":[[[1,2]],[[3,4]]]"#,
      #""search":[[1,2],[3.5,4]],"k":20"#, #""search":[[1]],"k":null,"filter":[5,-7]"#,
      #""search":[[1]],"filter":{"range":[-3,9]},"anything":1"#, #""search":[[1]],"add":[]"#,
    ] { #expect(search(good) == nil, "\(good)") }
    for (bad, expected) in [
      (#""x":1"#, "invalid_request"), (#""search":[]"#, "invalid_request"),
      (#""search":[[]]"#, "invalid_request"), (#""search":5"#, "invalid_request"),
      (#""search":"a""#, "invalid_request"), (#""search":[[1,2],[1]]"#, "dimension_mismatch"),
      (#""search":[[[1,2],[3,4]]]"#, "invalid_request"),
      (#""search":[[[[1]]]]"#, "invalid_request"), (#""search":[[1,NaN]]"#, "not_finite"),
      (#""search":[[1e39]]"#, "not_finite"), (#""search":[[-Infinity]]"#, "not_finite"),
      (#""search":[[1,2,3,4,5,6,7,8,9]]"#, "limit_exceeded"),
      (#""search":[[1],[1],[1],[1],[1]]"#, "limit_exceeded"),
      (#""search":[[1]],"k":0"#, "invalid_request"),
      (#""search":[[1]],"k":-1"#, "invalid_request"), (#""search":[[1]],"k":21"#, "limit_exceeded"),
      (#""search":[[1]],"k":2.0"#, "invalid_request"),
      (#""search":[[1]],"filter":"x""#, "invalid_request"),
      (#""search":[[1]],"filter":{"range":[3,1]}"#, "invalid_request"),
      (#""search":[[1]],"delete":[{"id":1}]"#, "invalid_request"),
    ] { #expect(search(bad) == expected, "\(bad)") }
  }

  @Test("what a change may say, and what is refused")
  func changes() {
    func item(_ id: String) -> String { #"{"vector":[1,2],"id":\#(id)}"# }
    for good in [
      #"{"requests":["create"],"create":[\#(item("1")),\#(item("-2"))]}"#,
      #"{"requests":["add","update","delete"],"add":[\#(item("10"))],"update":[\#(item("11"))],"delete":[{"id":1},{"id":2}]}"#,
      #"{"requests":["delete"],"delete":[1,1]}"#, #"{"requests":"add","add":[]}"#,
      #"{"requests":["add"],"add":[\#(item("9223372036854775807"))]}"#,
      #"{"requests":["add"],"add":[\#(item("-9223372036854775808"))]}"#,
      #"{"requests":["add","delete"],"add":[\#(item("1"))],"delete":[1]}"#,
      #"{"requests":["add"],"add":{"ids":[1,2],"vectors":[[1,2],[3,4]]}}"#,
    ] { #expect(code(good) == nil, "\(good)") }
    for (bad, expected) in [
      (#"{"requests":["create"],"create":[]}"#, "invalid_request"),
      (#"{"requests":["create","add"],"create":[],"add":[]}"#, "invalid_request"),
      (#"{"requests":["search","delete"],"search":[],"delete":[]}"#, "invalid_request"),
      (#"{"requests":["add","add"],"add":[]}"#, "invalid_request"),
      (#"{"requests":["drop"]}"#, "unknown_request"), (#"{"requests":[]}"#, "unknown_request"),
      (#"{"create":[]}"#, "unknown_request"), (#"[1]"#, "invalid_request"),
      (#"{"requests":["add"]}"#, "invalid_request"),
      (#"{"requests":["add"],"add":[\#(item("1")),\#(item("1"))]}"#, "duplicate_id"),
      (#"{"requests":["update","delete"],"update":[\#(item("1"))],"delete":[1]}"#, "duplicate_id"),
      (
        #"{"requests":["add","update"],"add":[\#(item("1"))],"update":[\#(item("1"))]}"#,
        "duplicate_id"
      ),
      (#"{"requests":["add"],"add":[\#(item("-1"))]}"#, "invalid_request"),
      (#"{"requests":["add"],"add":[\#(item("1.5"))]}"#, "invalid_request"),
      (#"{"requests":["add"],"add":[\#(item("true"))]}"#, "invalid_request"),
      (#"{"requests":["add"],"add":[\#(item("9223372036854775808"))]}"#, "invalid_request"),
      (#"{"requests":["add"],"add":[{"id":1}]}"#, "invalid_request"),
      (
        #"{"requests":["add"],"add":[{"vector":[1],"id":1},{"vector":[1,2],"id":2}]}"#,
        "dimension_mismatch"
      ),
      (#"{"requests":["add"],"add":{"ids":[1,2],"vectors":[[1,2]]}}"#, "invalid_request"),
      (#"{"requests":["delete"],"delete":[1,2,3,4,5]}"#, "limit_exceeded"),
    ] { #expect(code(bad) == expected, "\(bad)") }
  }

  @Test("an error names the first vector that is wrong")
  func places() {
    #expect {
      try request(#"{"requests":["search"],"search":[[1,2],[1,NaN]]}"#)
    } throws: { "\($0)" == "not_finite: search[1] holds nan at 1, beyond what a float32 holds" }
    #expect {
      try request(#"{"requests":["search"],"search":[[1,2],[1]]}"#)
    } throws: { "\($0)" == "dimension_mismatch: expected 2, got 1 (search[1])" }
  }
}
