import Testing
import VicinalCore
import VicinalFiles

@Suite("Places on servers")
struct RemoteAddressTests {
  @Test(
    "URIs without credentials and options are what people see",
    arguments: [
      ("s3://bucket/a/b.npy", "s3://bucket/a/b.npy"),
      ("S3A://bucket/a//b.npy/", "s3://bucket/a/b.npy"),
      ("s3://key:secret@bucket/a.npy?region=eu-west-1&scheme=https", "s3://bucket/a.npy"),
      ("s3://bucket/what?.npy", "s3://bucket/what?.npy"),
      ("s3://bucket/50%/a b.npy", "s3://bucket/50%/a b.npy"),
      ("gcs://bucket", "gs://bucket"),
      ("hdfs://host:9000/user/a.parquet", "hdfs://host:9000/user/a.parquet"),
      ("hdfs:///user/a.parquet", "hdfs:///user/a.parquet"),
      ("folder/a.npy", "folder/a.npy"),
      ("file:///tmp/a%20b.npy", "/tmp/a b.npy"),
      ("file://localhost/tmp/50%", "/tmp/50%"),
    ])
  func names(text: String, name: String) throws {
    #expect(try FileLocation(text).name == name)
  }

  @Test(
    "Places that cannot be are refused",
    arguments: [
      ("http://host/a.npy", IndexError.Code.unsupported), ("abfs://c@x/a", .unsupported),
      ("s3:///a.npy", .invalidArgument), ("gs://", .invalidArgument),
      ("file://a.npy", .invalidArgument),
    ])
  func refused(text: String, code: IndexError.Code) {
    let error = #expect(throws: IndexError.self) { try FileLocation(text) }
    #expect(error?.code == code)
  }

  @Test("Folders are appended to and left")
  func parts() throws {
    let place = try FileLocation("s3://bucket/a").appending("b.npy")
    #expect(place.name == "s3://bucket/a/b.npy")
    #expect(place.folder.name == "s3://bucket/a")
    #expect(place.folder.folder.name == "s3://bucket")
    #expect(try FileLocation("a.npy").folder.name == ".")
    #expect(try FileLocation("/a.npy").folder.name == "/")
  }

  @Test(
    "Without Arrow the advice is how to build with it",
    .enabled(if: !ArrowLibrary.isAvailable))
  func advice() throws {
    let place = try FileLocation("s3://bucket/a")
    let error = #expect(throws: IndexError.self) { try place.status() }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("--traits Arrow") == true)
  }
}
